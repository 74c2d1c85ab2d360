"""`Course` → `Email`s: Markdown, templates, styles and the text part, once for all services."""

import re
from collections.abc import Mapping
from typing import Any

from dripline.components import Body, expand
from dripline.errors import DriplineError
from dripline.inline import inline_styles
from dripline.markup import render_inline, render_markdown
from dripline.mergetags import NAMES, TagTable, lift_tags
from dripline.model import Course, Email, Lesson
from dripline.phrase import Phrases, format_number
from dripline.plaintext import format_line, format_text, items, underline, wrap
from dripline.suggest import short_title
from dripline.theme import Theme
from dripline.words import count_words, reading_minutes


# Pads the preheader so that the body does not run into the inbox row; this
# unit of two columns still works where &zwnj;&nbsp; does not, and its plain
# space keeps it from being one long invisible word.
_FILLER = "\u2007\ufeff\u034f "
_PREHEADER_COLUMNS = 150
_BUTTON = re.compile(r"(\]\([^()\n]*\))\{\s*\.button\s*\}")
_FIELDS = ("promise", "recap", "exercise", "teaser", "postscript")


def render_course(course: Course, theme: Theme, phrases: Phrases) -> tuple[Email, ...]:
    """Return the email of each lesson, its merge tags still tokens.

    Raises DriplineError naming lesson and line for what cannot be rendered.
    """
    theme.environment.filters.update(wrap=wrap, underline=underline, items=items)
    texts = [text for lesson in course.lessons for text in _texts(lesson)]
    table = TagTable([*texts, course.campaign.title])
    frame = _frame(course, theme, phrases, table)
    emails = []
    for lesson in course.lessons:
        try:
            emails.append(_render_lesson(course, lesson, theme, phrases, table, frame))
        except DriplineError as error:
            raise _placed(error, lesson) from error
    return tuple(emails)


def _placed(error: DriplineError, lesson: Lesson) -> DriplineError:
    """Return *error* with the lesson it happened in, where it does not say."""
    if error.path is not None:
        return error
    quoted = re.search(r"'([^']+)'", error.message)
    line = None
    if quoted and quoted[1] in lesson.body:
        line = lesson.body_line + lesson.body[: lesson.body.index(quoted[1])].count("\n")
    return DriplineError(error.message, path=lesson.path, line=line, hint=error.hint)


def _texts(lesson: Lesson) -> list[str]:
    """Return every text of *lesson* that can hold a merge tag."""
    fields = [getattr(lesson, name) for name in ("subject", "preheader", "body", *_FIELDS)]
    return [*fields, *lesson.takeaways, *lesson.summary]


def _frame(
    course: Course, theme: Theme, phrases: Phrases, table: TagTable
) -> dict[str, Mapping[str, Any]]:
    """Return what all lessons of a course give to their templates."""
    campaign = course.campaign
    title = short_title(campaign.title)
    names = ("takeaways", "exercise", "expect", "summary", "sign_off", "unsubscribe")
    said = {name: phrases.say(f"email.{name}") for name in names}
    for name in ("unsubscribe_by_reply", "web_copy", "postscript"):
        said[name] = phrases.say(f"email.{name}")
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


