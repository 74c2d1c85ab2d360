"""Clean HTML → the markup mail programs need, element by element.

What an element becomes is the theme's business: `components.html` has a macro
for each row of the table below. An element without one stays as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from dripline.errors import DriplineError
from dripline.markup import parse_fragment
from dripline.model import Picture


if TYPE_CHECKING:
    from lxml import etree

MACROS: Mapping[tuple[str, str], str] = {
    ("blockquote", ""): "quote",
    ("blockquote", "dialogue"): "dialogue",
    ("pre", ""): "code",
    ("table", ""): "table",
    ("hr", ""): "divider",
    ("a", "button"): "button",
    ("img", ""): "image",
}
"""Which macro renders which element, by tag and class."""

_VOID = frozenset(("br", "hr", "img"))
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# Word draws a cell in stretches of about 1,790 pixels and may leave a gap
# where one ends; so many blocks, at most, stay well below.
_BLOCKS_PER_ROW = 12


class Body(NamedTuple):
    """A lesson's body, ready for the template."""

    title: str
    """The HTML inside the heading the lesson begins with; empty without one."""
    rows: tuple[str, ...]
    """Runs of blocks, each for a table row of its own."""
    pictures: tuple[str, ...]
    """The paths of the pictures shown, in order."""


def expand(
    html: str,
    macros: Any,
    *,
    pictures: Mapping[str, Picture],
    width: int,
    lift_title: bool,
) -> Body:
    """Return the body of a lesson from its clean *html*.

    *macros* is the theme's `components.html`; *width* the pixels a picture may
    take. With *lift_title* a heading at the very start becomes the email's
    own. The levels of the other headings follow it without a gap.
    """
    root = parse_fragment(html)
    writer = _Writer(macros, pictures, width)
    title = ""
    children = list(root)
    loose = (root.text or "").strip()
    if lift_title and not loose and children and children[0].tag in _HEADINGS:
        title = writer.inside(children[0])
        children = children[1:]
    _rank_headings(children)
    rows: list[list[str]] = []
    for child in children:
        if not rows or child.tag == "h2" or len(rows[-1]) >= _BLOCKS_PER_ROW:
            rows.append([])
        rows[-1].append(writer.write(child) + escape((child.tail or "").strip()))
    joined = tuple("\n".join(row) for row in rows)
    return Body(title=title, rows=joined, pictures=tuple(dict.fromkeys(writer.shown)))


def picture_path(picture: str) -> str:
    """Return where the picture of this path lies in a package."""
    return f"images/{picture.removeprefix('images/').replace('/', '-')}"


def _rank_headings(blocks: Sequence["etree._Element"]) -> None:
    """Rename headings so that the outermost is `h2` and no level is left out."""
    headings = [found for block in blocks for found in block.iter(*_HEADINGS)]
    levels = sorted({heading.tag for heading in headings})
    for heading in headings:
        heading.tag = _HEADINGS[min(levels.index(heading.tag) + 1, 5)]


class _Writer:
    """Writes elements as HTML, a theme's macro in the place of those that have one."""

    def __init__(self, macros: Any, pictures: Mapping[str, Picture], width: int) -> None:
        self._macros = macros
        self._pictures = pictures
        self._width = width
        self.shown: list[str] = []

    def inside(self, element: "etree._Element") -> str:
        """Return the HTML inside *element*."""
        parts = [escape(element.text or "", quote=False)]
        for child in element:
            parts += [self.write(child), escape(child.tail or "", quote=False)]
        return "".join(parts)

    def write(self, element: "etree._Element") -> str:
        """Return the HTML of *element*."""
        tag = str(element.tag)
        attributes: dict[str, Any] = dict(element.attrib)
        kind = attributes.pop("class", "")
        if tag == "th":
            attributes["scope"] = "col"
        content = self.inside(element)
        if name := MACROS.get((tag, kind)):
            if tag == "img":
                attributes = self._picture(attributes)
            return self._call(getattr(self._macros, name), content, attributes)
        text = "".join(f' {key}="{escape(str(value))}"' for key, value in attributes.items())
        return f"<{tag}{text}>" if tag in _VOID else f"<{tag}{text}>{content}</{tag}>"

    def _call(self, macro: Callable[..., str], content: str, attributes: Mapping[str, Any]) -> str:
        from markupsafe import Markup

        # Clean HTML from our own writer; what is not is escaped by the template.
        return str(macro(Markup(content), attributes)).strip()  # noqa: S704

    def _picture(self, attributes: dict[str, Any]) -> dict[str, Any]:
        """Return the attributes an image needs: where it will lie, and its size."""
        source = str(attributes.get("src", ""))
        filled = {"src": source, "alt": attributes.get("alt", ""), "width": 0, "height": 0}
        if "://" in source:
            return filled
        picture = self._pictures.get(source.removeprefix("./"))
        if picture is None:
            raise DriplineError(
                f"there is no picture '{source}'" if source else "a picture has no address",
                hint="Put the file into the course's folder, next to its lessons.",
            )
        self.shown.append(picture.path)
        width = min(picture.width, self._width)
        height = round(picture.height * width / picture.width)
        return filled | {"src": picture_path(picture.path), "width": width, "height": height}
