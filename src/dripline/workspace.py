"""Where things are on disk, and how a course is loaded from there."""

import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dripline.campaign import is_name, parse_campaign
from dripline.errors import DriplineError, raise_all
from dripline.files import explained, is_complete, write_file
from dripline.lesson import is_lesson_name, parse_lesson
from dripline.model import Campaign, Course, Lesson, Picture
from dripline.service import list_services
from dripline.theme import list_themes


_PICTURES = (".png", ".jpg", ".jpeg", ".gif")
_UNSAFE_PICTURES = {".svg": "Gmail shows no SVG", ".webp": "Outlook shows no WebP"}
# Some editors put it before the first character of a UTF-8 file.
UTF8_MARK = b"\xef\xbb\xbf"
# What some system does not take for a file's name: marks with a meaning, and an
# end that Windows drops.
_NOT_IN_NAMES = re.compile(r'[<>:"|?*\\]|[ .]\.md\Z')
_GITIGNORE = "dist/\n.dripline/\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """A folder with courses in it."""

    root: Path

    @property
    def state(self) -> Path:
        """Where dripline keeps what it knows of its own files."""
        return self.root / ".dripline"

    @property
    def templates(self) -> Path:
        """Where the workspace's own templates are."""
        return self.root / "templates"

    def campaign_path(self, name: str) -> Path:
        """Return where the campaign *name* is, or will be."""
        return self.root / "campaigns" / f"{name}.toml"

    def content(self, name: str) -> Path:
        """Return the folder with the article and lessons of the campaign *name*."""
        return self.root / "content" / name

    def record(self, name: str) -> Path:
        """Return where the digests of what `split` wrote for *name* are."""
        return self.state / f"{name}.json"

    def backup(self) -> Path:
        """Return the folder for files about to be replaced, named after this moment."""
        return self.state / "backup" / time.strftime("%Y-%m-%d-%H%M%S")

    def way_from(self, folder: Path) -> str:
        """Return the way to here through *folder*, as a person typed it; empty for no way."""
        way = os.path.normpath(folder / os.path.relpath(self.root, folder.resolve()))
        return "" if way == "." else way

    def shown(self, path: Path) -> str:
        """Return *path* as messages show it: relative to the workspace where it can be."""
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
        )


def find_workspace(start: Path) -> Workspace:
    """Return the workspace that *start* is in: the nearest folder above with `campaigns/`.

    Without one, *start* itself is where a workspace begins.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / "campaigns").is_dir():
            return Workspace(root=folder)
    return Workspace(root=start)


def write_workspace(root: Path) -> tuple[str, ...]:
    """Make an empty workspace in *root*; return what was made. What is there stays."""
    made = []
    for name in ("campaigns", "content", "templates"):
        folder = root / name
        if not folder.is_dir():
            with explained(folder, "made"):
                folder.mkdir(parents=True)
            made.append(str(folder))
    ignored = root / ".gitignore"
    if not ignored.exists():
        write_file(ignored, _GITIGNORE.encode())
        made.append(str(ignored))
    return tuple(made)


def list_campaigns(workspace: Workspace) -> tuple[str, ...]:
    """Return the names of the campaigns, in alphabetical order; hidden files are an editor's."""
    files = (workspace.root / "campaigns").glob("[!.]*.toml")
    return tuple(sorted(path.stem for path in files))


def load_campaign(workspace: Workspace, name: str) -> Campaign:
    """Load the campaign *name*; raise DriplineError when there is none."""
    path = workspace.campaign_path(name)
    shown = workspace.shown(path)
    known = list_campaigns(workspace)
    if name not in known:
        raise DriplineError(
            f"there is no campaign '{name}'",
            path=shown,
            hint=f"There are: {', '.join(known)}."
            if known
            else "Make one with: dripline split ARTICLE",
        )
    if not is_name(name):
        raise DriplineError(
            "a campaign's name has small letters, digits and hyphens",
            path=shown,
            hint="Give the file, and the course's folder in content/, such a name.",
        )
    return parse_campaign(
        read_text(path, shown),
        name=name,
        path=shown,
        services=list_services(),
        themes=list_themes(),
    )