def _render_lesson(  # noqa: PLR0913 - what all lessons share is made once, not thrice
    course: Course,
    lesson: Lesson,
    theme: Theme,
    phrases: Phrases,
    table: TagTable,
    frame: Mapping[str, Mapping[str, Any]],
) -> Email:
    """Return the email of one lesson; the order of the steps is the safety of it.

    Tags become tokens before Markdown reads the text; Markdown is cleaned
    before the theme dresses it; nothing is read as a template afterwards.
    """
    from markupsafe import Markup

    someone = phrases.say("email.someone")

    def lift(text: str, line: int = 1) -> str:
        return lift_tags(text, table, path=lesson.path, line=line, someone=someone)

    source = {name: lift(getattr(lesson, name)) for name in ("subject", "preheader", *_FIELDS)}
    lists = {name: [lift(text) for text in getattr(lesson, name)] for name in ("takeaways", "summary")}
    markdown = lift(lesson.body, lesson.body_line)
    html = render_markdown(markdown)
    environment = theme.environment
    body = expand(
        html,
        environment.get_template("components.html").module,
        pictures=course.pictures,
        width=theme.text_width,
        lift_title=lesson.kind == "lesson",
    )
    plain = _plain_fields(course, lesson, source, lists, phrases, lift)
    clean = {name: _clean(name, source[name]) for name in _FIELDS}
    clean_lists = {name: [render_inline(text) for text in texts] for name, texts in lists.items()}
    marked = {
        **{name: Markup(text) for name, text in clean.items()},  # noqa: S704 - cleaned above
        **{name: [Markup(text) for text in texts] for name, texts in clean_lists.items()},  # noqa: S704
    }
    title = Markup(body.title) if body.title else plain["heading"]  # noqa: S704
    views = {
        "lesson.html": ({**plain, **marked, "title": title}, [Markup(row) for row in body.rows]),  # noqa: S704
        "lesson.txt": (_text_view(plain, clean, clean_lists, title), _body_text(html, body)),
        "lesson.md": ({**plain, **source, **lists}, _BUTTON.sub(r"\1", markdown)),
    }
    rendered = {
        name: environment.get_template(name).render({**frame, "lesson": view, "content": content})
        for name, (view, content) in views.items()
    }
    email_html = inline_styles(rendered["lesson.html"], theme.stylesheet)
    text, markdown = (_tidy_text(rendered[name]) for name in ("lesson.txt", "lesson.md"))
    return Email(
        lesson=lesson,
        day=course.day(lesson),
        subject=source["subject"],
        preheader=source["preheader"],
        html=email_html,
        text=text,
        markdown=markdown,
        tags=table.tags(email_html, text, markdown, source["subject"], source["preheader"]),
        pictures=body.pictures,
    )


def _plain_fields(  # noqa: PLR0913
    course: Course,
    lesson: Lesson,
    source: Mapping[str, str],
    lists: Mapping[str, list[str]],
    phrases: Phrases,
    lift: Any,
) -> dict[str, Any]:
    """Return the fields of a lesson that are plain text in every part."""
    ordinal = course.ordinal(lesson)
    words = sum(map(count_words, _texts(lesson)))
    kept = lesson.postscript and (
        lesson.call_to_action != "link" or course.campaign.call_to_action.url
    )
    if ordinal:
        place = phrases.say("email.progress", number=ordinal, count=course.lesson_count)
    else:
        place = phrases.say(f"email.{lesson.kind}")
    time = phrases.say("email.reading_time", minutes=format_number(reading_minutes(words)))
    return {
        "kind": lesson.kind,
        "call_to_action": lesson.call_to_action if kept or lesson.call_to_action != "link" else "",
        "ordinal": ordinal,
        "label": f"{place} · {time}",
        "heading": course.campaign.title if lesson.kind == "welcome" else source["subject"],
        "greeting": lift(phrases.say("email.greeting", name="{{ first_name }}")),
        "subject": source["subject"],
        "preheader": source["preheader"],
        "filler": _FILLER * max(0, (_PREHEADER_COLUMNS - len(source["preheader"])) // 2),
        "title": source["subject"],
        **lists,
    }


def _clean(name: str, text: str) -> str:
    return render_markdown(text) if name in ("promise", "exercise") else render_inline(text)


def _text_view(
    plain: Mapping[str, Any],
    clean: Mapping[str, str],
    lists: Mapping[str, list[str]],
    title: str,
) -> dict[str, Any]:
    """Return the fields of a lesson as the text part has them."""
    fields = {
        name: format_text(text) if name in ("promise", "exercise") else format_line(text)
        for name, text in clean.items()
    }
    lines = {name: [format_line(text) for text in texts] for name, texts in lists.items()}
    heading = format_line(title) if hasattr(title, "__html__") else title
    return {**plain, **fields, **lines, "title": heading}


def _body_text(html: str, body: Body) -> str:
    """Return the text of the body, without the heading that became the email's own."""
    text = format_text(html)
    if not body.title:
        return text
    return text.split("\n\n", 1)[1] if "\n\n" in text else ""


def _tidy_text(text: str) -> str:
    """Return *text* without trailing blanks and with no more than one blank line."""
    lines = [line.rstrip() if line != "-- " else line for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"
