import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.blocks import find_margin, is_spoken, scan_text
from dripline.model import Block, Role
from strategies import articles


def scan(*lines: str) -> list[tuple[str, str]]:
    """Return role and text of each block of unmarked *lines*."""
    return [(str(block.role), block.text) for block in scan_text(lines)]


def items(*lines: str) -> list[tuple[str, int]]:
    """Return text and depth of each list item of unmarked *lines*."""
    blocks = scan_text(lines)
    return [(block.text, block.depth) for block in blocks if block.role is Role.LIST_ITEM]


@pytest.mark.parametrize("bullet", ["-", "*", "•", "·", "‣", "▪", "◦", "●", "○"])
def test_knows_a_bullet(bullet: str) -> None:
    assert scan(f"{bullet} one", f"{bullet}\u00a0two") == [
        ("list_item", "one"),
        ("list_item", "two"),
    ]


def test_takes_a_dash_without_a_space_for_text() -> None:
    assert scan("-one", "–two", "*so* it is") == [
        ("paragraph", "-one"),
        ("paragraph", "–two"),
        ("paragraph", "*so* it is"),
    ]


@pytest.mark.parametrize(
    "marks", [("1.", "2."), ("1)", "2)"), ("(1)", "(2)"), ("a)", "b)"), ("A.", "B.")]
)
def test_knows_a_list_by_neighbours_with_numbers(marks: tuple[str, str]) -> None:
    blocks = scan_text([f"{mark} text" for mark in marks])

    assert [(block.role, block.marker) for block in blocks] == [
        (Role.LIST_ITEM, mark) for mark in marks
    ]


def test_takes_a_number_alone_for_the_beginning_of_a_paragraph() -> None:
    assert scan("1. First of all", "Some text.", "2. And then", "More text.") == [
        ("paragraph", "1. First of all"),
        ("paragraph", "Some text."),
        ("paragraph", "2. And then"),
        ("paragraph", "More text."),
    ]


def test_counts_depth_from_the_indents_in_use() -> None:
    assert items("- a", "  - b", "    - c", "  - d", "- e") == [
        ("a", 0),
        ("b", 1),
        ("c", 2),
        ("d", 1),
        ("e", 0),
    ]


def test_lets_a_list_begin_at_any_indent() -> None:
    assert items("Lead-in:", "      • a", "      • b", "          • c") == [
        ("a", 0),
        ("b", 0),
        ("c", 1),
    ]


def test_takes_one_blank_more_for_no_level() -> None:
    assert items("- a", " - b", "- c") == [("a", 0), ("b", 0), ("c", 0)]


def test_begins_depth_anew_after_text() -> None:
    assert items("- a", "  - b", "Text.", "  - c") == [("a", 0), ("b", 1), ("c", 0)]


def test_reads_rows_with_tabs_as_a_table() -> None:
    assert scan("City\tYear", "Berlin\t1986", "Text.") == [
        ("table", "City\tYear\nBerlin\t1986"),
        ("paragraph", "Text."),
    ]


def test_keeps_the_empty_cells_of_a_table() -> None:
    lines = ("\tOne\tTwo", "a\tb\t", "c\t\t", "\t\td")

    assert scan(*lines) == [("table", "\n".join(lines))]


@pytest.mark.parametrize("lines", [("one\ttwo",), ("\tindented", "\tagain"), ("a\tb", "a\tb\tc")])
def test_takes_a_tab_alone_for_no_table(lines: tuple[str, ...]) -> None:
    assert "table" not in [role for role, _ in scan(*lines)]


def test_joins_lines_that_a_margin_cut() -> None:
    lines = (
        "It was a long day, and nobody in the house had thought of the",
        "bread, which stood where she had left it on the evening before",
        "and had risen over the edge of its bowl.",
        "Then she laughed, and the others, who had heard nothing of her",
        "worries, came down the stairs one after the other and asked her",
        "what was so funny.",
    )

    assert find_margin(lines) == 63
    assert [(block.first_line, block.last_line) for block in scan_text(lines)] == [(1, 3), (4, 6)]
    assert scan(*lines)[1][1].startswith("Then she laughed, and the others, who")


def test_leaves_short_lines_alone() -> None:
    lines = ("One thing.", "And then another thing came along.", "And a third.") * 4

    assert find_margin(lines) == 0
    assert len(scan_text(lines)) == 12


def test_finds_the_margin_beside_an_address_that_stands_out() -> None:
    lines = (
        "It was a long day, and nobody in the house had thought of the",
        "bread, which stood where she had left it on the evening before",
        "https://bread.example/a-very-long-address-that-no-margin-could-have-cut-in-two",
        "and had risen over the edge of its bowl. Then she laughed, and",
        "the others, who had heard nothing of her worries, came down and",
        "asked her what was so funny.",
    )

    assert find_margin(lines) == 63


def test_begins_a_heading_after_a_sentence_that_ended_at_the_margin() -> None:
    lines = (
        "It was a long day, and nobody in the house had thought of the",
        "bread, which stood where she had left it on the evening before.",
        "Bread Needs Time",
        "Then she laughed, and the others, who had heard nothing of her",
        "worries, came down the stairs one after the other and asked her",
        "what was so funny about a bowl with a hat of dough.",
    )

    assert [block.first_line for block in scan_text(lines)] == [1, 3, 4]


def test_begins_an_item_anew_in_wrapped_text() -> None:
    lines = (
        "- It was a long day, and nobody in the house had thought of the",
        "bread, which stood where she had left it on the evening before.",
        "- Then she laughed, and the others, who had heard nothing of it,",
        "worried, came down the stairs one after the other and asked her",
        "why, and what was so funny about a loaf of bread in the morning.",
        "- Nobody knew.",
    )

    assert [block.first_line for block in scan_text(lines)] == [1, 3, 6]


@pytest.mark.parametrize(
    "text",
    [
        "“So it is.”",
        '"So it is."',
        "‘Don’t.’",
        "„So ist es.“",
        "« C’est ça. »",
        "「はい。」",
        "“Why”?",
    ],
)
def test_hears_that_a_line_is_spoken(text: str) -> None:
    assert is_spoken(text)
    assert scan(text) == [("dialog", text)]


@pytest.mark.parametrize(
    "text",
    [
        "“So it is,” she said.",
        "“One.” “Two.”",
        '"a" and "b"',
        "“”",
        "Don’t.",
        "‘one’ or ‘two’",
        "“open",
    ],
)
def test_hears_that_a_line_is_not_spoken_as_a_whole(text: str) -> None:
    assert not is_spoken(text)
    assert scan(text) == [("paragraph", text)]


def test_takes_an_arrow_bracket_for_a_quote() -> None:
    assert scan("> So it is.") == [("quote", "So it is.")]


def is_in(blocks: tuple[Block, ...], number: int) -> int:
    return sum(block.first_line <= number <= block.last_line for block in blocks)


@given(articles() | st.text(max_size=200))
def test_puts_every_line_with_words_into_exactly_one_block(text: str) -> None:
    lines = text.split("\n")

    blocks = scan_text(lines)

    for number, line in enumerate(lines, 1):
        assert is_in(blocks, number) == 1 if line.strip() else is_in(blocks, number) <= 1
    assert list(blocks) == sorted(blocks, key=lambda block: block.first_line)
