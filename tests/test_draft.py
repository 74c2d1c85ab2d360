import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles import PHRASES, Case, lesson_of, load_cases, load_list, prose, sentence, split
from dripline.body import escape_braces
from dripline.draft import make_slug
from dripline.errors import DriplineError
from dripline.lesson import FIELDS, format_lesson, parse_lesson
from dripline.markup import render_markdown
from dripline.mergetags import TagTable, lift_tags
from dripline.model import Lesson
from dripline.split import Split
from reading import seen
from strategies import articles


DEVICE = re.compile(r"con|prn|aux|nul|com\d|lpt\d")


def describe(made: Split) -> str:
    """Return the lessons as the case files have them: a line on each, then its body."""
    return "".join(
        f"--- {lesson.number} {lesson.kind} {lesson.slug}: {lesson.subject}\n{lesson.body}\n"
        for lesson in made.lessons
    )


def sections(count: int, words: int = 150, *, pitch: bool = False) -> str:
    """Return Markdown with so many sections, and an invitation at the end."""
    parts = [f"## Part {n}\n\n{prose(words)}" for n in range(1, count + 1)]
    end = ["## Book a session\n\nI work with you."] * pitch
    return "\n\n".join(["# Bread: a course\n\nBy Ruth Adler, Baker", sentence(30), *parts, *end])


def texts_of(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """Yield every text of a lesson with the name of its field."""
    for name in (*FIELDS, "body"):
        value = getattr(lesson, name)
        yield from ((name, one) for one in (value if isinstance(value, tuple) else (value,)))


# --- bodies


@pytest.mark.parametrize("case", load_cases("split"), ids=lambda case: case.name)
def test_writes(case: Case) -> None:
    assert describe(split(case.source, case.number, name=case.name)) == case.expected


def test_writes_unmarked_text_that_an_email_shows_as_it_was() -> None:
    (case,) = (case for case in load_cases("split") if case.name == "marks.txt")
    _, *lines = filter(None, case.source.split("\n"))

    made = split(case.source, 1, name=case.name)

    shown = " ".join(seen(render_markdown(lesson.body)) for lesson in made.lessons)
    for line in lines:
        assert (
            line.removeprefix("> ").replace("[a link](https://example.org/a_b_c)", "a link")
            in shown
        )


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("{{ a }} {% b %} {", r"\{{ a }} \{% b %} \{"),
        (r"\{{ a }} \\{{ b }}", r"\{{ a }} \\{{ b }}"),
        ("`{{ a }}` {b}", r"`{{ a }}` \{b}"),
        ("```\n{{ a }}\n```\n{b}", "```\n{{ a }}\n```\n\\{b}"),
        ("a\n\n    {{ b }}\n\n{c}", "a\n\n    {{ b }}\n\n\\{c}"),
        ("- a\n\n    {{ b }}", "- a\n\n    \\{{ b }}"),
        ("no braces", "no braces"),
    ],
)
def test_makes_the_braces_of_an_article_literal_but_for_code(text: str, body: str) -> None:
    assert escape_braces(text).replace(r"\{\{", r"\{{") == body


@given(articles(), st.sampled_from(("a.txt", "a.md")))
def test_makes_no_merge_tag_of_an_article(text: str, name: str) -> None:
    """Neither in a body nor in any proposal."""
    for tag in ("{{ first_name }}", "`{{email}}`", "\\{{ web_url }}"):
        try:
            made = split(f"A {tag} title\n\n{text} {tag}\n\n{tag}", name=name)
        except DriplineError:
            return
        for lesson in made.lessons:
            for field, one in texts_of(lesson):
                assert lift_tags(one, TagTable([one])) == one, (field, one)


def test_shows_the_braces_of_a_title_as_they_are() -> None:
    made = split("How to write {{ first_name }} in a mail\n\nMore {{ of }} it is here.")

    welcome, lesson = made.lessons[:2]
    assert welcome.subject == "Welcome: How to write \\{{ first_name }} in a mail"
    assert lesson.subject == "More \\{{ of }} it is here"
    assert made.campaign.title == "How to write {{ first_name }} in a mail"


def test_takes_a_definition_along_to_every_lesson_that_uses_it() -> None:
    text = "# T\n\n## A\n\nA [one][X y], [^1] here.\n\n## B\n\nB [two][], [x  Y].\n\n## C\n\nC.\n\n"
    ends = "[x Y]: https://x\n[two]: https://two 'Two'\n[^1]: Note,\n    [two]."

    one, two, three = split(text + ends, 3, name="a.md").lessons[1:-1]

    assert [line in one.body for line in ends.split("\n")] == [True, True, True, True]
    assert [line in two.body for line in ends.split("\n")] == [True, True, False, False]
    assert three.body == "## C\n\nC."


def test_leaves_a_definition_that_nobody_uses_where_it_stood() -> None:
    text = "# T [a]\n\n## A\n\nA.\n\n[a]: https://a\n\n## B\n\nB."

    one, two = split(text, 2, name="a.md").lessons[1:-1]

    assert one.body == "## A\n\nA.\n\n[a]: https://a"
    assert two.body == "## B\n\nB."


