"""An email → an `.eml` draft that opens in a mail program.

Headers are written by our own encoder: the standard library's changed one
subject in five with words outside ASCII (python/cpython#92081, #144156), and
read text that begins with `=?` as code (CVE-2024-6923).
"""

import base64
import hashlib
import mimetypes
import quopri
from collections.abc import Mapping

from dripline.errors import DriplineError
from dripline.model import Sender


# RFC 2047, 2: an encoded word has at most 75 characters, a line 76 (RFC 2045, 6.7).
_WORD_LENGTH = 75
_ENCODED = "=?utf-8?b?{}?="
_BASE64_LINE = 76
_LINE = 998


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
        address = _ascii_address(sender.email)
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
        if not sign.isprintable() and sign not in "\u200b\u200c\u200d\u00a0\u00ad\u3000":
            raise DriplineError(f"the text for a header has the character U+{ord(sign):04X}")
    # Only what is short and plain goes as it is; else whole characters, in base64.
    plain = text.isascii() and "=?" not in text and text == text.strip() and "  " not in text
    if plain and used + len(text) <= _LINE - 920:
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


def _ascii_address(address: str) -> str:
    """Return *address* with its domain in the form that mail servers know (IDNA 2008)."""
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise DriplineError(
            f"the address '{address}' has letters before the @ that mail servers refuse",
            hint="Use an address with letters from a to z only.",
        )
    if domain.isascii():
        return address
    import idna

    try:
        return f"{local}@{idna.encode(domain).decode()}"
    except idna.IDNAError as error:
        raise DriplineError(f"the address '{address}' is not one: {error}") from error


def _text_part(kind: str, text: str) -> str:
    body = quopri.encodestring(text.encode()).decode().replace("\n", "\r\n")
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
