"""Lesson Markdown → clean HTML: Python-Markdown, our extensions, the allow-list.

Everything heavy is imported where it is used, so that commands which render
nothing start quickly.
"""

import re
from functools import cache
from html.entities import html5
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from dripline.blocks import BULLET, is_spoken
from dripline.errors import DriplineError


if TYPE_CHECKING:
    from lxml import etree
    from markdown import Markdown

# libxml2 drops what is nested deeper than 256 without a word.
DEEPEST = 100

# The list is the reference for article HTML that is safe in mail: no scripts,
# no forms, no styles of its own; themes add the style afterwards.
INLINE_TAGS = frozenset(
    ("strong", "b", "em", "i", "u", "s", "del", "ins", "sub", "sup", "small", "code", "a", "span")
)
BLOCK_TAGS = frozenset(
    (
        *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "div", "img"),
        *("ul", "ol", "li", "dl", "dt", "dd", "figure", "figcaption"),
        *("table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption"),
    )
)
# Their words stay and their tags go; what stands in two of them stays apart.
_LIKE_A_DIV = re.compile(
    r"<(/?)(?:address|article|aside|button|center|details|dialog|dir|fieldset|footer|form|header"
    r"|hgroup|label|legend|main|menu|nav|option|search|section|summary|video|audio|iframe|object)\b",
    re.IGNORECASE,
)
_BLOCK_EDGE = re.compile(rf"(?=</?(?:{'|'.join(sorted(BLOCK_TAGS))})\b)")
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
    "ol": {"start"},
}
_CLASSES = {"a": {"button"}, "blockquote": {"dialogue"}}
DROPPED = {
    *("script", "style", "title", "noscript", "template", "textarea", "select"),
    *("svg", "math", "head"),
}
# A browser, and so the cleaner, takes all that follows for its content.
_OPEN = re.compile(rf"<(?P<tag>{'|'.join(sorted(DROPPED))})\b", re.IGNORECASE)
SCHEMES = {"http", "https", "mailto", "tel"}
# What browsers skip in an address, so that it reads otherwise than it looks.
BAD_URL = re.compile(
    r"[\x00-\x20\x7f-\xa0\xad\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\\]"
)

# Goes before the text of a field, so that no mark in it begins a line.
_JOINER = "\u2060"

# What Python-Markdown would read as a mark in running text.
_SPECIAL = re.compile(r"[\\`*\[\]{]|(?<![^\W_])_|_(?![^\W_])")
# Browsers read a number, and names as old as &copy, without a semicolon too.
_OLD_NAMES = "|".join(sorted(name for name in html5 if not name.endswith(";")))
_ENTITY = re.compile(rf"&(?=#[\dxX]|\w+;|(?:{_OLD_NAMES}))|<(?=[\w/!?])")
_LINE_START = re.compile(r"(?P<before>\d+)(?P<dot>[.)])(?=\s)|(?P<mark>[#>+=~|:-])")
# An address ends at a brace: in a lesson, two of them would be a merge tag.
_ADDRESS = re.compile(r"https?://[^\s<>{}\"“”]*[^\s<>{}\"“”.,;:!?)\]’']")


def escape_markdown(text: str) -> str:
    """Return *text* so that Markdown shows it as it is; web addresses become links."""
    pieces = []
    start = 0
    for match in _ADDRESS.finditer(text):
        pieces += [escape_markdown_label(text[start : match.start()]), f"<{match.group()}>"]
        start = match.end()
    escaped = "".join([*pieces, escape_markdown_label(text[start:])])
    if start_mark := _LINE_START.match(escaped):
        if start_mark["dot"]:
            return f"{start_mark['before']}\\{escaped[len(start_mark['before']) :]}"
        # Not every character can be escaped with a backslash.
        mark = start_mark["mark"]
        code = f"\\{mark}" if mark in "#>+-" else f"&#{ord(mark)};"
        return code + escaped[1:]
    return escaped


def escape_markdown_label(text: str) -> str:
    """Return *text* so that Markdown shows it as it is in the words of a link."""
    special = _SPECIAL.sub(r"\\\g<0>", text)
    return _ENTITY.sub(lambda match: "&amp;" if match.group() == "&" else "&lt;", special)


def render_markdown(text: str) -> str:
    """Return the clean HTML of *text*.

    Raises DriplineError for text that is nested too deeply.
    """
    cleaned: str = _cleaner(INLINE_TAGS | BLOCK_TAGS).clean(_convert(text))
    return cleaned.strip()


def render_inline(text: str) -> str:
    """Return the clean HTML of a few words of Markdown, without any block in it.

    "1. " or "# " at its beginning are words here; a blank line parts its
    paragraphs. Raises DriplineError for a picture.
    """
    paragraphs = (" ".join(part.split()) for part in re.split(r"\n[ \t]*\n", text))
    lines = []
    for paragraph in filter(None, paragraphs):
        html = _convert(_JOINER + paragraph)
        if "<img" in html:
            raise DriplineError(
                "a picture can stand in the body, the promise or the exercise",
                hint="Move it there.",
            )
        line: str = _cleaner(INLINE_TAGS | {"br"}).clean(_BLOCK_EDGE.sub(" ", html))
        lines.append(line.replace(_JOINER, "", 1).strip())
    return "<br><br>".join(lines)


