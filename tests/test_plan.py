import re
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles import lesson_starts, plan, prose, refusal, sentence, split
from dripline.errors import DriplineError
from dripline.model import Block, Part, Plan, Role
from dripline.plan import MOST_WORDS, WELCOME_WORDS, choose_count
from strategies import articles


TITLE = "Bread\n\n"
RUNS = (Role.LIST_ITEM, Role.DIALOG, Role.CODE, Role.TABLE, Role.QUOTE)


def lessons_of(made: Plan) -> list[Part]:
    return [part for part in made.parts if part.kind == "lesson"]


def texts_of(made: Plan) -> list[list[str]]:
    """Return the texts of the blocks of each lesson."""
    return [[block.text for block in made.blocks(part)] for part in lessons_of(made)]


def most_lessons(text: str, name: str = "article.txt") -> int:
    """Return the most lessons that *text* can be cut into, as the refusal has it."""
    match = re.search(r"at most (\d+)", refusal(text, 10_000, name=name).message)
    return int(match[1]) if match else 0


def with_headings(*words: int, level: str = "##") -> str:
    """Return Markdown with a section of so many words for each of *words*."""
    sections = (f"{level} Part {n}\n\n{prose(count)}" for n, count in enumerate(words, 1))
    return "# Bread\n\n" + "\n\n".join(sections)


# --- how many lessons


@pytest.mark.parametrize(
    ("words", "count"),
    [(50, 1), (149, 1), (300, 2), (900, 5), (1500, 5), (2100, 7), (2400, 8), (4800, 8), (6000, 10)],
)
def test_chooses_a_number_of_lessons_that_are_neither_long_nor_short(
    words: int, count: int
) -> None:
    assert choose_count(words, 100) == count
    assert words / count <= MOST_WORDS


def test_chooses_no_more_lessons_than_can_be_cut() -> None:
    assert choose_count(3000, 3) == 3


@pytest.mark.parametrize("lessons", range(1, 13))
def test_makes_exactly_as_many_lessons_as_asked_for(lessons: int) -> None:
    made = plan(with_headings(*[100] * 12), lessons, name="a.md")

    assert len(lessons_of(made)) == lessons


def test_says_how_many_lessons_are_the_most() -> None:
    text = with_headings(50, 50, 50)

    error = refusal(text, 9, name="a.md")

    assert error.path == "a.md"
    assert error.message == "9 lessons are too many: the article can be cut into at most 3"
    assert error.hint == "Ask for --lessons 3 or fewer."
    assert len(lessons_of(plan(text, 3, name="a.md"))) == 3


@pytest.mark.parametrize("text", ["Bread\n\n![](p.png)", "Bread\n\nBy Ann Bell", "# Bread"])
def test_refuses_to_plan_nothing(text: str) -> None:
    error = refusal(text, name="a.md")

    assert error.message == "there is nothing to split: the article has no text below its title"
    assert (error.path, error.hint) == ("a.md", "Give a file with the whole article in it.")


def test_plans_an_article_without_a_word() -> None:
    made = plan("A title\n\n☎ ☂ ☃")

    assert texts_of(made) == [["☎ ☂ ☃"]]


# --- where to cut


def test_cuts_before_headings_rather_than_inside_a_section() -> None:
    made = plan(with_headings(200, 200, 200, 200), 4, name="a.md")

    assert [part.title for part in lessons_of(made)] == ["Part 1", "Part 2", "Part 3", "Part 4"]


def test_cuts_before_an_inner_heading_rather_than_between_paragraphs() -> None:
    text = f"# B\n\n## One\n\n{prose(100)}\n\n### Rest\n\n{prose(200)}"

    made = plan(text, 2, name="a.md")

    assert [part.title for part in lessons_of(made)] == ["One", "Rest"]


def test_makes_lessons_of_like_length() -> None:
    made = plan(with_headings(100, 200, 150, 150, 300, 80), 3, name="a.md")

    assert [part.words for part in lessons_of(made)] == [304, 304, 384]


def test_puts_no_more_than_two_sections_into_a_lesson_if_lengths_allow() -> None:
    evenly, crowded = with_headings(40, 40, 40, 120), with_headings(20, 20, 20, 300)

    assert [part.words for part in lessons_of(plan(evenly, 2, name="a.md"))] == [84, 164]
    assert [part.words for part in lessons_of(plan(crowded, 2, name="a.md"))] == [66, 302]


