import pytest
from hypothesis import given
from hypothesis import strategies as st

from dripline.marked import looks_marked, scan_markdown, strip_marks
from strategies import articles


def scan(text: str) -> list[tuple[str, int, int]]:
    """Return role, first and last line of each block of Markdown."""
    blocks = scan_markdown(text.split("\n"))
    return [(str(block.role), block.first_line, block.last_line) for block in blocks]


def headings(text: str) -> list[tuple[int, str]]:
    """Return level and text of each heading of Markdown."""
    blocks = scan_markdown(text.split("\n"))
    return [(block.level, block.text) for block in blocks if str(block.role) == "heading"]


def test_knows_headings_by_their_marks() -> None:
    text = "# One\n\n   ### Three ###\n\nSet\n===\n\nTwo\n---\n\n###### Six #hash"

    assert headings(text) == [(1, "One"), (3, "Three"), (1, "Set"), (2, "Two"), (6, "Six #hash")]


@pytest.mark.parametrize(
    "text", ["#hashtag", "####### seven", "    # code", "\\# no", "- a\n---", "a\nb\n==="]
)
def test_takes_no_other_mark_for_a_heading(text: str) -> None:
    assert headings(text) == []


def test_takes_lines_in_bold_for_headings_where_there_are_no_others() -> None:
    text = "**Why we wait**\n\nText with **bold** words.\n\n__How we wait__\n\nText."

    assert headings(text) == [(2, "Why we wait"), (2, "How we wait")]
    assert headings(f"# Title\n\n{text}") == [(1, "Title"), (2, "Why we wait"), (2, "How we wait")]
    assert headings(f"## Other\n\n{text}") == [(2, "Other")]


@pytest.mark.parametrize(("fence", "end"), [("```", "```"), ("~~~", "~~~"), ("```` py", "````")])
def test_finds_no_heading_in_fenced_code(fence: str, end: str) -> None:
    assert scan(f"{fence}\n# a comment\n\n- no item\n{end}\n\n## B") == [
        ("code", 1, 5),
        ("heading", 7, 7),
    ]


def test_finds_no_heading_in_code_that_is_fenced_inside_a_list() -> None:
    text = "- one\n\n  ```\n  # a comment\n\n  # two\n  ```\n- ```\n  # three\n  ```\n\n## B"

    assert scan(text) == [("list_item", 1, 7), ("list_item", 8, 10), ("heading", 12, 12)]


def test_ends_code_that_nobody_closed_with_the_item_it_is_in() -> None:
    assert scan("- one\n  ```\n  code\n\n## B\n\nText.") == [
        ("list_item", 1, 3),
        ("heading", 5, 5),
        ("paragraph", 7, 7),
    ]


def test_ends_code_that_nobody_closed_with_the_text() -> None:
    assert scan("```\n# a\n\ntext\n\n\n") == [("code", 1, 4)]


def test_takes_a_span_of_code_at_the_beginning_of_a_line_for_text() -> None:
    assert scan("```x``` is how it goes.\n\n## B") == [("paragraph", 1, 1), ("heading", 3, 3)]


@pytest.mark.parametrize("end", ["</pre>", "</style>", "</script>", "-->"])
def test_finds_no_heading_in_html_that_is_not_over(end: str) -> None:
    start = "<!--" if end == "-->" else end.replace("/", "").upper()

    assert scan(f"{start}\n# a comment\n\n## no heading {end}\n\n## B") == [
        ("code", 1, 4),
        ("heading", 6, 6),
    ]


def test_takes_indented_lines_for_code_but_not_below_an_item() -> None:
    assert scan("Text.\n\n    # code\n    more\n\nText.") == [
        ("paragraph", 1, 1),
        ("code", 3, 4),
        ("paragraph", 6, 6),
    ]
    assert scan("- one\n\n    goes on\n\n- two") == [("list_item", 1, 3), ("list_item", 5, 5)]


