"""`Email`s + `Service` → the files to upload: code knows formats, data knows services."""

import csv
import html
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence

from dripline.components import picture_path
from dripline.eml import format_eml
from dripline.errors import DriplineError
from dripline.mergetags import CODE, spelling, stamp
from dripline.model import Course, Email, MergeTag, PackageFile, RenderedCourse, Service
from dripline.upload import format_upload


_STYLE = re.compile(r"(<style\b.*?</style>)", re.DOTALL)
_LESSON = re.compile(r"<!--lesson-->\n?(?P<lesson>.*)<!--/lesson-->\n?", re.DOTALL)
# What a spreadsheet would take for a formula (OWASP, CSV injection).
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
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
        cells = {
            key: f"'{cell}" if cell.startswith(_FORMULA) else cell for key, cell in row.items()
        }
        writer.writerow(cells)
    return buffer.getvalue()


def stamp_html(text: str, tags: Sequence[MergeTag], service: Service) -> str:
    """Return the HTML *text* in the spelling of *service*, look-alikes made harmless."""
    marks = {escape.mark: escape.html for escape in service.escapes}
    pieces = _STYLE.split(text)  # CSS knows no entities; the theme's has no marks
    pieces[::2] = [_escape_marks(piece, marks, tags, _entities) for piece in pieces[::2]]
    return stamp(_quote(pieces, tags, service), tags, service, "html", html.escape)


def stamp_text(text: str, tags: Sequence[MergeTag], service: Service) -> str:
    """Return the text part *text* in the spelling of *service*."""
    marks = {escape.mark: escape.text for escape in service.escapes}
    return stamp(_escape_marks(text, marks, tags, _apart), tags, service, "text", str)


def stamp_line(text: str, tags: Sequence[MergeTag], service: Service) -> str:
    """Return a subject or preheader in the spelling of *service*.

    A mark that cannot be written there stays; `checks` reports it.
    """
    marks = {escape.mark: escape.subject for escape in service.escapes if escape.subject}
    return stamp(_escape_marks(text, marks, tags, str), tags, service, "subject", str)


def stamp_markdown(text: str, tags: Sequence[MergeTag], service: Service) -> str:
    """Return the Markdown *text* in the spelling of *service*; code is set apart as a whole."""
    marks = {escape.mark: escape.markdown for escape in service.escapes}
    pieces: list[str] = []
    start = 0
    for code in CODE.finditer(text):
        pieces.append(_escape_marks(text[start : code.start()], marks, tags, _entities))
        pieces.append(_set_apart(code, marks, service))
        start = code.end()
    pieces.append(_escape_marks(text[start:], marks, tags, _entities))
    return stamp("".join(pieces), tags, service, "text", str)


def _set_apart(code: re.Match[str], marks: Mapping[str, str], service: Service) -> str:
    """Return Markdown code inside the service's block for literal text, if it needs one."""
    text = code.group()
    if not any(mark in text for mark in marks):
        return text
    fence = code["fence"]
    if not fence:
        ticks = code["ticks"] or ""
        inner = text[len(ticks) : len(text) - len(ticks)]
        return f"{ticks}{service.code_begin}{inner}{service.code_end}{ticks}"
    first, _, rest = text.partition("\n")
    inner, closing = rest.rsplit("\n", 1) if "\n" in rest else (rest, "")
    return f"{first}\n{service.code_begin}{inner}{service.code_end}\n{closing}"


def _escape_marks(
    text: str, marks: Mapping[str, str], tags: Sequence[MergeTag], apart: Callable[[str], str]
) -> str:
    """Return *text* with the marks that are literal text made harmless.

    A single character of a mark is one too where it touches a tag of ours:
    a brace before `{{` would make another mark of it.
    """
    if not marks:
        return text
    whole = "|".join(map(re.escape, sorted(marks, key=len, reverse=True)))
    single = f"[{re.escape(''.join(sorted(set(''.join(marks)))))}]"
    tokens = "|".join(sorted(tag.token for tag in tags)) or "(?!)"
    touching = f"(?P<token>{tokens})(?P<after>{single})|{single}(?={tokens})"

    def harmless(match: re.Match[str]) -> str:
        if match["after"]:
            return match["token"] + apart(match["after"])
        found = match.group()
        return marks[found] if found in marks else apart(found)

    return re.sub(f"{whole}|{touching}", harmless, text)


