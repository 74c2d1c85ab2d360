"""What readers get: our packages, run through the template engines of the services."""

import csv
import io
import json
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from email import message_from_string
from email.policy import default
from functools import cache
from pathlib import Path

import django  # type: ignore[import-untyped]
import liquid
import markdown
import pytest
from django.conf import settings  # type: ignore[import-untyped]
from django.template import Context, Engine  # type: ignore[import-untyped]

from conftest import need_program
from courses import SERVICES, make_lesson, only, package_texts, render, render_campaign, service_of
from dripline.checks import run_checks
from dripline.markup import escape_markdown
from dripline.model import RenderedCourse, Severity
from dripline.workspace import Workspace
from grammars import UnknownTagError, read_mailchimp, read_mailerlite
from reading import elements, seen, without_zero_width


LISTMONK = Path(__file__).parent / "engines" / "listmonk.go"
ZOO = Workspace(root=Path(__file__).parent / "workspaces" / "zoo")
NAMES = {"known": "Ada", "unknown": ""}
ADDRESS = "ada@example.org"

Texts = dict[str, str]
Reader = Callable[[Sequence[Texts], str], list[Texts]]


# Each reader returns the texts of a package as a reader of that name gets them.


def read_html(texts: Texts, _: str) -> Texts:
    return texts


def read_eml(texts: Texts, _: str) -> Texts:
    read = {}
    for path, text in texts.items():
        read[path] = text
        if path.endswith(".eml"):
            for part in message_from_string(text, policy=default).walk():
                if part.get_content_type() in ("text/html", "text/plain"):
                    suffix = ".html" if part.get_content_type() == "text/html" else ".txt"
                    read[path.replace(".eml", suffix)] = part.get_content()
    return read


def read_as_mailchimp(texts: Texts, name: str) -> Texts:
    values = {
        "FNAME": name,
        "EMAIL": ADDRESS,
        "UNSUB": "https://mailchimp.example/unsubscribe",
        "UPDATE_PROFILE": "https://mailchimp.example/profile",
        "ARCHIVE": "https://mailchimp.example/archive",
        "LIST:ADDRESSLINE": "The address of the account",
    }
    return {path: read_mailchimp(text, values) for path, text in texts.items()}


def read_as_mailerlite(texts: Texts, name: str) -> Texts:
    values = {
        "name": name,
        "email": ADDRESS,
        "unsubscribe": "https://mailerlite.example/unsubscribe",
        "preferences": "https://mailerlite.example/preferences",
        "url": "https://mailerlite.example/url",
    }
    return {path: read_mailerlite(text, values) for path, text in texts.items()}


def read_as_kit(texts: Texts, name: str) -> Texts:
    environment = liquid.Environment(undefined=liquid.StrictUndefined, strict_filters=True)
    values = {
        "subscriber": {"first_name": name or " ", "email_address": ADDRESS},
        "unsubscribe_url": "https://kit.example/unsubscribe",
        "address": "The address of the account",
    }
    read = {}
    for path, text in texts.items():
        if path == "template.html":
            continue
        read[path] = environment.from_string(text).render(**values)
        if path.endswith(".html"):
            frame = environment.from_string(texts["template.html"])
            read[path] = frame.render(message_content=read[path], **values)
    return read


@cache
def django_engine() -> Engine:
    settings.configure(USE_TZ=True)
    django.setup()
    return Engine(autoescape=False, string_if_invalid="INVALID")


def fill_django(text: str, name: str) -> str:
    values = {
        "subscriber": {"metadata": {"first_name": name}, "email": ADDRESS},
        "unsubscribe_url": "https://buttondown.example/unsubscribe",
        "manage_subscription_url": "https://buttondown.example/manage",
        "email": {"absolute_url": "https://buttondown.example/email"},
    }
    filled: str = django_engine().from_string(text).render(Context(values))
    return filled


def to_html(text: str) -> str:
    return markdown.markdown(text, extensions=["tables", "fenced_code", "sane_lists"])


def read_as_buttondown(texts: Texts, name: str) -> Texts:
    """Fill in the tags before the Markdown is read."""
    filled = {path: fill_django(text, name) for path, text in texts.items()}
    return filled | {
        path.replace(".md", ".html"): to_html(text)
        for path, text in filled.items()
        if path.endswith(".md")
    }


def read_as_buttondown_after(texts: Texts, name: str) -> Texts:
    """Fill in the tags after the Markdown has been read: nobody says which comes first."""
    read = {
        path.replace(".md", ".html"): to_html(text) if path.endswith(".md") else text
        for path, text in texts.items()
    }
    return {path: fill_django(text, name) for path, text in read.items()}


