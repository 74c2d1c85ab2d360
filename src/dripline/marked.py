"""Lines of Markdown → blocks with line ranges."""

import re
from collections.abc import Sequence
from dataclasses import replace

from dripline.model import Block, Role


FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(?P<marks>#{1,6})[ \t]+(?P<text>.*?)(?:[ \t]+#+)?[ \t]*$")
_SETEXT = re.compile(r" {0,3}(?P<mark>=+|-+)[ \t]*$")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?P<marker>[-*+]|\d{1,9}[.)])[ \t]+(?P<text>\S.*)")
_QUOTE = re.compile(r" {0,3}> ?(?P<text>.*)")
_TABLE_RULE = re.compile(r"\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$")
_REFERENCE = re.compile(r" {0,3}\[[^\]]+\]:\s+\S")
_BOLD_LINE = re.compile(r"\s*(\*\*|__)(?P<text>(?:(?!\1).)+)\1\s*$")
_LINK = re.compile(r"!?\[(?P<label>[^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?(?:\{[^}]*\})?")
_MARKS = re.compile(r"(?<!\\)(?:\*{1,3}|_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)|`+|~~)")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]<>()#+.!|-])")


def looks_marked(lines: Sequence[str]) -> bool:
    """Tell whether a text without a telling name carries Markdown."""
    return any(
        _ATX.match(line) or FENCE.match(line) or re.search(r"\[[^\]]+\]\(\S+\)", line)
        for line in lines
    )


def strip_marks(text: str) -> str:
    """Return a line of Markdown as the reader sees it, without its marks."""
    seen = _MARKS.sub("", _LINK.sub(lambda match: match["label"], text))
    return _ESCAPE.sub(r"\1", seen)


def scan_markdown(lines: Sequence[str]) -> tuple[Block, ...]:
    """Return the blocks of a Markdown text; every line with words is in one."""
    blocks: list[Block] = []
    index = 0
    while index < len(lines):
        if not lines[index].strip():
            index += 1
            continue
        block = _next_block(lines, index, after_item=_in_list(blocks))
        blocks.append(block)
        index = block.last_line
    return _lift_bold_lines(blocks, lines)


def _in_list(blocks: Sequence[Block]) -> bool:
    return bool(blocks) and blocks[-1].role is Role.LIST_ITEM


def _next_block(lines: Sequence[str], start: int, *, after_item: bool) -> Block:
    """Return the block that begins on the line at index *start*."""
    line = lines[start]

    def make(role: Role, end: int, text: str, level: int = 0) -> Block:
        return Block(role=role, first_line=start + 1, last_line=end, text=text, level=level)

    if match := FENCE.match(line):
        end = _fence_end(lines, start, match["fence"])
        return make(Role.CODE, end, "\n".join(lines[start + 1 : end - 1]))
    if match := _ATX.match(line):
        return make(Role.HEADING, start + 1, strip_marks(match["text"]), len(match["marks"]))
    if _RULE.match(line):
        return make(Role.RULE, start + 1, "")
    if match := _ITEM.match(line):
        end = _item_end(lines, start)
        more = [each.strip() for each in lines[start + 1 : end]]
        return Block(
            role=Role.LIST_ITEM,
            first_line=start + 1,
            last_line=end,
            text=strip_marks(" ".join([match["text"], *more]).strip()),
            marker=match["marker"],
            depth=len(match["indent"].expandtabs(4)) // 2,
        )
    if line.expandtabs(4).startswith("    ") and not after_item:
        end = _run_end(lines, start, lambda each: each.expandtabs(4).startswith("    "))
        return make(Role.CODE, end, "\n".join(lines[start:end]))
    if _QUOTE.match(line):
        end = _run_end(lines, start, lambda each: bool(each.strip()) and not _ATX.match(each))
        inner = (_QUOTE.sub(r"\g<text>", each).strip() for each in lines[start:end])
        return make(Role.QUOTE, end, strip_marks(" ".join(inner)))
    if _REFERENCE.match(line):
        return make(Role.REFERENCE, start + 1, "")
    if "|" in line and start + 1 < len(lines) and _TABLE_RULE.match(lines[start + 1]):
        end = _run_end(lines, start, lambda each: "|" in each)
        return make(Role.TABLE, end, "\n".join(lines[start:end]))
    return _paragraph(lines, start)


def _paragraph(lines: Sequence[str], start: int) -> Block:
    """Return the paragraph at *start*, or the heading it is when underlined."""
    end = start + 1
    while end < len(lines) and lines[end].strip():
        if end == start + 1 and (match := _SETEXT.match(lines[end])):
            return Block(
                role=Role.HEADING,
                first_line=start + 1,
                last_line=end + 1,
                text=strip_marks(lines[start].strip()),
                level=1 if match["mark"][0] == "=" else 2,
            )
        if any(p.match(lines[end]) for p in (FENCE, _ATX, _RULE, _QUOTE, _ITEM)):
            break
        end += 1
    text = strip_marks(" ".join(line.strip() for line in lines[start:end]))
    return Block(role=Role.PARAGRAPH, first_line=start + 1, last_line=end, text=text)


def _fence_end(lines: Sequence[str], start: int, fence: str) -> int:
    """Return one past the closing fence, or the end of the text without one."""
    for index in range(start + 1, len(lines)):
        closing = lines[index].strip()
        if closing.startswith(fence) and not closing.strip(fence[0]):
            return index + 1
    return len(lines)


def _item_end(lines: Sequence[str], start: int) -> int:
    """Return one past the list item at *start*: its further lines are indented."""
    end = start + 1
    while end < len(lines):
        if not lines[end].strip():
            following = end + 1
            if following >= len(lines) or not lines[following].startswith((" ", "\t")):
                break
            if _ITEM.match(lines[following]):
                break
        elif any(p.match(lines[end]) for p in (_ITEM, _ATX, _RULE)) or (
            FENCE.match(lines[end]) and not lines[end].startswith((" ", "\t"))
        ):
            break
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return end


def _run_end(lines: Sequence[str], start: int, belongs: object) -> int:
    """Return one past the run of lines from *start* for which *belongs* holds."""
    end = start + 1
    while end < len(lines) and belongs(lines[end]):  # type: ignore[operator]
        end += 1
    return end


def _lift_bold_lines(blocks: Sequence[Block], lines: Sequence[str]) -> tuple[Block, ...]:
    """Take lines that are bold as a whole for headings where there are no others."""
    headings = [block for block in blocks if block.role is Role.HEADING]
    if len(headings) > 1 or (headings and headings[0].level > 1):
        return tuple(blocks)
    return tuple(_lift(block, lines[block.first_line - 1]) for block in blocks)


def _lift(block: Block, line: str) -> Block:
    match = _BOLD_LINE.match(line)
    if block.role is not Role.PARAGRAPH or block.first_line != block.last_line or not match:
        return block
    return replace(block, role=Role.HEADING, text=strip_marks(match["text"]), level=2)