def _convert(text: str) -> str:
    """Return what Python-Markdown makes of *text*."""
    converter = _converter()
    converter.reset()
    html = None
    try:
        html = converter.convert(text)
    except RecursionError:
        raise DriplineError(f"nested more than {DEEPEST} levels deep") from None
    finally:
        if html is None:  # stopped in the middle, it would read the next text from there
            _converter.cache_clear()
    for match in _OPEN.finditer(html):
        if not re.compile(rf"</{match['tag']}\b", re.IGNORECASE).search(html, match.end()):
            raise DriplineError(
                f"the tag '<{match['tag']}>' has no end, and all after it would be lost",
                hint=f"Close it with </{match['tag']}>, or write &lt;{match['tag']}> to show it.",
            )
    return _LIKE_A_DIV.sub(r"<\1div", html)


def clean_tag(tag: str) -> str:
    """Return the one *tag* as the allow-list lets it through; empty when it does not."""
    tag = _LIKE_A_DIV.sub(r"<\1div", tag)
    name = re.split(r"[\s/>]", tag.lstrip("</"), maxsplit=1)[0].lower()
    if name not in INLINE_TAGS | BLOCK_TAGS:
        return ""
    if tag.startswith("</") or not (name in _ATTRIBUTES or name in _CLASSES):
        return f"</{name}>" if tag.startswith("</") else f"<{name}>"
    around = "<table><tr>" if name in ("td", "th") else ""  # a parser drops a cell without
    html = _cleaner(INLINE_TAGS | BLOCK_TAGS).clean(around + tag)
    found = re.search(rf'<({name}\b(?:[^"<>]|"[^"]*")*)>', html)
    # In one line, and nothing in it that Markdown could take for the end of it.
    inside = " ".join(found[1].split()) if found else name
    return f"<{inside.translate({60: '&lt;', 62: '&gt;', 96: '&#96;'})}>"


def parse_fragment(html: str) -> "etree._Element":
    """Return the element tree of clean HTML, inside a `<div>`.

    Raises DriplineError when the parser gave up on a part of it.
    """
    from lxml import etree

    parser = etree.HTMLParser(no_network=True, huge_tree=True)
    root = etree.fromstring(f"<div>{html}</div>", parser)
    cut_off = any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log)
    # Around what is within DEEPEST levels are at most two, and our <div>.
    if cut_off or root.xpath(f"boolean(//*[count(ancestor::*) > {DEEPEST + 2}])"):
        raise DriplineError(f"nested more than {DEEPEST} levels deep")
    return root.find(".//div")


def visible_text(html: str) -> str:
    """Return the words of *html* as a reader sees them, blocks apart."""
    reader = _TextReader()
    reader.feed(html)
    reader.close()
    return "".join(reader.pieces)


class _TextReader(HTMLParser):
    """Collects text; a space stands where a block or an image parts words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "script", "title"):
            self._silent += 1
        elif tag in BLOCK_TAGS:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script", "title"):
            self._silent -= 1
        elif tag in BLOCK_TAGS:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)


@cache
def _converter() -> "Markdown":
    """Return the one Markdown converter; made of objects, which load faster than names."""
    from markdown import Markdown
    from markdown.extensions.attr_list import AttrListExtension
    from markdown.extensions.fenced_code import FencedCodeExtension
    from markdown.extensions.sane_lists import SaneListExtension
    from markdown.extensions.tables import TableExtension
    from markdown.preprocessors import Preprocessor
    from markdown.treeprocessors import Treeprocessor

    class ListStart(Preprocessor):
        """Begin a list below a paragraph without a blank line, as people type it."""

        def run(self, lines: list[str]) -> list[str]:
            out: list[str] = []
            for line in lines:
                before = out[-1] if out else ""
                bullet = BULLET.match(line)
                starts = bullet or line.startswith("1. ")
                if starts and before.strip() and not _continues_list(before):
                    out.append("")
                # A word processor's bullet is one of Markdown's from here on.
                typed = bullet and bullet["marker"] not in "*-"
                out.append(f"- {line[bullet.end() :]}" if bullet and typed else line)
            return out

    class Dialogue(Treeprocessor):
        """Give quotes in which every line is spoken a class of their own."""

        def run(self, root: Element) -> None:
            for quote in root.iter("blockquote"):
                if len(quote) and all(
                    child.tag == "p" and is_spoken("".join(child.itertext())) for child in quote
                ):
                    quote.set("class", "dialogue")

    converter = Markdown(
        extensions=[
            TableExtension(use_align_attribute=True),
            FencedCodeExtension(),
            AttrListExtension(),
            SaneListExtension(),
        ],
        output_format="html",
    )
    # After fenced code (25) has put code aside, before anything reads lines.
    converter.preprocessors.register(ListStart(converter), "list_start", 22)
    # After inline patterns (20), so that the text of a line is known.
    converter.treeprocessors.register(Dialogue(converter), "dialogue", 15)
    return converter


def _continues_list(line: str) -> bool:
    """Tell whether *line* is in a list already, where no blank line is needed."""
    return bool(BULLET.match(line) or re.match(r"\s|\d{1,9}\.\s|>|\x02", line))


@cache
def _cleaner(tags: frozenset[str]) -> Any:
    import nh3

    def keep(_: str, attribute: str, value: str) -> str | None:
        if attribute in ("href", "src"):
            value = f"https:{value}" if value.startswith("//") else value
            return None if BAD_URL.search(value) else value
        return value

    return nh3.Cleaner(
        tags=set(tags),
        clean_content_tags=DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        allowed_classes=_CLASSES,
        url_schemes=SCHEMES,
        strip_comments=True,
        link_rel=None,
    )
