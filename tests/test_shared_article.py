"""The article that dripline was first made for. Its words are not in this repository."""

from pathlib import Path

import pytest

from articles import PHRASES, expected_words, lines_of, placed_words
from dripline.article import load_article
from dripline.model import Block, Outline, Part, Plan, Role, Schedule
from dripline.split import Split, split_article


HEADINGS = [14, 29, 42, 53, 65, 79, 88, 104, 116, 129, 143, 147]
PITCH = 143
SPOKEN = (
    *(3, 7, 9, 22, 23, 24, 44, 45, 46, 60, 61, 62, 67),
    *(73, 74, 75, 76, 115, 135, 137),
)
LISTS = [(91, range(92, 99)), (118, range(119, 128)), (148, range(149, 155))]


@pytest.fixture(scope="module")
def made(shared: Path) -> Split:
    article = load_article(str(shared / "articles" / "partner-refuses-therapy.txt"))
    return split_article(article, PHRASES, services=("html",), schedule=Schedule())


@pytest.fixture
def plan(made: Split) -> Plan:
    return made.plan


@pytest.fixture
def outline(plan: Plan) -> Outline:
    return plan.outline


def lessons_of(plan: Plan) -> list[Part]:
    return [part for part in plan.parts if part.kind == "lesson"]


def part_of(plan: Plan, number: int) -> Part:
    """Return the part that the line *number* of the article is in."""

    def holds(block: Block) -> bool:
        return block.first_line <= number <= block.last_line

    (part,) = (part for part in plan.parts if any(map(holds, plan.blocks(part))))
    return part


def test_recognises_title_and_byline(outline: Outline) -> None:
    assert lines_of(outline, Role.TITLE) == [1]
    assert lines_of(outline, Role.BYLINE) == [2]
    assert outline.title == outline.article.lines[0]
    assert (len(outline.author.split()), outline.credentials.count("|")) == (2, 3)
    assert outline.author in outline.article.lines[1]


def test_recognises_every_heading_and_nothing_else(outline: Outline) -> None:
    assert lines_of(outline, Role.HEADING) == HEADINGS


def test_hears_who_speaks(outline: Outline) -> None:
    assert tuple(lines_of(outline, Role.DIALOG)) == SPOKEN


def test_recognises_the_lists(outline: Outline) -> None:
    assert lines_of(outline, Role.LIST_ITEM) == [number for _, run in LISTS for number in run]


def test_makes_five_to_seven_lessons_with_a_welcome_and_a_closing(plan: Plan) -> None:
    kinds = [part.kind for part in plan.parts]

    assert (kinds[0], kinds[-1]) == ("welcome", "closing")
    assert kinds[1:-1] == ["lesson"] * len(lessons_of(plan))
    assert 5 <= len(lessons_of(plan)) <= 7


def test_makes_lessons_that_can_be_read_over_a_coffee(plan: Plan) -> None:
    words = [part.words for part in lessons_of(plan)]

    assert min(words) >= 150
    assert max(words) <= 400
    assert max(words) <= 1.8 * min(words)


def test_begins_each_lesson_with_a_heading(plan: Plan) -> None:
    assert all(plan.blocks(part)[0].first_line in HEADINGS for part in lessons_of(plan))


def test_gives_the_welcome_the_introduction(plan: Plan) -> None:
    blocks = plan.blocks(plan.parts[0])

    assert (blocks[0].first_line, blocks[-1].last_line) == (3, 13)


def test_gives_the_closing_both_invitations(made: Split, plan: Plan, outline: Outline) -> None:
    closing = plan.blocks(plan.parts[-1])

    assert (closing[0].first_line, closing[-1].last_line) == (PITCH, len(outline.article.lines))
    assert [section.is_pitch for section in outline.sections][-3:] == [False, True, True]
    assert made.lessons[-1].body.count("## ") == 2
    assert made.campaign.call_to_action.label == outline.article.lines[146]


def test_keeps_the_message_to_the_one_who_refuses_whole(plan: Plan) -> None:
    assert {part_of(plan, number).number for number in range(104, 116)} == {
        part_of(plan, 104).number
    }
    assert part_of(plan, 104).kind == "lesson"


def test_keeps_a_lead_in_with_what_it_leads_to(plan: Plan) -> None:
    for lead_in, run in LISTS:
        assert {part_of(plan, number).number for number in run} == {part_of(plan, lead_in).number}
    for number in SPOKEN[3:]:
        assert part_of(plan, number) == part_of(plan, number - 1)


def test_places_every_word_in_order(made: Split, outline: Outline) -> None:
    assert made.coverage.placed == made.coverage.words > 1300
    assert placed_words(made) == expected_words(outline)


def test_proposes_something_for_every_lesson(made: Split) -> None:
    for lesson in made.lessons[1:-1]:
        assert lesson.takeaways
        assert lesson.exercise
        assert lesson.subject
        assert 40 <= len(lesson.preheader) <= 90