def test_counts_the_depth_of_nested_items() -> None:
    blocks = scan_markdown(["- a", "  - b", "    - c", "1. d", "    * e"])

    assert [(block.text, block.depth, block.marker) for block in blocks] == [
        ("a", 0, "-"),
        ("b", 1, "-"),
        ("c", 2, "-"),
        ("d", 0, "1."),
        ("e", 1, "*"),
    ]


def test_knows_tables_quotes_and_rules() -> None:
    text = (
        "| a | b |\n|---|---|\n| c | d |\n\n> quoted\ngoes on\n\n* * *\n\nx | y\n:-- | --:\nz | w"
    )

    assert scan(text) == [("table", 1, 3), ("quote", 5, 6), ("rule", 8, 8), ("table", 10, 12)]


def test_takes_an_underlined_line_with_a_bar_for_a_heading() -> None:
    assert headings("Before | After\n--------------\n\nText.") == [(2, "Before | After")]


def test_knows_definitions_of_links_and_footnotes() -> None:
    text = (
        "[a]: https://example.org\n"
        '[b c]: <https://example.org> "Title"\n'
        "[d]: /path\n"
        "  (a title of its own)\n"
        "[^1]: A footnote,\n"
        "    which goes on\n"
        "\n"
        "    and on.\n"
        "[^2]: Another."
    )

    assert scan(text) == [
        ("reference", 1, 1),
        ("reference", 2, 2),
        ("reference", 3, 4),
        ("reference", 5, 8),
        ("reference", 9, 9),
    ]


@pytest.mark.parametrize("text", ["[Note]: this is important.", "[a] : x", "[a](b): x", "[]: x"])
def test_takes_a_bracket_for_text_that_defines_nothing(text: str) -> None:
    assert scan(text) == [("paragraph", 1, 1)]


def test_hears_who_speaks_in_markdown_too() -> None:
    assert scan("She said:\n\n“So it is.”") == [("paragraph", 1, 1), ("dialog", 3, 3)]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("So *very* **bold** and ***both***", "So very bold and both"),
        ("__init__ and snake_case and _so_", "init and snake_case and so"),
        ("[a link](https://example.org) and [one][ref] and <b>tags</b>", "a link and one and tags"),
        ("![a picture](p.png){: .wide}", "a picture"),
        ("`code` and ~~no~~", "code and no"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("Q &amp; A", "Q & A"),
        (r"\*so\* it is\!", "*so* it is!"),
        ("1 < 2 and a<b", "1 < 2 and a<b"),
    ],
)
def test_shows_a_line_as_its_reader_sees_it(text: str, seen: str) -> None:
    assert strip_marks(text) == seen


@pytest.mark.parametrize(
    "text",
    [
        "# A\n\nb",
        "a\n## b\n\nc\n## d",
        "```\na\n```",
        "Title\n=====\n\na",
        "Part\n----\n\na",
        "**A**\n\nb\n\n**C**\n\nd",
    ],
)
def test_knows_markdown_without_being_told(text: str) -> None:
    assert looks_marked(text.split("\n"))


@pytest.mark.parametrize(
    "text",
    [
        "Title\n\nText.",
        "A [link](https://example.org) was copied along.",
        "Title\n\nText.\n---\nMore text.",
        "Title\n\n-----\n\nText.",
        "So **bold** it is.\n\n- a\n- b",
        "#1 reason\n\nC# is a language.",
        "Title\n\n# of visitors: 30, as ever.",
    ],
)
def test_takes_pasted_text_for_unmarked(text: str) -> None:
    assert not looks_marked(text.split("\n"))


@given(articles() | st.text(max_size=200))
def test_puts_every_line_with_words_into_exactly_one_block(text: str) -> None:
    lines = text.split("\n")

    blocks = scan_markdown(lines)

    for number, line in enumerate(lines, 1):
        times = sum(block.first_line <= number <= block.last_line for block in blocks)
        assert times == 1 if line.strip() else times <= 1
    assert list(blocks) == sorted(blocks, key=lambda block: block.first_line)
