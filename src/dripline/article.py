"""Bytes of a known file type → `Article`."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dripline.errors import DriplineError
from dripline.marked import looks_marked
from dripline.model import Article


# 10 MB of text is four books; more is a wrong file (it took 4 s and 250 MB to read).
LARGEST = 10_000_000

# First bytes of what people pick by mistake, and the way out.
_WRONG_TYPES = (
    (b"%PDF-", "a PDF", "Copy its text into a plain text file and split that."),
    (b"PK\x03\x04", "a Word, OpenDocument, EPUB or zip file", "Save it as plain text or Markdown."),
    (b"\xd0\xcf\x11\xe0", "an old Word file", "Save it as plain text or Markdown."),
    (b"{\\rtf", "a rich text file", "Save it as plain text or Markdown."),
    (b"\x89PNG", "a picture", ""),
    (b"\xff\xd8\xff", "a picture", ""),
    (b"GIF8", "a picture", ""),
    (b"\x1f\x8b", "a packed file", "Unpack it first."),
    (b"BZh", "a packed file", "Unpack it first."),
    (b"\x7fELF", "a program", ""),
    (b"MZ", "a program", ""),
    (b"ID3", "a song", ""),
    (b"bplist", "a bookmark or settings file", "Open it and copy the text."),
    (b"SQLite format 3", "a database", ""),
)
_WEB_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_HTML = re.compile(rb"\s*(?:<!doctype html|<html|<head|<body|<\?xml)", re.IGNORECASE)
_MAIL = re.compile(rb"(?:From|Return-Path|Received|MIME-Version|Subject): .*\r?\n[A-Za-z-]+: ")
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# NUL and ESC are signs of another encoding or of a binary file; the other
# control characters are debris; the last group can hide text from the eye.
_FOREIGN = re.compile(r"[\x00\x1b]")
_DEBRIS = re.compile(r"[\x01-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_HIDING = re.compile(r"[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
_SAVE_AGAIN = "Open the file in an editor and save it again with the encoding UTF-8."
_FRONT_KEY = re.compile(r"([A-Za-z_-]+)\s*[:=]\s*(.*)")
_TITLE_KEYS, _AUTHOR_KEYS = ("title",), ("author", "authors", "by")
_OTHER_KEYS = (
    "date", "description", "summary", "tags", "categories", "keywords", "slug", "draft",
    "layout", "lang", "language", "updated", "subtitle", "permalink", "image",
)  # fmt: skip


def load_article(name: str) -> Article:
    """Load the article that the user calls *name*: a path, or `-` for standard input.

    Raises DriplineError for what is no file, cannot be read, or is no article.
    """
    if _WEB_ADDRESS.match(name):
        raise DriplineError(
            "this is a web address, not a file",
            path=name,
            hint="Open the page in a browser, copy the article and paste it into a text file.",
        )
    if name == "-":
        return parse_article(sys.stdin.buffer.read(LARGEST + 1), name)
    path = Path(name)
    try:
        if path.exists() and not path.is_file():
            what = "a folder" if path.is_dir() else "no ordinary file"
            raise DriplineError(
                f"this is {what}", path=name, hint="Give the path of the article's file."
            )
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DriplineError(
            f"the article cannot be read: {reason}",
            path=name,
            hint="Check the name, and that you are in the right folder.",
        ) from error
    return parse_article(data, name)


def parse_article(data: bytes, name: str) -> Article:
    """Return the article in *data*; the suffix of *name* says how to read it.

    Raises DriplineError for a type that is not read, for text that is not
    UTF-8, and for a file without words.
    """
    suffix = f".{name.rsplit('.', 1)[-1].lower()}" if "." in name.rsplit("/", 1)[-1] else ""
    _refuse_wrong_type(data, name)
    text, notices = decode_text(data, name)
    fields = READERS.get(suffix, parse_text)(text)
    article = Article(name=name, suffix=suffix or ".txt", data=data, notices=notices, **fields)
    if not any(character.isalnum() for character in article.text):
        raise DriplineError(
            "the file has no text in it", path=name, hint="There is nothing to split."
        )
    return article


def _refuse_wrong_type(data: bytes, name: str) -> None:
    """Raise for bytes that are plainly not text, whatever *name* says."""
    if len(data) > LARGEST:
        raise DriplineError(f"the file has more than {LARGEST // 1_000_000} MB", path=name)
    for first, what, way_out in _WRONG_TYPES:
        if data.startswith(first):
            raise DriplineError(f"this is {what}, not an article", path=name, hint=way_out or None)
    if _HTML.match(data[:1000]):
        raise DriplineError(
            "this is a web page, not an article",
            path=name,
            hint="Open it in a browser, copy the article and paste it into a text file.",
        )
    if _MAIL.match(data[:2000]):
        raise DriplineError(
            "this is an email message, not an article", path=name, hint="Copy its text."
        )


def decode_text(data: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """Return *data* as text with LF line ends, and what had to be cleaned.

    An encoding is never guessed: a byte order mark is honoured; without one
    the text is UTF-8, or DriplineError names the line that is not.
    """
    encoding = "utf-8"
    for mark, marked in _MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], marked
            break
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DriplineError(
            f"byte {error.start + 1} ({data[error.start]:#04x}) is not UTF-8 text",
            path=name,
            line=data.count(b"\n", 0, error.start) + 1,
            hint=_SAVE_AGAIN,
        ) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\f", "\n").replace("\x85", "\n")
    if match := _FOREIGN.search(text):
        raise DriplineError(
            f"this is not plain text: it has the character U+{ord(match.group()):04X}",
            path=name,
            line=text.count("\n", 0, match.start()) + 1,
            hint=_SAVE_AGAIN,
        )
    notices = []
    cleaned = _DEBRIS.sub("", text.removeprefix("\ufeff"))
    if lost := len(text.removeprefix("\ufeff")) - len(cleaned):
        notices.append(f"{lost} control characters were left out")
    if match := _HIDING.search(cleaned):
        line = cleaned.count("\n", 0, match.start()) + 1
        notices.append(f"line {line} has characters that change or hide what is seen")
    return cleaned, tuple(notices)


def parse_text(text: str) -> dict[str, Any]:
    """Return the fields of an `Article` in plain text, which may carry Markdown."""
    if looks_marked(text.split("\n")):
        return parse_markdown(text)
    return {"text": text, "is_marked": False}


def parse_markdown(text: str) -> dict[str, Any]:
    """Return the fields of an `Article` in Markdown, its front matter read."""
    lines = text.split("\n")
    end, known = _read_front_matter(lines)
    title = next((known[key] for key in _TITLE_KEYS if key in known), "")
    author = next((known[key] for key in _AUTHOR_KEYS if key in known), "")
    body = "\n".join([""] * end + lines[end:])
    return {"text": body, "is_marked": True, "title": title, "author": author}


def _read_front_matter(lines: list[str]) -> tuple[int, dict[str, str]]:
    """Return where the text begins and what the front matter says.

    A block counts only when line 1 is a fence, the block closes and every
    line in it is a known key; else it is text.
    """
    fence = lines[0].rstrip()
    if fence not in ("---", "+++"):
        return 0, {}
    known: dict[str, str] = {}
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == fence:
            return (number + 1, known) if known else (0, {})
        match = _FRONT_KEY.match(line)
        if not line.strip() or (known and line.startswith((" ", "- ", "#"))):
            continue
        if not match or match[1].lower() not in (*_TITLE_KEYS, *_AUTHOR_KEYS, *_OTHER_KEYS):
            return 0, {}
        if match[1].lower() in known:
            return 0, {}
        known[match[1].lower()] = match[2].strip().strip("\"'").strip()
    return 0, {}


READERS: dict[str, Callable[[str], dict[str, Any]]] = {
    ".txt": parse_text,
    ".text": parse_text,
    ".md": parse_markdown,
    ".markdown": parse_markdown,
}
"""How to read a file, by its suffix; another suffix is read as plain text."""