def run_listmonk(packages: Sequence[Texts], name: str) -> list[Texts]:
    """Return the packages as listmonk sends them; one run of Go for all."""
    lessons = [
        (texts, path.removesuffix(".html"))
        for texts in packages
        for path in texts
        if path.endswith(".html") and path != "template.html"
    ]
    campaigns = [
        {
            "template": texts["template.html"],
            "body": texts[f"{lesson}.html"],
            "altbody": texts[f"{lesson}.txt"],
            "subject": texts[f"{lesson} subject"],
            "name": name,
        }
        for texts, lesson in lessons
    ]
    run = subprocess.run(
        [need_program("go"), "run", str(LISTMONK)],
        input=json.dumps(campaigns),
        capture_output=True,
        text=True,
        check=True,
    )
    read: dict[int, Texts] = {}
    for (texts, lesson), result in zip(lessons, json.loads(run.stdout), strict=True):
        assert not result["error"], (texts[f"{lesson}.txt"], result["error"])
        read.setdefault(id(texts), {}).update(
            {
                f"{lesson}.html": result["body"],
                f"{lesson}.txt": result["altbody"],
                f"{lesson} subject": result["subject"],
            }
        )
    return list(read.values())


def one_by_one(read: Callable[[Texts, str], Texts]) -> Reader:
    return lambda packages, name: [read(texts, name) for texts in packages]


READERS: dict[str, Reader] = {
    "html": one_by_one(read_html),
    "eml": one_by_one(read_eml),
    "mailchimp": one_by_one(read_as_mailchimp),
    "mailerlite": one_by_one(read_as_mailerlite),
    "kit": one_by_one(read_as_kit),
    "buttondown": one_by_one(read_as_buttondown),
    "buttondown, after Markdown": one_by_one(read_as_buttondown_after),
    "listmonk": run_listmonk,
}


def service_name(reader: str) -> str:
    return reader.partition(",")[0]


def packages(reader: str, courses: Iterable[RenderedCourse]) -> list[Texts]:
    """Return the files of the packages that a service gets, and what a person types in."""
    found = []
    for course in courses:
        texts = package_texts(service_name(reader), course)
        del texts["UPLOAD.md"]
        rows = csv.DictReader(io.StringIO(texts.pop("sequence.csv"), newline=""))
        for row in rows:
            lesson = row["file"].partition(".")[0]
            # The apostrophe that a spreadsheet needs is not typed in.
            texts[f"{lesson} subject"] = row["subject"].removeprefix("'")
            texts[f"{lesson} preheader"] = row["preheader"].removeprefix("'")
        found.append(texts)
    return found


def test_has_a_reader_for_every_service() -> None:
    assert {service_name(reader) for reader in READERS} == set(SERVICES)


# The tags of ours, filled in.


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("who", NAMES)
def test_greets_a_reader(reader: str, who: str) -> None:
    courses = [render(make_lesson(body="Dear {{ first_name | friend }}, hello."))]
    (texts,) = READERS[reader](packages(reader, courses), NAMES[who])
    has_tags = service_name(reader) not in ("html", "eml")
    name = NAMES[who] if has_tags else ""
    words = seen(only(texts, ".html"))

    assert f"Hi {name or 'there'}," in words
    assert f"Dear {name or 'friend'}, hello." in words
    for path, text in texts.items():
        if path.endswith(".txt") and path[0].isdigit():
            assert f"Dear {name or 'friend'}, hello." in text


@pytest.mark.parametrize(
    "reader", [one for one in READERS if service_name(one) not in ("html", "eml")]
)
def test_fills_in_links_and_addresses(reader: str) -> None:
    body = "[a]({{ unsubscribe_url }}) [b](https://e.example/?a=1&e={{ email }}) «{{ email }}»"
    if reader != "buttondown, after Markdown":  # which makes entities of quotation marks there
        body += " [c](https://e.example/ 'for {{ first_name }} \"you\"')"
    (texts,) = READERS[reader](packages(reader, [render(make_lesson(body=body))]), "Ada")
    html = only(texts, ".html")
    service = service_name(reader)

    assert re.search(rf"href=[\"']https://{service}\.example/unsubscribe[\"']", html)
    assert re.search(r"href=[\"']https://e\.example/\?a=1&amp;e=ada(@|%40)example\.org[\"']", html)
    assert "«ada@example.org»" in seen(html)
    if "[c]" in body:
        titles = [one.attributes["title"] for one in elements(html) if "title" in one.attributes]
        assert titles == ['for Ada "you"']


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("who", NAMES)
def test_sends_the_zoo(reader: str, who: str) -> None:
    (texts,) = READERS[reader](packages(reader, [render_campaign(ZOO, "zoo")]), NAMES[who])
    emails = [text for path, text in sorted(texts.items()) if path.endswith(".html")]

    assert len(emails) == 4
    code = "ring = {{ growth }} if pressed else {% half %} # *|RING|* {$ring}"
    literal = "{{ first_name }}, *|UNSUB|*, {$unsubscribe}, {% raw %}, %%name%% and [[name]]."
    assert code in seen(emails[1])
    assert f"As words they stay too: {literal}" in seen(emails[1])
    assert "those are code, and code stays as it is." in seen(emails[1])
    assert "teacher of {{ slow }} walks" in seen(emails[3])
    for email in emails:
        assert "INVALID" not in email
        assert "@fallback@" not in email


# Text of the article in the shape of a tag.

