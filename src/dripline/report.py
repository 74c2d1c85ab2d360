"""What the commands print: tables, lists and JSON, safe for a terminal."""

import json
import shutil
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from dripline.model import Block, Finding, Lesson, Outline, Plan, RenderedCourse, Role, Service
from dripline.words import count_words


Rows = Sequence[Sequence[str]]

# Readers of the JSON know no rules and link definitions; these are paragraphs to them.
_OTHER_ROLES = (Role.RULE, Role.REFERENCE)
# A terminal that does not say how wide it is, a pipe for one.
_COLUMNS = 80
_GAP = "   "


def printable(text: str) -> str:
    """Return *text* with everything a terminal could take for a command written out."""
    return "\n".join(map(on_one_line, text.split("\n")))


def on_one_line(text: str) -> str:
    """Return *text*, a name or a title, as `printable` does, its line ends written out too."""
    return "".join(
        sign if _is_harmless(sign) else sign.encode("unicode_escape").decode() for sign in text
    )


def _is_harmless(sign: str) -> bool:
    # Typographic spaces count as not printable; French sets one before each "?".
    return sign.isprintable() or unicodedata.category(sign) == "Zs"


def format_outline(outline: Outline) -> str:
    """Return what was understood: each block's line, role and first words."""
    lines = [
        on_one_line(outline.article.name),
        f"  title   {outline.title or '(none found)'}",
        f"  author  {outline.author or '(none found)'}",
        "",
    ]
    for block in outline.blocks:
        role = f"{block.role} {block.level}" if block.role is Role.HEADING else str(block.role)
        first = block.text.split("\n", 1)[0]
        lines.append(_cut(on_one_line(f"{block.first_line:5}  {role:10}  {first}")))
    return printable("\n".join(lines))


def _cut(line: str) -> str:
    """Return *line*, cut where a terminal would break it."""
    return line if _columns(line) <= _COLUMNS else f"{_head(line, _COLUMNS - 1)}…"


def _columns(text: str) -> int:
    """Return how many columns of a terminal *text* takes."""
    return sum(map(_sign_columns, text))


def _sign_columns(sign: str) -> int:
    """Return the columns of one sign (Unicode Standard Annex 11): accents none, Chinese two."""
    if unicodedata.category(sign) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def _head(text: str, columns: int) -> str:
    """Return as much of *text* as fits into so many *columns*."""
    taken = 0
    for index, sign in enumerate(text):
        taken += _sign_columns(sign)
        if taken > columns:
            return text[:index]
    return text


def format_outline_json(outline: Outline) -> str:
    """Return the role of every line as JSON, on one line."""
    roles: dict[int, Block] = {}
    for block in outline.blocks:
        roles |= dict.fromkeys(range(block.first_line, block.last_line + 1), block)
    byline = next((b.text for b in outline.blocks if b.role is Role.BYLINE), outline.author)
    lines = [
        _describe_line(number, roles.get(number) if text.strip() else None)
        for number, text in enumerate(outline.article.lines, 1)
    ]
    described = {
        "path": outline.article.name,
        "title": outline.title,
        "byline": byline,
        "lines": lines,
    }
    return _format_json(described)


def _describe_line(number: int, block: Block | None) -> dict[str, Any]:
    if block is None:
        return {"line_number": number, "role": "blank"}
    role = Role.PARAGRAPH if block.role in _OTHER_ROLES else block.role
    described: dict[str, Any] = {"line_number": number, "role": str(role)}
    if role is Role.HEADING:
        described["level"] = block.level
    return described


def format_plan_json(name: str, plan: Plan, lessons: Sequence[Lesson]) -> str:
    """Return the plan as JSON; line numbers are those of the article."""
    described = []
    for part, lesson in zip(plan.parts, lessons, strict=True):
        blocks = plan.blocks(part)
        described.append(
            {
                "number": part.number,
                "kind": part.kind,
                "title": part.title,
                "subject": lesson.shown_subject,
                "day": part.day,
                "words": part.words,
                "first_line": blocks[0].first_line if blocks else None,
                "last_line": blocks[-1].last_line if blocks else None,
            }
        )
    return _format_json({"name": name, "lessons": described}, indent=1)


def _format_json(value: Any, indent: int | None = None) -> str:
    """Return *value* as JSON in ASCII, which no encoding spoils and no terminal obeys."""
    return json.dumps(value, indent=indent).replace("\x7f", "\\u007f")


