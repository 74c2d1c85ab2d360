"""`RenderedCourse` + `Service`s → `Finding`s: what its author should know before sending."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from html import unescape

from dripline.eml import encode_address, encode_phrase
from dripline.errors import DriplineError
from dripline.mergetags import find_tag, spelling
from dripline.model import Email, Finding, Lesson, RenderedCourse, Service, Severity


# Gmail cuts a message at about 102 KB and hides the footer with the link to
# unsubscribe (hteumeuleu/email-bugs#41); services add their own links later.
CLIPPED, NEARLY_CLIPPED = 102_000, 90_000

_LINK = re.compile(r'<a\b[^<>]* href="([^"]*)"')
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)

_Check = Callable[[RenderedCourse, Sequence[Service]], Iterator[Finding]]


def run_checks(rendered: RenderedCourse, services: Sequence[Service]) -> tuple[Finding, ...]:
    """Return the findings about a course and its packages, by file and line.

    A finding with a service concerns the package for that service alone.
    """
    found = {finding: None for check in CHECKS for finding in check(rendered, services)}
    return tuple(sorted(found, key=lambda one: (one.service, one.path, one.line, one.code)))


def missing_address(rendered: RenderedCourse, services: Sequence[Service]) -> Iterator[Finding]:
    """Find emails without a postal address.

    The law of most countries asks for one in every email (CAN-SPAM, 15 U.S.C.
    7704). Some services fill it in themselves.
    """
    campaign = rendered.course.campaign
    without = [one.title for one in services if not spelling(one, "address", "html")]
    if not campaign.sender.address and without:
        yield Finding(
            code="missing-address",
            severity=Severity.WARNING,
            message=f"no postal address in the packages for {_join(without)}",
            hint="Fill in 'address' under [sender]: most countries' law asks for it.",
            path=campaign.path,
        )


def missing_action(rendered: RenderedCourse, _: Sequence[Service]) -> Iterator[Finding]:
    """Find a course that ends without a link to the next step.

    The closing is where a reader who wants more looks for it.
    """
    campaign, last = rendered.course.campaign, rendered.emails[-1]
    if "href=" in last.fragment:
        return
    if campaign.call_to_action.url:
        place, hint = last.lesson.path, 'Write call_to_action = "button" at its beginning.'
    else:
        place = campaign.path
        hint = "Fill in 'url' under [call_to_action] with the address of your page."
    yield Finding(
        code="missing-action",
        severity=Severity.WARNING,
        message="the last email has no link to a next step",
        hint=hint,
        path=place,
    )


def misplaced_kind(rendered: RenderedCourse, _: Sequence[Service]) -> Iterator[Finding]:
    """Find a welcome that is not the first email, or a closing that is not the last.

    The number at the beginning of a file's name says where it comes.
    """
    emails = rendered.emails
    for kind, place, rest in (("welcome", "first", emails[1:]), ("closing", "last", emails[:-1])):
        for email in rest:
            if email.lesson.kind == kind:
                yield Finding(
                    code="misplaced-kind",
                    severity=Severity.WARNING,
                    message=f"this is a {kind}, and not the {place} email of the course",
                    hint="Change the number at the beginning of its name.",
                    path=email.lesson.path,
                )


def clipped_email(rendered: RenderedCourse, _: Sequence[Service]) -> Iterator[Finding]:
    """Find emails so long that Gmail shows only their beginning."""
    for email in rendered.emails:
        size = len(email.html.encode())
        if size > NEARLY_CLIPPED:
            yield Finding(
                code="clipped-email",
                severity=Severity.ERROR if size > CLIPPED else Severity.WARNING,
                message=f"the email has {size // 1000} kB of HTML; "
                f"Gmail cuts it at {CLIPPED // 1000} and hides the link to unsubscribe",
                hint="Make two lessons of it.",
                path=email.lesson.path,
            )


def unwritable_mark(rendered: RenderedCourse, services: Sequence[Service]) -> Iterator[Finding]:
    """Find literal text in a subject or preheader that a service would read as a tag.

    A subject has no entities; where the service documents no other way, the
    text has to change.
    """
    for service, email in _pairs(services, rendered.emails):
        for escape in service.escapes:
            for name in ("subject", "preheader"):
                if escape.mark in getattr(email, name) and not escape.subject:
                    yield Finding(
                        code="unwritable-mark",
                        severity=Severity.ERROR,
                        message=f"{service.title} reads '{escape.mark}' in the {name} "
                        "as one of its own tags",
                        hint=f"Take '{escape.mark}' out of the {name}.",
                        path=email.lesson.path,
                        line=email.lesson.line_of(name),
                        service=service.name,
                    )


def missing_tag(rendered: RenderedCourse, services: Sequence[Service]) -> Iterator[Finding]:
    """Find emails without a merge tag that the service insists on."""
    for service, email in _pairs(services, rendered.emails):
        tags = {tag.name for tag in email.tags} | {tag.name for tag in rendered.frame_tags}
        for name in service.required:
            if name not in tags:
                yield Finding(
                    code="missing-tag",
                    severity=Severity.ERROR,
                    message=f"{service.title} refuses an email without the tag '{name}'",
                    hint=f"Put {{{{ merge.{name} }}}} back into your templates.",
                    path=email.lesson.path,
                    service=service.name,
                )


def nameless_subject(rendered: RenderedCourse, services: Sequence[Service]) -> Iterator[Finding]:
    """Find a first name in a subject or preheader where the service knows no fallback."""
    for service, email in _pairs(services, rendered.emails):
        written = spelling(service, "first_name", "subject")
        tokens = [tag.token for tag in email.tags if tag.name == "first_name"]
        for name in ("subject", "preheader"):
            named = any(token in getattr(email, name) for token in tokens)
            if named and written and "@fallback@" not in written:
                yield Finding(
                    code="nameless-subject",
                    severity=Severity.WARNING,
                    message=f"{service.title} shows a gap in this {name} "
                    "to readers whose name it does not know",
                    hint=f"Write the {name} without the first name.",
                    path=email.lesson.path,
                    line=email.lesson.line_of(name),
                    service=service.name,
                )


def unfilled_tag(rendered: RenderedCourse, services: Sequence[Service]) -> Iterator[Finding]:
    """Find a merge tag in a lesson that a service has no tag for.

    Readers then see nothing in its place, and a link with it leads nowhere.
    """
    for service, email in _pairs(services, rendered.emails):
        written = f"{email.subject}{email.preheader}{email.markdown}"
        for tag in email.tags:
            known = spelling(service, tag.name, "html") or tag.fallback
            if tag.part == "value" and tag.token in written and not known:
                yield Finding(
                    code="unfilled-tag",
                    severity=Severity.WARNING,
                    message=f"{service.title} has nothing to put in the place of '{tag.name}'",
                    hint=f"Write the lesson without {{{{ {tag.name} }}}}.",
                    path=email.lesson.path,
                    line=_line_of_tag(email.lesson, tag.name),
                    service=service.name,
                )


def dead_link(rendered: RenderedCourse, _: Sequence[Service]) -> Iterator[Finding]:
    """Find links with an address that is no whole one.

    An email has no place of its own that `page.html` or `#part` could be near to.
    """
    for email in rendered.emails:
        tokens = tuple(tag.token for tag in email.tags)
        for address in dict.fromkeys(_LINK.findall(email.html)):
            if address and not _SCHEME.match(address) and not address.startswith(tokens):
                body = email.lesson.body
                before = body.partition(unescape(address))[0]
                yield Finding(
                    code="dead-link",
                    severity=Severity.WARNING,
                    message=f"the link to '{_readable(address, email)}' leads nowhere "
                    "from an email",
                    hint="Write the whole address, with https:// before it.",
                    path=email.lesson.path,
                    line=email.lesson.body_line + before.count("\n") if before != body else 0,
                )


def unusable_sender(rendered: RenderedCourse, services: Sequence[Service]) -> Iterator[Finding]:
    """Find a sender that cannot stand in the head of an email."""
    campaign = rendered.course.campaign
    for service in services:
        if "eml" in service.formats and campaign.sender.email:
            try:
                encode_address(campaign.sender.email)
                encode_phrase(campaign.sender.name or campaign.sender.email)
            except DriplineError as error:
                yield Finding(
                    code="unusable-sender",
                    severity=Severity.ERROR,
                    message=error.message,
                    hint=error.hint or "Change it under [sender].",
                    path=campaign.path,
                    service=service.name,
                )


CHECKS: tuple[_Check, ...] = (
    missing_address,
    missing_action,
    misplaced_kind,
    clipped_email,
    unwritable_mark,
    missing_tag,
    nameless_subject,
    unfilled_tag,
    dead_link,
    unusable_sender,
)


def _line_of_tag(lesson: Lesson, name: str) -> int:
    """Return the line where the tag *name* first stands in the file; 0 when it is not found."""
    for field in sorted(lesson.field_lines, key=lesson.line_of):
        value = getattr(lesson, field)
        texts = [value] if isinstance(value, str) else value
        if any(find_tag(text, name) >= 0 for text in texts):
            return lesson.line_of(field)
    place = find_tag(lesson.body, name)
    return lesson.body_line_at(place) if place >= 0 else 0


def _readable(text: str, email: Email) -> str:
    """Return *text* with the tags of *email* as their author wrote them."""
    for tag in email.tags:
        text = text.replace(tag.token, f"{{{{ {tag.name} }}}}")
    return unescape(text)


def _pairs(services: Sequence[Service], emails: Iterable[Email]) -> Iterator[tuple[Service, Email]]:
    known = tuple(emails)
    return ((service, email) for service in services for email in known)


def _join(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
