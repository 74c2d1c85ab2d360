"""Strict readers of the merge tags of Mailchimp and MailerLite, from their documentation.

No engine of theirs can be run here. These readers know the tags that the
reference names, and take everything else that begins like one for a fault.
"""

import re
from collections.abc import Mapping


class UnknownTagError(Exception):
    """Something that begins like a tag and is none we know."""


_MAILCHIMP = re.compile(r"\*\|([A-Z][A-Z0-9_:]*)\|\*")
_MAILERLITE = re.compile(r"\{\$([a-z_]+)(?:\|default\('([^'{}]*)'\))?\}")


def read_mailchimp(text: str, values: Mapping[str, str]) -> str:
    """Return *text* as Mailchimp sends it to a reader with the merge *values*.

    `*|IF:NAME|*…*|ELSE:|*…*|END:IF|*` shows its first part to those who have
    a value. Raises UnknownTagError for any other `*|`.
    """
    out: list[str] = []
    shown = [True]
    start = 0
    while (at := text.find("*|", start)) >= 0:
        match = _MAILCHIMP.match(text, at)
        if match is None:
            raise UnknownTagError(text[at : at + 40])
        if shown[-1]:
            out.append(text[start:at])
        name = match[1]
        if name.startswith("IF:"):
            shown.append(bool(values[name.removeprefix("IF:")]))
        elif name == "ELSE:":
            shown[-1] = not shown[-1]
        elif name == "END:IF":
            shown.pop()
        elif name not in values:
            raise UnknownTagError(match.group())
        elif shown[-1]:
            out.append(values[name])
        start = match.end()
    assert shown == [True], "a condition without an end"
    return "".join([*out, text[start:]])


def read_mailerlite(text: str, values: Mapping[str, str]) -> str:
    """Return *text* as MailerLite sends it to a reader with the *values*.

    Raises UnknownTagError for anything else that begins with `{$`.
    """
    out: list[str] = []
    start = 0
    while (at := text.find("{$", start)) >= 0:
        match = _MAILERLITE.match(text, at)
        if match is None or match[1] not in values:
            raise UnknownTagError(text[at : at + 40])
        out += [text[start:at], values[match[1]] or match[2] or ""]
        start = match.end()
    return "".join([*out, text[start:]])
