"""`Email`s + `Service` → the files to upload: code knows formats, data knows services."""

import csv
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence

from dripline.cells import safe_cell
from dripline.components import picture_path
from dripline.eml import format_eml
from dripline.errors import DriplineError
from dripline.model import (
    LESSON_BEGIN,
    LESSON_END,
    Course,
    Email,
    PackageFile,
    RenderedCourse,
    Service,
)
from dripline.stamping import stamp_html, stamp_line, stamp_markdown, stamp_text
from dripline.upload import format_upload


_LESSON = re.compile(rf"{LESSON_BEGIN}\n?(?P<lesson>.*){LESSON_END}\n?", re.DOTALL)
# The date of every file in a zip: the earliest there is, so that the same
# course makes the same bytes.
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def make_package(rendered: RenderedCourse, service: Service) -> tuple[PackageFile, ...]:
    """Return the files that *service* takes for a course, its pictures with them."""
    emails, course = rendered.emails, rendered.course
    files = [file for name in service.formats for file in _FORMATS[name](rendered, service)]
    shown = dict.fromkeys(path for email in emails for path in email.pictures)
    files += [
        PackageFile(path=picture_path(path), content=course.pictures[path].data) for path in shown
    ]
    rows = sequence_rows(rendered, service)
    files += [
        _text_file("sequence.csv", format_sequence(rows)),
        _text_file("UPLOAD.md", format_upload(course, service, rows, has_pictures=bool(shown))),
    ]
    return tuple(sorted(files, key=lambda file: file.path))


def zip_package(files: Sequence[PackageFile]) -> bytes:
    """Return *files* in a zip: same files, same bytes, on every machine.

    Nothing is packed tighter, for that depends on the machine's zlib.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.path, _ZIP_DATE)
            entry.create_system = 3  # Unix, whatever this machine is
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, file.content)
    return buffer.getvalue()


def sequence_rows(rendered: RenderedCourse, service: Service) -> list[dict[str, str]]:
    """Return one row an email: what a person types into *service* for it."""
    suffix = next(_SUFFIXES[name] for name in service.formats if name in _SUFFIXES)
    rows = []
    before = 0
    for position, email in enumerate(rendered.emails, 1):
        rows.append(
            {
                "position": str(position),
                "file": f"{email.name}{suffix}",
                "day": str(email.day),
                "days_after_previous": str(email.day - before),
                "subject": stamp_line(email.subject, email.tags, service),
                "preheader": stamp_line(email.preheader, email.tags, service),
            }
        )
        before = email.day
    return rows


def format_sequence(rows: Sequence[Mapping[str, str]]) -> str:
    """Return *rows* as CSV that a spreadsheet opens without running anything in it."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, rows[0].keys(), lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: safe_cell(cell) for key, cell in row.items()})
    return buffer.getvalue()


def _make_html(rendered: RenderedCourse, service: Service) -> Iterator[PackageFile]:
    for email in rendered.emails:
        yield _text_file(f"{email.name}.html", whole_html(email, service))


def whole_html(email: Email, service: Service) -> str:
    """Return the complete HTML document of *email* for *service*."""
    return stamp_html(_LESSON.sub(lambda match: match["lesson"], email.html), email.tags, service)


def _make_fragment(rendered: RenderedCourse, service: Service) -> Iterator[PackageFile]:
    """Make what goes into the service's template, styled by its elements alone."""
    for email in rendered.emails:
        match = _LESSON.search(email.html)
        if match is None:
            raise DriplineError(
                f"{service.title} needs the lesson apart from the frame",
                path="templates/base.html",
                hint=f"Put {LESSON_BEGIN} before it and {LESSON_END} after it.",
            )
        yield _text_file(f"{email.name}.html", stamp_html(match["lesson"], email.tags, service))


def _make_frame(rendered: RenderedCourse, service: Service) -> Iterator[PackageFile]:
    """Make the service's template: the frame of every email, a place for the lesson in it."""
    place = stamp_html(rendered.frame, rendered.frame_tags, service)
    yield _text_file("template.html", _LESSON.sub(lambda _: f"{service.content_tag}\n", place))


def _make_passthrough(_: RenderedCourse, service: Service) -> Iterator[PackageFile]:
    """Make a template that adds nothing: the emails are whole documents already."""
    yield _text_file("template.html", f"{service.content_tag}\n")


def _make_text(rendered: RenderedCourse, service: Service) -> Iterator[PackageFile]:
    for email in rendered.emails:
        yield _text_file(f"{email.name}.txt", stamp_text(email.text, email.tags, service))


def _make_markdown(rendered: RenderedCourse, service: Service) -> Iterator[PackageFile]:
    for email in rendered.emails:
        yield _text_file(f"{email.name}.md", stamp_markdown(email.markdown, email.tags, service))


def _make_eml(rendered: RenderedCourse, service: Service) -> Iterator[PackageFile]:
    for email in rendered.emails:
        try:
            content = format_eml(
                subject=stamp_line(email.subject, email.tags, service),
                sender=rendered.course.campaign.sender,
                html=whole_html(email, service),
                text=stamp_text(email.text, email.tags, service),
                pictures=_shown(rendered.course, email),
            )
        except DriplineError as error:
            raise DriplineError(error.message, path=email.lesson.path, hint=error.hint) from error
        yield PackageFile(path=f"{email.name}.eml", content=content)


def _shown(course: Course, email: Email) -> dict[str, bytes]:
    return {picture_path(path): course.pictures[path].data for path in email.pictures}


def _text_file(path: str, text: str) -> PackageFile:
    return PackageFile(path=path, content=text.encode())


_FORMATS: Mapping[str, Callable[[RenderedCourse, Service], Iterator[PackageFile]]] = {
    "html": _make_html,
    "fragment": _make_fragment,
    "frame": _make_frame,
    "passthrough": _make_passthrough,
    "text": _make_text,
    "markdown": _make_markdown,
    "eml": _make_eml,
}
_SUFFIXES = {"html": ".html", "fragment": ".html", "markdown": ".md", "eml": ".eml"}
