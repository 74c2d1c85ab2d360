"""Where things are on disk: load them, and write what `split` and `build` make."""

import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dripline.campaign import change_rhythm, format_campaign, parse_campaign
from dripline.errors import DriplineError, raise_all
from dripline.files import (
    TreeReport,
    digest,
    format_record,
    is_complete,
    lock,
    read_record,
    sweep,
    write_file,
    write_tree,
)
from dripline.lesson import format_lesson, is_lesson_name, parse_lesson
from dripline.model import Article, Campaign, Course, Lesson, PackageFile, Picture


_PICTURES = (".png", ".jpg", ".jpeg", ".gif")
_UNSAFE_PICTURES = {".svg": "Gmail shows no SVG", ".webp": "Outlook shows no WebP"}
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
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

    def shown(self, path: Path) -> str:
        """Return *path* as messages show it: relative to the workspace where it can be."""
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitReport:
    """What `write_course` did to the author's folder."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    backups: tuple[str, ...]
    """Where edited files went that the author agreed to replace."""
    kept_campaign: bool
    """Whether the campaign file is the author's and stayed as it was."""


def is_name(text: str) -> bool:
    """Tell whether *text* can name a campaign: small letters, digits and hyphens."""
    return _NAME.fullmatch(text) is not None


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
            try:
                folder.mkdir(parents=True)
            except OSError as error:
                raise DriplineError(
                    f"cannot be made: {(error.strerror or str(error)).lower()}", path=folder
                ) from error
            made.append(str(folder))
    ignored = root / ".gitignore"
    if not ignored.exists():
        write_file(ignored, _GITIGNORE.encode())
        made.append(str(ignored))
    return tuple(made)


def list_campaigns(workspace: Workspace) -> tuple[str, ...]:
    """Return the names of the campaigns, in alphabetical order."""
    return tuple(sorted(path.stem for path in (workspace.root / "campaigns").glob("*.toml")))


def load_campaign(workspace: Workspace, name: str) -> Campaign:
    """Load the campaign *name*; raise DriplineError when there is none."""
    path = workspace.campaign_path(name)
    if not is_name(name) or not path.is_file():
        known = ", ".join(list_campaigns(workspace))
        raise DriplineError(
            f"there is no campaign '{name}'",
            path=workspace.shown(path),
            hint=f"There are: {known}." if known else "Make one with: dripline split ARTICLE",
        )
    shown = workspace.shown(path)
    return parse_campaign(_read_text(path, shown), name=name, path=shown)


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
    lessons = _load_lessons(workspace, folder)
    if not lessons:
        raise DriplineError(
            "there are no lessons in this folder",
            path=workspace.shown(folder),
            hint="Make them with: dripline split ARTICLE",
        )
    return Course(
        campaign=campaign, lessons=lessons, pictures=_load_pictures(workspace, folder, lessons)
    )


def _load_lessons(workspace: Workspace, folder: Path) -> tuple[Lesson, ...]:
    lessons: list[Lesson] = []
    errors: list[DriplineError] = []
    numbers: dict[int, str] = {}
    for path in _lesson_paths(folder):
        shown = workspace.shown(path)
        try:
            lesson = parse_lesson(_read_text(path, shown), shown)
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


def _lesson_paths(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if is_lesson_name(path.name))


def _load_pictures(
    workspace: Workspace, folder: Path, lessons: Sequence[Lesson]
) -> dict[str, Picture]:
    """Load the pictures in *folder* that a lesson names; links out of it are not followed."""
    bodies = "\n".join(lesson.body for lesson in lessons)
    pictures: dict[str, Picture] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name not in bodies or not path.is_file():
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


def write_course(  # noqa: PLR0913 - all that a split makes, each by its name
    workspace: Workspace,
    campaign: Campaign,
    article: Article,
    lessons: Sequence[Lesson],
    *,
    per_week: int | None,
    force: bool,
) -> SplitReport:
    """Write a split article: the source, its lessons, its campaign.

    A file is written over only if dripline wrote it and it is unchanged since;
    otherwise DriplineError names it, and nothing is written. With *force* the
    edited files go to a backup first. A campaign file that the author changed
    stays, but for the rhythm when *per_week* asks for one.
    """
    name = campaign.name
    folder = workspace.content(name)
    lesson_files = {
        workspace.shown(folder / f"{lesson.name}.md"): format_lesson(lesson).encode()
        for lesson in lessons
    }
    source = workspace.shown(folder / campaign.article)
    with lock(workspace.state):
        record = read_record(workspace.record(name))
        present = {
            workspace.shown(path): path.read_bytes()
            for path in [*_lesson_paths(folder), workspace.root / source]
            if path.is_file()
        }
        wanted = {source: article.data, **lesson_files}
        edited = [
            path
            for path, data in present.items()
            if wanted.get(path) != data and digest(data) not in record.get(path, ())
        ]
        if edited and not force:
            raise _refusal(edited)
        campaign_file, kept_campaign = _campaign_file(workspace, campaign, record, per_week)
        wanted |= campaign_file
        stale = [path for path in present if path not in wanted]
        backups = _back_up(workspace, edited)
        _write_wanted(workspace, name, wanted, record)
        for path in stale:
            (workspace.root / path).unlink(missing_ok=True)
        finished = {path: [digest(data)] for path, data in wanted.items()}
        write_file(workspace.record(name), format_record(finished))
    return SplitReport(
        written=tuple(path for path in wanted if path != source),
        removed=tuple(stale),
        backups=backups,
        kept_campaign=kept_campaign,
    )