def test_keeps_a_byline_that_names_nobody() -> None:
    made = split(f"A title\n\n12 March 2021\n\n{prose(30)}\n\n{prose(90)}", 1)

    assert made.lessons[0].body.startswith("12 March 2021")
    assert made.campaign.sender.name == ""


# --- names


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Why Bread?", "why-bread"),
        ("Don’t stop: it's good", "dont-stop-its-good"),
        ("Trust—and why", "trust-and-why"),
        ("Été à Zürich", "ete-a-zurich"),
        ("Straße", "strasse"),
        ("1/2 or ½", "1-2-or-1-2"),
        ("ﬁne a\u00adb", "fine-ab"),
        ("𝑨 İ", "a-i"),
        ("第三課", "lesson"),
        ("???", "lesson"),
        ("", "lesson"),
        ("../../etc/passwd", "etc-passwd"),
        ("x" * 99, "x" * 50),
        ("one two " * 20, "one-two-one-two-one-two-one-two-one-two-one-two"),
    ],
)
def test_makes_a_slug(title: str, slug: str) -> None:
    assert make_slug(title) == slug


@given(st.text(max_size=120))
def test_makes_slugs_that_are_safe_in_a_file_name(title: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", make_slug(title))
    assert len(make_slug(title)) <= 50
    assert make_slug(make_slug(title)) == make_slug(title)


def test_names_lessons_safely_whatever_their_titles(shared: Path) -> None:
    titles = load_list(shared / "corpus" / "hostile" / "slugs" / "titles.json")

    slugs = [make_slug(title) for title in titles]
    names = [Lesson(number=number, slug=slug).name for number, slug in enumerate(slugs, 1)]

    assert len(set(names)) == len(titles) == 101
    for name in names:
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*[a-z0-9]", name)
        assert len(name) <= 100
        assert not DEVICE.fullmatch(name)
    assert slugs == [make_slug(title) for title in titles]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("essays/On Bread.txt", "on-bread"),
        ("content/my-bread/article.txt", "my-bread"),
        ("article.txt", "bread"),
        ("-", "bread"),
        ("con.txt", "con-course"),
        ("AUX.md", "aux-course"),
        ("LPT1", "lpt1-course"),
        ("console.txt", "console"),
    ],
)
def test_names_the_course_after_its_folder_its_file_or_its_title(path: str, name: str) -> None:
    assert split("Bread: a history\n\nText.\n\nMore text.", name=path).campaign.name == name


# --- proposals


def test_calls_a_course_without_a_title_by_its_name() -> None:
    made = split(f"{sentence(9)}\n\n{sentence(9)}\n\n{sentence(9)}", name="notes/my-notes.txt")

    assert made.campaign.title == "My notes"
    assert made.lessons[0].subject == "Welcome: My notes"
    assert "“My notes”" in made.lessons[0].promise


def test_gives_the_campaign_what_the_article_says_of_itself() -> None:
    campaign = split(sections(5, pitch=True), name="a.md").campaign

    assert campaign.title == "Bread: a course"
    assert (campaign.sender.name, campaign.sender.credentials) == ("Ruth Adler", "Baker")
    assert campaign.call_to_action.label == "Book a session"
    assert campaign.article == "article.md"


def test_welcomes_with_a_promise_and_what_to_expect() -> None:
    welcome = split(sections(5), 5, name="a.md").lessons[0]

    assert welcome.subject == "Welcome: Bread"
    assert welcome.promise.startswith(
        "Welcome to “Bread”, five short lessons by Ruth Adler. They arrive twice a week, "
        "and each takes about a minute to read."
    )
    assert welcome.summary == ("Part 1", "Part 2", "Part 3", "Part 4", "Part 5")
    assert welcome.teaser == "In your next email: Part 1"


@pytest.mark.parametrize(("byline", "by"), [("By Jane Moor\n\n", " by Jane Moor"), ("", "")])
def test_promises_a_single_lesson_in_the_singular(byline: str, by: str) -> None:
    welcome = split(f"# Bread\n\n{byline}## A\n\n{sentence(20)}", 1, name="a.md").lessons[0]

    assert welcome.promise.startswith(
        f"Welcome to “Bread”, one short lesson{by}. It arrives in your next email, "
        "and takes about half a minute to read."
    )


@pytest.mark.parametrize(
    ("minutes", "said"),
    [
        (0.5, "about half a minute"),
        (1.0, "about a minute"),
        (1.5, "about 1½ minutes"),
        (2.0, "about 2 minutes"),
    ],
)
def test_says_how_long_a_lesson_takes(minutes: float, said: str) -> None:
    assert PHRASES.count("minute", minutes) == said


def test_promises_no_link_that_a_package_may_not_have() -> None:
    for name in ("promise", "promise_without_author", "promise_one", "promise_one_without_author"):
        said = PHRASES.say(
            f"proposal.{name}", title="", author="", count_lessons="", rhythm="", minutes=""
        )

        assert said.endswith("You can leave at any time; the end of each email says how.")


