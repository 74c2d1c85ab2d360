import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cascade import Words, dark_rules, parse, style_of, words_by_day, words_by_night
from courses import (
    SERVICES,
    letter,
    make_lesson,
    only,
    package,
    package_texts,
    render,
    render_campaign,
    render_one,
    service_of,
    themed,
)
from dripline.checks import run_checks
from dripline.colour import contrast
from dripline.components import picture_path
from dripline.errors import DriplineError
from dripline.markup import render_markdown
from dripline.model import CallToAction, Picture, RenderedCourse, Sender, Severity
from dripline.phrase import load_phrases
from dripline.render import render_course
from dripline.schedule import format_calendar, format_schedule
from dripline.workspace import Workspace, load_course
from reading import elements, outlook_elements, seen


ZOO = Workspace(root=Path(__file__).parent / "workspaces" / "zoo")
# Gmail clips at 102 KB; what we send is far below, so that a service's links fit.
LARGEST = 30_000


@cache
def zoo() -> RenderedCourse:
    return render_campaign(ZOO, "zoo")


ZOO_EMAILS = sorted(path for path in package_texts("html", zoo()) if path.endswith(".html"))


def zoo_html(path: str) -> str:
    return package_texts("html", zoo())[path]


@pytest.mark.parametrize("service", SERVICES)
def test_makes_the_package_of_the_zoo(
    service: str, golden: Callable[[str, Mapping[str, bytes]], None]
) -> None:
    golden(service, package(service, zoo()))


def test_makes_the_schedule_of_the_zoo(
    golden: Callable[[str, Mapping[str, bytes]], None],
) -> None:
    files = {
        "schedule.csv": format_schedule(zoo()).encode(),
        "course.ics": format_calendar(zoo()),
    }

    golden("schedule", files)


def test_finds_nothing_grave_in_the_zoo() -> None:
    services = [service_of(name, zoo()) for name in SERVICES]
    findings = run_checks(zoo(), services)

    assert not [one for one in findings if one.severity is Severity.ERROR]


@pytest.mark.parametrize("service", SERVICES)
def test_makes_the_same_bytes_twice(service: str) -> None:
    again = render_course(load_course(ZOO, "zoo"), letter(), load_phrases("en"))

    assert again == zoo()
    assert package(service, again) == package(service, zoo())


def test_wraps_the_text_of_every_email() -> None:
    texts = package_texts("html", zoo())
    for path in ZOO_EMAILS:
        for line in texts[path.replace(".html", ".txt")].split("\n"):
            # Code keeps its lines, an address is never cut, a tag is the service's.
            kept = line.startswith("    ") or "://" in line or "[[" in line
            assert kept or len(line) <= 76, line


@pytest.mark.parametrize("service", SERVICES)
def test_keeps_emails_small(service: str) -> None:
    for path, text in package_texts(service, zoo()).items():
        if path.endswith(".html"):
            assert len(text.encode()) < LARGEST, path


# What a screen reader, an eye or a dark screen needs.


@pytest.mark.parametrize("path", ZOO_EMAILS)
def test_says_language_and_direction_where_clients_look(path: str) -> None:
    tree = parse(zoo_html(path))

    assert (tree.get("lang"), tree.get("dir")) == ("en", "ltr")
    children = [child for child in tree.find("body") if isinstance(child.tag, str)]
    assert children
    assert all((one.get("lang"), one.get("dir")) == ("en", "ltr") for one in children)


@pytest.mark.parametrize("path", ZOO_EMAILS)
def test_has_one_title_and_headings_in_order(path: str) -> None:
    levels = [int(one.tag[1]) for one in elements(zoo_html(path)) if re.match(r"h\d$", one.tag)]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(here <= before + 1 for before, here in pairwise(levels))
    assert not parse(zoo_html(path)).xpath("//*[self::h1 or self::h2 or self::h3][not(node())]")