def test_gives_the_closing_the_invitation_and_nothing_else() -> None:
    text = with_headings(100, 100) + "\n\n## Book a session\n\nI work with you.\n\nCall me.\n"

    made = plan(text, 2, name="a.md")

    closing = made.parts[-1]
    assert (closing.kind, closing.title) == ("closing", "Book a session")
    assert [block.text for block in made.blocks(closing)] == [
        "Book a session",
        "I work with you.",
        "Call me.",
    ]


def test_gives_the_welcome_the_introduction() -> None:
    made = plan(f"Bread\nBy Ann Bell\n\n{prose(100)}\n\n{with_headings(200)[9:]}", name="a.md")

    welcome = made.parts[0]
    assert (welcome.kind, welcome.words, welcome.title) == ("welcome", 100, "")


def test_gives_the_welcome_no_more_of_an_introduction_than_it_holds() -> None:
    made = plan(f"# Bread\n\n{prose(600)}\n\n{with_headings(300)[9:]}", name="a.md")

    assert made.parts[0].words == WELCOME_WORDS
    assert sum(part.words for part in made.parts) == 600 + 300 + 2


def test_gives_the_welcome_a_fifth_of_an_article_without_headings() -> None:
    made = plan(TITLE + prose(1000))

    assert made.parts[0].words == 200
    assert sum(part.words for part in lessons_of(made)) == 800


def run_of(pattern: str) -> str:
    return "\n\n".join(pattern.format(sentence(30, n)) for n in range(6))


TABLE = "\n".join("a\tb\tc" for _ in range(60))


@pytest.mark.parametrize(
    ("run", "blocks"),
    # What follows on something spoken answers it.
    [(run_of("- {}"), 7), (run_of("“{}”"), 8), (run_of("> {}"), 7), (TABLE, 2)],
)
@pytest.mark.parametrize("lead_in", ["What we say:", "What we say, again and again."])
def test_keeps_a_lead_in_with_what_it_leads_to(lead_in: str, run: str, blocks: int) -> None:
    text = f"{TITLE}{prose(150)}\n\n{lead_in}\n\n{run}\n\n{prose(150)}"

    cut_finest = texts_of(plan(text, most_lessons(text)))

    (holder,) = (texts for texts in cut_finest if lead_in in texts)
    assert holder[0] == lead_in
    assert len(holder) == blocks


def test_keeps_a_paragraph_with_the_one_it_announces() -> None:
    first, second, third = (sentence(40, n) for n in range(3))
    text = f"{TITLE}{first}\n\nOne thing is sure:\n\n{second}\n\n{third}"

    assert texts_of(plan(text, 3)) == [[first], ["One thing is sure:", second], [third]]


def test_keeps_a_lead_in_with_the_heading_after_it() -> None:
    text = f"# T\n\n## A\n\n{sentence(40)}\n\nIt goes like this:\n\n## B\n\n{sentence(40)}"

    made = plan(text, most_lessons(text, "a.md"), name="a.md")

    assert texts_of(made)[-1][:2] == ["It goes like this:", "B"]


def test_keeps_headings_that_follow_each_other_together() -> None:
    text = f"# T\n\n## A\n\n### A1\n\n{sentence(40)}\n\n## B\n\n### B1\n\n{sentence(40)}"

    assert [texts[:2] for texts in texts_of(plan(text, 2, name="a.md"))] == [
        ["A", "A1"],
        ["B", "B1"],
    ]


def test_keeps_the_code_with_the_text_before_it() -> None:
    code = "```\n# one\n\n# two\n```"
    text = f"# T\n\n{sentence(40)}\n\n{sentence(40, 1)}\n\n{code}\n\n{sentence(40, 2)}"

    assert [len(texts) for texts in texts_of(plan(text, 3, name="a.md"))] == [1, 2, 1]


def test_makes_no_lesson_of_a_picture_or_a_rule_alone() -> None:
    text = f"# T\n\n![](a.png)\n\n{sentence(40)}\n\n![](b.png)\n\n***\n\n{sentence(40, 1)}\n\n***"

    assert [len(texts) for texts in texts_of(plan(text, 2, name="a.md"))] == [4, 2]


