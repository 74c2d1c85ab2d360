"""How a reader, or a browser, takes what we write: readers that share no code with dripline."""

import re
from html.parser import HTMLParser
from typing import NamedTuple


_BLOCKS = frozenset(
    (
        *("p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "div", "img"),
        *("ul", "ol", "li", "dl", "dt", "dd", "figure", "figcaption", "table", "tr", "td", "th"),
        *("caption", "thead", "tbody", "tfoot", "title"),
    )
)
_UNSEEN = frozenset(("style", "script", "title"))
_LIVE_ELEMENTS = frozenset(
    (
        *("script", "iframe", "object", "embed", "applet", "form", "input", "button", "select"),
        *("textarea", "base", "link", "svg", "math", "frame", "frameset", "audio", "video"),
        *("template", "noscript", "portal", "canvas", "dialog", "plaintext", "xmp", "marquee"),
    )
)
_LIVE_STYLE = re.compile(r"url\(|expression|behavior|position", re.IGNORECASE)
_ICS = {"n": "\n", "N": "\n"}
_SAFE_SCHEMES = frozenset(("http", "https", "mailto", "tel"))


class Element(NamedTuple):
    """A start tag."""

    tag: str
    attributes: dict[str, str]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.elements: list[Element] = []
        self.comments: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))
        if tag in _UNSEEN:
            self._unseen += 1
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSEEN:
            self._unseen -= 1
        if tag in _BLOCKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)


def _read(html: str) -> _Reader:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader


def seen(html: str) -> str:
    """Return what a person sees of *html*: white space squeezed, a space between blocks."""
    return " ".join("".join(_read(html).pieces).split())


def elements(html: str) -> list[Element]:
    """Return the start tags of *html*, those in comments for Outlook left out."""
    return _read(html).elements


def outlook_elements(html: str) -> list[Element]:
    """Return the start tags that Outlook alone sees: those in conditional comments."""
    return [
        element
        for comment in _read(html).comments
        if comment.startswith("[if mso]>")
        for element in elements(comment.removeprefix("[if mso]>").removesuffix("<![endif]"))
    ]


def live_content(html: str) -> list[str]:
    """Return what in *html* runs, loads, or leads where a mail program should not go."""
    found = []
    outlook = [one for one in outlook_elements(html) if one.tag != "noscript"]
    for tag, attributes in [*elements(html), *outlook]:
        if tag in _LIVE_ELEMENTS or "http-equiv" in attributes:
            found.append(f"<{tag}>")
        for name, value in attributes.items():
            if name.startswith("on") or name in ("srcdoc", "srcset", "formaction", "ping"):
                found.append(f"{tag} {name}")
            if name in ("href", "src", "action", "background") and not _is_safe(value):
                found.append(f"{tag} {name}={value}")
            if name == "style" and _LIVE_STYLE.search(value):
                found.append(f"{tag} {name}={value}")
    return found


def _is_safe(address: str) -> bool:
    """Tell whether a browser, which skips what cannot be seen, takes *address* for a safe one."""
    bare = re.sub(r"[\x00-\x20\x7f-\x9f\u2028\u2029]", "", address)
    scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):", bare)
    return scheme is None or scheme[1].lower() in _SAFE_SCHEMES


def events(data: bytes) -> list[dict[str, str]]:
    """Return the events of a calendar file, each property's text by its name (RFC 5545)."""
    lines = data.decode().replace("\r\n ", "").split("\r\n")
    found: list[dict[str, str]] = []
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            found.append({})
        elif found:
            text = re.sub(r"\\([\\;,Nn])", lambda sign: _ICS.get(sign[1], sign[1]), value)
            found[-1][name.partition(";")[0]] = text
    return found


def without_zero_width(text: str) -> str:
    """Return *text* without the spaces of no width that part a mark in plain text."""
    return text.replace("\u200b", "")