def load_course(workspace: Workspace, name: str) -> Course:
    """Load the course *name*: its campaign, lessons and pictures.

    Raises DriplineError with every problem of its files at once.
    """
    campaign = load_campaign(workspace, name)
    folder = workspace.content(name)
    if not is_complete(workspace.record(name)):
        raise DriplineError(
            "the last split was cut short, so lessons may be missing",
            path=workspace.shown(folder),
            hint="Run dripline split once more.",
        )
    if campaign.article and not (folder / campaign.article).is_file():
        raise DriplineError(
            "the article of this course is gone",
            path=workspace.shown(folder / campaign.article),
            hint=f"Put it back, or take the line 'article' out of {campaign.path}.",
        )
    with explained(folder, "read"):
        lessons = _load_lessons(workspace, folder, campaign.article)
        pictures = _load_pictures(workspace, folder, lessons)
    if not lessons:
        raise DriplineError(
            "there are no lessons in this folder",
            path=workspace.shown(folder),
            hint="Make them with: dripline split ARTICLE",
        )
    return Course(campaign=campaign, lessons=lessons, pictures=pictures)


def _load_lessons(workspace: Workspace, folder: Path, article: str) -> tuple[Lesson, ...]:
    """Load the lessons in *folder*: every Markdown file in it but the *article*."""
    lessons: list[Lesson] = []
    errors: list[DriplineError] = []
    numbers: dict[int, str] = {}
    for path in sorted(folder.iterdir() if folder.is_dir() else ()):
        is_article = path.name == article or path.stem == "article"
        if is_article or path.suffix.lower() != ".md" or path.name.startswith("."):
            continue
        shown = workspace.shown(path)
        try:
            _check_name(path.name, shown)
            lesson = parse_lesson(read_text(path, shown), shown)
        except DriplineError as error:
            errors.append(error)
            continue
        if lesson.number in numbers:
            errors.append(
                DriplineError(
                    f"has the same number as {numbers[lesson.number]}",
                    path=shown,
                    hint="The number at the beginning of the name is the place in the course.",
                )
            )
        numbers[lesson.number] = shown
        lessons.append(lesson)
    raise_all(errors)
    return tuple(sorted(lessons, key=lambda lesson: lesson.number))


def _check_name(name: str, shown: str) -> None:
    """Raise DriplineError when the lesson *name* cannot name its emails on every system."""
    is_fit = is_lesson_name(name) and not _NOT_IN_NAMES.search(name)
    if not is_fit or not all(sign.isprintable() for sign in name):
        raise DriplineError(
            "this file cannot be a lesson under this name",
            path=shown,
            hint="Give it a number, then letters, digits and hyphens: 03-name.md. "
            "A file that is no lesson needs another end than .md, or a folder of its own.",
        )


def lesson_paths(folder: Path) -> list[Path]:
    """Return the paths of the lessons in *folder*, in alphabetical order."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if is_lesson_name(path.name))


def _load_pictures(
    workspace: Workspace, folder: Path, lessons: Sequence[Lesson]
) -> dict[str, Picture]:
    """Load the pictures in *folder* that a lesson names; links out of it are not followed."""
    texts = "\n".join(f"{one.body}\n{one.promise}\n{one.exercise}" for one in lessons)
    pictures: dict[str, Picture] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name not in texts or not path.is_file():
            continue
        if not path.resolve().is_relative_to(folder.resolve()):
            continue
        if reason := _UNSAFE_PICTURES.get(path.suffix.lower()):
            raise DriplineError(
                f"{reason} in emails", path=workspace.shown(path), hint="Save it as PNG or JPEG."
            )
        if path.suffix.lower() in _PICTURES:
            pictures[name] = _load_picture(path, name, workspace.shown(path))
    return pictures


def _load_picture(path: Path, name: str, shown: str) -> Picture:
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            width, height = image.size
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise DriplineError("this is not a picture that can be read", path=shown) from error
    return Picture(path=name, data=path.read_bytes(), width=width, height=height)


def read_text(path: Path, shown: str) -> str:
    """Return the text of the author's file at *path*; an editor's line ends and mark go.

    Raises DriplineError, with the path as *shown*, for what cannot be read.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DriplineError(
            f"cannot be read: {(error.strerror or str(error)).lower()}", path=shown
        ) from error
    try:
        text = data.removeprefix(UTF8_MARK).decode()
    except UnicodeDecodeError as error:
        raise DriplineError(
            "the file is not UTF-8 text",
            path=shown,
            line=data.count(b"\n", 0, error.start) + 1,
            hint="Open it in an editor and save it again with the encoding UTF-8.",
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