def _write_wanted(
    workspace: Workspace, name: str, wanted: Mapping[str, bytes], record: Mapping[str, list[str]]
) -> None:
    """Write the files *wanted*; before the first, note that both old and new are ours."""
    noted = {path: [*record.get(path, ())] for path in {*record, *wanted}}
    for path, data in wanted.items():
        noted[path].append(digest(data))
    write_file(workspace.record(name), format_record(noted, complete=False))
    for folder in {(workspace.root / path).parent for path in wanted}:
        sweep(folder)
    for path, data in wanted.items():
        place = workspace.root / path
        if not place.is_file() or place.read_bytes() != data:
            write_file(place, data)


def _campaign_file(
    workspace: Workspace,
    campaign: Campaign,
    record: Mapping[str, list[str]],
    per_week: int | None,
) -> tuple[dict[str, bytes], bool]:
    """Return the campaign file to write, and whether the author's own one stays."""
    path = workspace.campaign_path(campaign.name)
    shown = workspace.shown(path)
    if path.is_file():
        data = path.read_bytes()
        if digest(data) not in record.get(shown, ()):
            parse_campaign(_read_text(path, shown), name=campaign.name, path=shown)
            if per_week is None:
                return {}, True
            return {shown: change_rhythm(_read_text(path, shown), per_week).encode()}, True
    return {shown: format_campaign(campaign).encode()}, False


def _refusal(edited: Sequence[str]) -> DriplineError:
    names = "\n    ".join(edited)
    return DriplineError(
        f"these files are yours, and a split would replace them:\n    {names}",
        hint="Nothing was written. Split under another name with --name, "
        "or replace them with --force; the old ones are then kept in .dripline/backup/.",
    )


def _back_up(workspace: Workspace, paths: Iterable[str]) -> tuple[str, ...]:
    """Move the files *paths* to a backup folder; return where they went."""
    folder = backup_folder(workspace)
    backups = []
    for path in paths:
        source = workspace.root / path
        write_file(folder / path, source.read_bytes())
        backups.append(workspace.shown(folder / path))
    return tuple(backups)


def backup_folder(workspace: Workspace) -> Path:
    """Return a folder for files about to be replaced, named after this moment."""
    return workspace.state / "backup" / time.strftime("%Y-%m-%d-%H%M%S")


def write_build(workspace: Workspace, target: Path, files: Iterable[PackageFile]) -> TreeReport:
    """Make the folder *target* hold exactly *files*.

    Raises DriplineError for a folder that a build must not take over.
    """
    check_output(workspace, target)
    with lock(workspace.state):
        return write_tree(target, files, backup_folder(workspace) / "dist")


def check_output(workspace: Workspace, target: Path) -> None:
    """Raise DriplineError when *target* is no place for output.

    That is the workspace or a folder around it, a home folder, a root, or
    where the author's files are.
    """
    place = target.resolve()
    sources = [workspace.root / name for name in ("campaigns", "content", "templates")]
    around = workspace.root.is_relative_to(place) or Path.home().is_relative_to(place)
    inside = any(place.is_relative_to(source.resolve()) for source in sources)
    if around or inside or place.is_relative_to(workspace.state.resolve()):
        raise DriplineError(
            "packages cannot be written here: the author's files are in this folder",
            path=target,
            hint="Choose a folder of its own, for example --output dist.",
        )
    if target.exists() and not target.is_dir():
        raise DriplineError("packages need a folder, and this is a file", path=target)


def _read_text(path: Path, shown: str) -> str:
    """Return the text of the author's file at *path*; an editor's line ends and mark go."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DriplineError(
            f"cannot be read: {(error.strerror or str(error)).lower()}", path=shown
        ) from error
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode()
    except UnicodeDecodeError as error:
        raise DriplineError(
            "the file is not UTF-8 text",
            path=shown,
            line=data.count(b"\n", 0, error.start) + 1,
            hint="Open it in an editor and save it again with the encoding UTF-8.",
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")
