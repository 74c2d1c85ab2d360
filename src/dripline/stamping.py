"""Merge tags and literal text in a service's spelling: the last thing done to an email.

What an article says may look like a tag of the service; it is made harmless
here, place by place, and the tags are put in afterwards.
"""

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from dripline.code import map_prose
from dripline.errors import DriplineError
from dripline.mergetags import spelling, stamp
from dripline.model import MergeTag, Service


_STYLE = re.compile(r"(<style\b.*?</style>)", re.DOTALL)


def stamp_html(text: str, tags: Sequence[MergeTag], service: Service) -> str:
    """Return the HTML *text* in the spelling of *service*, look-alikes made harmless."""
    # A mark with one of these is no literal text in HTML, which has them as entities.
    marks = {one.mark: one.html for one in service.escapes if not set(one.mark) & set("<>&\"'")}
    for token in _unfilled(tags, service):
        text = re.sub(rf'<a\b[^<>]* href="{token}"[^<>]*>(.*?)</a>', r"\1", text, flags=re.DOTALL)
    pieces = _STYLE.split(text)  # CSS knows no entities; the theme's has no marks
    written = _written(tags, service, "html")
    pieces[::2] = [_escape_marks(piece, marks, written, _entities) for piece in pieces[::2]]
    return stamp(_quote(pieces, tags, service), tags, service, "html", html.escape)


def stamp_text(text: str, tags: Sequence[MergeTag], service: Service) -> str:
    """Return the text part *text* in the spelling of *service*."""
    marks = {escape.mark: escape.text for escape in service.escapes}
    for token in _unfilled(tags, service):
        text = re.sub(rf"\s<{token}>", "", text)
    written = _written(tags, service, "text")
    stamped = stamp(_escape_marks(text, marks, written, _apart), tags, service, "text", str)
    # Words that depend on a tag may have left blank lines where they were.
    return re.sub(r"\n+\Z", "\n", stamped)


def stamp_line(text: str, tags: Sequence[MergeTag], service: Service) -> str:
    """Return a subject or preheader in the spelling of *service*.

    A mark that cannot be written there stays; `checks` reports it.
    """
    marks = {escape.mark: escape.subject for escape in service.escapes if escape.subject}
    written = _written(tags, service, "subject")
    return stamp(_escape_marks(text, marks, written, str), tags, service, "subject", str)


def stamp_markdown(text: str, tags: Sequence[MergeTag], service: Service) -> str:
    """Return the Markdown *text* in the spelling of *service*."""
    marks = {escape.mark: escape.markdown for escape in service.escapes}
    in_code = {escape.mark: escape.text for escape in service.escapes}
    for token in _unfilled(tags, service):
        text = re.sub(rf"\[([^\[\]]*)\]\({token}\)", r"\1", text)
    written = _written(tags, service, "text")
    escaped = map_prose(
        text,
        lambda start, end: _escape_markdown(text[start:end], marks, written),
        lambda code: _escape_marks(code, in_code, {}, str),
    )
    return stamp(escaped, tags, service, "text", str)


def _unfilled(tags: Sequence[MergeTag], service: Service) -> list[str]:
    """Return the tokens that *service* puts nothing in place of; a link to one leads nowhere."""
    return [
        tag.token
        for tag in tags
        if tag.part == "value" and not (spelling(service, tag.name, "html") or tag.fallback)
    ]


def _escape_markdown(text: str, marks: Mapping[str, str], written: Mapping[str, str]) -> str:
    r"""Return Markdown without code, the *marks* in it harmless.

    A service may read its tags before the Markdown or after it, when `\{\{` is
    `{{` again; so a mark's sign is a number wherever a backslash stands before it.
    """
    if not marks:
        return text
    backslash = re.compile(rf"(?<!\\)((?:\\\\)*)\\([{re.escape(_signs(marks))}])")
    text = backslash.sub(lambda match: match[1] + _entities(match[2]), text)
    return _escape_marks(text, marks, written, _entities)


def _signs(marks: Iterable[str]) -> str:
    """Return the signs that *marks* are made of; their letters and spaces are none."""
    return "".join(sorted(set(re.findall(r"[^\w\s]", "".join(marks)))))


def _escape_marks(
    text: str, marks: Mapping[str, str], written: Mapping[str, str], apart: Callable[[str], str]
) -> str:
    """Return *text* with the marks that are literal text made harmless.

    *written* is how each token will be spelled: a sign that makes a mark
    together with a tag of ours, as the first brace of `{{{ tag }}` does, is
    set *apart* from it.
    """
    if not marks:
        return text
    whole = re.compile("|".join(map(re.escape, sorted(marks, key=len, reverse=True))))
    pieces = re.split(f"({'|'.join(sorted(written)) or '(?!)'})", text)
    for place in range(0, len(pieces), 2):
        piece = whole.sub(lambda match: marks[match.group()], pieces[place])
        before, after = (written.get(token, "") for token in _neighbours(pieces, place))
        if any(before.endswith(mark[:-1]) and piece.startswith(mark[-1]) for mark in marks):
            piece = apart(piece[0]) + piece[1:]
        if any(piece.endswith(mark[0]) and after.startswith(mark[1:]) for mark in marks):
            piece = piece[:-1] + apart(piece[-1])
        pieces[place] = piece
    return "".join(pieces)


def _neighbours(pieces: Sequence[str], place: int) -> tuple[str, str]:
    return "".join(pieces[max(place - 1, 0) : place]), "".join(pieces[place + 1 : place + 2])


def _written(tags: Sequence[MergeTag], service: Service, channel: str) -> dict[str, str]:
    """Return how *service* writes each token in *channel*."""
    values = (tag for tag in tags if tag.part == "value")
    return {tag.token: spelling(service, tag.name, channel) for tag in values}


def _entities(text: str) -> str:
    return "".join(f"&#{ord(sign)};" for sign in text)


def _apart(sign: str) -> str:
    return f"\u200b{sign}\u200b"


def _quote(pieces: Sequence[str], tags: Sequence[MergeTag], service: Service) -> str:
    """Return HTML in which an attribute with tags has the quotes that they leave free."""
    written = _written(tags, service, "html")
    text = "".join(pieces)
    if not any(sign in tag for tag in written.values() for sign in "\"'"):
        return text
    tokens = "|".join(sorted(written))
    attribute = re.compile(
        rf"=(?:\"(?P<double>[^\"<>]*(?:{tokens})[^\"<>]*)\"|'(?P<single>[^'<>]*(?:{tokens})[^'<>]*)')"
    )

    def quote(match: re.Match[str]) -> str:
        value = match["double"] or match["single"]
        inside = "".join(written[token] for token in re.findall(tokens, value))
        if "'" in inside and '"' in inside:
            raise DriplineError(
                f"two merge tags cannot stand in one link or title for {service.title}: {inside}",
                hint="Give each a place of its own.",
            )
        mark = "'" if '"' in inside else '"'
        return f"={mark}{value.replace(mark, f'&#{ord(mark)};')}{mark}"

    return attribute.sub(quote, text)