@pytest.mark.parametrize("path", ZOO_EMAILS)
def test_tells_layout_from_data_in_tables(path: str) -> None:
    for table in parse(zoo_html(path)).iter("table"):
        is_data = bool(table.xpath("./tr/th | ./thead/tr/th | ./tbody/tr/th"))
        assert (table.get("role") == "presentation") is not is_data
        for cell in table.xpath("./thead/tr/th"):
            assert cell.get("scope") == "col"
    for tag, attributes in outlook_elements(zoo_html(path)):
        assert tag != "table" or attributes["role"] == "presentation"


@pytest.mark.parametrize("path", ZOO_EMAILS)
def test_describes_every_picture(path: str) -> None:
    html = zoo_html(path)
    for tag, attributes in [*elements(html), *outlook_elements(html)]:
        if tag == "img":
            assert attributes["alt"]
            assert attributes["src"].startswith("images/")


def test_shows_the_pictures_of_the_zoo() -> None:
    shown = [one for path in ZOO_EMAILS for one in elements(zoo_html(path)) if one.tag == "img"]

    assert [re.sub(r"[0-9a-f]{8}", "…", one.attributes["src"]) for one in shown] == [
        "images/tree.png",
        "images/sketches-bark-….jpg",
    ]


@pytest.mark.parametrize("path", ZOO_EMAILS)
def test_shows_that_a_link_is_one(path: str) -> None:
    links = list(parse(zoo_html(path)).iter("a"))

    assert links
    for link in links:
        look = style_of(link)
        is_button = link.get("class") == "button" and "background-color" in look
        assert is_button or look["text-decoration"] == "underline"
        assert link.get("href")
        assert "".join(link.itertext()).strip() or link.findall(".//img")


@pytest.mark.parametrize("path", ZOO_EMAILS)
@pytest.mark.parametrize("words", [words_by_day, words_by_night])
def test_can_be_read_by_day_and_by_night(
    path: str, words: Callable[[str], Iterator[Words]]
) -> None:
    found = list(words(zoo_html(path)))

    assert len(found) > 10
    for text, colour, background, size in found:
        assert contrast(colour, background) >= 4.5, text
        assert size >= 14, text


def test_looks_other_by_night() -> None:
    html = zoo_html(ZOO_EMAILS[1])

    day = {(words.colour, words.background) for words in words_by_day(html)}
    night = {(words.colour, words.background) for words in words_by_night(html)}
    assert not day & night


def test_has_no_rule_for_the_dark_that_no_email_needs() -> None:
    trees = [parse(zoo_html(path)) for path in ZOO_EMAILS]
    for selector in dark_rules(zoo_html(ZOO_EMAILS[0])):
        if not re.search(r" h[4-6]$", selector):
            assert any(tree.cssselect(selector) for tree in trees), selector


@pytest.mark.parametrize("path", ZOO_EMAILS)
def test_says_the_subject_where_programs_look(path: str) -> None:
    tree = parse(zoo_html(path))
    subject = {email.name: email.subject for email in zoo().emails}[path.removesuffix(".html")]
    title = tree.findtext(".//title")

    assert re.sub(r"zq\w+z", "friend", subject) == title
    assert tree.find(".//div[@role='article']").get("aria-label") == title


@pytest.mark.parametrize("path", ZOO_EMAILS)
def test_hides_the_preheader_and_pads_it(path: str) -> None:
    (preheader,) = parse(zoo_html(path)).find_class("preheader")
    lesson = next(one.lesson for one in zoo().emails if one.name == path.removesuffix(".html"))
    text = "".join(preheader.itertext())

    assert style_of(preheader)["display"] == "none"
    assert text.startswith(lesson.preheader)
    assert 140 <= len(lesson.preheader) + 2 * text.count("\ufeff") <= 151
    assert max(map(len, text.split(" "))) < 100  # no long word that cannot be seen
    assert lesson.preheader not in package_texts("html", zoo())[path.replace(".html", ".txt")]


# What a lesson becomes.


def test_lifts_the_first_heading_to_the_title() -> None:
    html = render_one(body="### A *title*\n\nText.\n\n# Next\n\n### Third", subject="Subject").html

    assert re.findall(r"<(h\d)[^>]*>(.*?)</\1>", html) == [
        ("h1", "A <em>title</em>"),
        ("h2", "Next"),
        ("h3", "Third"),
    ]


