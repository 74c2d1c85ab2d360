"""Markdown → Markdown in which raw HTML and addresses are as safe as in the HTML we make.

A service that takes Markdown renders it with a program we do not know. So what
any of them may take for HTML goes through the allow-list here; all else stays
byte for byte.
"""

import re
from html import unescape

from dripline.code import find_code
from dripline.markup import BAD_URL, BLOCK_TAGS, DROPPED, SCHEMES, clean_tag, escape_markdown_label


_TARGET = r"(?:<[^<>\n]*>|(?:[^\s()<>\\]|\\.|\((?:[^\s()]|\([^\s()]*\))*\))+)"
_BEGIN = r"^(?:[ \t>]|[*+-][ \t]|\d+[.)][ \t])*"
# The order matters: an address in <> is no tag, and a tag may hold what looks like a link.
_TOKEN = re.compile(
    rf"(?P<before>\]\(\s*|{_BEGIN}\[[^\[\]\n]+\]:[ \t]*\n?[ \t>]*"
    rf"(?={_TARGET}[ \t]*(?:[\"'(].*)?$))(?P<target>{_TARGET})"
    r"|^(?P<indent>[ \t]*)(?:<(?P<alone>https?://[^\s<>]+)>|(?P<bare>https?://[^\s<>]+))"
    r"(?=[ \t]*$)"
    r"|<(?P<auto>[a-z][a-z0-9+.-]+:[^\s<>]*|[^\s<>/\"'=:]+@[^\s<>\"'=]+)>"
    r"|(?P<comment><!--(?:-?>|(?s:.*?)--!?>)|<[!?][^>]*>)"
    r"|(?P<tag></?(?P<name>[a-z][^\s/<>]*)"
    r"(?:=\s*\"[^\"]*\"|=\s*'[^']*'|=(?!\s*[\"'])|[^<>=])*+>)"
    r"|(?P<open><)(?=[!?]|/?[a-z])",
    re.IGNORECASE | re.MULTILINE,
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_TAG_LIKE = re.compile(r"<(?=[a-z/!?])", re.IGNORECASE)
_VOID = {"br", "hr", "img"}


def clean_markdown(text: str) -> str:
    """Return the Markdown *text* with the HTML in it held against the allow-list.

    Code stays. A link to what is no web, mail or telephone address loses it;
    a web address alone on a line becomes a link, for some services would put
    a preview of the page in its place.
    """
    return _Cleaner(text).clean()


class _Cleaner:
    """Goes through one text from left to right; what begins first counts, code or HTML."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._pieces: list[str] = []
        self._block = ""
        """The outermost raw block that is open: Markdown, and so code, is none in it."""
        self._depth = 0

    def clean(self) -> str:
        """Return the clean text."""
        code = self._find_code(0)
        at = 0
        while token := _TOKEN.search(self._text, at):
            if code and code[0][0] <= token.start():
                at = self._take_code(at, *code.pop(0))
                continue
            self._pieces.append(self._text[at : token.start()])
            at = self._take(token)
            if code and code[0][0] < at:  # its first mark was a part of the token
                code = self._find_code(at)
        for begin, end in code:
            at = self._take_code(at, begin, end)
        return "".join([*self._pieces, self._text[at:]])

    def _find_code(self, start: int) -> list[tuple[int, int]]:
        """Return where code is in the text from *start* on; no mark before begins any."""
        masked = re.sub(r"[`~]", "x", self._text[:start]) + self._text[start:]
        return [match.span() for match in find_code(masked) if match.start() >= start]

    def _take_code(self, at: int, begin: int, end: int) -> int:
        """Add the text from *at* on, and the code after it; return where it ends."""
        self._pieces.append(self._text[at:begin])
        code = self._text[begin:end]
        # In a block of HTML some programs read it as code, and others as HTML.
        self._pieces.append(_TAG_LIKE.sub("&lt;", code) if self._block else code)
        return end

    def _take(self, token: re.Match[str]) -> int:
        """Add what stands in the place of *token*; return where the text goes on."""
        if token["tag"]:
            return self._take_tag(token)
        if token["target"]:
            self._pieces.append(token["before"] + _safe_target(token["target"]))
        elif url := token["alone"] or token["bare"]:
            self._pieces.append(token.group() if self._block else token["indent"] + _link(url))
        elif token["auto"]:
            kept = token.group() if "@" in token["auto"] or _is_safe(token["auto"]) else None
            self._pieces.append(token["auto"] if kept is None else kept)
        elif token["open"]:
            self._pieces.append(self._unclosed(token.start()))
        return token.end()

    def _unclosed(self, place: int) -> str:
        """Return the `<` of a tag without an end, as text where it would swallow what follows."""
        before = self._text[self._text.rfind("\n", 0, place) + 1 : place]
        begins_line = not before.strip(" \t>*+-.)0123456789")
        swallows = begins_line or self._block or self._text[place + 1] in "!?"
        return "&lt;" if swallows else "<"

    def _take_tag(self, token: re.Match[str]) -> int:
        name, is_end = token["name"].lower(), token["tag"].startswith("</")
        if name in DROPPED and not is_end:
            close = re.compile(rf"</{name}\b[^>]*>", re.IGNORECASE)
            end = close.search(self._text, token.end())
            return end.end() if end else token.end()
        kept = clean_tag(token["tag"])
        self._pieces.append(kept)
        if kept:
            self._count(kept.strip("</>").split()[0], is_end=is_end)
        return token.end()

    def _count(self, name: str, *, is_end: bool) -> None:
        """Remember which raw block is open."""
        if not self._block and not is_end and name in BLOCK_TAGS - _VOID:
            self._block = name
        if name == self._block:
            self._depth += -1 if is_end else 1
            self._block = self._block if self._depth else ""


def _is_safe(address: str) -> bool:
    """Tell whether *address* has no scheme, or one that may stand in mail."""
    plain = BAD_URL.sub("", unescape(address))
    scheme = _SCHEME.match(plain)
    return scheme is None or scheme[1].lower() in SCHEMES


def _safe_target(target: str) -> str:
    return target if _is_safe(target.strip("<>")) else "<>"


def _link(url: str) -> str:
    target = f"<{url}>" if set(url) & set("()\\") else url
    return f"[{escape_markdown_label(url)}]({target})"
