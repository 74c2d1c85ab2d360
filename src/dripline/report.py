"""What the commands print: tables, lists and JSON, safe for a terminal."""

import json
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dripline.model import Block, Finding, Lesson, Outline, Plan, RenderedCourse, Role, Service
from dripline.words import count_words


if TYPE_CHECKING:
    from rich.table import Table

# The names of the structure scorer; what it has no name for is a paragraph.
_OTHER_ROLES = (Role.RULE, Role.REFERENCE)
# A terminal that does not say how wide it is, a pipe for one.
_COLUMNS = 80


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
    """Return *line*, cut where a terminal would break it; some signs are two columns wide."""
    from rich.cells import cell_len, set_cell_size

    return line if cell_len(line) <= _COLUMNS else f"{set_cell_size(line, _COLUMNS - 1)}…"


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
                "subject": lesson.subject,
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


def plan_table(plan: Plan, lessons: Sequence[Lesson]) -> "Table":
    """Return the plan as a table: lesson, sections, words, day, subject."""
    table = _table(("lesson", "left"), ("sections", "right"), ("words", "right"), ("day", "right"))
    table.add_column("subject", ratio=1)
    for part, lesson in zip(plan.parts, lessons, strict=True):
        headings = sum(
            block.role is Role.HEADING and block.level == 1 for block in plan.blocks(part)
        )
        label = str(part.number) if part.kind == "lesson" else part.kind
        table.add_row(
            *map(
                _text, (label, str(headings or ""), str(part.words), str(part.day), lesson.subject)
            )
        )
    return table


def course_table(rendered: RenderedCourse) -> "Table":
    """Return a built course as a table: email, day, words, size, subject."""
    table = _table(("email", "left"), ("day", "right"), ("words", "right"), ("HTML", "right"))
    table.add_column("subject", ratio=1)
    for email in rendered.emails:
        lesson = email.lesson
        label = str(lesson.number) if lesson.kind == "lesson" else lesson.kind
        size = f"{len(email.html.encode()) / 1000:.1f} kB"
        words = str(count_words(lesson.body))
        table.add_row(*map(_text, (label, str(email.day), words, size, lesson.subject)))
    return table


def list_table(rows: Iterable[tuple[str, str]]) -> "Table":
    """Return names and what they are, as a table without a head."""
    table = _table(("", "left"), show_header=False)
    table.add_column("", ratio=1)
    for name, summary in rows:
        table.add_row(_text(name), _text(summary))
    return table


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


def print_table(table: "Table", *, to_stderr: bool = False) -> None:
    """Print *table*, as wide as the terminal; colours only where there is one."""
    from rich.console import Console

    stream = sys.stderr if to_stderr else sys.stdout
    console = Console(file=stream, width=None if stream.isatty() else _COLUMNS, highlight=False)
    with console.capture() as captured:
        console.print(table)
    for line in captured.get().rstrip("\n").split("\n"):
        print(line.rstrip(), file=stream)


def _table(*columns: tuple[str, str], show_header: bool = True) -> "Table":
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(
        box=SIMPLE_HEAD, show_header=show_header, expand=True, pad_edge=False, header_style=""
    )
    for name, justify in columns:
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    return table


def _text(text: str) -> Any:
    """Return *text* for a cell, in which no markup is read."""
    from rich.text import Text

    return Text(on_one_line(text))
