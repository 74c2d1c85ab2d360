"""The values of an article understood and planned."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property


class Role(StrEnum):
    """What a block of an article is to its reader."""

    TITLE = "title"
    BYLINE = "byline"
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    DIALOG = "dialog"
    QUOTE = "quote"
    CODE = "code"
    TABLE = "table"
    CTA = "cta"
    RULE = "rule"
    REFERENCE = "reference"


@dataclass(frozen=True, kw_only=True)
class Article:
    """A source as it was read: its bytes untouched, its text decoded."""

    name: str
    """What the user called it: a path, or `-` for standard input."""
    suffix: str
    data: bytes
    text: str
    """Lines end in LF; the byte order mark and a front matter are blank lines."""
    is_marked: bool
    """Whether the text carries Markdown."""
    title: str = ""
    """From the front matter; empty when the text itself has to tell."""
    author: str = ""
    notices: tuple[str, ...] = ()
    """What was cleaned on the way in, for the author to know."""

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The text's lines; line 1 is at index 0."""
        return tuple(self.text.split("\n"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A run of lines of an article with one role."""

    role: Role
    first_line: int
    """Counted from 1."""
    last_line: int
    text: str
    """The words without markup, unwrapped; of code and tables the lines as they are."""
    level: int = 0
    """Of a heading: 1 is the outermost below the title."""
    marker: str = ""
    """Of a list item: its bullet or number as typed."""
    depth: int = 0
    """Of a list item: how many lists it is inside of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """An outermost heading and what stands under it."""

    title: str
    """Empty for what stands before the first heading."""
    first_block: int
    end_block: int
    """One past the last."""
    is_pitch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """An article understood."""

    article: Article
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]
    title: str
    author: str
    credentials: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The rhythm of a course."""

    per_week: int = 2
    """Twice a week: the rhythm of the Mood Memos trial (Morgan et al. 2012)."""
    start: date | None = None
    """The day of the first email; None for a course that begins at each sign-up."""

    def day(self, position: int) -> int:
        """Return the day offset of the email at *position*; 0 is at sign-up.

        Even gaps: growing ones teach no better (Latimier et al. 2021).
        """
        return position * 7 // self.per_week


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one email takes from the article."""

    number: int
    kind: str
    """`welcome`, `lesson` or `closing`."""
    title: str
    first_block: int
    end_block: int
    words: int
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which blocks go into which email, and when."""

    outline: Outline
    parts: tuple[Part, ...]
    schedule: Schedule

    def blocks(self, part: Part) -> tuple[Block, ...]:
        """Return the blocks of *part*."""
        return self.outline.blocks[part.first_block : part.end_block]
