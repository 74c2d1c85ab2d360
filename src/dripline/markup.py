"""Lesson Markdown → clean HTML: Python-Markdown, our extensions, the allow-list.

Everything heavy is imported where it is used, so that commands which render
nothing start quickly.
"""

import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from dripline.blocks import BULLET, is_spoken
from dripline.errors import DriplineError


if TYPE_CHECKING:
    from lxml import etree
    from markdown import Markdown

# Some short texts keep a Markdown parser busy for minutes (36 kB of "<![CDATA["
# took 27 s); a lesson that needs this long is not prose.
TIME_LIMIT = 10
# libxml2 drops what is nested deeper than 256 without a word.
DEEPEST = 100

# The list is the reference for article HTML that is safe in mail: no scripts,
# no forms, no styles of its own; themes add the style afterwards.
_INLINE_TAGS = frozenset(
    ("strong", "b", "em", "i", "u", "s", "del", "ins", "sub", "sup", "small", "code", "a", "span")
)
_BLOCK_TAGS = frozenset(
    (
        *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "div", "img"),
        *("ul", "ol", "li", "dl", "dt", "dd", "figure", "figcaption"),
        *("table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption"),
    )
)
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
    "ol": {"start"},
}
_CLASSES = {"a": {"button"}, "blockquote": {"dialogue"}}
_DROPPED = {
    *("script", "style", "title", "noscript", "template", "textarea", "select"),
    *("svg", "math", "head"),
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_BAD_URL = re.compile(r"[\x00-\x20\x7f-\x9f\\]")

# What Python-Markdown would read as a mark in running text.
_SPECIAL = re.compile(r"[\\`*\[\]{]|(?<![^\W_])_|_(?![^\W_])")
_ENTITY = re.compile(r"&(?=#?\w+;)|<(?=[\w/!?])")
_LINE_START = re.compile(r"(?P<before>\d+)(?P<dot>[.)])(?=\s)|(?P<mark>[#>+=~|:-])")
_ADDRESS = re.compile(r"https?://[^\s<>\"“”]*[^\s<>\"“”.,;:!?)\]’']")


def escape_markdown(text: str) -> str:
    """Return *text* so that Markdown shows it as it is; web addresses become links."""
    pieces = []
    start = 0
    for match in _ADDRESS.finditer(text):
        pieces += [_escape(text[start : match.start()]), f"<{match.group()}>"]
        start = match.end()
    escaped = "".join([*pieces, _escape(text[start:])])
    if start_mark := _LINE_START.match(escaped):
        if start_mark["dot"]:
            return f"{start_mark['before']}\\{escaped[len(start_mark['before']) :]}"
        # Not every character can be escaped with a backslash.
        mark = start_mark["mark"]
        code = f"\\{mark}" if mark in "#>+-" else f"&#{ord(mark)};"
        return code + escaped[1:]
    return escaped


def _escape(text: str) -> str:
    special = _SPECIAL.sub(r"\\\g<0>", text)
    return _ENTITY.sub(lambda match: "&amp;" if match.group() == "&" else "&lt;", special)


def render_markdown(text: str) -> str:
    """Return the clean HTML of *text*.

    Raises DriplineError for text that is nested too deeply or takes too long.
    """
    converter = _converter()
    converter.reset()
    try:
        with _time_limit():
            html = converter.convert(text)
    except RecursionError:
        raise DriplineError(f"nested more than {DEEPEST} levels deep") from None
    cleaned: str = _cleaner().clean(html)
    return cleaned.strip()


def render_inline(text: str) -> str:
    """Return the clean HTML of one paragraph of Markdown, without its `<p>`."""
    html = render_markdown(text)
    if html.startswith("<p>") and html.endswith("</p>") and html.count("<p>") == 1:
        return html[3:-4]
    return html


def parse_fragment(html: str) -> "etree._Element":
    """Return the element tree of clean HTML, inside a `<div>`.

    Raises DriplineError when the parser gave up on a part of it.
    """
    from lxml import etree

    parser = etree.HTMLParser(no_network=True, huge_tree=True)
    root = etree.fromstring(f"<div>{html}</div>", parser)
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
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
        elif tag in _BLOCK_TAGS:
            self.pieces.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("style", "script", "title"):
            self._silent -= 1
        elif tag in _BLOCK_TAGS:
            self.pieces.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.pieces.append(data)


@contextmanager
def _time_limit() -> Iterator[None]:
    """Stop what takes longer than TIME_LIMIT, where the system can."""
    if not hasattr(signal, "setitimer") or (
        threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def stop(*_: object) -> None:
        raise DriplineError(f"the Markdown takes longer than {TIME_LIMIT} seconds to read")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, TIME_LIMIT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


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
                starts = BULLET.match(line) or line.startswith("1. ")
                if starts and before.strip() and not _continues_list(before):
                    out.append("")
                out.append(line)
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
def _cleaner() -> Any:
    import nh3

    def keep(_: str, attribute: str, value: str) -> str | None:
        if attribute in ("href", "src"):
            value = f"https:{value}" if value.startswith("//") else value
            return None if _BAD_URL.search(value) else value
        return value

    return nh3.Cleaner(
        tags=set(_INLINE_TAGS | _BLOCK_TAGS),
        clean_content_tags=_DROPPED,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        allowed_classes=_CLASSES,
        url_schemes=_SCHEMES,
        strip_comments=True,
        link_rel=None,
    )
