"""A course on a calendar, as CSV and as calendar events."""

import csv
import io
from datetime import UTC, datetime, timedelta

from dripline.mergetags import with_fallbacks
from dripline.model import RenderedCourse
from dripline.words import count_words


def format_schedule(rendered: RenderedCourse) -> str:
    """Return the schedule as CSV: a row an email, with its date when the course has a start."""
    start = rendered.course.campaign.schedule.start
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(("position", "email", "week", "day", "date", "subject", "words"))
    for position, email in enumerate(rendered.emails, 1):
        date = (start + timedelta(days=email.day)).isoformat() if start else ""
        subject = with_fallbacks(email.subject, email.tags)
        # A cell that begins like a formula is read as one by spreadsheets.
        safe = f"'{subject}" if subject.startswith(tuple("=+-@\t\r＝＋－＠")) else subject
        words = count_words(email.lesson.body)
        writer.writerow((position, email.name, email.day // 7 + 1, email.day, date, safe, words))
    return buffer.getvalue()


def format_calendar(rendered: RenderedCourse) -> bytes:
    """Return the emails as all-day events of a calendar file; the course must have a start.

    The same course gives the same bytes: the stamp is the day of the event.
    """
    from icalendar import Calendar, Event

    campaign = rendered.course.campaign
    if campaign.schedule.start is None:
        return b""
    calendar = Calendar()
    calendar.add("prodid", "-//dripline//EN")
    calendar.add("version", "2.0")
    for email in rendered.emails:
        day = campaign.schedule.start + timedelta(days=email.day)
        event = Event()
        event.add("uid", f"{campaign.name}-{email.name}@dripline.invalid")
        event.add("dtstamp", datetime(day.year, day.month, day.day, tzinfo=UTC))
        event.add("dtstart", day)
        event.add("dtend", day + timedelta(days=1))
        event.add("summary", with_fallbacks(email.subject, email.tags))
        event.add("description", campaign.title)
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
