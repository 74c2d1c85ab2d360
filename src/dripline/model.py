"""The values that flow from an article to packages: frozen, without any I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """One unit of a course; its body is the author's own words in Markdown."""

    number: int
    slug: str
    kind: str = "lesson"
    subject: str = ""
    preheader: str = ""
    promise: str = ""
    recap: str = ""
    takeaways: tuple[str, ...] = ()
    exercise: str = ""
    summary: tuple[str, ...] = ()
    teaser: str = ""
    postscript: str = ""
    call_to_action: str = "none"
    """`none`, `link` (a text link in the postscript) or `button`."""
    body: str = ""
    proposed: frozenset[str] = frozenset()
    """Names of the fields that still hold what dripline proposed."""
    path: str = ""
    """Relative to the workspace; empty for one not yet written."""
    body_line: int = field(default=1, compare=False)
    """The line of the file on which the body begins."""
    field_lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    """The line of the file on which each field stands."""

    @property
    def name(self) -> str:
        """The file name without its suffix: `03-start-with-questions`."""
        return f"{self.number:02d}-{self.slug}"

    def line_of(self, name: str) -> int:
        """Return the line on which the field *name* stands; 0 when it is not written."""
        return self.field_lines.get(name, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who the emails are from."""

    name: str = ""
    credentials: str = ""
    email: str = ""
    address: str = ""
    """The postal address that the law of most countries asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallToAction:
    """The one thing the course asks of its reader."""

    label: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The theme a campaign chose and what it changes in it."""

    name: str = "letter"
    accent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A course's definition."""

    name: str
    title: str
    article: str = ""
    """File name inside `content/<name>/`."""
    language: str = "en"
    sender: Sender = field(default_factory=Sender)
    schedule: Schedule = field(default_factory=Schedule)
    theme: Look = field(default_factory=Look)
    call_to_action: CallToAction = field(default_factory=CallToAction)
    services: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    """The merge tags of the service that dripline has no file for."""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image file of a course."""

    path: str
    """Relative to `content/<name>/`, with forward slashes."""
    data: bytes
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The whole: a campaign, its lessons in order, the pictures they show."""

    campaign: Campaign
    lessons: tuple[Lesson, ...]
    pictures: Mapping[str, Picture] = field(default_factory=dict)

    @property
    def lesson_count(self) -> int:
        """How many lessons there are, welcome and closing not counted."""
        return sum(lesson.kind == "lesson" for lesson in self.lessons)

    def ordinal(self, lesson: Lesson) -> int:
        """Return the place of *lesson* among the lessons, from 1; 0 for the others."""
        if lesson.kind != "lesson":
            return 0
        return 1 + [one for one in self.lessons if one.kind == "lesson"].index(lesson)

    def day(self, lesson: Lesson) -> int:
        """Return the day offset on which *lesson* is sent."""
        return self.campaign.schedule.day(self.lessons.index(lesson))


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeTag:
    """A neutral merge tag and the opaque token that stands for it."""

    token: str
    """Letters and digits that occur nowhere else in the course."""
    name: str
    fallback: str = ""
    part: str = "value"
    """`value`, or `begin`, `otherwise`, `end` of words that depend on the tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """A rendered lesson, still free of any service: its merge tags are tokens."""

    lesson: Lesson
    day: int
    subject: str
    preheader: str
    html: str
    text: str
    markdown: str
    tags: tuple[MergeTag, ...]
    pictures: tuple[str, ...] = ()
    """Paths of the pictures shown, in order."""

    @property
    def name(self) -> str:
        """The file name without its suffix."""
        return self.lesson.name


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderedCourse:
    """A course as emails, and the frame that is the same around all of them."""

    course: Course
    emails: tuple[Email, ...]
    frame: str
    """A whole HTML document without a lesson, for services that keep the frame as a template."""
    frame_tags: tuple[MergeTag, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTag:
    """How one service writes one merge tag, for each place it can stand in."""

    html: str = ""
    text: str = ""
    subject: str = ""
    confidence: str = ""
    """`official`, `third-party` or `unverified`; the last is never written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escape:
    """How literal text that a service would misread is made harmless, place by place.

    `text` is for where no entity is read: the text part, and code in Markdown.
    An empty spelling means that the place has no way to write the mark.
    """

    mark: str
    html: str = ""
    text: str = ""
    subject: str = ""
    markdown: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a mailing service takes, and how it writes what it fills in."""

    name: str
    title: str
    summary: str
    formats: tuple[str, ...]
    sequence: str
    """What the service calls a sequence; empty when it has none."""
    delay: str
    """`previous` or `start`: what the service counts a delay from."""
    tags: Mapping[str, ServiceTag]
    escapes: tuple[Escape, ...]
    steps: tuple[str, ...]
    check: tuple[str, ...]
    required: tuple[str, ...] = ()
    """Merge tags without which the service refuses an email."""
    content_tag: str = ""
    """What a template of the service has in the place of the lesson."""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageFile:
    """A file to write: a POSIX path relative to its folder, and its bytes."""

    path: str
    content: bytes


class Severity(StrEnum):
    """How grave a finding is; an error stops the build."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about a course that its author should know."""

    code: str
    severity: Severity
    message: str
    hint: str = ""
    path: str = ""
    line: int = 0
    service: str = ""
    """The one service whose package it concerns; empty when it concerns the course."""
