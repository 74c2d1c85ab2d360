"""`Course` → `RenderedCourse`: Markdown, templates, styles and text, once for all services."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dripline.components import Body, Dress, expand, point_to_pictures, require_names
from dripline.errors import DriplineError
from dripline.inline import inline_styles
from dripline.limits import limited
from dripline.markup import escape_markdown, render_inline, render_markdown, visible_text
from dripline.mergetags import NAMES, TagTable, with_fallbacks
from dripline.model import Course, Email, Lesson, RenderedCourse
from dripline.phrase import Phrases, format_number
from dripline.plaintext import format_line, format_text, items, underline, wrap
from dripline.rawhtml import clean_markdown
from dripline.source import Source, course_texts, lesson_texts, lift_source, refuse_controls
from dripline.suggest import short_title
from dripline.theme import Theme, template_errors
from dripline.words import count_words, has_letters, missing_words, reading_minutes


if TYPE_CHECKING:
    from markupsafe import Markup

# Pads the preheader so that the body does not run into the inbox row; this
# unit of two columns still works where &zwnj;&nbsp; does not, and its plain
# space keeps it from being one long invisible word.
_FILLER = "\u2007\ufeff\u034f "
_PREHEADER_COLUMNS = 150
# No text has it, so it is free to mark what is kept of one.
_KEPT = "\x00"
_BUTTON = re.compile(r"(\]\([^()\n]*\))\{\s*\.button\s*\}")
_PHRASES = (
    *("takeaways", "exercise", "expect", "summary", "sign_off", "postscript"),
    *("unsubscribe", "unsubscribe_by_reply", "web_copy"),
)
# The fields that may hold blocks, and the level of their headings.
_LONG_FIELDS = {"promise": 2, "exercise": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shared:
    """What all lessons of a course are rendered with."""

    course: Course
    theme: Theme
    phrases: Phrases
    table: TagTable
    names: Mapping[str, Mapping[str, Any]]
    """The names that templates know beside `lesson` and `content`."""
    with_markdown: bool


def render_course(
    course: Course, theme: Theme, phrases: Phrases, *, with_markdown: bool = True
) -> RenderedCourse:
    """Return the email of each lesson, its merge tags still tokens.

    Few services take Markdown; without *with_markdown* that of each email is empty.
    Raises DriplineError naming lesson and line for what cannot be rendered.
    """
    theme.environment.filters.update(
        wrap=wrap, underline=underline, items=items, plain=escape_markdown
    )
    refuse_controls(course)
    table = TagTable(course_texts(course))
    names = _shared_names(course, theme, phrases, table)
    shared = _Shared(
        course=course,
        theme=theme,
        phrases=phrases,
        table=table,
        names=names,
        with_markdown=with_markdown,
    )
    emails = []
    for lesson in course.lessons:
        try:
            with limited():
                emails.append(_render_lesson(lesson, shared))
        except DriplineError as error:
            raise _placed(error, lesson) from error
    require_names(course, (path for email in emails for path in email.pictures))
    with limited():
        frame = _render_frame(shared)
    return RenderedCourse(
        course=course, emails=tuple(emails), frame=frame, frame_tags=table.tags(frame)
    )


def _placed(error: DriplineError, lesson: Lesson) -> DriplineError:
    """Return *error* with the lesson it happened in, where it does not say."""
    if error.path is not None:
        return error
    quoted = re.search(r"'([^']+)'", error.message)
    line = None
    if quoted and quoted[1] in lesson.body:
        line = lesson.body_line_at(lesson.body.index(quoted[1]))
    return DriplineError(error.message, path=lesson.path, line=line, hint=error.hint)


def _shared_names(
    course: Course, theme: Theme, phrases: Phrases, table: TagTable
) -> dict[str, Mapping[str, Any]]:
    """Return what all lessons of a course give to their templates."""
    campaign = course.campaign
    title = short_title(campaign.title)
    said = {name: phrases.say(f"email.{name}") for name in _PHRASES}
    merge: dict[str, Any] = {name: table.token(name) for name in NAMES if name != "first_name"}
    for part in ("begin", "otherwise", "end"):
        merge[part] = {name: table.token(name, part=part) for name in NAMES}
    return {
        "course": {
            "title": title,
            "language": campaign.language,
            "direction": phrases.direction,
            "sender": campaign.sender,
            "call_to_action": campaign.call_to_action,
            "lesson_count": course.lesson_count,
            "width": theme.width,
            "font": theme.font,
            "head": theme.head,
        },
        "phrase": said | {"why": phrases.say("email.why", title=title)},
        "merge": merge,
    }


def _render_frame(shared: _Shared) -> str:
    """Return the document around every email: base template, footer, no lesson."""
    view = {"subject": shared.names["course"]["title"], "preheader": ""}
    return inline_styles(_fill("base.html", view, (), shared), shared.theme.stylesheet)


def _render_lesson(lesson: Lesson, shared: _Shared) -> Email:
    """Return the email of one lesson; the order of the steps is the safety of it.

    Tags become tokens before Markdown reads the text; Markdown is cleaned
    before the theme dresses it; nothing is read as a template afterwards;
    words that went in are looked for in what came out.
    """
    source = lift_source(lesson, shared.course, shared.phrases, shared.table)
    html = render_markdown(source.body)
    clean = {
        name: render_markdown(text) if name in _LONG_FIELDS else render_inline(text)
        for name, text in source.fields.items()
    }
    lists = {name: [render_inline(text) for text in texts] for name, texts in source.lists.items()}
    plain = _plain_view(lesson, source, shared)
    with template_errors():
        macros = shared.theme.environment.get_template("components.html").module
        dress = Dress(macros, shared.course.pictures, shared.theme.text_width)
        body = expand(html, dress, lift_title=lesson.kind == "lesson")
        long = {
            name: expand(clean[name], dress, first_level=level)
            for name, level in _LONG_FIELDS.items()
        }
    dressed = clean | {name: "\n".join(field.rows) for name, field in long.items()}
    email = Email(
        lesson=lesson,
        day=shared.course.day(lesson),
        subject=source.line_fields["subject"],
        preheader=source.line_fields["preheader"],
        html=_render_html(plain, dressed, lists, body, shared),
        text=_render_text(plain, clean, lists, (html, body), shared),
        markdown=_render_markdown(plain, source, shared) if shared.with_markdown else "",
        tags=(),
        pictures=tuple(
            dict.fromkeys(path for part in (body, *long.values()) for path in part.pictures)
        ),
    )
    _require_words(
        email, [html, *clean.values(), *(one for each in lists.values() for one in each)]
    )
    used = (email.html, email.text, email.markdown, email.subject, email.preheader)
    return replace(email, tags=shared.table.tags(*used))


def _plain_view(lesson: Lesson, source: Source, shared: _Shared) -> dict[str, Any]:
    """Return the fields of a lesson that are plain text in every part."""
    course, phrases, subject = shared.course, shared.phrases, source.line_fields["subject"]
    ordinal = course.ordinal(lesson)
    words = sum(map(count_words, lesson_texts(lesson)))
    if ordinal:
        place = phrases.say("email.progress", number=ordinal, count=course.lesson_count)
    else:
        place = phrases.say(f"email.{lesson.kind}")
    time = phrases.say("email.reading_time", minutes=format_number(reading_minutes(words)))
    preheader = source.line_fields["preheader"]
    has_action = bool(course.campaign.call_to_action.url)
    return {
        "kind": lesson.kind,
        "call_to_action": lesson.call_to_action if has_action else "none",
        "ordinal": ordinal,
        "label": f"{place} · {time}",
        "heading": course.campaign.title if lesson.kind == "welcome" else subject,
        "greeting": source.greeting,
        # In the title and in attributes no tag can stand.
        "subject": with_fallbacks(subject, shared.table.tags(subject)),
        "preheader": preheader,
        "filler": _FILLER * max(0, (_PREHEADER_COLUMNS - len(preheader)) // 2),
    }


def _render_html(
    plain: Mapping[str, Any],
    clean: Mapping[str, str],
    lists: Mapping[str, Sequence[str]],
    body: Body,
    shared: _Shared,
) -> str:
    marked = {name: _safe(text) for name, text in clean.items()}
    marked_lists = {name: [_safe(text) for text in texts] for name, texts in lists.items()}
    title = _safe(body.title) if body.title else plain["heading"]
    view = {**plain, **marked, **marked_lists, "title": title}
    content = [_safe(row) for row in body.rows]
    return inline_styles(_fill("lesson.html", view, content, shared), shared.theme.stylesheet)


def _render_text(
    plain: Mapping[str, Any],
    clean: Mapping[str, str],
    lists: Mapping[str, Sequence[str]],
    html_and_body: tuple[str, Body],
    shared: _Shared,
) -> str:
    """Return the text part: the same words, laid out for reading as text."""
    html, body = html_and_body
    fields = {
        name: format_text(text) if name in _LONG_FIELDS else format_line(text)
        for name, text in clean.items()
    }
    lines = {name: [format_line(text) for text in texts] for name, texts in lists.items()}
    content = format_text(html)
    title = plain["heading"]
    if body.title:  # the heading that became the email's own is not said twice
        title = format_line(body.title)
        content = content.split("\n\n", 1)[1] if "\n\n" in content else ""
    view = {**plain, **fields, **lines, "title": title}
    return _tidy_text(_fill("lesson.txt", view, _keep_lines(content), shared))


def _render_markdown(plain: Mapping[str, Any], source: Source, shared: _Shared) -> str:
    """Return the lesson as Markdown, for services that take that."""
    fields = {name: _keep_lines(clean_markdown(text)) for name, text in source.fields.items()}
    lists = {name: [clean_markdown(text) for text in texts] for name, texts in source.lists.items()}
    view = {**plain, **fields, **lists}
    body = clean_markdown(_BUTTON.sub(r"\1", source.body))
    content = point_to_pictures(body, shared.course.pictures)
    return _tidy_text(_fill("lesson.md", view, _keep_lines(content), shared))


def _fill(template: str, view: Mapping[str, Any], content: Any, shared: _Shared) -> str:
    values = {**shared.names, "lesson": view, "content": content}
    with template_errors():
        return shared.theme.environment.get_template(template).render(values)


def _safe(html: str) -> "Markup":
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - made by `markup` or by a theme's macro


def _require_words(email: Email, sources: Sequence[str]) -> None:
    """Raise DriplineError when words of the clean HTML *sources* are not in *email*.

    Parsers drop text without a word about it: libxml2 what is nested too
    deeply, for one. So what went in is looked for in what came out.
    """
    went_in = [visible_text(source) for source in sources]
    lost = missing_words(went_in, visible_text(email.html))
    if lost:
        raise DriplineError(f"words would be lost in the email: {' '.join(lost[:10])}")
    for text in went_in:
        if not has_letters(text, email.text):
            raise DriplineError(f"words would be lost in the text part: {text.strip()[:60]}")


def _keep_lines(text: str) -> str:
    """Mark the blank lines and line ends of *text* that `_tidy_text` would take away."""
    marked = re.sub(r"\n(?=\n\n)", f"\n{_KEPT}", text)
    return re.sub(r"(?<=\S)  +$", f"  {_KEPT}", marked, flags=re.MULTILINE)


def _tidy_text(text: str) -> str:
    """Return *text* without trailing blanks and with no more than one blank line."""
    lines = [line.rstrip() if line != "-- " else line for line in text.split("\n")]
    tidy = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"
    return tidy.replace(_KEPT, "")