def plan_rows(plan: Plan, lessons: Sequence[Lesson]) -> Rows:
    """Return the plan as rows of a table: lesson, sections, words, day, subject."""
    rows = [("lesson", "sections", "words", "day", "subject")]
    for part, lesson in zip(plan.parts, lessons, strict=True):
        headings = sum(
            block.role is Role.HEADING and block.level == 1 for block in plan.blocks(part)
        )
        label = str(part.number) if part.kind == "lesson" else part.kind
        rows.append(
            (label, str(headings or ""), str(part.words), str(part.day), lesson.shown_subject)
        )
    return rows


def course_rows(rendered: RenderedCourse) -> Rows:
    """Return a built course as rows of a table: email, day, words, size, subject."""
    rows = [("email", "day", "words", "HTML", "subject")]
    for email in rendered.emails:
        lesson = email.lesson
        label = str(lesson.number) if lesson.kind == "lesson" else lesson.kind
        size = f"{len(email.html.encode()) / 1000:.1f} kB"
        rows.append(
            (label, str(email.day), str(count_words(lesson.body)), size, lesson.shown_subject)
        )
    return rows


def format_service(service: Service) -> str:
    """Return all that dripline knows of a service, each tag with how sure it is."""
    lines = [service.title, service.summary, "", "Merge tags"]
    lines += [
        f"  {name:16} {tag.html}  ({tag.confidence})" for name, tag in service.tags.items()
    ] or ["  none, unless the campaign names them under [tags]"]
    lines += ["", "Read as a tag, so written differently when the article has it"]
    lines += [f"  {escape.mark}" for escape in service.escapes] or ["  nothing"]
    lines += ["", "Steps"]
    lines += [f"  {number}. {step}" for number, step in enumerate(service.steps, 1)]
    if service.sources:
        lines += ["", "Sources", *(f"  {source}" for source in service.sources)]
    return "\n".join(lines)


def format_finding(finding: Finding) -> str:
    """Return a finding as `path:line: severity: message`, its cure below."""
    place = "".join(f"{part}:" for part in (finding.path, finding.line or "") if part)
    first = f"{place} {finding.severity}: {finding.message} [{finding.code}]"
    return printable(f"{first}\n  {finding.hint}" if finding.hint else first)


def format_settings(name: str, settings: Mapping[str, Any]) -> str:
    """Return a theme's settings, colours for light and dark side by side."""
    lines = [name, str(settings["summary"]), "", f"  width  {settings['width']} px", ""]
    lines.append(f"  {'':12} {'light':9} dark")
    lines += [
        f"  {key:12} {value:9} {settings['dark'][key]}" for key, value in settings["light"].items()
    ]
    return "\n".join(lines)


def print_table(rows: Rows, *, has_head: bool = True, to_stderr: bool = False) -> None:
    """Print *rows* as a table, as wide as the terminal."""
    stream = sys.stderr if to_stderr else sys.stdout
    columns = shutil.get_terminal_size().columns if stream.isatty() else _COLUMNS
    print(format_table(rows, columns, has_head=has_head), file=stream)


def format_table(rows: Rows, columns: int, *, has_head: bool = True) -> str:
    """Return *rows* as a table of so many *columns*; the last cell of a row is wrapped.

    Cells that begin with a digit are set right, so that numbers stand below
    each other.
    """
    safe = [[on_one_line(cell) for cell in row] for row in rows]
    widths = [max(map(_columns, column)) for column in zip(*safe, strict=True)][:-1]
    room = max(20, columns - 1 - sum(widths) - len(_GAP) * len(widths))
    right = [
        all(cell[:1].isdigit() or not cell for cell in column)
        for column in zip(*safe[has_head:], strict=True)
    ]
    lines = [""]
    for number, row in enumerate(safe):
        cells = []
        for cell, width, is_right in zip(row, widths, right, strict=False):
            blanks = " " * (width - _columns(cell))
            cells.append(f"{blanks}{cell}" if is_right else f"{cell}{blanks}")
        first, *more = _wrap(row[-1], room)
        lines.append(f" {_GAP.join([*cells, first])}")
        indent = " " * (columns - room)
        lines += [f"{indent}{line}" for line in more]
        if has_head and not number:
            lines.append(f" {'─' * (columns - 2)}")
    return "\n".join([*(line.rstrip() for line in lines), ""])


def _wrap(text: str, columns: int) -> list[str]:
    """Return *text* in lines of so many *columns*; a word that is longer is cut."""
    lines = [""]
    for word in text.split(" "):
        rest = word
        if _columns(lines[-1]) + 1 + _columns(rest) > columns and lines[-1]:
            lines.append("")
        while _columns(rest) > columns:
            lines[-1] = _head(rest, columns)
            rest = rest[len(lines[-1]) :]
            lines.append("")
        lines[-1] += f" {rest}" if lines[-1] else rest
    return lines
