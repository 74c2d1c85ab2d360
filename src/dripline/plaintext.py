"""The text part: clean HTML of a lesson → text for a person to read."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dripline.markup import parse_fragment


if TYPE_CHECKING:
    from lxml import etree

WIDTH = 72
# Stands for a `<br>` until white space is squeezed.
_BREAK = "\u2028"
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
_APART = _BLOCKS | {"td", "th", "caption"}
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


def underline(text: str, mark: str = "-", width: int = WIDTH) -> str:
    """Return *text*, wrapped, with a line of *mark* below."""
    lines = wrap(text, width)
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
    blocks = (
        wrap(text, width) if child is None else _block(child, width)
        for child, text in _parts(element)
    )
    return [block for block in blocks if block]


def _parts(element: "etree._Element") -> Iterator[tuple["etree._Element | None", str]]:
    """Yield the blocks in *element* and, with None, the text that stands loose between them."""
    loose = [element.text or ""]
    for child in element:
        if child.tag in _BLOCKS:
            yield None, _squeeze("".join(loose))
            yield child, ""
            loose = []
        else:
            loose.append(_inline(child))
        loose.append(child.tail or "")
    yield None, _squeeze("".join(loose))


def _block(element: "etree._Element", width: int) -> str:
    match element.tag:
        case "h1" | "h2" | "h3":
            return underline(_squeeze(_inside(element)), _UNDERLINES[element.tag], width)
        case "h4" | "h5" | "h6" | "p" | "dt" | "figcaption":
            return wrap(_squeeze(_inside(element)), width)
        case "ul" | "ol":
            return _list(element, width)
        case "dd":
            return textwrap.indent("\n\n".join(_blocks(element, width - 4)), "    ")
        case "blockquote" if element.get("class") == "dialogue":
            return textwrap.indent("\n".join(_blocks(element, width - 4)), "    ")
        case "blockquote":
            inner = "\n\n".join(_blocks(element, width - 2))
            return textwrap.indent(inner, "> ", lambda _: True).replace("> \n", ">\n")
        case "pre":
            return textwrap.indent(_typed(element).rstrip("\n"), "    ")
        case "table":
            return _table(element, width)
        case "hr":
            return "* * *"
        case _:
            return "\n\n".join(_blocks(element, width))


def _list(element: "etree._Element", width: int) -> str:
    """Return a list, its items marked; an item of several blocks keeps them apart."""
    start = element.get("start", "")
    number = int(start) if re.fullmatch(r"-?\d{1,9}", start) else 1
    entries: list[str] = []
    for child, text in _parts(element):
        if child is None:
            entries.append(wrap(text, width))
        elif child.tag == "li":
            mark = f"{number}. " if element.tag == "ol" else "* "
            number += 1
            entries.append(_item(child, mark, width))
        else:  # a list right inside a list
            entries.append(textwrap.indent(_block(child, width - 2), "  "))
    filled = [entry for entry in entries if entry]
    return ("\n\n" if any("\n\n" in entry for entry in filled) else "\n").join(filled)


def _item(element: "etree._Element", mark: str, width: int) -> str:
    blocks = _blocks(element, width - len(mark))
    gap = "\n\n" if any(part.tag == "p" for part in element) else "\n"
    body = textwrap.indent(gap.join(blocks), " " * len(mark))
    return (mark + body[len(mark) :]).rstrip()


def _table(element: "etree._Element", width: int) -> str:
    """Return a table: in aligned columns, or row by row when it is wider than *width*."""
    rows = [
        [(_squeeze(_inside(cell)).replace("\n", " "), cell.tag, cell.get("align")) for cell in row]
        for row in element.xpath("./tr | ./thead/tr | ./tbody/tr | ./tfoot/tr")
    ]
    count = max((len(row) for row in rows), default=0)
    widths = [
        max((len(row[place][0]) for row in rows if place < len(row)), default=0)
        for place in range(count)
    ]
    caption = [wrap(_squeeze(_inside(one)), width) for one in element.iterchildren("caption")]
    if sum(widths) + 2 * (count - 1) > width:
        table = _stacked([[text for text, _, _ in row] for row in rows], _headings(rows), width)
        return "\n\n".join([*caption, table])
    lines = []
    for row in rows:
        cells = [
            text.rjust(room) if align == "right" else text.ljust(room)
            for (text, _, align), room in zip(row, widths, strict=False)
        ]
        lines.append("  ".join(cells).rstrip())
        if _is_heading(row):
            lines.append("  ".join("-" * room for room in widths))
    return "\n\n".join([*caption, "\n".join(lines)])


def _is_heading(row: Sequence[tuple[str, str, str | None]]) -> bool:
    return bool(row) and all(tag == "th" for _, tag, _ in row)


def _headings(rows: Sequence[Sequence[tuple[str, str, str | None]]]) -> Sequence[str]:
    """Return the words of a table's first row when it is one of headings."""
    return [text for text, _, _ in rows[0]] if rows and _is_heading(rows[0]) else []


def _stacked(rows: Sequence[Sequence[str]], headings: Sequence[str], width: int) -> str:
    """Return the *rows* of a wide table, each cell on lines of its own below its heading."""
    blocks = [underline(" | ".join(headings), width=width)] if headings else []
    for row in rows[bool(headings) :]:
        labels = [f"{heading}: " if heading else "" for heading in headings]
        lines = [wrap(row[0], width)] if row else []
        for place, text in enumerate(row[1:], 1):
            label = labels[place] if place < len(labels) else ""
            if text:
                lines.append(wrap(label + text, width, first="  ", rest="    "))
        blocks.append("\n".join(line for line in lines if line))
    return "\n\n".join(blocks)


def _typed(element: "etree._Element") -> str:
    """Return the text inside *element* with its spaces and line ends, as in code."""
    parts = [element.text or ""]
    for child in element:
        end = "\n" if child.tag in _APART else ""
        inner = "\n" if child.tag == "br" else _typed(child)
        parts += [end, inner, end, child.tail or ""]
    return "".join(parts)


def _inside(element: "etree._Element") -> str:
    """Return the text inside *element*, links and images written out."""
    parts = [element.text or ""]
    for child in element:
        parts += [_inline(child), child.tail or ""]
    return "".join(parts)


def _inline(element: "etree._Element") -> str:
    match element.tag:
        case "br":
            return _BREAK
        case "img":
            return f"[{element.get('alt')}]" if element.get("alt") else ""
        case "a":
            return _link(element)
        case tag if tag in _APART:  # in a cell or a heading: words apart, no more
            return f" {_inside(element)} "
        case _:
            return _inside(element)


def _link(element: "etree._Element") -> str:
    label, address = _squeeze(_inside(element)), element.get("href") or ""
    if element.get("class") == "button":
        return f"→ {label}: {address}"
    if not address or address in (label, f"mailto:{label}"):
        return label
    return f"{label} <{address.removeprefix('mailto:')}>".lstrip()


def _squeeze(text: str) -> str:
    """Return *text* with runs of white space as one space, line breaks of `<br>` kept."""
    lines = (re.sub(r"[ \t\r\n\f\v]+", " ", line).strip() for line in text.split(_BREAK))
    return "\n".join(lines).strip()
