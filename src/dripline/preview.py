"""The whole course on one page, as a reader would get it."""

import base64
import mimetypes
from functools import cache
from typing import TYPE_CHECKING

from dripline.components import picture_path
from dripline.model import Course, Email, RenderedCourse, Service, ServiceTag
from dripline.package import whole_html
from dripline.phrase import Phrases
from dripline.stamping import stamp_line, stamp_text
from dripline.theme import make_environment
from dripline.words import count_words


if TYPE_CHECKING:
    from jinja2 import Template

# What the tags are filled with on the page: a person nobody is.
_SAMPLE = {
    "first_name": "Sam",
    "email": "sam@example.org",
    "unsubscribe_url": "#unsubscribe",
    "preferences_url": "#preferences",
    "web_url": "#web-copy",
}
_SAMPLE_SERVICE = Service(
    name="preview",
    title="the preview",
    summary="",
    formats=("html", "text"),
    sequence="",
    delay="previous",
    tags={
        name: ServiceTag(html=value, text=value, subject=value, confidence="official")
        for name, value in _SAMPLE.items()
    },
    escapes=(),
    steps=(),
    check=(),
)


def render_preview(rendered: RenderedCourse, phrases: Phrases) -> str:
    """Return one HTML page with every email of the course, complete in itself."""
    campaign = rendered.course.campaign
    emails = [
        {
            "name": email.name,
            "day": email.day,
            "week": email.day // 7 + 1,
            "kind": email.lesson.kind,
            "subject": stamp_line(email.subject, email.tags, _SAMPLE_SERVICE),
            "preheader": stamp_line(email.preheader, email.tags, _SAMPLE_SERVICE),
            "words": count_words(email.lesson.body),
            "size": f"{len(email.html.encode()) / 1000:.1f}",
            "html": _with_pictures(whole_html(email, _SAMPLE_SERVICE), rendered.course, email),
            "text": stamp_text(email.text, email.tags, _SAMPLE_SERVICE),
        }
        for email in rendered.emails
    ]
    return _template().render(
        title=campaign.title,
        language=campaign.language,
        direction=phrases.direction,
        sender=campaign.sender.name or campaign.title,
        emails=emails,
    )


def _with_pictures(html: str, course: Course, email: Email) -> str:
    """Return *html* with its pictures inside, so that the page is one file."""
    for path in email.pictures:
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        data = base64.b64encode(course.pictures[path].data).decode()
        html = html.replace(f'src="{picture_path(path)}"', f'src="data:{kind};base64,{data}"')
    return html


@cache
def _template() -> "Template":
    return make_environment("preview", None).get_template("course.html")
