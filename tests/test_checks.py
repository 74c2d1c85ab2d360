from dataclasses import replace
from typing import Any

import pytest

from courses import SERVICES, complete_campaign, make_lesson, render, service_of, themed
from dripline.checks import CHECKS, CLIPPED, NEARLY_CLIPPED, run_checks
from dripline.model import CallToAction, Finding, Lesson, RenderedCourse, Sender, Severity


def find(rendered: RenderedCourse, *services: str) -> tuple[Finding, ...]:
    return run_checks(rendered, [service_of(name, rendered) for name in services])


def codes(rendered: RenderedCourse, *services: str) -> list[str]:
    return [finding.code for finding in find(rendered, *services)]


def complete(*lessons: Lesson, **fields: Any) -> RenderedCourse:
    """Return the course of *lessons*; the last of them has a button."""
    *others, last = lessons or (make_lesson(),)
    closing = replace(last, call_to_action="button")
    return render(*others, closing, **(complete_campaign() | fields))


def test_finds_nothing_in_a_course_that_has_it_all() -> None:
    assert find(complete(), *SERVICES) == ()


def test_explains_every_check() -> None:
    assert all(check.__doc__ and check.__doc__.startswith("Find ") for check in CHECKS)


def test_sorts_findings_and_says_none_twice() -> None:
    body = "[a](x.html) [b](x.html)\n\n[c](y.html)"
    rendered = render(make_lesson(2, subject="{{ a", body=body), make_lesson(1, subject="*|A"))
    found = find(rendered, "mailchimp", "kit")

    assert list(found) == sorted(found, key=lambda one: (one.service, one.path, one.line, one.code))
    assert len(set(found)) == len(found)
    assert [one.code for one in found].count("dead-link") == 2


def test_finds_a_missing_address() -> None:
    rendered = complete(sender=Sender(name="Ruth"))
    (finding,) = find(rendered, "mailchimp", "mailerlite", "html")

    assert (finding.code, finding.severity) == ("missing-address", Severity.WARNING)
    assert finding.path == "campaigns/zoo.toml"
    assert "for MailerLite and Any service that takes HTML" in finding.message


def test_asks_for_no_address_where_the_service_has_it() -> None:
    assert codes(complete(sender=Sender(name="Ruth")), "mailchimp", "kit") == []


def test_finds_a_missing_call_to_action() -> None:
    (finding,) = find(complete(call_to_action=CallToAction(label="Book")), "html")

    assert (finding.code, finding.severity) == ("missing-action", Severity.WARNING)
    assert (finding.path, finding.service) == ("campaigns/zoo.toml", "")


def test_finds_a_last_email_that_does_not_use_the_call_to_action() -> None:
    (finding,) = find(render(make_lesson(), **complete_campaign()), "html")

    assert (finding.code, finding.path) == ("missing-action", "content/zoo/01-one.md")


@pytest.mark.parametrize(
    "fields",
    [
        {"body": "[Book](https://example.org/){.button}"},
        {"call_to_action": "link"},
        {"call_to_action": "link", "postscript": "Come and see."},
    ],
)
def test_knows_the_other_links_to_a_next_step(fields: dict[str, Any]) -> None:
    assert codes(render(make_lesson(**fields), **complete_campaign()), "html") == []


def test_finds_a_welcome_and_a_closing_out_of_place() -> None:
    lessons = [make_lesson(1), make_lesson(2, kind="closing"), make_lesson(3, kind="welcome")]
    found = find(complete(*lessons), "html")

    assert [(one.code, one.path) for one in found] == [
        ("misplaced-kind", "content/zoo/02-one.md"),
        ("misplaced-kind", "content/zoo/03-one.md"),
    ]


