"""Small courses, made in memory, and the packages of them as texts."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from dripline.build import render_loaded
from dripline.model import (
    CallToAction,
    Campaign,
    Course,
    Email,
    Lesson,
    Look,
    Picture,
    RenderedCourse,
    Schedule,
    Sender,
    Service,
)
from dripline.package import make_package
from dripline.phrase import load_phrases
from dripline.render import render_course
from dripline.service import load_service
from dripline.theme import Theme, load_theme
from dripline.workspace import Workspace, load_course


SERVICES = ("buttondown", "eml", "html", "kit", "listmonk", "mailchimp", "mailerlite")
TAGGED = ("buttondown", "kit", "listmonk", "mailchimp", "mailerlite")
"""The services that have merge tags of their own."""


@cache
def letter() -> Theme:
    """Return the built-in theme, as it is."""
    return load_theme(Look(), None, None)


def themed(files: Mapping[str, str], folder: Path) -> Theme:
    """Return the built-in theme with the *files* of a workspace's `templates/` over it."""
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return load_theme(Look(), folder, None)


def make_lesson(number: int = 1, **fields: Any) -> Lesson:
    """Return a lesson with the *fields*, and a word for each that it has to have."""
    given = {"slug": "one", "subject": "A subject", "body": "Words."} | fields
    return Lesson(number=number, path=f"content/zoo/{number:02d}-{given['slug']}.md", **given)


def make_course(
    *lessons: Lesson, pictures: Mapping[str, Picture] | None = None, **fields: Any
) -> Course:
    """Return a course of *lessons* whose campaign has the *fields*."""
    given = {"title": "The Zoo", "path": "campaigns/zoo.toml"} | fields
    shown = {} if pictures is None else pictures
    return Course(campaign=Campaign(name="zoo", **given), lessons=lessons, pictures=shown)


def complete_campaign() -> dict[str, Any]:
    """Return the fields of a campaign in which nothing is missing."""
    return {
        "sender": Sender(name="Ruth Adler", email="ruth@example.org", address="1 Elm Street"),
        "call_to_action": CallToAction(label="Book", url="https://example.org/book"),
        "schedule": Schedule(per_week=2),
    }


def render(*lessons: Lesson, theme: Theme | None = None, **fields: Any) -> RenderedCourse:
    """Return the rendered course of *lessons*."""
    return render_course(make_course(*lessons, **fields), theme or letter(), load_phrases("en"))


def render_campaign(workspace: Workspace, name: str) -> RenderedCourse:
    """Return the rendered course *name* of a *workspace* on disk."""
    return render_loaded(workspace, load_course(workspace, name))


def render_one(theme: Theme | None = None, **fields: Any) -> Email:
    """Return the email of one lesson with the *fields*."""
    return render(make_lesson(**fields), theme=theme).emails[0]


def service_of(name: str, rendered: RenderedCourse) -> Service:
    """Return the service *name* as a build of this course has it."""
    return load_service(name, rendered.course.campaign)


def package(name: str, rendered: RenderedCourse) -> dict[str, bytes]:
    """Return the files of the package for the service *name*."""
    return {file.path: file.content for file in make_package(rendered, service_of(name, rendered))}


def package_texts(name: str, rendered: RenderedCourse) -> dict[str, str]:
    """Return the files of a package that are text, by path."""
    return {
        path: content.decode()
        for path, content in package(name, rendered).items()
        if not path.startswith("images/")
    }


def only(texts: Mapping[str, str], suffix: str) -> str:
    """Return the one file among *texts* of a lesson that ends in *suffix*."""
    (text,) = (text for path, text in texts.items() if path[0].isdigit() and path.endswith(suffix))
    return text
