"""Merge tags: found in lessons, carried as opaque tokens, stamped last.

A merge tag is written `{{ first_name | there }}` and becomes a token of
letters and digits before anything reads the text, for Markdown turns
`*|FNAME|*` into emphasis and Premailer turns `{{ x }}` in a link into
`{{%20x%20}}`. A service's own spelling replaces the token as the last step.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Sequence

from dripline.code import find_code, map_prose
from dripline.errors import DriplineError
from dripline.model import MergeTag, Service


NAMES = ("first_name", "email", "unsubscribe_url", "preferences_url", "web_url", "address")

# A fallback is written into every service's own syntax, so it may hold nothing
# that ends a value or a tag there, and no mark of Markdown.
_FALLBACK = re.compile(r"[^\x00-\x1f{}|\"'`\[\]%*$<>\\#_~]*\Z")
# A backslash makes the whole run of braces after it literal, "{{{" too. One before
# the bar is what a table asks for, where people write a tag or copy it from.
_TAG = re.compile(
    r"(?<!\\)(?<!\\\{)(?<!\\\{\{)\{\{\s*([A-Za-z_][\w.]*)\s*(?:\\?\|\s*([^{}]*?)\s*)?\}\}"
)
ESCAPED = re.compile(r"\\(?=\{\{)")
"""The backslash before braces that are meant as they are."""


class TagTable:
    """Gives out the tokens of one course and remembers what each stands for."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._stem = _unused_stem(texts)
        self._tokens: dict[tuple[str, str, str], str] = {}

    def token(self, name: str, fallback: str = "", part: str = "value") -> str:
        """Return the token for the tag *name* with *fallback*."""
        key = (name, fallback, part)
        if key not in self._tokens:
            self._tokens[key] = f"{self._stem}{len(self._tokens):03d}z"
        return self._tokens[key]

    def tags(self, *texts: str) -> tuple[MergeTag, ...]:
        """Return the tags whose tokens occur in *texts*."""
        return tuple(
            MergeTag(token=token, name=name, fallback=fallback, part=part)
            for (name, fallback, part), token in self._tokens.items()
            if any(token in text for text in texts)
        )


def _unused_stem(texts: Iterable[str]) -> str:
    """Return letters that begin no word of *texts*, the same for the same texts."""
    joined = "\n".join(texts).casefold()
    number = 0
    while f"zq{number}mt" in joined:
        number += 1
    return f"zq{number}mt"


def find_tag(text: str, name: str) -> int:
    """Return where the merge tag *name* first stands in *text*; -1 when nowhere outside code."""
    code = [range(*match.span()) for match in find_code(text)]
    for match in _TAG.finditer(text):
        if match[1] == name and not any(match.start() in one for one in code):
            return match.start()
    return -1


def lift_tags(
    text: str, table: TagTable, *, path: str = "", line: int = 1, someone: str = ""
) -> str:
    """Return *text* with its merge tags as tokens; code and escaped braces stay.

    *line* is where *text* begins in the file *path*. A first name without a
    fallback gets *someone*. Raises DriplineError for an unknown name.
    """

    def lift(start: int, end: int) -> str:
        return _lift(text, start, end, table, path, line, someone)

    return map_prose(text, lift)


def _lift(  # noqa: PLR0913 - the place of an error is three of them
    text: str, start: int, end: int, table: TagTable, path: str, line: int, someone: str
) -> str:
    def replace(match: re.Match[str]) -> str:
        name, fallback = match[1], match[2] or ""
        place = line + text.count("\n", 0, match.start())
        if name not in NAMES:
            raise _unknown(name, path, place)
        if not _FALLBACK.match(fallback):
            raise DriplineError(
                f"the fallback of '{name}' may not have quotation marks or brackets in it",
                path=path or None,
                line=place,
                hint="Write it with letters, digits, spaces and commas only.",
            )
        if name == "first_name":
            fallback = fallback or someone
        return table.token(name, fallback)

    # Search from *start* in the whole text, so that a "\" before it is seen.
    pieces, at = [], start
    for match in _TAG.finditer(text, start, end):
        pieces += [text[at : match.start()], replace(match)]
        at = match.end()
    return "".join([*pieces, text[at:end]])


def _unknown(name: str, path: str, line: int) -> DriplineError:
    close = difflib.get_close_matches(name.lower(), NAMES, n=1)
    known = ", ".join(NAMES)
    return DriplineError(
        f"unknown merge tag '{name}'",
        path=path or None,
        line=line,
        hint=(f"Did you mean '{close[0]}'? " if close else "")
        + f"There are: {known}. Braces meant as they are take a backslash: \\{{{{.",
    )


def stamp(
    text: str, tags: Sequence[MergeTag], service: Service, channel: str, fill: Callable[[str], str]
) -> str:
    """Return *text* with every token in the spelling of *service*.

    *channel* is `html`, `text` or `subject`; *fill* makes a value that is
    written out instead of a tag (a fallback) safe for that channel. Words that
    depend on a tag stay only if the service has it.
    """
    for tag in tags:
        if tag.part == "begin":
            text = _choose(text, tag, tags, has=bool(spelling(service, tag.name, channel)))
    for tag in tags:
        if tag.part == "value":
            written = spelling(service, tag.name, channel)
            fallback = fill(tag.fallback)
            text = text.replace(tag.token, written.replace("@fallback@", fallback) or fallback)
    return text


def with_fallbacks(text: str, tags: Iterable[MergeTag]) -> str:
    """Return *text* with the fallback of each tag in its place."""
    for tag in tags:
        text = text.replace(tag.token, tag.fallback)
    return text


def spelling(service: Service, name: str, channel: str) -> str:
    """Return how *service* writes the tag *name* in *channel*; empty when it cannot.

    An unverified spelling is never used.
    """
    tag = service.tags.get(name)
    if tag is None or tag.confidence == "unverified":
        return ""
    return str(getattr(tag, channel))


def _choose(text: str, begin: MergeTag, tags: Sequence[MergeTag], *, has: bool) -> str:
    """Keep one side of `begin … otherwise … end` wherever it stands in *text*."""
    parts = {tag.part: re.escape(tag.token) for tag in tags if tag.name == begin.name}
    otherwise = rf"(?:{parts['otherwise']}(?P<without>.*?))?" if "otherwise" in parts else ""
    pattern = rf"{parts['begin']}(?P<with>.*?){otherwise}{parts['end']}"

    def keep(match: re.Match[str]) -> str:
        return (match["with"] if has else match.groupdict().get("without")) or ""

    return re.sub(pattern, keep, text, flags=re.DOTALL)
