import pytest

from articles import PHRASES, Case, lines_of, load_cases, parse, roles_of, sentence, understand
from dripline.model import Outline, Role
from dripline.outline import make_outline, section_words, split_byline


def describe(outline: Outline) -> str:
    """Return an outline as the case files have it: title, author, a line for each block."""
    lines = [f"title: {outline.title}", f"author: {outline.author}"]
    for block in outline.blocks:
        role = f"{block.role} {block.level}" if block.role is Role.HEADING else str(block.role)
        depth = f" {block.depth}" if block.depth else ""
        first = block.text.split("\n")[0]
        end = f"-{block.last_line}" if block.last_line > block.first_line else ""
        lines.append(f"{block.first_line}{end} {role}{depth}: {first[:40]}".rstrip())
    lines += [f"pitch: {section.title}" for section in outline.sections if section.is_pitch]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", load_cases("outline"), ids=lambda case: case.name)
def test_understands(case: Case) -> None:
    outline = understand(case.source, case.name)

    assert describe(outline) == case.expected


@pytest.mark.parametrize(
    ("byline", "author", "credentials"),
    [
        ("By Ruth Adler", "Ruth Adler", ""),
        ("by Ruth Adler, PhD, and friends", "Ruth Adler", "PhD, and friends"),
        ("Ruth Adler | Psychologist | Berlin", "Ruth Adler", "Psychologist | Berlin"),
        ("Ruth Adler – therapist since 1998", "Ruth Adler", "therapist since 1998"),
        ("By Ruth Adler | March 1, 2021", "Ruth Adler", ""),
        ("Ruth Adler, PhD · 3 May 2024 · 7-minute read · Berlin", "Ruth Adler", "PhD · Berlin"),
        ("Ruth Adler, 2024-05-03", "Ruth Adler", ""),
        ("March 1, 2021", "", ""),
        ("2021 · 5 min read", "", ""),
        ("By", "", ""),
        ("", "", ""),
    ],
)
def test_tells_the_author_from_credentials_and_dates(
    byline: str, author: str, credentials: str
) -> None:
    assert split_byline(byline, PHRASES) == (author, credentials)


def test_takes_title_and_author_of_the_front_matter_when_the_text_has_none() -> None:
    outline = understand("---\ntitle: Bread\nauthor: Ann Bell\n---\nText.\n\nMore.", "a.md")

    assert (outline.title, outline.author) == ("Bread", "Ann Bell")
    assert Role.TITLE not in roles_of(outline).values()


def test_takes_the_heading_that_repeats_the_title_of_the_front_matter_for_the_title() -> None:
    text = "---\ntitle: Why we wait\n---\n# Why we wait?\n\n## One\n\nText."

    assert roles_of(understand(text, "a.md")) == {4: "title", 6: "heading", 8: "paragraph"}


def test_keeps_another_heading_and_the_first_words_below_a_front_matter() -> None:
    text = "---\ntitle: Why we wait\n---\n{}\n\nText.\n\n# Two\n\nText."

    assert roles_of(understand(text.format("# One"), "a.md"))[4] == "heading"
    assert roles_of(understand(text.format("Hello there!"), "a.md"))[4] == "paragraph"


def test_finds_the_title_below_a_picture_or_a_rule() -> None:
    for above in ("![](p.png)", "---", "[x]: https://example.org"):
        outline = understand(f"{above}\n\n# Bread\n\nBy Ann Bell\n\n## One\n\nText.", "a.md")

        assert (outline.title, outline.author) == ("Bread", "Ann Bell")


@pytest.mark.parametrize(
    "first", ["This is a sentence.", "Here it comes:", "- an item", "“Spoken.”"]
)
def test_takes_no_sentence_for_a_title(first: str) -> None:
    assert understand(f"{first}\n\nText follows here.\n\nMore text.").title == ""


def test_takes_no_paragraph_for_a_title() -> None:
    assert understand(f"{sentence(50).rstrip('.')}\n\nText.\n\nMore.").title == ""


@pytest.mark.parametrize("line", ["The Big Question", "How We Wait", "Your Own Bread"])
def test_takes_no_heading_for_a_byline(line: str) -> None:
    outline = understand(f"Bread\n\n{line}\n\n{sentence(20)}\n\n{sentence(20)}")

    assert (outline.author, lines_of(outline, Role.BYLINE)) == ("", [])


