"""The values of a course, its definition and its emails."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dripline.model.article import Schedule


LESSON_BEGIN, LESSON_END = "<!--lesson-->", "<!--/lesson-->"
"""Between these two an email's HTML has the lesson; around them is the frame."""


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

    @property
    def shown_subject(self) -> str:
        """The subject as its reader sees it: literal braces without their backslash."""
        return self.subject.replace("\\{{", "{{")

    def body_line_at(self, place: int) -> int:
        """Return the line of the file on which the character at *place* of the body stands."""
        return self.body_line + self.body.count("\n", 0, place)

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
    def fragment(self) -> str:
        """The part of the HTML that is the lesson, without the frame; empty without marks."""
        return self.html.partition(LESSON_BEGIN)[2].partition(LESSON_END)[0]

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
