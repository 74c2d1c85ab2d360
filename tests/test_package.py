import csv
import io
import json
import re
import zipfile
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dripline.theme
from courses import (
    SERVICES,
    TAGGED,
    complete_campaign,
    make_lesson,
    only,
    package,
    package_texts,
    render,
    render_one,
    service_of,
    themed,
)
from dripline.errors import DriplineError
from dripline.model import MergeTag, PackageFile, Picture, Schedule
from dripline.package import make_package, sequence_rows, zip_package
from dripline.schedule import format_calendar, format_schedule
from dripline.service import load_service
from dripline.stamping import stamp_html, stamp_line, stamp_markdown, stamp_text
from reading import events


# What each package holds beside sequence.csv and UPLOAD.md, for one lesson.
LAYOUT = {
    "buttondown": ["01-one.md"],
    "eml": ["01-one.eml"],
    "html": ["01-one.html", "01-one.txt"],
    "kit": ["01-one.html", "template.html"],
    "listmonk": ["01-one.html", "01-one.txt", "template.html"],
    "mailchimp": ["01-one.html", "01-one.txt"],
    "mailerlite": ["01-one.html", "01-one.txt"],
}
# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def corpus(shared: Path, name: str) -> list[Any]:
    text = (shared / "corpus" / "hostile" / name).read_text("utf-8")
    cases: list[Any] = json.loads(text)["cases"]
    return cases


def subjects_of(shared: Path, name: str) -> list[str]:
    """Return the texts of a list that can be a subject: some, with no control characters."""
    texts = [text for text in corpus(shared, name) if text.strip()]
    return [text for text in texts if not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text)]


@pytest.mark.parametrize("service", SERVICES)
def test_holds_what_the_service_takes(service: str) -> None:
    paths = sorted(package(service, render(make_lesson())))

    assert paths == sorted([*LAYOUT[service], "UPLOAD.md", "sequence.csv"])


@pytest.mark.parametrize("service", SERVICES)
def test_holds_the_pictures_that_are_shown(service: str) -> None:
    pictures = {
        name: Picture(path=name, data=name.encode(), width=10, height=10)
        for name in ("shown.png", "images/shown too.png", "unused.png")
    }
    body = '![a](shown.png)\n\n<img src="shown.png" alt="again">'
    files = package(service, render(make_lesson(body=body), pictures=pictures))

    assert {path: data for path, data in files.items() if path.startswith("images/")} == {
        "images/shown.png": b"shown.png"
    }


@pytest.mark.parametrize("service", SERVICES)
def test_lists_its_files_in_order(service: str) -> None:
    rendered = render(*(make_lesson(number) for number in (0, 1, 2)))
    paths = [file.path for file in make_package(rendered, service_of(service, rendered))]

    assert paths == sorted(paths)
    assert len(paths) == len(set(paths))


def test_gives_whole_documents_without_marks_of_our_own() -> None:
    html = only(package_texts("mailchimp", render(make_lesson())), ".html")

    assert html.startswith("<!DOCTYPE html>\n<html ")
    assert html.rstrip().endswith("</html>")
    assert "lesson-->" not in html


def test_gives_kit_a_fragment_and_a_frame_around_it() -> None:
    texts = package_texts("kit", render(make_lesson()))
    fragment, frame = texts["01-one.html"], texts["template.html"]

    assert "Words." in fragment
    assert "Words." not in frame
    assert not any(
        part in fragment for part in ("<html", "<head", "<body", "<style>", "Unsubscribe")
    )
    assert fragment.count("<table") + fragment.count("[if mso]><table") > 1
    assert frame.count("{{ message_content }}") == 1
    assert frame.startswith("<!DOCTYPE html>")
    assert "lesson-->" not in fragment + frame
    whole = only(package_texts("html", render(make_lesson())), ".html")
    assert fragment.split("Hi ")[0] in whole


def test_gives_listmonk_a_template_that_adds_nothing() -> None:
    assert package_texts("listmonk", render(make_lesson()))["template.html"] == (
        '{{ template "content" . }}\n'
    )


