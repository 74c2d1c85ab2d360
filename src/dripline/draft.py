"""`Plan` → the lessons that `split` writes: the author's words, and proposals."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from dripline.body import format_bodies
from dripline.lesson import FIELDS
from dripline.markup import escape_markdown
from dripline.model import Block, Lesson, Part, Plan
from dripline.phrase import Phrases
from dripline.rank import first_section, for_reader
from dripline.suggest import (
    SUBJECT_LENGTH,
    SUBJECT_LIMIT,
    propose_exercise,
    propose_line,
    propose_preheader,
    propose_subject,
    propose_takeaways,
    shorten,
)
from dripline.words import count_words, reading_minutes


# A lesson's file name: short enough to read in a list, safe on every system.
_SLUG_LENGTH = 50
_NOT_SLUG = re.compile(r"[\W_]+")
# Apostrophes, and what Unicode puts on or between letters: no end of a word.
_IN_WORDS = {"'", "’", "\u00ad"}
# Asking for something comes after three or four emails of pure help.
_LADDER_FROM = 4


def draft_lessons(plan: Plan, course: str, phrases: Phrases) -> tuple[Lesson, ...]:
    """Return a draft of every lesson of *plan*, in order; *course* is what it is called.

    A body is the lines of its part, with the marks that unmarked text needs
    and nothing added, removed or reworded. All else is a proposal.
    """
    drafts = [
        _draft_lesson(plan, part, body, course, phrases)
        for part, body in zip(plan.parts, format_bodies(plan), strict=True)
    ]
    titles = [
        escape_markdown(part.title) if part.title else _as_markdown(draft.subject)
        for part, draft in zip(plan.parts, drafts, strict=True)
    ]
    lines = [
        escape_markdown(propose_line(for_reader(plan.blocks(part), phrases), phrases))
        for part in plan.parts
    ]
    return tuple(_link(draft, titles, lines, phrases) for draft in drafts)


def make_slug(title: str) -> str:
    """Return *title* as a file name of a-z, 0-9 and hyphens; `lesson` when nothing is left."""
    # Twice, for either can undo the other: "𝑨" becomes "A", and "İ" an "i" with a dot.
    decomposed = unicodedata.normalize("NFKD", title).casefold()
    decomposed = unicodedata.normalize("NFKD", decomposed)
    kept = "".join(
        sign
        for sign in decomposed
        if sign not in _IN_WORDS and unicodedata.category(sign) not in ("Mn", "Cf", "Cs")
    )
    words = _NOT_SLUG.split(kept)
    slug = "-".join(filter(None, (word.encode("ascii", "ignore").decode() for word in words)))
    if len(slug) > _SLUG_LENGTH:
        slug = slug[: _SLUG_LENGTH + 1].rsplit("-", 1)[0][:_SLUG_LENGTH]
    return slug or "lesson"


def _draft_lesson(plan: Plan, part: Part, body: str, course: str, phrases: Phrases) -> Lesson:
    """Return the draft of one part, without what it says of its neighbours."""
    blocks = for_reader(plan.blocks(part), phrases)
    draft = Lesson(number=part.number, slug=part.kind, kind=part.kind, body=body)
    if part.kind == "welcome":
        subject = phrases.say("proposal.welcome_subject", title=course)
        subject = subject if len(subject) <= SUBJECT_LENGTH else shorten(course, SUBJECT_LIMIT)
        return replace(
            draft,
            subject=_as_line(subject),
            preheader=_as_line(propose_preheader(blocks, subject, phrases)),
            promise=_promise(plan, course, phrases),
        )
    if part.kind == "closing":
        return replace(
            draft,
            subject=phrases.say("proposal.closing_subject"),
            preheader=phrases.say("proposal.closing_preheader"),
            promise=phrases.say("proposal.closing_promise", title=escape_markdown(course)),
            call_to_action="button",
        )
    takeaways = propose_takeaways(blocks, phrases)
    own = "\n".join(block.text for block in first_section(blocks))
    subject = (
        propose_subject(part.title, [one for one in takeaways if one in own])
        or _first_words(plan.blocks(part))
        or shorten(course, SUBJECT_LIMIT)
    )
    return replace(
        draft,
        slug=make_slug(part.title or subject),
        subject=_as_line(subject),
        preheader=_as_line(propose_preheader(blocks, subject, phrases)),
        takeaways=tuple(map(escape_markdown, takeaways)),
        exercise=escape_markdown(propose_exercise(blocks, part.number, phrases)),
    )


def _as_line(text: str) -> str:
    """Return *text* for a subject or preheader, where only braces have a meaning."""
    return text.replace("{{", "\\{{")


def _as_markdown(line: str) -> str:
    return escape_markdown(line.replace("\\{{", "{{"))


def _first_words(blocks: Sequence[Block]) -> str:
    """Return how the text of *blocks* begins, as a subject."""
    texts = (" ".join(block.text.split()).rstrip(" .:;,") for block in blocks)
    return next((shorten(text, SUBJECT_LENGTH) for text in texts if count_words(text)), "")


def _promise(plan: Plan, course: str, phrases: Phrases) -> str:
    lessons = [part for part in plan.parts if part.kind == "lesson"]
    author = plan.outline.author
    name = "promise_one" if len(lessons) == 1 else "promise"
    return phrases.say(
        f"proposal.{name}" if author else f"proposal.{name}_without_author",
        title=escape_markdown(course),
        author=escape_markdown(author),
        count_lessons=phrases.count("lesson", len(lessons)),
        rhythm=phrases.count("rhythm", plan.schedule.per_week),
        minutes=phrases.count("minute", reading_minutes(max(part.words for part in lessons))),
    )


def _link(
    lesson: Lesson,
    titles: Sequence[str],
    lines: Sequence[str],
    phrases: Phrases,
) -> Lesson:
    """Return *lesson* with what it says of the lessons before and after it."""
    number, last = lesson.number, len(titles) - 1
    fields: dict[str, str | tuple[str, ...]] = {}
    if number == 0:
        fields["summary"] = tuple(
            phrases.say("proposal.expect", title=title) for title in titles[1:last]
        )
    if number < last - 1:
        fields["teaser"] = phrases.say("proposal.teaser", title=titles[number + 1])
    elif number == last - 1:
        fields["teaser"] = phrases.say("proposal.teaser_closing")
    if 1 < number < last and lines[number - 1]:
        fields["recap"] = phrases.say("proposal.recap", takeaway=lines[number - 1])
    if number == last:
        fields["summary"] = tuple(
            phrases.say("proposal.summary", title=_as_sentence(title), takeaway=line).strip()
            for title, line in zip(titles[1:last], lines[1:last], strict=True)
        )
    if _asks(number, last):
        fields["postscript"] = phrases.say("proposal.postscript")
        lesson = replace(lesson, call_to_action="link")
    lesson = replace(lesson, **fields)  # type: ignore[arg-type]
    names = [name for name in FIELDS if name not in ("kind", "call_to_action")]
    return replace(lesson, proposed=frozenset(name for name in names if getattr(lesson, name)))


def _as_sentence(title: str) -> str:
    """Return *title* with a full stop, if it has no mark of its own."""
    return f"{title}." if title[-1:].isalnum() else title


def _asks(number: int, last: int) -> bool:
    """Tell whether the lesson at *number* carries a soft call to action.

    The last lesson but one does and, in a course of six or more, a middle one.
    """
    lessons = last - 1
    if lessons < _LADDER_FROM:
        return False
    return number == lessons - 1 or (lessons >= 6 and number == lessons // 2)
