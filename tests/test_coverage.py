import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles import (
    TORTURE,
    expected_words,
    lines_of,
    load_list,
    placed_words,
    prose,
    sentence,
    split,
    split_data,
)
from dripline.campaign import format_campaign, parse_campaign
from dripline.coverage import check_coverage, measure_coverage, unwrite
from dripline.errors import DriplineError
from dripline.markup import escape_markdown
from dripline.model import Role
from dripline.split import Split
from dripline.words import split_words
from strategies import texts


NAMES = ("article.txt", "article.md", "-")
# How many articles of the corpus are looked at in a run that has little time.
EVERY = 1 if TORTURE else 4


def split_or_refuse(
    text: str | bytes, lessons: int | None = None, *, name: str = "article.txt"
) -> Split | DriplineError:
    """Return *text* split, or what refused it."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    try:
        return split_data(data, lessons, name=name)
    except DriplineError as error:
        return error


def is_well(made: Split | DriplineError) -> bool:
    """Tell whether a split kept every word, or was refused for no fault of dripline."""
    if isinstance(made, DriplineError):
        return bool(made.path and made.message and made.hint) and "fault" not in str(made.hint)
    return keeps_every_word(made)


def keeps_every_word(made: Split) -> bool:
    """Tell whether title, byline and lessons have every word once, in order.

    A definition of a link may move, or come along twice: it is nothing to read.
    """
    outline = made.plan.outline
    coverage = made.coverage
    if coverage.missing or coverage.placed != coverage.words:
        return False
    if lines_of(outline, Role.REFERENCE):
        return set(placed_words(made)) >= set(expected_words(outline))
    return placed_words(made) == expected_words(outline)


def articles_of(folder: Path, style: str) -> Iterator[tuple[str, str]]:
    """Yield id and text of articles of the structure corpus in one of its styles."""
    lines = (folder / f"{style}.jsonl").read_text("utf-8").split("\n")
    for line in [line for line in lines if line][::EVERY]:
        article = json.loads(line)
        yield article["id"], article["text"]


# --- nothing is lost


@given(texts(), st.none() | st.integers(1, 12), st.sampled_from(NAMES))
def test_keeps_every_word_of_any_text_once_and_in_order(
    text: str, lessons: int | None, name: str
) -> None:
    made = split_or_refuse(text, lessons, name=name)

    assert is_well(made)
    if isinstance(made, Split):
        assert lessons in (None, len(made.lessons) - 2)
        campaign = made.campaign
        assert parse_campaign(format_campaign(campaign), name=campaign.name, path="") == campaign


@given(st.binary(max_size=200) | st.binary(max_size=40).map(lambda data: data + b" Text.\n" * 9))
def test_splits_or_refuses_any_bytes(data: bytes) -> None:
    assert is_well(split_or_refuse(data))


@pytest.mark.parametrize(
    "style",
    [
        *("blank-dash", "blank-lost", "tight-dash", "tight-dot", "tight-lost"),
        *("wrap-blank-dash", "wrap-tight-dash"),
    ],
)
def test_keeps_every_word_of_the_structure_corpus(shared: Path, style: str) -> None:
    for number, (name, text) in enumerate(
        articles_of(shared / "corpus" / "structure-dev", style), 1
    ):
        made = split(text, number % 9 or None)

        assert keeps_every_word(made), name


def test_keeps_every_word_of_naughty_strings(shared: Path) -> None:
    strings = load_list(shared / "corpus" / "hostile" / "strings" / "blns.json")
    for string in strings:
        for text in (string, f"A title\n\n{string}\n\nMore.", f"{string}\n\nText.\n\nMore."):
            assert is_well(split_or_refuse(text)), string

    assert len(strings) == 515


@pytest.mark.parametrize(
    "text",
    [
        "(a) one\n(b) two",
        "a) one\nb) two\nc) three",
        "See https://example.org/?a=1&copy=2&lt;x for it.",
        "Write &amp; for an ampersand, &lt;b> for a tag, and &copy for what it is.",
        r"A \_backslash\_ and \\ two, and it\'s fine.",
        "Café\t1986\nAgain\t1987",
    ],
)
def test_keeps_every_word_of_text_that_looks_like_markup(text: str) -> None:
    for name in NAMES:
        made = split(f"A title\n\nSome words.\n\n{text}\n\nMore words.", name=name)

        assert keeps_every_word(made)


@pytest.mark.parametrize(
    "text",
    [
        "Foo &amp; bar&nbsp;baz, it\\'s.",
        "[nobody]: https://example.org/nobody",
        "[Note]: this is important.",
        "[^1]: A footnote that nobody points to.",
        "[a]: https://a\n[a]: https://a",
        "<!-- a comment\n\n# with a heading -->",
        "- item\n  ```\n  # code\n  ```\n- item",
        "```\nnever closed",
    ],
)
def test_keeps_every_word_of_markdown(text: str) -> None:
    made = split(f"# A title [a]\n\nSome words.\n\n{text}\n\nMore words.", name="a.md")

    assert made.coverage.missing == ()
    assert made.coverage.placed == made.coverage.words


def test_keeps_every_word_of_a_byline_that_names_nobody() -> None:
    made = split(f"A title\n\nWinter 1986 · 5 min read\n\n{prose(50)}\n\n{prose(50)}")

    assert keeps_every_word(made)
    assert "1986" in placed_words(made)


# --- and if it were, it would be seen


def test_counts_every_word_that_has_no_place() -> None:
    made = split(f"A title\n\n{sentence(9)}\n\nIt is two, two or one.\n\n{sentence(9)}", 1)
    welcome, lesson, closing = made.lessons

    without = replace(lesson, body=lesson.body.replace("two, two or one", "two too"))
    coverage = measure_coverage(made.plan, [welcome, without, closing])

    assert coverage.missing == ("two", "or", "one")
    assert (coverage.words, coverage.placed) == (26, 23)


def test_takes_no_mark_of_markdown_for_a_word_of_the_article() -> None:
    made = split("A title\n\nWrite amp and &lt; and so on.\n\nMore.", 1)
    welcome, lesson, closing = made.lessons

    without = replace(lesson, body=lesson.body.replace("amp and", "and"))
    coverage = measure_coverage(made.plan, [welcome, without, closing])

    assert "&amp;lt;" in without.body
    assert coverage.missing == ("amp",)


def test_refuses_a_split_that_loses_a_word() -> None:
    made = split(f"A title\n\n{sentence(9)}\n\n{sentence(9)}", 1)
    coverage = measure_coverage(made.plan, made.lessons[:1])

    with pytest.raises(DriplineError, match="18 of 20 words would be lost: Bxr hmp"):
        check_coverage(coverage, made.plan.outline.article)


def test_lets_a_split_pass_that_loses_nothing() -> None:
    made = split(f"A title\n\n{sentence(9)}", 1)

    check_coverage(measure_coverage(made.plan, made.lessons), made.plan.outline.article)


@given(texts())
def test_reads_back_the_words_that_were_written_as_markdown(text: str) -> None:
    assert split_words(unwrite(escape_markdown(text))) == split_words(text)