def _entities(text: str) -> str:
    return "".join(f"&#{ord(sign)};" for sign in text)


def _apart(sign: str) -> str:
    return f"\u200b{sign}\u200b"


def _quote(pieces: Sequence[str], tags: Sequence[MergeTag], service: Service) -> str:
    """Return HTML in which an attribute with a tag has the quotes the tag leaves free."""
    text = "".join(pieces)
    for tag in tags:
        written = spelling(service, tag.name, "html") if tag.part == "value" else ""
        if '"' not in written:
            continue
        pattern = re.compile(rf'="([^"<>]*{tag.token}[^"<>]*)"')
        for match in pattern.finditer(text):
            if "'" in match[1] + written:
                raise DriplineError(
                    f"the tag '{tag.name}' cannot stand in an attribute for {service.title}"
                )
        text = pattern.sub(r"='\1'", text)
    return text


def _write_html(rendered: RenderedCourse, service: Service) -> Iterator[PackageFile]:
    for email in rendered.emails:
        yield _text_file(f"{email.name}.html", whole_html(email, service))


def whole_html(email: Email, service: Service) -> str:
    """Return the complete HTML document of *email* for *service*."""
    return stamp_html(_LESSON.sub(lambda match: match["lesson"], email.html), email.tags, service)


def _write_fragment(rendered: RenderedCourse, service: Service) -> Iterator[PackageFile]:
    """Write what goes into the service's template, styled by its elements alone."""
    for email in rendered.emails:
        match = _LESSON.search(email.html)
        assert match is not None, "the theme has no place for the lesson"  # noqa: S101
        yield _text_file(f"{email.name}.html", stamp_html(match["lesson"], email.tags, service))


def _write_frame(rendered: RenderedCourse, service: Service) -> Iterator[PackageFile]:
    """Write the service's template: the frame of every email, a place for the lesson in it."""
    place = stamp_html(rendered.frame, rendered.frame_tags, service)
    yield _text_file("template.html", _LESSON.sub(lambda _: f"{service.content_tag}\n", place))


def _write_passthrough(_: RenderedCourse, service: Service) -> Iterator[PackageFile]:
    """Write a template that adds nothing: the emails are whole documents already."""
    yield _text_file("template.html", f"{service.content_tag}\n")


def _write_text(rendered: RenderedCourse, service: Service) -> Iterator[PackageFile]:
    for email in rendered.emails:
        yield _text_file(f"{email.name}.txt", stamp_text(email.text, email.tags, service))


def _write_markdown(rendered: RenderedCourse, service: Service) -> Iterator[PackageFile]:
    for email in rendered.emails:
        yield _text_file(f"{email.name}.md", stamp_markdown(email.markdown, email.tags, service))


def _write_eml(rendered: RenderedCourse, service: Service) -> Iterator[PackageFile]:
    for email in rendered.emails:
        yield PackageFile(
            path=f"{email.name}.eml",
            content=format_eml(
                subject=stamp_line(email.subject, email.tags, service),
                sender=rendered.course.campaign.sender,
                html=whole_html(email, service),
                text=stamp_text(email.text, email.tags, service),
                pictures=_shown(rendered.course, email),
            ),
        )


def _shown(course: Course, email: Email) -> dict[str, bytes]:
    return {picture_path(path): course.pictures[path].data for path in email.pictures}


def _text_file(path: str, text: str) -> PackageFile:
    return PackageFile(path=path, content=text.encode())


_FORMATS: Mapping[str, Callable[[RenderedCourse, Service], Iterator[PackageFile]]] = {
    "html": _write_html,
    "fragment": _write_fragment,
    "frame": _write_frame,
    "passthrough": _write_passthrough,
    "text": _write_text,
    "markdown": _write_markdown,
    "eml": _write_eml,
}
_SUFFIXES = {"html": ".html", "fragment": ".html", "markdown": ".md", "eml": ".eml"}
