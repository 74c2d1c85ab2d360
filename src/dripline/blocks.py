"""Lines of unmarked text → blocks with line ranges.

Headings, title and byline are not told apart here: they need the neighbours'
judgement, which is the work of `roles`.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from dripline.model import Block, Role


BULLET = re.compile(r"(?P<marker>[-*•·‣▪◦●○])[ \t\u00a0]+(?=\S)")
NUMBER = re.compile(r"(?P<marker>\(?(?:\d{1,3}|[a-zA-Z])[.)])[ \t\u00a0]+(?=\S)")

_BLANKS = re.compile(r"[ \t]+")

# Each opening mark with those that may close it, in the languages we know.
_QUOTES = {
    "“": "”",
    '"': '"',
    "‘": "’",
    "„": "“”",
    "«": "»",
    "»": "«",
    "「": "」",
    "『": "』",
    "‹": "›",
}

_CLOSERS = " ”’\"')]»"
_SENTENCE_ENDS = frozenset(".!?:…")
# A text is wrapped when two lines in five or more end where a margin would:
# thresholds measured on the structure corpus.
_WRAP_WIDTH = 100
_WRAP_SHARE = 0.40
# One line in fifty ends at the margin at least, and a line that ends beyond it
# is a web address and no more than a bullet and a word.
_MARGIN_SHARE = 50
_ADDRESS_WORDS = 3


def scan_text(lines: Sequence[str]) -> tuple[Block, ...]:
    """Return the blocks of unmarked text; every line with words is in one.

    Blocks are paragraphs, list items, spoken lines, quotes and tables; `roles`
    looks at the paragraphs again.
    """
    width = find_margin(lines)
    blocks: list[Block] = []
    index = 0
    while index < len(lines):
        if not lines[index].strip():
            index += 1
            continue
        end = _table_end(lines, index)
        if end > index + 1:
            text = "\n".join(line.strip(" ") for line in lines[index:end])
            blocks.append(_block(Role.TABLE, index, end, text))
        else:
            end = _paragraph_end(lines, index, width) if width else index + 1
            text = _BLANKS.sub(" ", " ".join(line.strip() for line in lines[index:end]))
            blocks.append(_line_block(text, index, end, _indent(lines[index])))
        index = end
    return tuple(nest_items(_settle_numbers(blocks)))


def find_margin(lines: Sequence[str]) -> int:
    """Return the column at which paragraphs were cut into lines; 0 when they were not.

    It is the greatest length that several lines come near: a web address may
    stand out beyond it, words may not.
    """
    lengths = sorted((_width(line) for line in lines if line.strip()), reverse=True)
    several = max(2, len(lengths) // _MARGIN_SHARE)
    margin = next(
        (one for one, last in zip(lengths, lengths[several - 1 :], strict=False) if last > one - 4),
        0,
    )
    if len(lengths) < 6 or margin > _WRAP_WIDTH:
        return 0
    if any(_width(line) > margin and len(line.split()) > _ADDRESS_WORDS for line in lines):
        return 0
    near = sum(length > 0.8 * margin for length in lengths)
    return margin if near >= _WRAP_SHARE * len(lengths) else 0


def _width(line: str) -> int:
    return len(line.rstrip())


def is_spoken(text: str) -> bool:
    """Tell whether *text* is wholly inside one pair of quotation marks."""
    body = text.strip().rstrip(".,;:!?…")
    if len(body) < 3 or body[0] not in _QUOTES:
        return False
    closing = _QUOTES[body[0]]
    if body[-1] not in closing:
        return False
    inner = body[1:-1]
    if body[0] in "\"'":
        return body[0] not in inner
    if body[0] == "‘":  # its closing mark is an apostrophe too
        return "‘" not in inner
    return body[0] not in inner and not any(mark in inner for mark in closing)


def _block(role: Role, start: int, end: int, text: str, **more: str | int) -> Block:
    return Block(role=role, first_line=start + 1, last_line=end, text=text, **more)  # type: ignore[arg-type]


def _line_block(text: str, start: int, end: int, indent: int) -> Block:
    """Make the block of one paragraph's *text*, a role for its first characters."""
    for pattern in (BULLET, NUMBER):
        if match := pattern.match(text):
            body = text[match.end() :]
            marker = match["marker"]
            return _block(Role.LIST_ITEM, start, end, body, marker=marker, depth=indent)
    if text.startswith(">"):
        return _block(Role.QUOTE, start, end, text.lstrip("> \t"))
    if is_spoken(text):
        return _block(Role.DIALOG, start, end, text)
    return _block(Role.PARAGRAPH, start, end, text)


def _indent(line: str) -> int:
    expanded = line.expandtabs(4)
    return len(expanded) - len(expanded.lstrip())


def _table_end(lines: Sequence[str], start: int) -> int:
    """Return one past the last of the tab-separated rows that begin at *start*."""
    # Tabs at the edges may be an indent; below a row they are cells that are empty.
    cells = lines[start].count("\t") if "\t" in lines[start].strip() else 0
    end = start
    while end < len(lines) and cells and lines[end].strip() and lines[end].count("\t") == cells:
        end += 1
    return end if end - start >= 2 else start


def _paragraph_end(lines: Sequence[str], start: int, width: int) -> int:
    """Return one past the last line of the paragraph at *start*, wrapped at *width*.

    A line break is the margin's only if the next line's first word would not
    have fitted before it. Where it would not, a sentence may have ended just
    there all the same: before a short line that is none, a heading begins.
    """

    def has_room(index: int) -> bool:
        return _width(lines[index]) + 1 + len(lines[index + 1].split()[0]) <= width

    end = start + 1
    while end < len(lines) and lines[end].strip():
        following = lines[end].strip()
        if BULLET.match(following) or NUMBER.match(following) or has_room(end - 1):
            break
        last = end + 1 == len(lines) or not lines[end + 1].strip() or has_room(end)
        ended = lines[end - 1].rstrip(_CLOSERS)[-1:] in _SENTENCE_ENDS
        if last and ended and following[0].isupper() and following[-1].isalnum():
            break
        end += 1
    return end


def _settle_numbers(blocks: list[Block]) -> list[Block]:
    """Turn numbered lines that stand alone back into paragraphs.

    "1." is a list item when another with such a mark stands right beside it;
    with text between the numbers it may be a heading.
    """
    return [
        _without_number(block) if _stands_alone(blocks, index) else block
        for index, block in enumerate(blocks)
    ]


def _stands_alone(blocks: Sequence[Block], index: int) -> bool:
    block = blocks[index]
    return (
        block.role is Role.LIST_ITEM
        and block.marker[-1] in ".)"
        and not any(
            0 <= other < len(blocks) and _are_neighbours(block, blocks[other])
            for other in (index - 1, index + 1)
        )
    )


def _without_number(block: Block) -> Block:
    text = f"{block.marker} {block.text}"
    return _block(Role.PARAGRAPH, block.first_line - 1, block.last_line, text)


def _are_neighbours(one: Block, other: Block) -> bool:
    return other.role is Role.LIST_ITEM and one.marker[-1] == other.marker[-1]


def nest_items(blocks: Iterable[Block]) -> Iterator[Block]:
    """Count the depth of list items in lists, where the scanners leave it in blanks.

    A list may begin at any indent: copied bullets often have one.
    """
    indents: list[int] = []
    for block in blocks:
        if block.role is not Role.LIST_ITEM:
            indents = []
            yield block
            continue
        while indents and indents[-1] > block.depth:
            indents.pop()
        if not indents or block.depth > indents[-1] + 1:
            indents.append(block.depth)
        yield replace(block, depth=len(indents) - 1)
