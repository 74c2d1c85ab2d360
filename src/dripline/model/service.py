"""The values of a mailing service and of what is made for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


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
    check: tuple[str, ...] = ()
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
