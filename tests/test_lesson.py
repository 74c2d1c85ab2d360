from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from articles import load_list
from dripline.errors import DriplineError
from dripline.lesson import FIELDS, format_lesson, is_lesson_name, parse_lesson
from dripline.model import Lesson
from strategies import lessons


PATH = "content/bread/03-the-oven.md"
COMPLETE = '''\
+++
# dripline wrote the lines that end in '# proposed'. Change them as you like,
# and take the mark away from those you have made your own.
kind = "closing"
subject = "The oven" # proposed
preheader = "It is hot."
promise = """One.

Two.""" # proposed
takeaways = [
    "First.",
    "Second: \\"so\\".",
] # proposed
exercise = "Bake."
call_to_action = "button"
+++

## The oven

It is hot.
'''


def parse(front: str, body: str = "Text.") -> Lesson:
    return parse_lesson(f"+++\n{front}\n+++\n\n{body}\n", PATH)


def refusal(text: str, path: str = PATH) -> str:
    """Return what refuses *text* as a lesson."""
    with pytest.raises(DriplineError) as caught:
        parse_lesson(text, path)
    return str(caught.value)


def test_reads_a_lesson() -> None:
    lesson = parse_lesson(COMPLETE, PATH)

    assert lesson == Lesson(
        number=3,
        slug="the-oven",
        kind="closing",
        subject="The oven",
        preheader="It is hot.",
        promise="One.\n\nTwo.",
        takeaways=("First.", 'Second: "so".'),
        exercise="Bake.",
        call_to_action="button",
        body="## The oven\n\nIt is hot.",
        proposed=frozenset({"subject", "promise", "takeaways"}),
        path=PATH,
    )


def test_writes_a_lesson_as_it_is_read() -> None:
    assert format_lesson(parse_lesson(COMPLETE, PATH)) == COMPLETE


def test_writes_nothing_that_is_empty_or_goes_without_saying() -> None:
    text = format_lesson(Lesson(number=1, slug="a", subject="A", body="Text."))

    assert text == '+++\nsubject = "A"\n+++\n\nText.\n'


def test_explains_the_mark_of_a_proposal_only_where_there_is_one() -> None:
    lesson = Lesson(number=1, slug="a", subject="A", body="Text.")

    assert "# proposed" not in format_lesson(lesson)
    marked = format_lesson(replace(lesson, proposed=frozenset({"subject"})))
    assert marked.startswith("+++\n# dripline wrote the lines that end in '# proposed'.")


@given(lessons())
def test_reads_back_what_it_wrote(lesson: Lesson) -> None:
    assert parse_lesson(format_lesson(lesson), lesson.path) == lesson


@pytest.mark.parametrize(
    "text",
    [
        "a\n+++\nb",
        "+++",
        'a\n"""b',
        'a\n"',
        "a\n\\",
        "a\\\nb",
        "a\r\nb",
        "a\x7f\n\tb",
        "a # proposed\nsubject = 1",
        "\n\na\n",
        "a\n'''b",
    ],
)
def test_reads_back_a_text_that_could_end_itself_or_the_front_matter(text: str) -> None:
    lesson = Lesson(
        number=3,
        slug="the-oven",
        subject="A",
        promise=text,
        takeaways=(text, text),
        body="Text.",
        proposed=frozenset({"promise"}),
        path=PATH,
    )

    assert parse_lesson(format_lesson(lesson), PATH) == lesson


@given(lessons())
def test_writes_the_same_twice(lesson: Lesson) -> None:
    assert format_lesson(lesson) == format_lesson(replace(lesson))


def test_knows_where_everything_stands() -> None:
    lesson = parse_lesson(COMPLETE, PATH)

    lines = COMPLETE.split("\n")
    for name in FIELDS:
        number = lesson.line_of(name)
        assert lines[number - 1].startswith(f"{name} =") if number else name not in COMPLETE
    assert lines[lesson.body_line - 1] == "## The oven"


