"""CSS into `style` attributes: the one place where Premailer works.

A theme's stylesheet is compiled once, by Premailer and cssutils, to plain
data; an email then needs neither. `apply_styles` gives what plain Premailer
gives for the same stylesheet, byte for byte (a test holds them together).
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

from dripline.errors import DriplineError
from dripline.model import LESSON_BEGIN, LESSON_END


_Rule = tuple[str, str, tuple[tuple[str, str], ...]]

# Premailer's settings, each for a fault that was measured: it strips
# !important, fetches stylesheets, and writes align, valign, width and height
# where they break Word.
SETTINGS: Mapping[str, Any] = {
    "strip_important": False,
    "keep_style_tags": False,
    "remove_classes": False,
    "disable_validation": True,
    "allow_network": False,
    "disable_link_rewrites": True,
    "disable_basic_attributes": ["align", "valign", "width", "height"],
    # Every image is centred or full width here; the search costs a parse of each.
    "align_floating_images": False,
}

# libxml2 gives a document without one that of HTML 4, and mail programs its quirks.
_DOCTYPE = re.compile(r"\A<!DOCTYPE[^>]*>", re.IGNORECASE)
_VARIABLE = re.compile(r"var\(--([a-z-]+)\)")
_FORBIDDEN = re.compile(r"@[a-z-]+|expression\(|url\(|!important|</", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# What Outlook reads, and where the lesson begins and ends.
_KEPT_COMMENTS = ("<!--[if", "<!--<![endif", LESSON_BEGIN, LESSON_END)
# Premailer gives bgcolor to whatever has a background; these may carry it.
_BGCOLOR = re.compile(r"(<(?!body\b|table\b|tr\b|td\b|th\b)\w+\b[^<>]*?) bgcolor=\"[^\"]*\"")
# Characters that no editor shows; raw, they made mails arrive empty
# (resend/react-email#1683), so they are written as numbers.
_INVISIBLE = re.compile("[\u00a0\u00ad\u034f\u2003\u2007\u200a-\u200f\ufeff]")
_KEPT_AS_IS = re.compile(r"(<style\b.*?</style>|<!--.*?-->)", re.DOTALL)
# In characters: four bytes each and a tag on top stay below 998 bytes.
_LINE_LENGTH = 200
# In bytes; for what has neither a block nor a space in it.
_LONGEST_LINE = 900
_WORD = re.compile(r"[A-Za-z0-9]+|&#?\w+;|.", re.DOTALL)
_TOKEN = re.compile(r"<!--.*?-->|<style\b.*?</style>|<[^>]*>|[^<]+", re.DOTALL)
_BLOCK_TAG = re.compile(
    r"</?(?:table|tr|td|th|div|ul|ol|li|p|h[1-6]|style|meta|head|body|blockquote)\b|<!--\[if"
)


class Stylesheet(tuple[_Rule, ...]):
    """Rules in the order they apply: (selector, XPath, ((property, value), …))."""

    __slots__ = ()


class _Deferred(ModuleType):
    """Stands for a module until something in it is asked for."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


@contextmanager
def _deferred(*names: str) -> Iterator[None]:
    """Let Premailer be imported without the modules *names*, which it may never need.

    cssutils and requests are half of the start-up of a build, and a compiled
    stylesheet needs neither. `importlib.util.LazyLoader` does not work for them.
    """
    absent = [name for name in names if name not in sys.modules]
    sys.modules.update({name: _Deferred(name) for name in absent})
    try:
        yield
    finally:
        for name in absent:
            if isinstance(sys.modules.get(name), _Deferred):
                del sys.modules[name]