def test_says_so_when_a_theme_has_no_place_for_the_lesson(tmp_path: Path) -> None:
    base = Path(dripline.theme.__file__).parent / "templates" / "letter" / "base.html"
    without = base.read_text("utf-8").replace("<!--lesson-->", "")
    rendered = render(make_lesson(), theme=themed({"base.html": without}, tmp_path / "t"))

    with pytest.raises(DriplineError, match=r"^templates/base\.html: Kit .* the lesson apart"):
        package("kit", rendered)


def test_counts_delays_both_ways() -> None:
    rendered = render(*(make_lesson(number) for number in range(4)), schedule=Schedule(per_week=2))
    rows = sequence_rows(rendered, load_service("mailchimp"))

    assert [row["day"] for row in rows] == ["0", "3", "7", "10"]
    assert [row["days_after_previous"] for row in rows] == ["0", "3", "4", "3"]
    assert [row["file"] for row in rows][:2] == ["00-one.html", "01-one.html"]


@pytest.mark.parametrize("service", SERVICES)
def test_writes_upload_steps_with_every_email(service: str) -> None:
    lessons = (make_lesson(number, subject=f"Subject {number}") for number in range(3))
    rendered = render(*lessons, title="A Title", **complete_campaign())
    upload = package_texts(service, rendered)["UPLOAD.md"]
    loaded = load_service(service)

    assert upload.startswith(
        f"# A Title: upload\n\n**{loaded.title}.** {loaded.summary}\n\n3 emails"
    )
    assert "1. " + loaded.steps[0] in upload
    assert all(check in upload for check in loaded.check)
    assert all(f"| Subject {number} |" in upload for number in range(3))
    assert "| at once | 0 |" in upload
    assert "| 3 days | 3 |" in upload
    assert ("that is the delay to type" in upload) is (loaded.delay == "previous")


@pytest.mark.parametrize("service", SERVICES)
def test_speaks_of_pictures_only_where_there_are_some(service: str) -> None:
    picture = Picture(path="a.png", data=b"", width=10, height=10)
    with_one = render(make_lesson(body="![a](a.png)"), pictures={"a.png": picture})
    about = [step for step in load_service(service).steps if "images/" in step]

    assert not any(
        step in package_texts(service, render(make_lesson()))["UPLOAD.md"] for step in about
    )
    assert all(step in package_texts(service, with_one)["UPLOAD.md"] for step in about)


def test_sends_people_to_the_exact_subject_when_the_table_cannot_show_it() -> None:
    with_tag = render(make_lesson(subject="{{ first_name }}, read"))
    note = "Copy subjects and preheaders from `sequence.csv`"

    assert note in package_texts("mailchimp", with_tag)["UPLOAD.md"]
    assert note not in package_texts("mailchimp", render(make_lesson()))["UPLOAD.md"]


def test_gives_a_zip_the_same_bytes_whenever_it_is_made() -> None:
    files = make_package(render(make_lesson()), load_service("html"))
    packed = zip_package(files)

    assert packed == zip_package(files)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert archive.testzip() is None
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.external_attr >> 16 for entry in archive.infolist()} == {0o100644}
        unpacked = [
            PackageFile(path=name, content=archive.read(name)) for name in archive.namelist()
        ]
    assert tuple(unpacked) == files


def test_writes_subjects_so_that_a_spreadsheet_runs_none(shared: Path) -> None:
    texts = subjects_of(shared, "csv/cells.json")
    for text in texts:
        rendered = render(make_lesson(subject=text, preheader=text), title=text)
        for content in (
            package_texts("html", rendered)["sequence.csv"],
            format_schedule(rendered),
        ):
            header, row = csv.reader(io.StringIO(content, newline=""))
            cells = dict(zip(header, row, strict=True))
            assert cells["subject"].removeprefix("'") == text
            assert not any(cell.startswith(FORMULA) for cell in row), text

    assert len(texts) > 20


def test_writes_texts_into_the_calendar_as_they_are(shared: Path) -> None:
    texts = subjects_of(shared, "ics/texts.json")
    for text in texts:
        rendered = render(
            make_lesson(subject=text), title=text, schedule=Schedule(start=date(2027, 1, 31))
        )
        data = format_calendar(rendered)

        (event,) = events(data)
        written = text.replace("\r\n", "\n").replace("\r", "\n")
        assert (event["SUMMARY"], event["DESCRIPTION"]) == (written, written)
        assert (b"\r\n" + data).count(b"\r\nBEGIN:") == 2
        assert data.replace(b"\r\n", b"").count(b"\n") == 0
        for line in data.split(b"\r\n"):
            assert len(line) <= 75
            line.decode()  # no character is cut by a fold

    assert len(texts) > 20


