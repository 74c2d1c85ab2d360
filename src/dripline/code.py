"""Where the code in a Markdown text is, which nobody reads as prose."""

import re
from collections.abc import Callable, Iterator


_CODE = re.compile(
    r"^ {0,3}(?P<fence>`{3,}|~{3,})[^\n`]*\n(?:.*\n)?? {0,3}(?P=fence)[ \t]*$"
    r"|(?<!\\)(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)"
    r"|^(?P<block>(?:(?: {4}|\t)[^\n]*(?:\n|\Z))+)",
    re.MULTILINE | re.DOTALL,
)
_LIST_ITEM = re.compile(r"[*+-][ \t]|\d+\.[ \t]")


def find_code(text: str) -> Iterator[re.Match[str]]:
    """Yield each stretch of code in the Markdown *text*: fences, code spans, indented lines."""
    start = 0
    while match := _CODE.search(text, start):
        if match["block"] is None or _is_code(match["block"], text, match.start()):
            yield match
            start = match.end()
        else:
            start = match.start() + 1


def map_prose(text: str, prose: Callable[[int, int], str], code: Callable[[str], str] = str) -> str:
    """Return *text* with what *prose* makes of each stretch outside code.

    *prose* gets where a stretch begins and ends, for it may look at what is
    before; *code* gets the code itself, which stays as it is without it.
    """
    pieces: list[str] = []
    start = 0
    for match in find_code(text):
        pieces += [prose(start, match.start()), code(match.group())]
        start = match.end()
    return "".join([*pieces, prose(start, len(text))])


def _is_code(block: str, text: str, start: int) -> bool:
    """Tell whether the indented lines *block*, which begin at *start* of *text*, are code.

    A blank line has to go before them. Below a list item they go on with the
    item, so that only those indented twice are code.
    """
    before = _lines_back(text, start)
    if next(before, "").strip():
        return False
    deep = all(line.startswith((" " * 8, "\t\t", "    \t")) for line in block.rstrip().split("\n"))
    flush = (line for line in before if line.strip() and line[0] not in " \t")
    return deep or not _LIST_ITEM.match(next(flush, ""))


def _lines_back(text: str, end: int) -> Iterator[str]:
    """Yield the lines of *text* before *end*, the nearest first."""
    while end > 0:
        start = text.rfind("\n", 0, end - 1) + 1
        yield text[start : end - 1]
        end = start
