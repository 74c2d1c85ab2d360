"""Lines of Markdown → blocks with line ranges."""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

from dripline.blocks import is_spoken, nest_items
from dripline.model import Block, Role


# Backticks further on in the line make it a paragraph that begins with code.
FENCE = re.compile(r" {0,3}(?P<fence>`{3,}(?!.*`)|~{3,})")
_ATX = re.compile(r" {0,3}(?P<marks>#{1,6})[ \t]+(?P<text>.*)")
_SETEXT = re.compile(r" {0,3}(?P<mark>=+|-+)[ \t]*$")
_RULE = re.compile(r" {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$")
_ITEM = re.compile(r"(?P<indent>[ \t]*)(?P<marker>[-*+]|\d{1,9}[.)])[ \t]+(?P<text>\S.*)")
_QUOTE = re.compile(r" {0,3}> ?(?P<text>.*)")
_TABLE_RULE = re.compile(r"(?=.*\|)\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?$")
_FOOTNOTE = re.compile(r" {0,3}\[\^[^\[\]\s]+\]:")
_TITLE = r"""[ \t]+(?:"[^"]*"|'[^']*'|\([^)]*\))"""
_DEFINITION = re.compile(
    rf" {{0,3}}\[(?!\^)[^\[\]]+\]:[ \t]+(?:<[^<>]*>|[^\s<]\S*)(?:{_TITLE})?[ \t]*$"
)
_DEFINITION_TITLE = re.compile(rf"{_TITLE}[ \t]*$")
# What these begin ends at a mark of its own, whatever lines stand between.
_RAW = re.compile(
    r" {0,3}<(?:(?P<tag>pre|script|style|textarea)\b|(?P<comment>!--))", re.IGNORECASE
)
_BOLD_LINE = re.compile(r"\s*(\*\*|__)(?P<text>(?:(?!\1).)+)\1\s*$")
# The lengths keep a text full of brackets that nobody closed from taking hours.
_LINK = re.compile(
    r"!?\[(?P<label>[^\]]{0,999})\](?:\([^)]{0,2000}\)|\[[^\]]{0,999}\])?(?:\{[^}]{0,200}\})?"
)
_BLANKS = re.compile(r"[ \t]+")
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>")
_MARKS = re.compile(
    r"(?<!\\)(?:\*{1,3}(?=\S)|(?<=\S)\*{1,3}|(?<!\w)_{1,3}(?=\w)|(?<=\w)_{1,3}(?!\w)|`+|~~)"
)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]<>()#+.!|-])")
_ITEM_ENDS = (_ITEM, _ATX, _RULE, _FOOTNOTE, _DEFINITION)


def looks_marked(lines: Sequence[str]) -> bool:
    """Tell whether a text without a telling name has its structure in Markdown.

    Links alone are none: they are copied along with unmarked text. One line
    with a hash in front may be about a number, unless it is the first.
    """
    filled = [line for line in lines if line.strip()]
    hashes = sum(_ATX.match(line) is not None for line in filled)
    headed = hashes > 1 or (hashes == 1 and _ATX.match(filled[0]) is not None)
    underlined = any(
        _SETEXT.match(here) and len(here.strip()) > 2 and before.rstrip()[-1:] not in ("", ".")
        for before, here in pairwise(lines)
    )
    bold = sum(_BOLD_LINE.match(line) is not None for line in filled)
    return headed or underlined or bold > 1 or any(map(FENCE.match, filled))


def strip_marks(text: str) -> str:
    """Return a line of Markdown as the reader sees it, without its marks."""
    seen = _MARKS.sub("", _TAG.sub("", _LINK.sub(lambda match: match["label"], text)))
    return _BLANKS.sub(" ", html.unescape(_ESCAPE.sub(r"\1", seen))).strip()


def heading_source(line: str) -> str:
    """Return a line of Markdown without the marks that make it a heading."""
    match = _ATX.match(line)
    text = (match["text"] if match else line).strip()
    head = text.rstrip("#")
    return head.strip() if match and head[-1:] in ("", " ", "\t") else text


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
    return _lift_bold_lines(tuple(nest_items(blocks)), lines)


def _in_list(blocks: Sequence[Block]) -> bool:
    return bool(blocks) and blocks[-1].role is Role.LIST_ITEM