def test_dates_the_emails_when_the_course_has_a_start() -> None:
    rendered = render(
        make_lesson(0), make_lesson(1), schedule=Schedule(per_week=2, start=date(2027, 2, 27))
    )
    rows = list(csv.DictReader(io.StringIO(format_schedule(rendered))))
    found = events(format_calendar(rendered))

    assert [row["date"] for row in rows] == ["2027-02-27", "2027-03-02"]
    assert [event["DTSTART"] for event in found] == ["20270227", "20270302"]
    assert [event["DTEND"] for event in found] == ["20270228", "20270303"]
    assert len({event["UID"] for event in found}) == 2


def test_has_no_calendar_for_a_course_that_begins_at_sign_up() -> None:
    assert format_calendar(render(make_lesson())) == b""
    assert ",0,," in format_schedule(render(make_lesson()))


# Literal text in the shape of a tag.

# "<" is no mark in HTML, where it is an entity or begins an element.
MARKS = {
    service: [one.mark for one in load_service(service).escapes if one.mark != "<"]
    for service in TAGGED
}
TOKEN = MergeTag(token="zq0mt000z", name="email")  # noqa: S106 - not a secret


@pytest.mark.parametrize("service", TAGGED)
@given(st.lists(st.sampled_from(["{", "}", "%", "$", "#", "*", "|", "@", "a", " ", "zq0mt000z"])))
def test_leaves_no_mark_in_html_but_those_of_tags(service: str, signs: list[str]) -> None:
    text = "".join(signs)
    loaded = load_service(service)
    written = loaded.tags["email"].html
    stamped = stamp_html(f"<p>{text}</p>", [TOKEN], loaded)

    rest = stamped.split(written)
    assert len(rest) == text.count("zq0mt000z") + 1
    assert not any(mark in piece for piece in rest for mark in MARKS[service])
    # Nor does a sign beside a tag make another mark together with it.
    for before, after in pairwise(rest):
        for mark in MARKS[service]:
            assert not before or not f"{before[-1]}{written}".startswith(mark)
            assert not after or not f"{written}{after[0]}".endswith(mark)


@pytest.mark.parametrize("service", ["mailchimp", "mailerlite"])
@given(st.text("{}$*|a ", max_size=12))
def test_parts_every_mark_in_the_text_part(service: str, text: str) -> None:
    stamped = stamp_text(text, [], load_service(service))

    assert not any(mark in stamped for mark in MARKS[service])
    assert stamped.replace("\u200b", "") == text


@given(st.text("[]{}%a ", max_size=12))
def test_parts_the_marks_of_tags_that_the_campaign_names(text: str) -> None:
    rendered = render(make_lesson(), tags={"email": "[[email]]", "web_url": "%URL%"})
    service = service_of("html", rendered)
    stamped = stamp_text(text + "%URL%", [], service)

    assert "[[" not in stamped
    assert "%URL%" not in stamped
    assert stamped.replace("\u200b", "") == text + "%URL%"


def test_leaves_prose_alone_that_no_service_would_misread() -> None:
    prose = "100% of {us}, 2 * 3 | 4, $5, #6, a@b and [c]."
    for service in SERVICES:
        for text in package_texts(service, render(make_lesson(body=prose))).values():
            assert "\u200b" not in text
        if service not in ("buttondown", "eml"):
            assert prose in only(package_texts(service, render(make_lesson(body=prose))), ".html")


def test_leaves_letters_alone_beside_a_tag() -> None:
    for service in ("listmonk", "mailchimp"):
        text = stamp_text("Tzq0mt000zT", [TOKEN], load_service(service))
        assert text == f"T{load_service(service).tags['email'].text}T"


