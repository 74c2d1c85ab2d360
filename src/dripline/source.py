"""A lesson's texts, safe to read as Markdown: no control characters, merge tags as tokens."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass

from dripline.errors import DriplineError
from dripline.mergetags import ESCAPED, TagTable, lift_tags
from dripline.model import Course, Lesson
from dripline.phrase import Phrases


# NUL ends a text for libxml2, and mail programs show none of these.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_LINES = ("subject", "preheader")
_FIELDS = ("promise", "recap", "exercise", "teaser", "postscript")
_LISTS = ("takeaways", "summary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The texts of a lesson with their merge tags as tokens."""

    line_fields: Mapping[str, str]
    """Subject and preheader: plain text."""
    fields: Mapping[str, str]
    lists: Mapping[str, Sequence[str]]
    body: str
    greeting: str


def lesson_texts(lesson: Lesson) -> list[str]:
    """Return every text of *lesson* that can hold a merge tag."""
    fields = [getattr(lesson, name) for name in (*_LINES, "body", *_FIELDS)]
    return [*fields, *lesson.takeaways, *lesson.summary]


def course_texts(course: Course) -> list[str]:
    """Return every text that gets into an email of *course*."""
    sender, action = course.campaign.sender, course.campaign.call_to_action
    said = [course.campaign.title, *astuple(sender), *astuple(action)]
    return [*said, *(text for lesson in course.lessons for text in lesson_texts(lesson))]


def refuse_controls(course: Course) -> None:
    """Raise DriplineError for a character in *course* that no mail program takes."""
    campaign = course.campaign
    said = {"title": campaign.title}
    said |= {f"sender.{name}": text for name, text in asdict(campaign.sender).items()}
    said |= {
        f"call_to_action.{name}": text for name, text in asdict(campaign.call_to_action).items()
    }
    for name, text in said.items():
        if match := _CONTROL.search(text):
            raise _control(name, match, campaign.path, None)
    for lesson in course.lessons:
        for name in (*_LINES, *_FIELDS, *_LISTS, "body"):
            value = getattr(lesson, name)
            if match := _CONTROL.search(value if isinstance(value, str) else "\n".join(value)):
                line = lesson.line_of(name) or None
                if name == "body":
                    line = lesson.body_line + value.count("\n", 0, match.start())
                raise _control(name, match, lesson.path, line)


def _control(name: str, match: re.Match[str], path: str, line: int | None) -> DriplineError:
    return DriplineError(
        f"the {name} has the control character U+{ord(match.group()):04X}",
        path=path,
        line=line,
        hint="Delete it; it may stand between two letters where nothing can be seen.",
    )


def lift_source(lesson: Lesson, course: Course, phrases: Phrases, table: TagTable) -> Source:
    """Return the texts of *lesson*, each merge tag in them a token from *table*.

    Raises DriplineError for an unknown tag.
    """
    someone = phrases.say("email.someone")

    def lift(text: str, line: int) -> str:
        return lift_tags(text, table, path=lesson.path, line=line, someone=someone)

    def lift_field(name: str) -> str:
        if name == "postscript" and _leads_nowhere(lesson, course):
            return ""
        return lift(getattr(lesson, name), lesson.line_of(name) or 1)

    return Source(
        # They are plain text, in which no Markdown takes the backslash away.
        line_fields={name: ESCAPED.sub("", lift_field(name)) for name in _LINES},
        fields={name: lift_field(name) for name in _FIELDS},
        lists={
            name: [lift(text, lesson.line_of(name) or 1) for text in getattr(lesson, name)]
            for name in _LISTS
        },
        body=lift(lesson.body, lesson.body_line),
        greeting=lift(phrases.say("email.greeting", name="{{ first_name }}"), 1),
    )


def _leads_nowhere(lesson: Lesson, course: Course) -> bool:
    """Tell whether our postscript speaks of a link that the campaign does not have."""
    return (
        lesson.call_to_action == "link"
        and "postscript" in lesson.proposed
        and not course.campaign.call_to_action.url
    )