PLACES = {
    "paragraph": "A1 {words} B1",
    "heading": "## A2 {words} B2",
    "link": "[A3 {words} B3](https://e.example/)",
    "code span": "A4 {ticks} {text} {ticks} B4",
    "code block": "~~~~\nA5 {text} B5\n~~~~",
    "indented code": "Code:\n\n    A6 {text} B6",
    "table cell": "| a | b |\n| --- | --- |\n| A7 {cell} B7 | c |",
    "list item": "- one\n\n    A8 {words} B8",
    "quote": "> A9 {words} B9",
}


def lookalike_course(text: str) -> RenderedCourse:
    """Return a course that has *text* in every place an article can have it in."""
    words = escape_markdown(text)
    ticks = "``" if "`" in text else "`"
    values = {
        "words": words,
        "text": text,
        "ticks": ticks,
        "cell": words.replace("|", "&#124;"),
    }
    body = "\n\n".join(place.format(**values) for place in PLACES.values())
    lesson = make_lesson(
        kind="welcome",
        body=f"Words.\n\n{body}",
        promise=f"A10 {words} B10",
        recap=f"A11 {words} B11",
        takeaways=(f"A12 {words} B12",),
        exercise=f"A13 {words} B13",
        summary=(f"A14 {words} B14",),
        teaser=f"A15 {words} B15",
        postscript=f"A16 {words} B16",
    )
    return render(lesson, title=f"A17 {text} B17")


def squeeze(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("reader", READERS)
def test_shows_every_lookalike_as_it_was_written(shared: Path, reader: str) -> None:
    lookalikes = texts_of(shared)
    courses = [lookalike_course(text) for text in lookalikes]
    assert len(lookalikes) == 77 + 22

    read = READERS[reader](packages(reader, courses), "Ada")
    # The title of a course is no part of the Markdown that Buttondown gets.
    places = range(1, 17 if service_name(reader) == "buttondown" else 18)
    for text, texts in zip(lookalikes, read, strict=True):
        words = seen(only(texts, ".html"))
        for place in places:
            shown = f"A{place} {squeeze(text)} B{place}"
            assert shown in words, (text, place)
        plain = [one for path, one in texts.items() if path.endswith(".txt") and path[0].isdigit()]
        for one in plain:
            for place in places:
                if place == 3 and "://" in text:
                    continue  # a link in a link: the address of one stands between
                shown = f"A{place} {squeeze(text)} B{place}"
                assert shown in squeeze(without_zero_width(one)), (text, place)


def texts_of(shared: Path) -> list[str]:
    folder = shared / "corpus" / "hostile" / "merge"
    lookalikes = json.loads((folder / "lookalikes.json").read_text("utf-8"))["cases"]
    links: list[str] = json.loads((folder / "links.json").read_text("utf-8"))["cases"]
    return [*(case["text"] for case in lookalikes), *links]


@pytest.mark.parametrize("reader", READERS)
def test_shows_a_lookalike_in_a_subject_or_names_the_lesson(shared: Path, reader: str) -> None:
    service = service_name(reader)
    written, refused = [], 0
    for text in texts_of(shared):
        literal = text.replace("{{", r"\{{")
        rendered = render(make_lesson(subject=literal, preheader=literal))
        findings = run_checks(rendered, [service_of(service, rendered)])
        errors = [one for one in findings if one.severity is Severity.ERROR]
        if errors:
            assert {one.code for one in errors} == {"unwritable-mark"}
            assert {one.path for one in errors} == {"content/zoo/01-one.md"}
            refused += 1
        else:
            written.append((text, rendered))

    assert refused == 0 or service not in ("html", "eml", "listmonk")
    assert len(written) > 40
    read = READERS[reader](packages(reader, [rendered for _, rendered in written]), "Ada")
    for (text, _), texts in zip(written, read, strict=True):
        assert texts["01-one subject"] == text
        assert texts.get("01-one preheader", text) == text


# The strict readers themselves.


@pytest.mark.parametrize("text", ["*|", "*|fname|*", "*|NOBODY|*", "a *| b |*", "**|X|**"])
def test_mailchimp_is_read_strictly(text: str) -> None:
    with pytest.raises(UnknownTagError):
        read_mailchimp(text, {"FNAME": "Ada"})


def test_mailchimp_is_read() -> None:
    text = "*|IF:FNAME|**|FNAME|**|ELSE:|*there*|END:IF|* * | *"

    assert read_mailchimp(text, {"FNAME": "Ada"}) == "Ada * | *"
    assert read_mailchimp(text, {"FNAME": ""}) == "there * | *"


@pytest.mark.parametrize(
    "text", ["{$", "{$nobody}", "{$name|default(there)}", '{$name default="x"}']
)
def test_mailerlite_is_read_strictly(text: str) -> None:
    with pytest.raises(UnknownTagError):
        read_mailerlite(text, {"name": "Ada"})


def test_mailerlite_is_read() -> None:
    text = "{$name|default('there')} { $"

    assert read_mailerlite(text, {"name": "Ada"}) == "Ada { $"
    assert read_mailerlite(text, {"name": ""}) == "there { $"