def _next_block(lines: Sequence[str], start: int, *, after_item: bool) -> Block:
    """Return the block that begins on the line at index *start*."""
    line = lines[start]

    def make(role: Role, end: int, text: str, level: int = 0) -> Block:
        return Block(role=role, first_line=start + 1, last_line=end, text=text, level=level)

    if span := _code_span(lines, start, after_item=after_item):
        return make(Role.CODE, span[1], "\n".join(lines[slice(*span)]))
    if match := _ATX.match(line):
        text = strip_marks(heading_source(line))
        return make(Role.HEADING, start + 1, text, len(match["marks"]))
    if _RULE.match(line):
        return make(Role.RULE, start + 1, "")
    if match := _ITEM.match(line):
        end = _item_end(lines, start)
        words = " ".join([match["text"], *lines[start + 1 : end]]).split()
        return Block(
            role=Role.LIST_ITEM,
            first_line=start + 1,
            last_line=end,
            text=strip_marks(" ".join(words)),
            marker=match["marker"],
            depth=len(match["indent"].expandtabs(4)),
        )
    if _QUOTE.match(line):
        end = _run_end(lines, start, lambda each: bool(each.strip()) and not _ATX.match(each))
        inner = (_QUOTE.sub(r"\g<text>", each).strip() for each in lines[start:end])
        return make(Role.QUOTE, end, strip_marks(" ".join(inner)))
    if _FOOTNOTE.match(line):
        return make(Role.REFERENCE, _item_end(lines, start), "")
    if _DEFINITION.match(line):
        goes_on = start + 1 < len(lines) and _DEFINITION_TITLE.match(lines[start + 1])
        return make(Role.REFERENCE, start + 1 + bool(goes_on), "")
    if "|" in line and start + 1 < len(lines) and _TABLE_RULE.match(lines[start + 1].strip()):
        end = _run_end(lines, start, lambda each: "|" in each)
        return make(Role.TABLE, end, "\n".join(lines[start:end]))
    return _paragraph(lines, start)


def _code_span(lines: Sequence[str], start: int, *, after_item: bool) -> tuple[int, int] | None:
    """Return where the text of the code at *start* begins and where the code ends."""
    line = lines[start]
    if match := FENCE.match(line):
        return start + 1, _fence_end(lines, start, match["fence"])
    if match := _RAW.match(line):
        mark = "-->" if match["comment"] else f"</{match['tag'].lower()}>"
        return start, _raw_end(lines, start, mark)
    if _is_indented(line) and not after_item:
        return start, _run_end(lines, start, _is_indented)
    return None


def _is_indented(line: str) -> bool:
    return line.expandtabs(4).startswith("    ")


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
    role = Role.DIALOG if is_spoken(text) else Role.PARAGRAPH
    return Block(role=role, first_line=start + 1, last_line=end, text=text)


def _fence_end(lines: Sequence[str], start: int, fence: str) -> int:
    """Return one past the closing fence, or the last line with anything on it."""
    for index in range(start + 1, len(lines)):
        if _closes(lines[index], fence):
            return index + 1
    return _last_filled(lines)


def _closes(line: str, fence: str) -> bool:
    closing = line.strip()
    return closing.startswith(fence) and not closing.strip(fence[0])


def _raw_end(lines: Sequence[str], start: int, mark: str) -> int:
    """Return one past the line with the *mark* that ends what begins at *start*."""
    for index in range(start, len(lines)):
        if mark in lines[index].casefold():
            return index + 1
    return _last_filled(lines)


def _last_filled(lines: Sequence[str]) -> int:
    """Return one past the last line with anything on it."""
    return max(index for index, line in enumerate(lines, 1) if line.strip())


def _item_end(lines: Sequence[str], start: int) -> int:
    """Return one past the list item or footnote at *start*: its further lines are indented."""
    end = start + 1
    item = _ITEM.match(lines[start])
    fence = _opened(item["text"] if item else "")
    while end < len(lines):
        line = lines[end]
        indented = line.startswith((" ", "\t"))
        if fence and (indented or not line.strip()):
            fence = "" if _closes(line, fence) else fence
        elif not line.strip():
            following = end + 1
            if following >= len(lines) or not lines[following].startswith((" ", "\t")):
                break
            if _ITEM.match(lines[following]):
                break
        elif any(p.match(line) for p in _ITEM_ENDS) or (FENCE.match(line) and not indented):
            break
        else:
            fence = _opened(line.lstrip())
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return end


def _opened(text: str) -> str:
    """Return the fence that *text* begins with, if any."""
    match = FENCE.match(text)
    return match["fence"] if match else ""


def _run_end(lines: Sequence[str], start: int, belongs: Callable[[str], object]) -> int:
    """Return one past the run of lines from *start* for which *belongs* holds."""
    end = start + 1
    while end < len(lines) and belongs(lines[end]):
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
