"""`UPLOAD.md`: what a person does with a package, in the words of a colleague."""

import re
from collections.abc import Mapping, Sequence

from dripline.model import Course, Service


# What a person types, or better copies.
_TYPED = ("subject", "preheader")
_COPY_NOTE = (
    "Copy subjects and preheaders from `sequence.csv`: "
    "some have merge tags or signs in them that this table cannot show as they are."
)


def format_upload(
    course: Course, service: Service, rows: Sequence[Mapping[str, str]], *, has_pictures: bool
) -> str:
    """Return the steps to bring *course* into *service*, with a table of its emails.

    *rows* are those of `sequence.csv`. Steps about pictures stand only where
    there are some.
    """
    steps = [step for step in service.steps if has_pictures or "images/" not in step]
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))
    parts = [
        f"# {course.campaign.title}: upload",
        f"**{service.title}.** {service.summary}",
        _format_length(service, rows),
        "## Steps",
        numbered,
        "## The emails",
        _format_emails(rows),
        *([_COPY_NOTE] if _has_signs(rows) else []),
        _delay_note(service),
    ]
    if service.check:
        parts += ["## Before you switch it on", "\n".join(f"- {one}" for one in service.check)]
    return "\n\n".join(parts) + "\n"


def _format_length(service: Service, rows: Sequence[Mapping[str, str]]) -> str:
    length = f"{len(rows)} emails over {_days(int(rows[-1]['day']))}"
    if service.sequence:
        return f"{length}, as one {service.sequence}."
    return f"{length}. There is no sequence here: each email is sent on its own day."


def _format_emails(rows: Sequence[Mapping[str, str]]) -> str:
    lines = [
        "| no. | file | wait | day | subject | preheader |",
        "| --: | --- | --- | --: | --- | --- |",
    ]
    for row in rows:
        gap = int(row["days_after_previous"])
        wait = "at once" if row["position"] == "1" else _days(gap)
        cells = (row["position"], row["file"], wait, row["day"], row["subject"], row["preheader"])
        lines.append(f"| {' | '.join(cell.replace('|', '&#124;') for cell in cells)} |")
    return "\n".join(lines)


def _has_signs(rows: Sequence[Mapping[str, str]]) -> bool:
    """Tell whether a subject or preheader has signs that a table shows otherwise."""
    return any(re.search(r"[|*_`\\<{\[]", row[name]) for row in rows for name in _TYPED)


def _delay_note(service: Service) -> str:
    if service.delay == "previous":
        return (
            '"Wait" is the time after the email before; that is the delay to type. '
            '"Day" counts from the sign-up.'
        )
    return (
        '"Day" counts from the sign-up: day 0 is at once. '
        '"Wait" is the time after the email before.'
    )


def _days(number: int) -> str:
    return "1 day" if number == 1 else f"{number} days"