@pytest.mark.parametrize(
    ("headings", "alike"),
    [
        (
            ("Bread Without Haste", "Water From a Well", "Salt of the Earth", "Ovens and Moods"),
            False,
        ),
        (
            ("Bread without haste", "Water from a well", "Salt of the earth", "Ovens and moods"),
            True,
        ),
        (("1. Bread", "2. Water", "3. Salt", "4. Ovens"), False),
    ],
)
def test_takes_a_doubtful_line_for_a_heading_when_it_looks_like_the_others(
    headings: tuple[str, ...],
    alike: bool,  # noqa: FBT001
) -> None:
    doubtful = "Flour from the old mill by the river today"
    sections = [line for n, one in enumerate(headings) for line in (one, sentence(30, n))]
    text = "\n\n".join(["My title", *sections, doubtful, sentence(9)])

    role = roles_of(understand(text))[2 * len(sections) + 3]

    assert role is (Role.HEADING if alike else Role.PARAGRAPH)


def test_never_ends_with_a_heading() -> None:
    outline = understand(f"Bread\n\nOne\n\n{sentence(30)}\n\nThe End")

    assert lines_of(outline, Role.HEADING) == [3]


def test_numbers_the_levels_in_use_from_the_outermost() -> None:
    outline = understand("# T\n\n### A\n\nText.\n\n##### B\n\nText.\n\n### C\n\nText.", "a.md")

    assert [b.level for b in outline.blocks if b.role is Role.HEADING] == [1, 2, 1]
    assert [section.title for section in outline.sections] == ["A", "C"]


def test_cuts_sections_that_hold_every_block_below_the_front() -> None:
    text = f"Bread\nBy Ann Bell\n\n{sentence(20)}\n\nOne\n\n{sentence(20)}\n\nTwo\n\n{sentence(20)}"

    outline = understand(text)

    spans = [(section.first_block, section.end_block) for section in outline.sections]
    assert spans == [(2, 3), (3, 5), (5, 7)]
    assert [section.title for section in outline.sections] == ["", "One", "Two"]
    assert [section_words(outline.blocks, section) for section in outline.sections] == [20, 21, 21]


def article_with_end(*end: str) -> str:
    body = "".join(f"## Part {n}\n\n{sentence(60, n)}\n\n" for n in range(4))
    return f"# Bread\n\nBy Ann Bell\n\n{sentence(20)}\n\n{body}" + "\n\n".join(end)


@pytest.mark.parametrize(
    "end",
    [
        ("## Bake with me", "I work with beginners. Book a session."),
        ("## About Ann Bell", "Ann bakes. If you like, get in touch."),
        ("## Come along", "I invite you to my kitchen.\n\nSign up for a free consultation."),
    ],
)
def test_recognises_an_invitation_at_the_end(end: tuple[str, ...]) -> None:
    outline = understand(article_with_end(*end), "a.md")

    assert [section.is_pitch for section in outline.sections] == [False] * 5 + [True]
    assert set(roles_of(outline).values()) >= {Role.CTA}


@pytest.mark.parametrize(
    "end",
    [
        ("## Part five", "A session of baking takes an hour, and clients like it."),
        ("## Part five", "I work with flour."),
        ("## Part five", "I baked online, and my clients had a session of it."),
    ],
)
def test_takes_no_lesson_for_an_invitation(end: tuple[str, ...]) -> None:
    outline = understand(article_with_end(*end), "a.md")

    assert not any(section.is_pitch for section in outline.sections)


def test_takes_no_invitation_that_is_most_of_the_article() -> None:
    text = f"# Bread\n\n{sentence(20)}\n\n## Book a session\n\nI work with you. {sentence(60)}"

    assert not any(section.is_pitch for section in understand(text, "a.md").sections)


def test_recognises_no_invitation_before_a_lesson() -> None:
    pitch = "## Bake with me\n\nI work with beginners. Book a session."

    outline = understand(article_with_end(pitch, "## Last", sentence(60)), "a.md")

    assert not any(section.is_pitch for section in outline.sections)


def test_sees_the_same_twice() -> None:
    article = parse(article_with_end("## Book a session", "I work with you."), "a.md")

    assert make_outline(article, PHRASES) == make_outline(article, PHRASES)


def test_finds_a_list_that_lost_its_bullets_on_the_way() -> None:
    lines = (
        "Bread for People Who Have No Time",
        "Anybody can bake, and nobody has to be a baker for it, as you will see below.",
        "You need:",
        "Flour from the mill",
        "Warm water",
        "A pinch of salt",
        "Mix It Well",
        "Put it all into one bowl and stir until no dry flour is left at the sides of it.",
    )
    outline = understand("\n".join(lines), "a.txt")

    assert lines_of(outline, Role.LIST_ITEM) == [4, 5, 6]
    assert lines_of(outline, Role.HEADING) == [7]


def test_takes_no_sentences_behind_a_colon_for_a_list() -> None:
    lines = (
        "Bread for People Who Have No Time",
        "I learned one thing from it:",
        "Do not open the oven.",
        "The crust needs the steam.",
        "So I wait outside until it is done, and read the paper in the hall.",
    )

    assert lines_of(understand("\n".join(lines), "a.txt"), Role.LIST_ITEM) == []
