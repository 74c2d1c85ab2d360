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

_THE_TEXT = "Give the path of the article's text."
# First bytes of what people pick by mistake, and the way out.
_WRONG_TYPES = (
    (b"%PDF-", "a PDF", "Copy its text into a plain text file and split that."),
    (b"PK\x03\x04", "a Word, OpenDocument, EPUB or zip file", "Save it as plain text or Markdown."),
    (b"\xd0\xcf\x11\xe0", "an old Word file", "Save it as plain text or Markdown."),
    (b"{\\rtf", "a rich text file", "Save it as plain text or Markdown."),
    (b"\x89PNG", "a picture", _THE_TEXT),
    (b"\xff\xd8\xff", "a picture", _THE_TEXT),
    (b"GIF8", "a picture", _THE_TEXT),
    (b"\x1f\x8b", "a packed file", "Unpack it first."),
    (b"BZh", "a packed file", "Unpack it first."),
    (b"\x7fELF", "a program", _THE_TEXT),
    (b"MZ\x90", "a program", _THE_TEXT),
    (b"ID3\x02", "a song", _THE_TEXT),
    (b"ID3\x03", "a song", _THE_TEXT),
    (b"ID3\x04", "a song", _THE_TEXT),
    (b"bplist0", "a bookmark or settings file", "Open it and copy the text."),
    (b"SQLite format 3", "a database", _THE_TEXT),
)
# What is none of these though its name says so: text under a wrong name.
_OTHER_TYPES = (".docx", ".doc", ".odt", ".rtf", ".epub", ".pdf")
_WEB_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_HTML = re.compile(rb"\s*(?:<!doctype html|<html|<head|<body|<\?xml)", re.IGNORECASE)
_MAIL = re.compile(rb"(?:From|Return-Path|Received|MIME-Version|Subject): .*\r?\n[A-Za-z-]+: ")
_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
# NUL is a sign of a binary file or of UTF-16, ESC with a bracket of an encoding of
# Japanese; the other control characters are debris; the last group can hide text.
_FOREIGN = re.compile(r"\x00|\x1b[$(]")
_DEBRIS = re.compile(r"[\x01-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_HIDING = re.compile(r"[\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
_SAVE_AGAIN = "Open the file in an editor and save it again with the encoding UTF-8."
_FRONT_KEY = re.compile(r"([A-Za-z_-]+)\s*[:=]\s*(.*)")
_TITLE_KEYS, _AUTHOR_KEYS = ("title",), ("author", "authors", "by")
_OTHER_KEYS = (
    "date", "description", "summary", "tags", "categories", "keywords", "slug", "draft",
    "layout", "lang", "language", "updated", "subtitle", "permalink", "image", "category",
    "excerpt", "published", "modified", "lastmod", "toc", "comments", "weight", "type", "url",
    "aliases", "series", "cover", "template", "status", "id",
)  # fmt: skip
_ON_NEXT_LINE = (">", ">-", "|", "|-", "[")
_FRONT_FENCES = {"---": ("---", "..."), "+++": ("+++",)}
_SUFFIX = re.compile(r"\.[a-z0-9]{1,10}\Z")


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
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = str(getattr(error, "strerror", None) or error).lower()
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
    match = _SUFFIX.search(name.lower())
    suffix = match.group() if match else ""
    _refuse_wrong_type(data, name)
    text, notices = decode_text(data, name)
    fields = READERS.get(suffix, parse_text)(text)
    notices = (*notices, *fields.pop("notices", ()))
    article = Article(name=name, suffix=suffix or ".txt", data=data, notices=notices, **fields)
    if not any(character.isalnum() for character in article.text):
        raise DriplineError("there are no words in the file", path=name, hint=_THE_TEXT)
    return article


def _refuse_wrong_type(data: bytes, name: str) -> None:
    """Raise for bytes that are plainly not text, whatever *name* says."""
    if not data:
        raise DriplineError("the file is empty", path=name, hint=_THE_TEXT)
    if len(data) > LARGEST:
        raise DriplineError(
            f"the file has more than {LARGEST // 1_000_000} MB, which no article has",
            path=name,
            hint=_THE_TEXT,
        )
    for first, what, way_out in _WRONG_TYPES:
        if data.startswith(first):
            raise DriplineError(f"this is {what}, not an article", path=name, hint=way_out)
    if _HTML.match(data[:1000]) or name.lower().endswith((".html", ".htm")):
        raise DriplineError(
            "this is a web page, not an article",
            path=name,
            hint="Open it in a browser, copy the article and paste it into a text file.",
        )
    if _MAIL.match(data[:2000]):
        raise DriplineError(
            "this is an email message, not an article",
            path=name,
            hint="Copy its text into a plain text file and split that.",
        )
    if name.lower().endswith(_OTHER_TYPES):
        raise DriplineError(
            "this is not what the end of its name says",
            path=name,
            hint="If it is plain text, give it a name that ends in .txt.",
        )


def decode_text(data: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    """Return *data* as text with LF line ends, and what had to be cleaned.

    An encoding is never guessed: a byte order mark is honoured; without one
    the text is UTF-8, or DriplineError names the line that is not.
    """
    encoding, skipped = "utf-8", 0
    for mark, marked in _MARKS:
        if data.startswith(mark):
            encoding, skipped = marked, len(mark)
            break
    try:
        text = data[skipped:].decode(encoding)
    except UnicodeDecodeError as error:
        place = skipped + error.start
        wanted = "UTF-8" if encoding == "utf-8" else "UTF-16"
        raise DriplineError(
            f"byte {place + 1} ({data[place]:#04x}) is not {wanted} text",
            path=name,
            line=data.count(b"\n", 0, place) + 1,
            hint=_SAVE_AGAIN,
        ) from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\f", "\n").replace("\x85", "\n")
    if match := _FOREIGN.search(text):
        raise DriplineError(
            f"this is not plain text: it has the character U+{ord(match.group()[0]):04X}",
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
    end, known, notices = _parse_front_matter(lines)
    title = next((known[key] for key in _TITLE_KEYS if key in known), "")
    author = next((known[key] for key in _AUTHOR_KEYS if key in known), "")
    body = "\n".join([""] * end + lines[end:])
    return {"text": body, "is_marked": True, "title": title, "author": author, "notices": notices}


def _parse_front_matter(lines: list[str]) -> tuple[int, dict[str, str], tuple[str, ...]]:
    """Return where the text begins, what the front matter says, and why it is not read.

    A block counts only when line 1 is a fence, the block closes and every
    line in it is a known key; else it is text.
    """
    closing = _FRONT_FENCES.get(lines[0].rstrip(), ())
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() in closing), 0)
    known: dict[str, str] = {}
    key, reason = "", ""
    for number, line in enumerate(lines[1:end], 2):
        if not line.strip():
            continue
        if key in known and line.startswith((" ", "- ", "#", "]")):
            known[key] = known[key] or _front_value(line.strip(" ,").removeprefix("- "))
            continue
        match = _FRONT_KEY.match(line)
        key = match[1].lower() if match else ""
        if not match or key not in (*_TITLE_KEYS, *_AUTHOR_KEYS, *_OTHER_KEYS):
            reason = reason or f"line {number} has no key that is known"
        elif key in known:
            reason = reason or f"line {number} has the key '{key}' once more"
        else:
            known[key] = _front_value(match[2])
    if known and reason:
        return 0, {}, (f"the front matter was kept as text: {reason}",)
    return (end + 1, known, ()) if known else (0, {}, ())


def _front_value(text: str) -> str:
    """Return a value without its quotation marks; of a list, the first one.

    A value that begins on the next line is empty as yet.
    """
    value = text.strip()
    if value in _ON_NEXT_LINE:
        return ""
    if value.startswith("["):
        value = value.strip("[]").split(",")[0].strip()
    return value.strip("\"'").strip()


READERS: dict[str, Callable[[str], dict[str, Any]]] = {
    ".txt": parse_text,
    ".text": parse_text,
    ".md": parse_markdown,
    ".markdown": parse_markdown,
}
"""How to read a file, by its suffix; another suffix is read as plain text."""