@pytest.mark.parametrize(
    ("body", "levels"),
    [
        ("Text.\n\n#### A\n\n## B", "22"),
        ("Text.\n\n# A\n\n###### B\n\n### C\n\n## D", "2343"),
        ("Text.\n\n## A\n\n- item\n\n    ##### B", "23"),
        ("Text.\n\n##", ""),
    ],
)
def test_leaves_no_level_of_heading_out(body: str, levels: str) -> None:
    html = render_one(body=body).html.partition("</h1>")[2]

    assert "".join(re.findall(r"<h(\d)", html)) == levels


def test_ranks_the_headings_of_an_exercise_below_its_box() -> None:
    html = render_one(exercise="# Step\n\nDo it.", promise="# Promise\n\nKept.").html

    assert [level for level, _ in re.findall(r"<h(\d)[^>]*>(.*?)</", html)] == ["1", "2", "2", "3"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("<details><summary>More</summary>Inside.</details>", "More Inside."),
        ("<span>Loose</span> words <b>here</b>", "Loose words here"),
        ("<div>One</div>loose<div>two</div>", "One loose two"),
        ("<form><button>Go</button>on</form>", "Go on"),
        ("<td>loose</td> <i>and</i><p>bound</p>", "loose and bound"),
        ("[](https://e.example/)", "https://e.example/"),
        ("<table><caption>Cap</caption><tr><td>a</td><td>b</td></tr></table>", "Cap a b"),
    ],
)
def test_shows_words_that_stand_in_no_paragraph(body: str, words: str) -> None:
    html = only(package_texts("html", render(make_lesson(body=body))), ".html")

    assert f"Hi there, {words} You get" in seen(html)


def test_gives_a_page_of_blocks_several_rows() -> None:
    html = render_one(body="\n\n".join(f"Paragraph {number}." for number in range(30))).html

    rows = re.findall(r'<td class="text side".*?</td>', html, re.DOTALL)
    assert [row.count("<p") for row in rows] == [12, 12, 6]


def test_stops_when_words_would_be_lost(tmp_path: Path) -> None:
    card = "{% block card %}<tr><td>{{ lesson.title }}</td></tr>{% endblock %}"
    without = f'{{% extends "base.html" %}}{card}'

    with pytest.raises(DriplineError, match=r"^content/zoo/01-one\.md: words would be lost in the"):
        render_one(themed({"lesson.html": without}, tmp_path / "t"))


def test_stops_when_words_would_be_lost_in_the_text(tmp_path: Path) -> None:
    with pytest.raises(DriplineError, match=r"^content/zoo/01-one\.md: words would be lost in the"):
        render_one(themed({"lesson.txt": "{{ lesson.title }}"}, tmp_path / "t"))


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\x9b", "\ud800"])
def test_refuses_control_characters_and_says_where(sign: str) -> None:
    lesson = make_lesson(body=f"One\n\ntwo{sign}three", body_line=7)

    with pytest.raises(DriplineError) as caught:
        render(lesson)

    message = f"content/zoo/01-one.md:9: the body has the control character U+{ord(sign):04X}"
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("field", ["subject", "preheader", "recap", "takeaways", "exercise"])
def test_refuses_control_characters_in_a_field(field: str) -> None:
    fields: dict[str, Any] = {field: "b\x00c", "field_lines": {field: 4}}
    if field == "takeaways":
        fields[field] = ("a", "b\x00c")
    lesson = make_lesson(**fields)

    with pytest.raises(DriplineError, match=rf"^content/zoo/01-one\.md:4: the {field} has"):
        render(lesson)


def picture(path: str, width: int = 100, height: int = 50) -> dict[str, Picture]:
    return {path: Picture(path=path, data=path.encode(), width=width, height=height)}


def test_writes_size_and_words_of_a_small_picture() -> None:
    small = picture("tree.png")
    html = render(make_lesson(body="![A *tree*](tree.png)"), pictures=small).emails[0].html

    (image,) = (one.attributes for one in elements(html) if one.tag == "img")
    assert (image["src"], image["alt"]) == ("images/tree.png", "A *tree*")
    assert (image["width"], image["height"]) == ("100", "50")
    assert not [one for one in outlook_elements(html) if one.tag == "img"]


