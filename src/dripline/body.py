"""The blocks of an article → the Markdown of lesson bodies, in the author's own words."""

import re
from collections.abc import Iterable, Sequence

from dripline.code import map_prose
from dripline.marked import heading_source
from dripline.markup import escape_markdown
from dripline.model import Block, Plan, Role
from dripline.outline import front_roles


# The one mark that is copied along with unmarked text.
_LINK = re.compile(r"(?<!!)\[((?:(?!://)[^\[\]])+)\]\((https?://[^\s()<>\\{}]+)\)")
_LABEL = re.compile(r"\[([^\[\]]+)\]")
_BRACE = re.compile(r"(?<!\\)\{")


def format_bodies(plan: Plan) -> tuple[str, ...]:
    """Return the body of each part of *plan*: its lines, and the marks that unmarked text needs.

    Nothing is added, removed or reworded; of Markdown, the link definitions
    and footnotes that a part uses come along.
    """
    front = front_roles(plan.outline.author)
    parts = [
        [block for block in plan.blocks(part) if block.role not in front] for part in plan.parts
    ]
    if not plan.outline.article.is_marked:
        return tuple(map(_mark_blocks, parts))
    lines = plan.outline.article.lines
    bodies = [_copy_blocks(blocks, lines) for blocks in parts]
    definitions = _share_definitions(parts, bodies, lines)
    return tuple(
        escape_braces("\n\n".join(filter(None, [body, *known])))
        for body, known in zip(bodies, definitions, strict=True)
    )


def _mark_blocks(blocks: Sequence[Block]) -> str:
    """Return the Markdown of blocks of unmarked text."""
    lists = _find_lists(blocks)
    first = {indexes[0] for indexes in lists}
    items = {index: text for indexes in lists for index, text in _mark_items(blocks, indexes)}
    pieces: list[str] = []
    for index, block in enumerate(blocks):
        before = blocks[index - 1] if index else None
        if before is None:
            gap = ""
        elif block.role is before.role is Role.LIST_ITEM:
            # Without a blank line, Markdown goes on with the list before.
            gap = "\n\n" if index in first and before.depth >= block.depth else "\n"
        elif block.role is before.role and block.role in (Role.DIALOG, Role.QUOTE):
            gap = "\n>\n"
        else:
            gap = "\n\n"
        pieces += [gap, items.get(index) or _mark(block)]
    return "".join(pieces)


def _mark(block: Block) -> str:
    """Return the Markdown of a block of unmarked text that is no list item."""
    if block.role is Role.TABLE:
        return _pipe_table(block.text)
    text = _escape(block.text)
    if block.role is Role.HEADING:
        return f"{'#' * (block.level + 1)} {text}"
    return f"> {text}" if block.role in (Role.DIALOG, Role.QUOTE) else text


def _escape(text: str) -> str:
    """Return *text* as Markdown that shows it as it is; links stay links."""
    pieces: list[str] = []
    start = 0
    for match in _LINK.finditer(text):
        label, address = match.groups()
        before = text[start : match.start()]
        pieces += [escape_markdown(before), f"[{escape_markdown(label)}]({address})"]
        start = match.end()
    return "".join([*pieces, escape_markdown(text[start:])])


def _find_lists(blocks: Sequence[Block]) -> list[list[int]]:
    """Return the indexes of the items of each list: of one depth, numbered or not."""
    lists: list[list[int]] = []
    open_lists: dict[int, list[int]] = {}
    for index, block in enumerate(blocks):
        if block.role is not Role.LIST_ITEM:
            open_lists = {}
            continue
        open_lists = {depth: one for depth, one in open_lists.items() if depth <= block.depth}
        here = open_lists.get(block.depth, [])
        if not here or bool(_number(blocks[here[0]])) != bool(_number(block)):
            here = open_lists[block.depth] = []
            lists.append(here)
        here.append(index)
    return lists


def _mark_items(blocks: Sequence[Block], indexes: Sequence[int]) -> Iterable[tuple[int, str]]:
    """Yield the Markdown of each item of a list.

    Markdown counts by itself: where that would not give the author's numbers
    (a countdown, say), they are words of the items.
    """
    numbers = [_number(blocks[index]) for index in indexes]
    first = int(numbers[0] or 0)
    counts = numbers == [str(first + step) for step in range(len(indexes))]
    for index, number in zip(indexes, numbers, strict=True):
        block = blocks[index]
        typed = any(sign.isalnum() for sign in block.marker) and not counts
        text = _escape(f"{block.marker} {block.text}" if typed else block.text)
        yield index, f"{'    ' * block.depth}{f'{number}.' if counts else '-'} {text}"


def _number(block: Block) -> str:
    """Return the number of a list item; empty when it has none."""
    number = block.marker.strip("().")
    return number if number.isascii() and number.isdigit() else ""


def _pipe_table(text: str) -> str:
    rows = [
        [_escape(cell.strip()).replace("|", "\\|") for cell in line.split("\t")]
        for line in text.split("\n")
    ]
    rule = ["---"] * len(rows[0])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [rows[0], rule, *rows[1:]])


def _copy_blocks(blocks: Sequence[Block], lines: Sequence[str]) -> str:
    """Return the *lines* of blocks of Markdown, headings with the level they have in a lesson."""
    pieces: list[str] = []
    end = 0
    for block in blocks:
        if block.role is Role.REFERENCE:
            continue
        source = lines[block.first_line - 1 : block.last_line]
        if block.role is Role.HEADING:
            text = f"{'#' * min(block.level + 1, 6)} {_unbolded(heading_source(source[0]))}"
        else:
            text = "\n".join(source)
        gap = "\n" * (1 + max(block.first_line - end > 1, block.role is not Role.LIST_ITEM))
        pieces += [gap if pieces else "", text]
        end = block.last_line
    return "".join(pieces)


def _unbolded(heading: str) -> str:
    bold = re.fullmatch(r"(\*\*|__)(.+)\1", heading)
    return bold[2] if bold else heading


def _share_definitions(
    parts: Sequence[Sequence[Block]], bodies: Sequence[str], lines: Sequence[str]
) -> list[list[str]]:
    """Return the link definitions and footnotes that go with each body.

    They go where they are used; one that nothing uses stays where it stood.
    """
    stood = [
        (number, "\n".join(lines[block.first_line - 1 : block.last_line]))
        for number, blocks in enumerate(parts)
        for block in blocks
        if block.role is Role.REFERENCE
    ]
    shared: list[list[str]] = []
    for body in bodies:
        labels = _labels(body)
        known: list[str] = []
        for _ in range(2):  # a footnote may use a definition in its turn
            known = [text for _, text in stood if _label(text) in labels]
            labels |= {label for text in known for label in _labels(text.split("]:", 1)[1])}
        shared.append(known)
    used = {text for known in shared for text in known}
    for number, text in stood:
        if text not in used:
            shared[number].append(text)
    return shared


def _labels(text: str) -> set[str]:
    return {" ".join(label.split()).casefold() for label in _LABEL.findall(text)}


def _label(definition: str) -> str:
    return next(iter(_labels(definition.split("]:", 1)[0] + "]")))


def escape_braces(text: str) -> str:
    """Return Markdown *text* with its braces literal; code is left alone.

    Braces are how lessons write merge tags and attributes; an article's own
    are neither.
    """
    if "{" not in text:
        return text
    return map_prose(text, lambda start, end: _BRACE.sub(r"\\{", text[start:end]))