@pytest.mark.parametrize(
    ("size", "severity"),
    [
        (NEARLY_CLIPPED, None),
        (NEARLY_CLIPPED + 1, Severity.WARNING),
        (CLIPPED, Severity.WARNING),
        (CLIPPED + 1, Severity.ERROR),
    ],
)
def test_finds_an_email_that_gmail_clips(size: int, severity: Severity | None) -> None:
    rendered = complete()
    email = replace(rendered.emails[0], html="é" * (size // 2) + "x" * (size % 2))
    found = [
        finding
        for finding in find(replace(rendered, emails=(email,)), "html")
        if finding.code != "missing-action"  # the button went with the words
    ]

    assert [one.severity for one in found] == ([severity] if severity else [])
    assert all((one.code, one.path) == ("clipped-email", "content/zoo/01-one.md") for one in found)


def test_finds_a_clipped_email_in_a_real_course() -> None:
    assert codes(complete(make_lesson(body="word " * 21_000)), "html") == ["clipped-email"]


@pytest.mark.parametrize(
    ("service", "mark"),
    [
        ("mailchimp", "*|"),
        ("kit", "{{"),
        ("kit", "{%"),
        ("mailerlite", "{$"),
        ("buttondown", "{#"),
        ("listmonk", "@TrackLink"),
    ],
)
@pytest.mark.parametrize("field", ["subject", "preheader"])
def test_finds_a_mark_that_a_subject_cannot_have(service: str, mark: str, field: str) -> None:
    fields: dict[str, Any] = {field: f"a {mark} b", "field_lines": {field: 3}}
    rendered = complete(make_lesson(**fields))
    (finding,) = find(rendered, service, "eml")

    assert (finding.code, finding.severity) == ("unwritable-mark", Severity.ERROR)
    assert (finding.path, finding.line, finding.service) == ("content/zoo/01-one.md", 3, service)
    assert f"'{mark}'" in finding.message


@pytest.mark.parametrize(
    ("service", "subject"),
    [("listmonk", "a {{ b"), ("mailchimp", "a {{ b"), ("kit", "a *| b"), ("eml", "*| {{ {$")],
)
def test_leaves_a_mark_that_can_be_written_or_is_none_there(service: str, subject: str) -> None:
    assert codes(complete(make_lesson(subject=subject)), service) == []


def test_takes_a_tag_of_ours_in_a_subject_for_no_mark() -> None:
    rendered = complete(make_lesson(subject="{{ first_name | you }}", preheader="{{ email }}"))

    assert codes(rendered, "mailchimp", "mailerlite", "buttondown", "listmonk") == []


def test_finds_an_email_without_the_tag_that_a_service_insists_on(tmp_path: Any) -> None:
    footer = '{% extends "dripline/lesson.html" %}{% block footer %}{% endblock %}'
    text = "{{ lesson.title }} {{ lesson.label }} {{ content }}"
    theme = themed({"lesson.html": footer, "lesson.txt": text}, tmp_path / "t")
    rendered = replace(complete(theme=theme), frame_tags=())
    found = find(rendered, "mailchimp", "kit", "html")

    assert {(one.code, one.severity) for one in found} == {("missing-tag", Severity.ERROR)}
    assert [(one.service, one.message.rsplit("'", 2)[1]) for one in found] == [
        ("kit", "unsubscribe_url"),
        ("kit", "address"),
        ("mailchimp", "unsubscribe_url"),
    ]


def test_takes_the_tag_in_the_frame_for_one_in_the_email() -> None:
    rendered = complete()
    assert "unsubscribe_url" in {tag.name for tag in rendered.frame_tags}
    bare = tuple(replace(email, tags=()) for email in rendered.emails)

    assert "missing-tag" not in codes(replace(rendered, emails=bare), "kit")


def test_finds_a_name_in_a_subject_where_a_gap_may_stand() -> None:
    lesson = make_lesson(subject="{{ first_name }}, read", field_lines={"subject": 2})
    (finding,) = find(complete(lesson), "kit", "mailchimp", "listmonk", "eml")

    assert (finding.code, finding.severity) == ("nameless-subject", Severity.WARNING)
    assert (finding.service, finding.line) == ("kit", 2)


def test_leaves_a_name_that_stands_in_the_body() -> None:
    assert codes(complete(make_lesson(body="{{ first_name }}, read")), "kit") == []


@pytest.mark.parametrize(
    ("service", "tag"),
    [("kit", "web_url"), ("kit", "preferences_url"), ("mailerlite", "address"), ("eml", "email")],
)
@pytest.mark.parametrize("field", ["body", "subject", "exercise"])
def test_finds_a_tag_that_a_service_cannot_fill(service: str, tag: str, field: str) -> None:
    fields: dict[str, Any] = {field: f"See {{{{ {tag} }}}} now."}
    lesson = make_lesson(**fields)
    (finding,) = find(complete(lesson), service)

    assert (finding.code, finding.severity) == ("unfilled-tag", Severity.WARNING)
    assert (finding.path, finding.service) == ("content/zoo/01-one.md", service)
    assert f"'{tag}'" in finding.message


def test_leaves_a_tag_that_every_service_fills() -> None:
    lesson = make_lesson(body="{{ first_name }} {{ email }} {{ unsubscribe_url }}")

    assert codes(complete(lesson), "mailchimp", "kit", "mailerlite", "buttondown") == []


@pytest.mark.parametrize(
    "address", ["page.html", "#part", "/docs", "../x", "?a=1&b=2", "x{{ email }}"]
)
def test_finds_a_link_that_leads_nowhere(address: str) -> None:
    lesson = make_lesson(body=f"One\n\n[two]({address})", body_line=5)
    (finding,) = find(complete(lesson), "mailchimp", "kit")

    assert f"'{address}'" in finding.message
    assert (finding.code, finding.severity) == ("dead-link", Severity.WARNING)
    assert finding.path == "content/zoo/01-one.md"
    assert finding.line == (7 if "{" not in address else 0)


@pytest.mark.parametrize(
    "address",
    ["https://e.example/", "HTTP://e.example", "mailto:a@e.example", "tel:+44", "{{ web_url }}"],
)
def test_leaves_a_link_that_leads_somewhere(address: str) -> None:
    assert codes(complete(make_lesson(body=f"[two]({address})")), "mailchimp") == []


@pytest.mark.parametrize(
    "sender",
    [
        Sender(name="Ruth", email="rüth@example.org", address="x"),
        Sender(name="Ruth", email="ruth@exa_mple.org", address="x"),
        Sender(name="Ruth\u2028", email="ruth@example.org", address="x"),
    ],
)
def test_finds_a_sender_that_no_mail_program_takes(sender: Sender) -> None:
    (finding,) = find(complete(sender=sender), "eml", "html")

    assert (finding.code, finding.severity) == ("unusable-sender", Severity.ERROR)
    assert (finding.path, finding.service) == ("campaigns/zoo.toml", "eml")


@pytest.mark.parametrize("email", ["ruth@example.org", "ruth@bücher.example", ""])
def test_leaves_a_sender_that_mail_programs_take(email: str) -> None:
    sender = Sender(name="Rüth", email=email, address="1 Elm Street")

    assert codes(complete(sender=sender), "eml") == []


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"body": "Words.\n\n`{{ preferences_url }}`\n[here]({{ preferences_url }})"}, 12),
        ({"teaser": "See {{ preferences_url }}.", "field_lines": {"subject": 2, "teaser": 5}}, 5),
        ({"takeaways": ("One.", "{{ preferences_url }}"), "field_lines": {"takeaways": 4}}, 4),
    ],
)
def test_says_on_which_line_a_tag_stays_empty(fields: dict[str, Any], line: int) -> None:
    (finding,) = find(complete(make_lesson(body_line=9, **fields)), "html")

    assert (finding.code, finding.line) == ("unfilled-tag", line)
