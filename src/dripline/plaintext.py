"""The text part: clean HTML of a lesson → text for a person to read."""

import re
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dripline.markup import parse_fragment


if TYPE_CHECKING:
    from lxml import etree

WIDTH = 72
_BLOCKS = frozenset(
    [
        "p",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "dl",
        "blockquote",
        "pre",
        "table",
        "hr",
        "div",
        "figure",
        "figcaption",
        "dt",
        "dd",
        "li",
    ]
)
_UNDERLINES = {"h1": "=", "h2": "-", "h3": "-"}


def format_text(html: str, width: int = WIDTH) -> str:
    """Return the text of clean *html*, wrapped at *width* columns.

    Headings are underlined, lists and quotes nested, links written out as
    `label <url>`, a button as `→ label: url`.
    """
    return "\n\n".join(_blocks(parse_fragment(html), width))


def format_line(html: str) -> str:
    """Return the text of clean inline *html* on one line."""
    return " ".join(format_text(html, width=10_000).split())


def underline(text: str, mark: str = "-") -> str:
    """Return *text*, wrapped, with a line of *mark* below."""
    lines = wrap(text)
    longest = max(map(len, lines.split("\n")))
    return f"{lines}\n{mark * longest}"


def wrap(text: str, width: int = WIDTH, first: str = "", rest: str = "") -> str:
    """Return *text* wrapped at *width*, after *first* on the first line and *rest* on others.

    Words are never cut: a web address stays whole.
    """
    return "\n".join(
        wrapped
        for line in text.split("\n")
        for wrapped in textwrap.wrap(
            line,
            width,
            initial_indent=first,
            subsequent_indent=rest,
            break_long_words=False,
            break_on_hyphens=False,
        )
        or [first.rstrip()]
    )


def items(lines: Sequence[str]) -> str:
    """Return *lines* as a list."""
    return "\n".join(wrap(line, first="* ", rest="  ") for line in lines)


def _blocks(element: "etree._Element", width: int) -> list[str]:
    """Return the blocks inside *element*; loose text between them is a paragraph."""
    blocks: list[str] = []
    loose = [element.text or ""]

    def flush() -> None:
        text = _squeeze("".join(loose))
        if text:
            blocks.append(wrap(text, width))
        loose.clear()

    for child in element:
        if child.tag in _BLOCKS:
            flush()
            if text := _block(child, width):
                blocks.append(text)
        else:
            loose.append(_inline(child))
        loose.append(child.tail or "")
    flush()
    return blocks


def _block(element: "etree._Element", width: int) -> str:
    match element.tag:
        case "h1" | "h2" | "h3":
            return underline(_squeeze(_inside(element)), _UNDERLINES[element.tag])
        case "h4" | "h5" | "h6" | "p" | "dt" | "figcaption":
            return wrap(_squeeze(_inside(element)), width)
        case "ul" | "ol":
            return _list(element, width)
        case "dd":
            return textwrap.indent("\n\n".join(_blocks(element, width - 4)), "    ")
        case "blockquote" if element.get("class") == "dialogue":
            lines = (_squeeze(_inside(child)) for child in element)
            return "\n".join(wrap(line, width, first="    ", rest="    ") for line in lines)
        case "blockquote":
            inner = "\n\n".join(_blocks(element, width - 2))
            return textwrap.indent(inner, "> ", lambda _: True).replace("> \n", ">\n")
        case "pre":
            return textwrap.indent("".join(element.itertext()).rstrip("\n"), "    ")
        case "table":
            return _table(element)
        case "hr":
            return "* * *"
        case _:
            return "\n\n".join(_blocks(element, width))


def _list(element: "etree._Element", width: int) -> str:
    """Return a list, its items marked; an item of several blocks keeps them apart."""
    number = int(element.get("start", "1"))
    entries = []
    for child in element:
        mark = f"{number}. " if element.tag == "ol" else "* "
        number += 1
        blocks = _blocks(child, width - len(mark))
        gap = "\n\n" if any(part.tag == "p" for part in child) else "\n"
        body = textwrap.indent(gap.join(blocks), " " * len(mark))
        entries.append(mark + body[len(mark) :])
    return ("\n\n" if any("\n\n" in entry for entry in entries) else "\n").join(entries)


def _table(element: "etree._Element") -> str:
    """Return a table with its columns aligned, a line below the header cells."""
    rows = [
        [(_squeeze(_inside(cell)), cell.tag == "th", cell.get("align")) for cell in row]
        for row in element.iter("tr")
    ]
    count = max((len(row) for row in rows), default=0)
    widths = [
        max((len(row[place][0]) for row in rows if place < len(row)), default=0)
        for place in range(count)
    ]
    lines = []
    for row in rows:
        cells = [
            text.rjust(width) if align == "right" else text.ljust(width)
            for (text, _, align), width in zip(row, widths, strict=False)
        ]
        lines.append("  ".join(cells).rstrip())
        if row and all(is_header for _, is_header, _ in row):
            lines.append("  ".join("-" * width for width in widths))
    return "\n".join(lines)


def _inside(element: "etree._Element") -> str:
    """Return the text inside *element*, links and images written out."""
    parts = [element.text or ""]
    for child in element:
        parts += [_inline(child), child.tail or ""]
    return "".join(parts)


def _inline(element: "etree._Element") -> str:
    match element.tag:
        case "br":
            return "\n"
        case "img":
            return f"[{element.get('alt')}]" if element.get("alt") else ""
        case "a":
            return _link(element)
        case _:
            return _inside(element)


def _link(element: "etree._Element") -> str:
    label, address = _squeeze(_inside(element)), element.get("href") or ""
    if element.get("class") == "button":
        return f"→ {label}: {address}"
    if not address or address in (label, f"mailto:{label}"):
        return label
    return f"{label} <{address.removeprefix('mailto:')}>"


def _squeeze(text: str) -> str:
    """Return *text* with runs of white space as one space, line breaks of `<br>` kept."""
    lines = (re.sub(r"[ \t\r\f\v]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(lines).strip()