def test_gives_the_width_of_a_wide_picture_to_outlook_alone() -> None:
    wide = picture("tree.png", 1040, 390)
    html = render(make_lesson(body="![A tree](tree.png)"), pictures=wide).emails[0].html

    (image,) = (one.attributes for one in elements(html) if one.tag == "img")
    (outlook,) = (one.attributes for one in outlook_elements(html) if one.tag == "img")
    assert "width" not in image
    assert "max-width:100%" in image["style"]
    assert (outlook["width"], outlook["height"]) == ("520", "195")
    assert image["alt"] == outlook["alt"] == "A tree"


def test_shows_a_picture_in_promise_and_exercise() -> None:
    email = render(
        make_lesson(promise="![a](a.png)", exercise="![b](b.png)", body="![c](c.png)"),
        pictures=picture("a.png") | picture("b.png") | picture("c.png"),
    ).emails[0]

    assert sorted(email.pictures) == ["a.png", "b.png", "c.png"]
    assert email.html.count("<img") == 3


def test_takes_only_pictures_of_the_course(shared: Path, tmp_path: Path) -> None:
    text = (shared / "corpus" / "hostile" / "paths" / "images.json").read_text("utf-8")
    targets = json.loads(text)["cases"]
    workspace = image_workspace(tmp_path)
    came_through = {}
    for target in targets:
        lesson = workspace.content("zoo") / "01-one.md"
        lesson.write_text(f'+++\nsubject = "A"\n+++\n\nWords.\n\n![x](<{target}>)\n', "utf-8")
        try:
            came_through[target] = render_campaign(workspace, "zoo").emails[0].pictures
        except DriplineError as error:
            refused = str(error)
            assert refused.startswith("content/zoo/"), target

    assert len(targets) == 25
    assert came_through == {"./images/x.png": ("images/x.png",), "http://127.0.0.1:9/x.png": ()}


def image_workspace(root: Path) -> Workspace:
    """Return a workspace with one picture inside it, and files and links that lead outside."""
    workspace = Workspace(root=root / "workspace")
    images = workspace.content("zoo") / "images"
    images.mkdir(parents=True)
    Image.new("1", (2, 2)).save(images / "x.png")
    Image.new("1", (3, 3)).save(root / "secret.png")
    Image.new("1", (3, 3)).save(root / "workspace" / "secret.png")
    (images / "link-to-outside.png").symlink_to(root / "secret.png")
    (images / "text-named.png").write_text("not a picture", "utf-8")
    (workspace.root / "campaigns").mkdir()
    workspace.campaign_path("zoo").write_text('title = "Zoo"\n', "utf-8")
    return workspace


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("tree.png", "images/tree.png"),
        ("images/tree.png", "images/tree.png"),
        ("images/Tree_2.v3.PNG", "images/Tree_2.v3.PNG"),
        ("a/b.png", r"images/a-b-[0-9a-f]{8}\.png"),
        ("a-b.png", "images/a-b.png"),
        ("my tree.png", r"images/my-tree-[0-9a-f]{8}\.png"),
        ("дерево.png", r"images/picture-[0-9a-f]{8}\.png"),
        ("é&'.jpeg", r"images/picture-[0-9a-f]{8}\.jpeg"),
    ],
)
def test_names_a_picture_so_that_every_service_can_store_it(path: str, name: str) -> None:
    assert re.fullmatch(name, picture_path(path))


def test_refuses_two_pictures_of_one_name() -> None:
    body = "![a](tree.png) ![b](images/Tree.png)"
    pictures = picture("tree.png") | picture("images/Tree.png")

    with pytest.raises(DriplineError, match=r"zoo\.toml: the pictures 'tree\.png' and"):
        render(make_lesson(body=body), pictures=pictures)