def compile_stylesheet(css: str, path: str) -> Stylesheet:
    """Return the rules of *css* as Premailer reads them, most specific last.

    Raises DriplineError for what would be lost on the way: rules that cannot
    stand in an element, `!important`, or CSS that cannot be read.
    """
    import logging

    import cssutils
    from cssselect import HTMLTranslator

    # With as many characters in its place, so that lines stay where they are.
    bare = _CSS_COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment.group()), css)
    if match := _FORBIDDEN.search(bare):
        line = css.count("\n", 0, match.start()) + 1
        raise DriplineError(f"'{match.group()}' may not be in a stylesheet", path=path, line=line)
    problems: list[str] = []

    class Collector(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            problems.append(record.getMessage())

    handler = Collector(level=logging.ERROR)
    log = cssutils.log
    kept = (log.getEffectiveLevel(), cssutils.ser.prefs.minimizeColorHash)
    cssutils.ser.prefs.minimizeColorHash = False
    log.addHandler(handler)
    log.setLevel(logging.ERROR)
    try:
        premailer = _premailer().Premailer("", **SETTINGS)
        rules, leftover = premailer._parse_style_rules(css, 0)  # noqa: SLF001
        pairs = _premailer().csstext_to_pairs
        compiled = Stylesheet(
            (
                selector,
                HTMLTranslator().css_to_xpath(selector),
                tuple(pairs(declarations, validate=False)),
            )
            for _, selector, declarations in sorted(rules)
        )
    finally:
        log.removeHandler(handler)
        log.setLevel(kept[0])
        cssutils.ser.prefs.minimizeColorHash = kept[1]
    if leftover:
        problems.append("a rule for a state or a medium cannot stand in an element")
    if problems:
        raise DriplineError(f"the stylesheet cannot be read: {problems[0]}", path=path)
    return compiled


def fill_variables(text: str, values: Mapping[str, str], path: str) -> str:
    """Return *text* with each `var(--name)` as the value of that name."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise DriplineError(f"the theme has no value for '--{match[1]}'", path=path)
        return values[match[1]]

    return _VARIABLE.sub(value, text)


def fill_stylesheet(rules: Sequence[Any], values: Mapping[str, str], path: str) -> Stylesheet:
    """Return *rules* with their variables filled in."""
    return Stylesheet(
        (
            selector,
            xpath,
            tuple((name, fill_variables(value, values, path)) for name, value in pairs),
        )
        for selector, xpath, pairs in rules
    )


def inline_styles(html: str, stylesheet: Stylesheet) -> str:
    """Return the email *html* with *stylesheet* in its elements, ready to send.

    Raises DriplineError when the parser gave up on a part of the document:
    libxml2 drops what is nested too deeply without an exception.
    """
    return tidy(apply_styles(html, stylesheet))


def apply_styles(html: str, stylesheet: Stylesheet) -> str:
    """Return what Premailer writes for *html* and *stylesheet*."""
    styled: str = _inliner()(html, **SETTINGS).apply(stylesheet)
    return styled


def tidy(html: str) -> str:
    """Return what Premailer wrote, in the form that mail programs take.

    The doctype is HTML's, comments of ours are gone, backgrounds are attributes
    only of tables, invisible characters are numbers, and lines are far below
    the 998 bytes that a mail server allows (RFC 5322, 2.1.1).
    """
    html = _COMMENT.sub(_keep_comment, _DOCTYPE.sub("<!DOCTYPE html>", html))
    html = _BGCOLOR.sub(r"\1", html)
    pieces = _KEPT_AS_IS.split(html)
    pieces[::2] = [
        _INVISIBLE.sub(lambda match: f"&#{ord(match.group())};", piece) for piece in pieces[::2]
    ]
    return _break_lines("".join(pieces))


def _keep_comment(comment: re.Match[str]) -> str:
    return comment.group() if comment.group().startswith(_KEPT_COMMENTS) else ""


def _break_lines(html: str) -> str:
    """Break long lines before block tags and at spaces, but not in `<pre>`."""
    out: list[str] = []
    length = 0
    in_pre = in_link = False
    for token in _TOKEN.findall(html):
        if token.startswith("<"):
            in_pre = (in_pre or token.startswith("<pre")) and not token.startswith("</pre")
            in_link = (in_link or token.startswith("<a ")) and not token.startswith("</a")
            # White space inside a button makes it wider in Word.
            may_break = _BLOCK_TAG.match(token) and not (in_pre or in_link)
            if length + len(token) > _LINE_LENGTH and may_break:
                out.append("\n")
                length = 0
            pieces = [token]
        elif length + len(token) > _LINE_LENGTH and not in_pre:
            pieces = re.split(r"(?<=[ ])", token)
        else:
            pieces = [token]
        for piece in pieces:
            if length + len(piece) > _LINE_LENGTH and out and out[-1].endswith(" ") and not in_pre:
                out[-1] = out[-1][:-1] + "\n"
                length = 0
            out.append(piece)
            length = len(piece) - 1 - piece.rfind("\n") if "\n" in piece else length + len(piece)
    return "".join(_cut_lines(out))


def _cut_lines(tokens: Iterable[str]) -> Iterator[str]:
    """Break lines without any space, where it shows nowhere: in a tag, or in a comment."""
    length = 0
    for token in tokens:
        parts = [token]
        whole = token.startswith("<")
        if not whole and length + len(token.encode()) > _LONGEST_LINE:
            parts = _WORD.findall(token)
        for part in parts:
            size = len(part.encode())
            if length + size > _LONGEST_LINE and not part.startswith(("<!", "<style", "\n")):
                part = f"{part[:-1]}\n>" if whole else f"<!--\n-->{part}"  # noqa: PLW2901
            yield part
            end = part.rfind("\n")
            length = length + size if end < 0 else len(part[end + 1 :].encode())


@cache
def _premailer() -> Any:
    with _deferred("cssutils", "requests"):
        return import_module("premailer.premailer")


@cache
def _inliner() -> Any:
    """Return Premailer with a `transform` that takes a compiled stylesheet."""
    from lxml import etree

    module = _premailer()
    find = cache(etree.XPath)

    class Inliner(module.Premailer):  # type: ignore[misc, name-defined]
        """Premailer, minus reading CSS."""

        def apply(self, stylesheet: Stylesheet) -> str:
            """Return the document with *stylesheet* in its elements."""
            parser = etree.HTMLParser()
            tree = etree.fromstring(self.html.strip(), parser).getroottree()
            if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
                raise DriplineError("the lesson is nested too deeply for a mail program")
            page = tree.getroot()
            for kept in page.iter("style"):
                kept.attrib.pop(self.attribute_name, None)
            styles: dict[Any, list[Sequence[tuple[str, str]]]] = {}
            for _, xpath, pairs in stylesheet:
                for element in find(xpath)(page):
                    styles.setdefault(element, []).append(pairs)
            for element, rules in styles.items():
                style = module.merge_styles(
                    element.attrib.get("style", ""),
                    rules,
                    [""] * len(rules),
                    remove_unset_properties=self.remove_unset_properties,
                )
                if style:
                    element.attrib["style"] = style
                self._style_to_basic_html_attributes(element, style, force=True)
            out: bytes = etree.tostring(tree, method="html", encoding="utf-8", pretty_print=False)
            return out.decode()

    return Inliner
