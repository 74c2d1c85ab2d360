"""A course on a calendar, as CSV and as calendar events."""

import csv
import io
import re
from datetime import timedelta

from dripline.cells import safe_cell
from dripline.mergetags import with_fallbacks
from dripline.model import RenderedCourse
from dripline.words import count_words


# In bytes, RFC 5545, 3.1.
_LINE = 75


def format_schedule(rendered: RenderedCourse) -> str:
    """Return the schedule as CSV: a row an email, with its date when the course has a start."""
    start = rendered.course.campaign.schedule.start
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(("position", "email", "week", "day", "date", "subject", "words"))
    for position, email in enumerate(rendered.emails, 1):
        date = (start + timedelta(days=email.day)).isoformat() if start else ""
        subject = with_fallbacks(email.subject, email.tags)
        words = count_words(email.lesson.body)
        week = email.day // 7 + 1
        writer.writerow((position, email.name, week, email.day, date, safe_cell(subject), words))
    return buffer.getvalue()


def format_calendar(rendered: RenderedCourse) -> bytes:
    """Return the emails as all-day events of a calendar file; the course must have a start.

    The same course gives the same bytes: the stamp is the day of the event.
    """
    campaign = rendered.course.campaign
    if campaign.schedule.start is None:
        return b""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//dripline//EN"]
    for email in rendered.emails:
        day = campaign.schedule.start + timedelta(days=email.day)
        lines += [
            "BEGIN:VEVENT",
            f"UID:{campaign.name}-{email.name}@dripline.invalid",
            f"DTSTAMP:{day:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escape(with_fallbacks(email.subject, email.tags))}",
            f"DESCRIPTION:{_escape(campaign.title)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "".join(f"{_fold(line)}\r\n" for line in [*lines, "END:VCALENDAR"]).encode()


def _escape(text: str) -> str:
    """Return *text* as a value of RFC 5545, 3.3.11."""
    return re.sub(r"\r\n|[\r\n]", r"\\n", re.sub(r"[\\;,]", r"\\\g<0>", text))


def _fold(line: str) -> str:
    """Return *line* in pieces of at most 75 bytes, no character cut (RFC 5545, 3.1)."""
    pieces = [""]
    size = 0
    for sign in line:
        size += len(sign.encode())
        if size > _LINE:
            pieces.append("")
            size = 1 + len(sign.encode())  # the space that each further piece begins with
        pieces[-1] += sign
    return "\r\n ".join(pieces)
