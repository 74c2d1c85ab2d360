"""`Plan` → the lessons that `split` writes: the author's words, and proposals."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

from dripline.lesson import FIELDS
from dripline.marked import FENCE
from dripline.markup import escape_markdown
from dripline.model import Block, Lesson, Part, Plan, Role
from dripline.phrase import Phrases
from dripline.suggest import (
    SUBJECT_LENGTH,
    propose_exercise,
    propose_preheader,
    propose_subject,
    propose_takeaways,
    short_title,
)
from dripline.words import reading_minutes


# A lesson's file name: short enough to read in a list, safe on every system.
_SLUG_LENGTH = 50
_NOT_SLUG = re.compile(r"[^a-z0-9]+")
_RECAP_WORDS = 25
_FRONT = (Role.TITLE, Role.BYLINE)
# Asking for something comes after three or four emails of pure help.
_LADDER_FROM = 4


def draft_lessons(plan: Plan, phrases: Phrases) -> tuple[Lesson, ...]:
    """Return a draft of every lesson of *plan*, in order.

    A body is the lines of its part, with the marks that unmarked text needs
    and nothing added, removed or reworded. All else is a proposal.
    """
    taken = [propose_takeaways(plan.blocks(part), phrases) for part in plan.parts]
    drafts = [
        _draft_lesson(plan, part, takeaways, phrases)
        for part, takeaways in zip(plan.parts, taken, strict=True)
    ]
    titles = [
        escape_markdown(part.title or draft.subject)
        for part, draft in zip(plan.parts, drafts, strict=True)
    ]
    escaped = [tuple(map(escape_markdown, takeaways)) for takeaways in taken]
    return tuple(_link(draft, titles, escaped, phrases) for draft in drafts)


def make_slug(title: str) -> str:
    """Return *title* as a file name of a-z, 0-9 and hyphens; `lesson` when nothing is left."""
    plain = unicodedata.normalize("NFKD", title.casefold().replace("'", "").replace("’", ""))
    slug = _NOT_SLUG.sub("-", plain.encode("ascii", "ignore").decode()).strip("-")
    if len(slug) > _SLUG_LENGTH:
        slug = slug[: _SLUG_LENGTH + 1].rsplit("-", 1)[0][:_SLUG_LENGTH]
    return slug or "lesson"


def _draft_lesson(plan: Plan, part: Part, takeaways: tuple[str, ...], phrases: Phrases) -> Lesson:
    """Return the draft of one part, without what it says of its neighbours."""
    blocks = plan.blocks(part)
    course = short_title(plan.outline.title) or plan.outline.article.name
    draft = Lesson(number=part.number, slug=part.kind, kind=part.kind, body=_body(plan, part))
    if part.kind == "welcome":
        subject = phrases.say("proposal.welcome_subject", title=course)
        subject = subject if len(subject) <= SUBJECT_LENGTH else course
        return replace(
            draft,
            subject=subject,
            preheader=propose_preheader(blocks, subject, phrases),
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
    own = _first_section(blocks)
    subject = propose_subject(part.title, [one for one in takeaways if one in own])
    return replace(
        draft,
        slug=make_slug(part.title or subject),
        subject=subject,
        preheader=propose_preheader(blocks, subject, phrases),
        takeaways=tuple(map(escape_markdown, takeaways)),
        exercise=escape_markdown(propose_exercise(blocks, phrases)),
    )


def _first_section(blocks: Sequence[Block]) -> str:
    """Return the text up to the second outermost heading."""
    texts: list[str] = []
    for index, block in enumerate(blocks):
        if index and block.role is Role.HEADING and block.level == 1:
            break
        texts.append(block.text)
    return "\n".join(texts)


def _promise(plan: Plan, course: str, phrases: Phrases) -> str:
    lessons = [part for part in plan.parts if part.kind == "lesson"]
    author = plan.outline.author
    return phrases.say(
        "proposal.promise" if author else "proposal.promise_without_author",
        title=escape_markdown(course),
        author=escape_markdown(author),
        count_lessons=phrases.count("lesson", len(lessons)),
        rhythm=phrases.count("rhythm", plan.schedule.per_week),
        minutes=phrases.count("minute", reading_minutes(max(part.words for part in lessons))),
    )


def _link(
    lesson: Lesson,
    titles: Sequence[str],
    taken: Sequence[tuple[str, ...]],
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
    if 1 < number < last and taken[number - 1]:
        recap = taken[number - 1][0]
        if len(recap.split()) <= _RECAP_WORDS:
            fields["recap"] = phrases.say("proposal.recap", takeaway=recap)
    if number == last:
        fields["summary"] = tuple(
            phrases.say(
                "proposal.summary", title=_as_sentence(title), takeaway=(*takeaways, "")[0]
            ).strip()
            for title, takeaways in zip(titles[1:last], taken[1:last], strict=True)
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


def _body(plan: Plan, part: Part) -> str:
    blocks = [block for block in plan.blocks(part) if block.role not in _FRONT]
    if plan.outline.article.is_marked:
        return _marked_body(plan, blocks)
    pieces = [_mark(block) for block in blocks[:1]]
    for before, block in pairwise(blocks):
        text = _mark(block)
        if block.role is before.role is Role.LIST_ITEM:
            pieces.append(f"\n{text}")
        elif block.role is before.role and block.role in (Role.DIALOG, Role.QUOTE):
            pieces.append(f"\n>\n{text}")
        else:
            pieces.append(f"\n\n{text}")
    return "".join(pieces)


def _mark(block: Block) -> str:
    """Return the Markdown of a block of unmarked text."""
    text = escape_markdown(block.text)
    match block.role:
        case Role.HEADING:
            return f"{'#' * (block.level + 1)} {text}"
        case Role.DIALOG | Role.QUOTE:
            return f"> {text}"
        case Role.LIST_ITEM:
            indent = "    " * block.depth
            if block.marker[:-1].isdigit():
                return f"{indent}{block.marker[:-1]}. {text}"
            letter = f"{block.marker} " if block.marker[0].isalnum() else ""
            return f"{indent}- {letter}{text}"
        case Role.TABLE:
            return _pipe_table(block.text)
        case _:
            return text


def _pipe_table(text: str) -> str:
    rows = [
        [escape_markdown(cell.strip()).replace("|", "\\|") for cell in line.split("\t")]
        for line in text.split("\n")
    ]
    rule = ["---"] * len(rows[0])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [rows[0], rule, *rows[1:]])


def _marked_body(plan: Plan, blocks: Sequence[Block]) -> str:
    """Return the lines of *blocks* as the article has them.

    Headings get the level they have in a lesson, braces a backslash, and the
    link definitions that are used come along.
    """
    lines = plan.outline.article.lines
    pieces: list[str] = []
    end = 0
    for block in blocks:
        if block.role is Role.REFERENCE:
            continue
        source = lines[block.first_line - 1 : block.last_line]
        if block.role is Role.HEADING:
            text = f"{'#' * min(block.level + 1, 6)} {_heading_source(source)}"
        else:
            text = "\n".join(source)
        gap = "\n" * (1 + max(block.first_line - end > 1, block.role is not Role.LIST_ITEM))
        pieces += [gap if pieces else "", text]
        end = block.last_line
    body = "".join(pieces)
    definitions = [
        lines[block.first_line - 1].strip()
        for block in plan.outline.blocks
        if block.role is Role.REFERENCE and _uses(body, lines[block.first_line - 1])
    ]
    return escape_braces("\n".join([body, "", *definitions] if definitions else [body]))


def _heading_source(source: Sequence[str]) -> str:
    text = re.sub(r"^ {0,3}#{1,6}[ \t]+|[ \t]+#+[ \t]*$", "", source[0]).strip()
    bold = re.fullmatch(r"(\*\*|__)(.+)\1", text)
    return bold[2] if bold else text


def _uses(body: str, definition: str) -> bool:
    label = definition.strip()[1:].split("]", 1)[0]
    return f"[{label.casefold()}]" in body.casefold()


def escape_braces(text: str) -> str:
    """Return Markdown *text* with its braces literal; code is left alone.

    Braces are how lessons write merge tags and attributes; an article's own
    are neither.
    """
    return "\n".join(_escape_lines(text.split("\n")))


def _escape_lines(lines: Sequence[str]) -> Iterable[str]:
    fence = ""
    for line in lines:
        match = FENCE.match(line)
        if fence:
            fence = "" if match and match["fence"].startswith(fence) else fence
            yield line
        elif match:
            fence = match["fence"]
            yield line
        elif line.startswith(("    ", "\t")):
            yield line
        else:
            pieces = re.split(r"(`+[^`]+`+)", line)
            pieces[::2] = [re.sub(r"(?<!\\)\{", r"\\{", piece) for piece in pieces[::2]]
            yield "".join(pieces)