@pytest.mark.parametrize("words", [2000, 5000])
def test_finds_cuts_around_a_list_that_is_longer_than_all_the_rest(words: int) -> None:
    run = "\n\n".join(f"- {sentence(50, n)}" for n in range(words // 50))
    text = f"{TITLE}{prose(1000)}\n\n{run}\n\n{prose(1000)}"

    made = plan(text, 12)

    sizes = [part.words for part in lessons_of(made)]
    assert len(sizes) == 12
    assert max(sizes) < words + 150
    assert sum(part.words for part in made.parts) == 2000 + words


def plan_or_refusal(text: str, lessons: int | None) -> Plan | str:
    try:
        return plan(text, lessons)
    except DriplineError as error:
        return str(error)


def breaks_nothing(before: Block, here: Block) -> bool:
    """Tell whether a lesson may begin with *here*, by the rules and not by the planner."""
    leads_in = before.text.endswith((":", ","))
    speech = before.role is Role.DIALOG and here.role is not Role.HEADING
    return not (leads_in or speech or before.role is Role.HEADING or here.role in RUNS)


@given(articles(), st.sampled_from(("a.txt", "a.md")))
def test_never_cuts_what_belongs_together(text: str, name: str) -> None:
    most = most_lessons(text, name)

    for lessons in range(1, most + 1):
        for before, here in lesson_starts(plan(text, lessons, name=name)):
            front = before.role in (Role.TITLE, Role.BYLINE)
            assert front or breaks_nothing(before, here), (before, here)


@given(articles(), st.sampled_from(("a.txt", "a.md")))
def test_makes_any_number_of_lessons_up_to_the_most(text: str, name: str) -> None:
    most = most_lessons(text, name)

    for lessons in range(1, most + 1):
        parts = plan(text, lessons, name=name).parts

        assert [part.kind for part in parts] == ["welcome", *["lesson"] * lessons, "closing"]
        assert [part.number for part in parts] == list(range(lessons + 2))
        for part, following in pairwise(parts):
            assert part.end_block == following.first_block
        assert all(part.first_block < part.end_block for part in parts[1:-1])


@given(articles(), st.none() | st.integers(1, 9))
def test_plans_the_same_twice(text: str, lessons: int | None) -> None:
    once, again = (plan_or_refusal(text, lessons) for _ in range(2))

    assert once == again


# --- when


@pytest.mark.parametrize(
    ("per_week", "days"),
    [(1, [0, 7, 14, 21]), (2, [0, 3, 7, 10]), (3, [0, 2, 4, 7]), (7, [0, 1, 2, 3])],
)
def test_spaces_emails_evenly(per_week: int, days: list[int]) -> None:
    made = plan(with_headings(100, 100), 2, per_week=per_week, name="a.md")

    assert [part.day for part in made.parts] == days


# --- a book


def test_plans_a_book() -> None:
    sections = "\n\n".join(f"## Part {n}\n\n{prose(500, paragraph=40)}" for n in range(200))

    made = plan(f"# A book\n\n{sections}", name="a.md")

    sizes = [part.words for part in lessons_of(made)]
    assert sum(part.words for part in made.parts) == 200 * 502
    assert len(sizes) == 168
    assert max(sizes) < 2 * MOST_WORDS


@pytest.mark.parametrize("name", ["a.txt", "a.md"])
def test_splits_a_book_without_headings(name: str) -> None:
    """A margin in it, short paragraphs, one lesson: all that was once quadratic."""
    made = split(TITLE + prose(100_000, paragraph=18), 1, name=name)

    assert made.coverage.placed == 100_001


@pytest.mark.parametrize("sizes", [range(1, 41), range(40, 0, -1), [1] * 39 + [999]])
def test_makes_a_lesson_of_every_paragraph_when_asked_to(sizes: Sequence[int]) -> None:
    paragraphs = [sentence(size) for size in sizes]
    text = "# T\n\n## A\n\n" + "\n\n".join(paragraphs)

    made = plan(text, 40, name="a.md")

    assert [texts[-1] for texts in texts_of(made)] == paragraphs


def test_makes_as_many_lessons_of_a_book_as_asked_for() -> None:
    made = plan(TITLE + prose(50_000, paragraph=18), 333)

    sizes = [part.words for part in lessons_of(made)]
    assert len(sizes) == 333
    assert max(sizes) < 2 * 50_000 / 333