def test_recalls_a_lesson_by_the_section_its_title_names() -> None:
    own = "Sometimes a dough needs nothing but another hour in the bowl."
    other = "A dough that rests overnight rises twice as well."
    parts = [f"## Part {n}\n\n{own}\n\n## Aside {n}\n\n{other}" for n in (1, 2)]
    text = "# T\n\n" + "\n\n".join(parts)

    first, second, closing = split(text, 2, name="a.md").lessons[1:]

    assert first.takeaways == (other,)
    assert second.recap == f"Last time: {own}"
    assert closing.summary == (f"**Part 1.** {own}", f"**Part 2.** {own}")


def test_proposes_nothing_that_is_said_to_another_reader() -> None:
    own = "A dough that rests overnight rises twice as well."
    other = "Millers grind a finer flour when the stones are cold."
    aside = f"This part is for you, the miller.\n\nYou need:\n\n- cold\n- time\n\n{other}"

    lesson = split(f"# T\n\n## A\n\n{own}\n\n## B\n\n{aside}", 1, name="a.md").lessons[1]

    assert (lesson.preheader, lesson.takeaways) == (own, (own,))
    assert lesson.exercise == PHRASES.vary("proposal.exercise_reflection", 1)
    assert other in lesson.body


def test_closes_with_a_line_on_each_lesson_and_the_button() -> None:
    closing = split(sections(3, pitch=True), 3, name="a.md").lessons[-1]

    assert closing.call_to_action == "button"
    assert [line.split("**")[1] for line in closing.summary] == ["Part 1.", "Part 2.", "Part 3."]
    assert "“Bread”" in closing.promise
    assert closing.body.startswith("## Book a session")


def test_links_each_lesson_to_the_ones_before_and_after() -> None:
    long, short = sentence(26), "A dough that rests overnight rises twice as well."
    text = f"# T\n\n## Part 1\n\n{short}\n\n## Part 2\n\n{long}\n\n## Part 3\n\n{short}"

    first, second, third = split(text, 3, name="a.md").lessons[1:-1]

    assert first.teaser == "In your next email: Part 2"
    assert second.teaser == "In your next email: Part 3"
    assert third.teaser == PHRASES.say("proposal.teaser_closing")
    assert first.recap == ""
    assert second.recap == f"Last time: {short}"
    assert third.recap == ""  # nothing in the lesson before is short enough to remember


@pytest.mark.parametrize(
    ("lessons", "asking"), [(2, []), (3, []), (4, [3]), (5, [4]), (6, [3, 5]), (8, [4, 7])]
)
def test_asks_for_something_only_after_it_has_helped(lessons: int, asking: list[int]) -> None:
    made = split(sections(lessons), lessons, name="a.md")

    links = [lesson.number for lesson in made.lessons if lesson.call_to_action == "link"]
    assert links == asking
    assert [lesson.number for lesson in made.lessons if lesson.postscript] == asking


def test_marks_what_it_proposed_and_nothing_else() -> None:
    for lesson in split(sections(6, pitch=True), 6, name="a.md").lessons:
        written = {name for name in FIELDS if getattr(lesson, name)} - {"kind", "call_to_action"}

        assert lesson.proposed == written


@pytest.mark.parametrize(
    "text", ["Hm.\n\nSo it is", "- one\n- two", "![](a.png)\n\nHm", "`x` y", "☎ ☂"]
)
def test_proposes_a_subject_whatever_there_is(text: str) -> None:
    lesson = lesson_of(f"# Bread\n\n{text}", name="a.md")

    assert lesson.subject
    assert len(lesson.subject) <= 78


@given(articles(), st.none() | st.integers(1, 9), st.sampled_from(("a.txt", "a.md", "-")))
def test_drafts_lessons_that_can_be_read_back(text: str, lessons: int | None, name: str) -> None:
    try:
        made = split(text, lessons, name=name)
    except DriplineError:
        return
    for lesson in made.lessons:
        written = replace(lesson, path=f"content/a/{lesson.name}.md")

        assert parse_lesson(format_lesson(lesson), written.path) == written


@given(articles(), st.none() | st.integers(1, 9))
def test_drafts_the_same_twice(text: str, lessons: int | None) -> None:
    def drafts() -> tuple[Lesson, ...] | str:
        try:
            return split(text, lessons).lessons
        except DriplineError as error:
            return str(error)

    assert drafts() == drafts()


def test_drafts_the_same_in_another_process() -> None:
    """Sets of words are in another order there."""
    program = (
        "import sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from articles import load_cases, split\n"
        "from dripline.lesson import format_lesson\n"
        "for case in load_cases('split'):\n"
        "    for lesson in split(case.source, case.number, name=case.name).lessons:\n"
        "        print(format_lesson(lesson))\n"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", program, str(Path(__file__).parent)],
            capture_output=True,
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("1", "2", "3")
    }

    assert len(runs) == 1
    assert len(runs.pop()) > 1000
