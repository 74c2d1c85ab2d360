"""Clean HTML → the markup mail programs need, element by element.

What an element becomes is the theme's business: `components.html` has a macro
for each row of the table below. An element without one stays as it is.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from dripline.errors import DriplineError
from dripline.markup import INLINE_TAGS, parse_fragment
from dripline.model import Course, Picture


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
_PICTURE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
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


class Dress(NamedTuple):
    """What the bodies of a course are dressed with."""

    macros: Any
    """The theme's `components.html`."""
    pictures: Mapping[str, Picture]
    width: int
    """The pixels that a picture may take."""


def expand(html: str, dress: Dress, *, lift_title: bool = False, first_level: int = 2) -> Body:
    """Return a lesson's body, or a field of it, from its clean *html*.

    With *lift_title* a heading at the very start becomes the email's own. The
    levels of the other headings follow *first_level* without a gap.
    """
    root = parse_fragment(html)
    writer = _Writer(dress)
    title = ""
    if lift_title and not (root.text or "").strip() and len(root) and root[0].tag in _HEADINGS:
        title = writer.inside(root[0])
        root.text = root[0].tail
        root.remove(root[0])
    _rank_headings(root, first_level)
    rows: list[list[str]] = []
    for tag, block in writer.blocks(root):
        if not rows or tag == "h2" or len(rows[-1]) >= _BLOCKS_PER_ROW:
            rows.append([])
        rows[-1].append(block)
    joined = tuple("\n".join(row) for row in rows)
    return Body(title=title, rows=joined, pictures=tuple(dict.fromkeys(writer.shown)))


def picture_path(picture: str) -> str:
    """Return where the picture of this path lies in a package.

    Its name is kept when every service can store it; else its letters are, with
    a digest of the path, so that no two pictures get one name.
    """
    name = picture.removeprefix("images/")
    if _PICTURE_NAME.fullmatch(name):
        return f"images/{name}"
    stem, _, suffix = name.rpartition(".")
    letters = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-") or "picture"
    return f"images/{letters}-{hashlib.sha256(picture.encode()).hexdigest()[:8]}.{suffix}"


def point_to_pictures(text: str, paths: Iterable[str]) -> str:
    """Return Markdown in which pictures are where a package has them."""
    for path in paths:
        target = rf"(?<=[(<\"'])(?:\./)?{re.escape(path)}(?=[)>\"'\s])"
        text = re.sub(target, picture_path(path), text)  # its name holds no backslash
    return text


def require_names(course: Course, paths: Iterable[str]) -> None:
    """Raise DriplineError when two of the pictures *paths* would have one name in a package."""
    names: dict[str, str] = {}
    for path in dict.fromkeys(paths):
        other = names.setdefault(picture_path(path).casefold(), path)
        if other != path:
            raise DriplineError(
                f"the pictures '{other}' and '{path}' would have the same name in a package",
                path=course.campaign.path,
                hint="Rename one of them.",
            )


def _rank_headings(root: "etree._Element", first_level: int) -> None:
    """Rename headings so that the outermost has *first_level* and none skips a level."""
    headings = list(root.iter(*_HEADINGS))
    levels = sorted({heading.tag for heading in headings})
    before = first_level - 1
    for heading in headings:
        before = min(levels.index(heading.tag) + first_level, before + 1, len(_HEADINGS))
        heading.tag = _HEADINGS[before - 1]


class _Writer:
    """Writes elements as HTML, a theme's macro in the place of those that have one."""

    def __init__(self, dress: Dress) -> None:
        self._dress = dress
        self.shown: list[str] = []

    def blocks(self, root: "etree._Element") -> Iterator[tuple[str, str]]:
        """Yield tag and HTML of each block in *root*; loose words become a paragraph."""
        loose = [escape(root.text or "", quote=False)]

        def flush() -> Iterator[tuple[str, str]]:
            if text := "".join(loose).strip():
                yield "p", f"<p>{text}</p>"
            loose.clear()

        for child in root:
            if child.tag in INLINE_TAGS or child.tag in ("br", "img"):
                loose.append(self.write(child))
            else:
                yield from flush()
                if block := self.write(child):
                    yield str(child.tag), block
            loose.append(escape(child.tail or "", quote=False))
        yield from flush()

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
        if not content.strip() and (tag == "p" or tag in _HEADINGS):
            return ""  # a screen reader would stop at nothing
        if tag == "a":
            if not (address := str(attributes.get("href", ""))):
                return content  # the address was none to follow
            content = content if content.strip() else escape(address)
        if tag == "img":
            attributes = self._picture(attributes)
        macro = getattr(self._dress.macros, MACROS.get((tag, kind), ""), None)
        if macro is not None:
            return self._call(macro, content, attributes)
        written = {key: value for key, value in attributes.items() if value != 0}
        text = "".join(f' {key}="{escape(str(value))}"' for key, value in written.items())
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
        picture = self._dress.pictures.get(source.removeprefix("./"))
        if picture is None:
            raise DriplineError(
                f"there is no picture '{source}'" if source else "a picture has no address",
                hint="Put the file into the course's folder, next to its lessons.",
            )
        self.shown.append(picture.path)
        width = min(picture.width, self._dress.width)
        height = round(picture.height * width / picture.width)
        return filled | {"src": picture_path(picture.path), "width": width, "height": height}