@pytest.mark.parametrize(
    ("front", "proposed"),
    [
        ('subject = "A" # proposed', {"subject"}),
        ('subject = "A"   #   proposed  ', {"subject"}),
        ('subject = "A" # proposed by me', set()),
        ('subject = "A # proposed"', set()),
        ('subject = "A"\npromise = """\nB # proposed\nexercise = 1\n"""', set()),
        ('subject = "A"\ntakeaways = [\n "B",\n] # proposed', {"takeaways"}),
        ('subject = "A"\ntakeaways = ["B"] # proposed\nexercise = "C"', {"takeaways"}),
    ],
)
def test_tells_proposals_by_their_mark(front: str, proposed: set[str]) -> None:
    assert parse(front).proposed == proposed


@pytest.mark.parametrize(
    ("name", "is_lesson"),
    [
        ("00-welcome.md", True),
        ("1-a.md", True),
        ("123-a b.md", True),
        ("welcome.md", False),
        ("01.md", False),
        ("01-a.markdown", False),
        ("01-a.md~", False),
        ("01-a.md\n", False),
        ("1234-a.md", False),
    ],
)
def test_knows_a_lesson_by_its_name(name: str, is_lesson: bool) -> None:  # noqa: FBT001
    assert is_lesson_name(name) == is_lesson


def test_refuses_a_name_without_a_number() -> None:
    assert refusal(COMPLETE, "content/bread/oven.md") == (
        "content/bread/oven.md: a lesson's name begins with a number: 01-name.md"
    )


def test_refuses_a_lesson_without_a_front_matter() -> None:
    assert refusal("## The oven\n") == (
        f"{PATH}:1: the front matter is missing\n"
        '  The file begins with +++, then lines like subject = "…", then +++.'
    )


def test_refuses_a_front_matter_without_an_end() -> None:
    assert refusal('+++\nsubject = "A"\n\nText.') == (
        f"{PATH}:1: the front matter has no end\n  A line with nothing but +++ closes it."
    )


def test_names_the_line_that_is_not_toml() -> None:
    assert refusal('+++\nsubject = "A"\npreheader = It is\n+++\n').startswith(
        f"{PATH}:3: this line cannot be read as TOML: "
    )


def test_reports_every_problem_of_a_lesson_at_once() -> None:
    message = refusal('+++\nsubjekt = "A"\ntakeaways = "B"\nkind = "other"\nteaser = 1\n+++\nText.')

    assert f"{PATH}:2: unknown key 'subjekt'\n  Did you mean 'subject'?" in message
    assert f"{PATH}:3: 'takeaways' should be a list" in message
    assert f"{PATH}:4: 'kind' is 'other'\n  It can be: welcome, lesson, closing." in message
    assert f"{PATH}:5: 'teaser' should be text" in message
    assert f"{PATH}: 'subject' is missing" in message


@pytest.mark.parametrize("line", ['subject = ""', 'subject = "a\\nBcc: x@example.org"'])
def test_refuses_a_subject_that_is_no_line(line: str) -> None:
    assert refusal(f"+++\n{line}\n+++\nText.").startswith(f"{PATH}:2: 'subject' is ")


def test_keeps_a_body_that_holds_a_fence() -> None:
    assert parse('subject = "A"', "One.\n\n+++\n\nTwo.").body == "One.\n\n+++\n\nTwo."


def test_reads_a_lesson_without_a_body() -> None:
    assert parse('subject = "A"', "").body == ""


def test_reads_or_refuses_whatever_an_author_leaves_there(shared: Path) -> None:
    cases = load_list(shared / "corpus" / "hostile" / "frontmatter" / "cases.json")
    for case in cases:
        for text in (case["text"], case["text"].replace("---", "+++")):
            assert refusal(text).startswith(f"{PATH}:")

    assert len(cases) == 25