@pytest.mark.parametrize("target", ["missing.png", "../tree.png", "/etc/passwd"])
def test_names_the_line_of_a_picture_that_is_not_there(target: str) -> None:
    lesson = make_lesson(body=f"One\n\n![x]({target})", body_line=5)

    with pytest.raises(DriplineError) as caught:
        render(lesson, pictures=picture("tree.png"))

    assert str(caught.value).startswith(f"content/zoo/01-one.md:7: there is no picture '{target}'")


def test_leaves_the_button_of_markdown_a_link_elsewhere() -> None:
    rendered = render(make_lesson(body="[Book](https://e.example/){.button}"))

    assert 'class="button"' in rendered.emails[0].html
    assert "[Book](https://e.example/)\n" in rendered.emails[0].markdown
    assert "→ Book: https://e.example/" in rendered.emails[0].text


def test_writes_no_mark_of_the_campaign_into_the_markdown() -> None:
    rendered = render(
        make_lesson(call_to_action="button"),
        title="2 * 3 * 4",
        sender=Sender(name="A_B_C", credentials="*Dr*", address="# 1, [Elm]"),
        call_to_action=CallToAction(label="[Go]", url="https://e.example/"),
    )

    html = render_markdown(rendered.emails[0].markdown)
    for words in ("2 * 3 * 4", "A_B_C", "*Dr*", "A_B_C, # 1, [Elm]", "[Go]"):
        assert words in seen(html)


def test_counts_lessons_without_welcome_and_closing() -> None:
    lessons = (
        make_lesson(0, kind="welcome"),
        make_lesson(1),
        make_lesson(2),
        make_lesson(3, kind="closing"),
    )
    labels = [email.text.split("\n")[3] for email in render(*lessons).emails]

    assert [label.split(" · ")[0] for label in labels] == [
        "Welcome",
        "Lesson 1 of 2",
        "Lesson 2 of 2",
        "The end of the course",
    ]


def test_says_who_writes_and_why() -> None:
    rendered = render(
        make_lesson(),
        title="The Zoo",
        sender=Sender(name="Ruth Adler", credentials="Forester", address="1 Elm Street"),
    )
    texts = package_texts("html", rendered)

    for words in ("Ruth Adler", "Forester", "Ruth Adler, 1 Elm Street", "course “The Zoo”"):
        assert words in seen(only(texts, ".html"))
        assert words in only(texts, ".txt")


def test_takes_the_address_from_a_service_that_has_it() -> None:
    rendered = render(make_lesson(), sender=Sender(address="1 Elm Street"))

    assert "{{ address }}" in package_texts("kit", rendered)["template.html"]
    assert "1 Elm Street" not in package_texts("kit", rendered)["template.html"]
    assert "1 Elm Street" in only(package_texts("mailerlite", rendered), ".html")


def test_keeps_hard_breaks_and_the_blank_lines_of_code_in_the_markdown() -> None:
    body = "one  \ntwo\n\n```\na\n\n\n\nb\n```"
    rendered = render(make_lesson(body=body, exercise="three  \nfour"))

    assert body in rendered.emails[0].markdown
    assert "three  \nfour" in rendered.emails[0].markdown
    assert "    a\n\n\n\n    b\n" in rendered.emails[0].text


def test_points_the_markdown_to_where_a_package_has_its_pictures() -> None:
    body = '![a](sketches/a.png) <img src="./b.png"> sketches/a.png\n\n[c]: <images/c.png>'
    pictures = picture("sketches/a.png") | picture("b.png") | picture("images/c.png")
    markdown = render(make_lesson(body=body), pictures=pictures).emails[0].markdown

    name = picture_path("sketches/a.png")
    assert f'![a]({name}) <img src="images/b.png"> sketches/a.png' in markdown
    assert "[c]: <images/c.png>" in markdown


@pytest.mark.parametrize("field", ["name", "credentials", "address"])
def test_refuses_control_characters_of_the_campaign(field: str) -> None:
    with pytest.raises(DriplineError, match=rf"zoo\.toml: the sender\.{field} has the control"):
        render(make_lesson(), sender=Sender(**{field: "a\x00b"}))
    with pytest.raises(DriplineError, match=r"zoo\.toml: the title has the control"):
        render(make_lesson(), title="a\x1bb")
