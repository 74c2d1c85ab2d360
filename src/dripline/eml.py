"""An email → an `.eml` draft that opens in a mail program.

Headers are written by our own encoder: the standard library's changed one
subject in five with words outside ASCII (python/cpython#92081, #144156), and
read text that begins with `=?` as code (CVE-2024-6923).
"""

import base64
import binascii
import hashlib
import mimetypes
import re
import unicodedata
from collections.abc import Mapping

from dripline.errors import DriplineError
from dripline.model import Sender


# RFC 2047, 2: an encoded word has at most 75 characters, a line 76 (RFC 2045, 6.7).
_WORD_LENGTH = 75
_ENCODED = "=?utf-8?b?{}?="
_BASE64_LINE = 76
# RFC 5322, 2.1.1: what a line should not be longer than.
_PLAIN_LINE = 78
# Control characters, halves of a character, and what ends a line or paragraph.
_FORBIDDEN = frozenset(("Cc", "Cs", "Zl", "Zp"))
_INVISIBLE = " \t\u00a0\u00ad\u200b\u200c\u200d\u2060\ufeff"
_LOCAL_PART = re.compile(r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*", re.ASCII)
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII | re.IGNORECASE)
# RFC 5321, 4.5.3.1.
_LONGEST_LOCAL_PART, _LONGEST_DOMAIN = 64, 255


def format_eml(
    *, subject: str, sender: Sender, html: str, text: str, pictures: Mapping[str, bytes]
) -> bytes:
    """Return a draft with *html*, *text* and the *pictures* that the HTML shows.

    *pictures* maps the `src` in the HTML to a file's bytes. There is no date and
    no reader in it; `X-Unsent` makes mail programs open it as a draft.
    """
    for source in pictures:
        html = html.replace(f'src="{source}"', f'src="cid:{_content_id(source)}"')
    body = _text_part("html", html)
    if pictures:
        files = [_picture_part(source, data) for source, data in pictures.items()]
        body = _multipart("related", [body, *files], html)
    body = _multipart("alternative", [_text_part("plain", text), body], text)
    headers = [f"Subject: {encode_header(subject, len('Subject: '))}"]
    if sender.email:
        address = encode_address(sender.email)
        name = f"{encode_phrase(sender.name)} " if sender.name else ""
        headers.insert(0, f"From: {name}<{address}>")
        # RFC 2369. A mail program knows no link to unsubscribe; an answer will do.
        headers.append(f"List-Unsubscribe: <mailto:{address}?subject=unsubscribe>")
    headers += ["X-Unsent: 1", "MIME-Version: 1.0"]
    return "\r\n".join([*headers, body]).encode()


def encode_header(text: str, used: int = 0) -> str:
    """Return *text* as the value of a header, folded; *used* columns are taken already.

    Raises DriplineError for line ends and other control characters.
    """
    for sign in text:
        if unicodedata.category(sign) in _FORBIDDEN and sign != "\t":
            raise DriplineError(f"the text for a header has the character U+{ord(sign):04X}")
    if not text.strip(_INVISIBLE):
        raise DriplineError("the text for a header is empty")
    # Only what is short and plain goes as it is; else whole characters, in base64.
    plain = text.isascii() and text.isprintable() and "=?" not in text
    if plain and text == text.strip() and "  " not in text and used + len(text) <= _PLAIN_LINE:
        return text
    words: list[str] = []
    chunk = b""
    room = (_WORD_LENGTH - len(_ENCODED.format("")) - used) // 4 * 3
    for sign in text:
        encoded = sign.encode()
        if len(chunk) + len(encoded) > room:
            words.append(chunk.decode())
            chunk = b""
            room = (_WORD_LENGTH - len(_ENCODED.format("")) - 1) // 4 * 3
        chunk += encoded
    words.append(chunk.decode())
    return "\r\n ".join(_ENCODED.format(base64.b64encode(word.encode()).decode()) for word in words)


def encode_phrase(name: str) -> str:
    """Return *name* as it stands before an address: a quoted string, or encoded."""
    if name.isascii() and name.isprintable() and "=?" not in name and len(name) <= 60:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return encode_header(name, len("From: "))


def encode_address(address: str) -> str:
    """Return *address* with its domain in the form that mail servers know (IDNA 2008).

    Raises DriplineError for what is no address, or one that few servers take.
    """
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        import idna

        try:
            domain = idna.encode(domain).decode()
        except idna.IDNAError as error:
            raise DriplineError(f"'{address}' is not an email address: {error}") from error
    is_short = len(local) <= _LONGEST_LOCAL_PART and len(domain) <= _LONGEST_DOMAIN
    if not (is_short and _LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        raise DriplineError(
            f"'{address}' is not an email address that every mail server takes",
            hint="Write it like ruth@example.org: letters from a to z before the @.",
        )
    return f"{local}@{domain}"


def _text_part(kind: str, text: str) -> str:
    # Line by line, so that a carriage return inside of one is a character, not its end.
    lines = (line.encode() for line in text.replace("\r\n", "\n").split("\n"))
    encoded = "\n".join(binascii.b2a_qp(line, istext=False).decode() for line in lines)
    body = encoded.replace("\n", "\r\n")
    return (
        f"Content-Type: text/{kind}; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{body}"
    )


def _picture_part(source: str, data: bytes) -> str:
    kind = mimetypes.guess_type(source)[0] or "application/octet-stream"
    encoded = base64.b64encode(data).decode()
    lines = [encoded[at : at + _BASE64_LINE] for at in range(0, len(encoded), _BASE64_LINE)]
    return "\r\n".join(
        [
            f"Content-Type: {kind}",
            "Content-Transfer-Encoding: base64",
            f"Content-ID: <{_content_id(source)}>",
            "Content-Disposition: inline",
            "",
            *lines,
        ]
    )


def _multipart(kind: str, parts: list[str], seed: str) -> str:
    """Return *parts* with a boundary made from *seed*: the same email, the same bytes."""
    boundary = f"dripline-{hashlib.sha256(f'{kind}{seed}'.encode()).hexdigest()[:24]}"
    joined = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts)
    return (
        f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n{joined}--{boundary}--\r\n'
    )


def _content_id(source: str) -> str:
    return f"{hashlib.sha256(source.encode()).hexdigest()[:16]}@dripline.invalid"