@pytest.mark.parametrize(
    ("text", "stamped"),
    [
        ("a {{ b }}", "a &#123;&#123; b }}"),
        (r"\{{ b }}", "&#123;{ b }}"),
        (r"\{\{ b }}", "&#123;&#123; b }}"),
        (r"\\{{ b }}", r"\\&#123;&#123; b }}"),
        ("`{{ b }}`", "`{% templatetag openvariable %} b }}`"),
        ("``{% ` {``", "``{% templatetag openblock %} ` {``"),
        ("`b`", "`b`"),
        ("```\n{{{ b\n```", "```\n{% templatetag openvariable %}{ b\n```"),
        ("~~~ {# a\nb\n~~~", "~~~ {% templatetag opencomment %} a\nb\n~~~"),
        ("    {{ b }}\n    c", "    {% templatetag openvariable %} b }}\n    c"),
        ("{% b %} {# c #}", "&#123;&#37; b %} &#123;&#35; c #}"),
        ("{zq0mt000z{", "&#123;{{ subscriber.email }}{"),
    ],
)
def test_escapes_markdown_and_the_code_in_it(text: str, stamped: str) -> None:
    assert stamp_markdown(text, [TOKEN], load_service("buttondown")) == stamped


def test_keeps_a_mark_in_a_subject_that_cannot_be_written_there() -> None:
    assert stamp_line("*|FNAME|*", [], load_service("mailchimp")) == "*|FNAME|*"
    assert stamp_line("{{ a }}", [], load_service("listmonk")) == '{{ "{{" }} a }}'


def test_leaves_elements_alone_beside_a_tag_that_begins_like_one() -> None:
    rendered = render(make_lesson(), tags={"email": "<%email%>"})
    service = service_of("html", rendered)

    assert stamp_html("<p>zq0mt000z</p>", [TOKEN], service) == "<p><%email%></p>"
    assert stamp_html("<p>a &lt;b</p>", [], load_service("listmonk")) == "<p>a &lt;b</p>"


def test_leaves_styles_alone() -> None:
    html = "<style>a {{ b }}</style><p>{{ c }}</p>"

    assert stamp_html(html, [], load_service("kit")) == (
        "<style>a {{ b }}</style><p>&#123;&#123; c }}</p>"
    )


@pytest.mark.parametrize("suffix", [".html", ".txt", ".eml"])
def test_makes_no_link_of_a_tag_that_a_service_has_not(suffix: str) -> None:
    service = "eml" if suffix == ".eml" else "html"
    rendered = render(make_lesson(body="Go [here]({{ web_url }}) or [there](https://e.example/)."))
    text = only(package_texts(service, rendered), suffix).replace("=\r\n", "")

    assert "Go here or " in text
    assert "<>" not in text
    assert 'href=""' not in text.replace("=3D", "=")


def declared(shared: Path) -> list[str]:
    return [
        *corpus(shared, "merge/links.json"),
        *(case["text"] for case in corpus(shared, "merge/lookalikes.json")),
    ]


def test_writes_every_tag_that_a_campaign_may_declare(shared: Path) -> None:
    for tag in declared(shared):
        rendered = render(
            make_lesson(subject="«{{ email }}»", preheader="«{{ email }}»", body="«{{ email }}»"),
            tags={"email": tag},
        )
        texts = package_texts("html", rendered)
        (row,) = csv.DictReader(io.StringIO(texts["sequence.csv"]))

        assert f"«{tag}»" in only(texts, ".html"), tag
        assert f"«{tag}»" in only(texts, ".txt"), tag
        assert (row["subject"], row["preheader"]) == (f"«{tag}»", f"«{tag}»")

    assert len(declared(shared)) == 99


def test_writes_every_link_that_a_campaign_may_declare(shared: Path) -> None:
    links = corpus(shared, "merge/links.json")
    for link in links:
        rendered = render(
            make_lesson(body="[here]({{ web_url }})"),
            tags={"web_url": link, "unsubscribe_url": link},
        )
        html = only(package_texts("html", rendered), ".html")
        mark = "'" if '"' in link else '"'

        assert html.count(f"<a href={mark}{link}{mark}") == 3, link  # and in the footer, twice
        assert f"here <{link}>" in only(package_texts("html", rendered), ".txt")

    assert len(links) == 22


def test_evaluates_no_title_of_a_campaign() -> None:
    email = render_one(body="Words.", subject="{{ 7*7 }}")

    assert "<h1" in email.html
    assert "{{ 7*7 }}</h1>" in email.html
    assert email.text.startswith("{{ 7*7 }}\n")
