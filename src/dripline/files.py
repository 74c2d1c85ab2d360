"""Files written so that a crash leaves the old or the new, never half of one."""

import hashlib
import json
import os
import shutil
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path, PurePosixPath

from dripline.errors import DriplineError
from dripline.model import PackageFile


MANIFEST = ".dripline.json"
# No other file is ever called this, so what a killed process leaves can go.
_TEMPORARY = ".dripline-new"
# Long enough for any other build to end.
_PATIENCE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeReport:
    """What became of the files in an output folder that are not what was built."""

    kept: tuple[Path, ...] = ()
    """Files and folders of others, left where they were."""
    saved: tuple[Path, ...] = ()
    """Where files changed by hand went before new ones took their place."""


@contextmanager
def explained(path: Path, what: str = "written") -> Iterator[None]:
    """Turn the system's refusals into a message that says what could not be *what*."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DriplineError(
            f"cannot be {what}: {reason}",
            path=error.filename or path,
            hint="Make room or give permission, then run the same command again.",
        ) from error


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a workspace; it is the system's and dies with the process.

    Raises DriplineError when another dripline holds it for too long.
    """
    from filelock import FileLock, Timeout

    held = FileLock(folder / "lock", timeout=_PATIENCE)
    with explained(folder / "lock"):
        folder.mkdir(parents=True, exist_ok=True)
        try:
            held.acquire()
        except Timeout:
            raise DriplineError(
                "another dripline is at work in this workspace",
                path=folder.parent,
                hint="Wait until it is done, then try again.",
            ) from None
    try:
        yield
    finally:
        held.release()


def digest(data: bytes) -> str:
    """Return what the content *data* is known by in a manifest."""
    return hashlib.sha256(data).hexdigest()


def free_path(path: Path) -> Path:
    """Return *path*, or the first numbered one beside it at which there is nothing."""
    numbered = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))
    return next(one for one in chain([path], numbered) if not os.path.lexists(one))


def write_file(path: Path, data: bytes) -> None:
    """Write *data* to *path*: beside it first, then in its place."""
    temporary = path.with_name(_TEMPORARY)
    with explained(path):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary.unlink(missing_ok=True)
            _write_whole(temporary, data)
            temporary.replace(path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            error.filename = None  # the message names the file, not the one beside it
            raise
    _sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove what a killed process left half written in *folder*, or below it."""
    for half in folder.rglob(_TEMPORARY):
        with suppress(OSError):
            half.unlink()


def read_record(path: Path) -> dict[str, list[str]]:
    """Return the digests that the record at *path* has for each file; none without one."""
    try:
        record = json.loads(path.read_text("utf-8"))
        return {name: list(digests) for name, digests in record["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def format_record(files: Mapping[str, Sequence[str]], *, complete: bool = True) -> bytes:
    """Return the record of *files*; `read_record` reads it."""
    record = {"complete": complete, "files": {name: list(files[name]) for name in sorted(files)}}
    return f"{json.dumps(record, indent=1)}\n".encode()


def is_complete(path: Path) -> bool:
    """Tell whether the work that the record at *path* is of was finished."""
    try:
        return bool(json.loads(path.read_text("utf-8"))["complete"])
    except (OSError, ValueError, KeyError, TypeError):
        return True


def write_tree(target: Path, files: Iterable[PackageFile], backup: Path) -> TreeReport:
    """Make the folder *target* hold exactly *files*, in one step.

    The new folder grows beside the old one and takes its place when it is
    whole. Files in it that are not ours stay; ours that were changed by hand
    go to the folder *backup*.
    """
    wanted = {file.path: file.content for file in files}
    digests = {path: [digest(content)] for path, content in wanted.items()}
    with explained(target):
        target = target.resolve()  # the folder itself, so that a link to it stays one
        new, old = (target.with_name(f".{target.name}.dripline-{one}") for one in ("new", "old"))
        saved = _recover(target, new, old, backup)
        before = read_record(target / MANIFEST)
        unchanged = {path for path in wanted if _has(target / path, wanted[path])}
        if len(unchanged) < len(wanted) or before != digests:
            try:
                _grow(new, wanted, {path: target / path for path in unchanged})
                _write_whole(new / MANIFEST, format_record(digests))
                _swap(target, new, old)
            except OSError:
                shutil.rmtree(new, ignore_errors=True)
                raise
            saved += _settle(target, new, old, backup)
        kept = sorted(set(_list_entries(target, _folders(wanted))) - {*wanted, MANIFEST})
    return TreeReport(kept=tuple(target / path for path in kept), saved=tuple(saved))


def _has(path: Path, content: bytes) -> bool:
    return path.is_file() and not path.is_symlink() and path.read_bytes() == content


def _recover(target: Path, new: Path, old: Path, backup: Path) -> list[Path]:
    """Undo or finish what a killed process left of an earlier `write_tree`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if new.exists():
        shutil.rmtree(new)
    if old.exists() and not target.exists():
        old.rename(target)
    return _settle(target, new, old, backup) if old.exists() else []


def _grow(new: Path, wanted: Mapping[str, bytes], unchanged: Mapping[str, Path]) -> None:
    """Write the folder *new*; a file that did not change is linked, not written again."""
    for path, content in wanted.items():
        place = new / path
        place.parent.mkdir(parents=True, exist_ok=True)
        if path in unchanged:
            try:
                os.link(unchanged[path], place)
                continue
            except OSError:  # a file system without links
                pass
        _write_whole(place, content)
    for folder in _folders(wanted):
        _sync_folder(new / folder)


def _swap(target: Path, new: Path, old: Path) -> None:
    """Put the folder *new* in the place of *target*, which becomes *old*."""
    if target.exists():
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        with suppress(OSError):  # or the next run finds it and does the same
            old.rename(target)
        raise
    _sync_folder(target.parent)


def _settle(target: Path, new: Path, old: Path, backup: Path) -> list[Path]:
    """Take from *old* what is not ours, then remove it; return what was backed up.

    A file that the new folder does not have keeps its place, unless it is an
    old one of ours.
    """
    if not old.exists():
        return []
    ours = read_record(old / MANIFEST)
    saved = []
    for path in _list_entries(old, _folders([*ours, *read_record(target / MANIFEST)])):
        place, goal = old / path, target / path
        if path == MANIFEST or _is_ours(place, ours.get(path, ())):
            continue
        if path in ours or not _is_free(goal):
            goal = free_path(backup / path)
            goal.parent.mkdir(parents=True, exist_ok=True)
            saved.append(goal)
        shutil.move(place, goal)
    # Under the name of what may go unasked: half an old folder, its manifest
    # gone first, would look like files of others.
    old.rename(new)
    shutil.rmtree(new)
    return saved


def _is_ours(place: Path, digests: Container[str]) -> bool:
    """Tell whether the file at *place* is as we wrote it."""
    is_plain = place.is_file() and not place.is_symlink()
    return bool(digests) and is_plain and digest(place.read_bytes()) in digests


def _is_free(goal: Path) -> bool:
    """Tell whether something can be put at *goal*, and make its folder."""
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):  # a file has the folder's name
        return False
    return not os.path.lexists(goal)


def _folders(paths: Iterable[str]) -> set[str]:
    """Return the folders that the files *paths* are in."""
    return {str(parent) for path in paths for parent in PurePosixPath(path).parents}


def _list_entries(folder: Path, shared: Container[str], inside: str = "") -> Iterator[str]:
    """Yield what is in *folder*, by path; of its folders only the *shared* ones are opened."""
    for entry in sorted(os.scandir(folder / inside), key=lambda entry: entry.name):
        path = f"{inside}/{entry.name}" if inside else entry.name
        if path in shared and entry.is_dir(follow_symlinks=False):
            yield from _list_entries(folder, shared, path)
        else:
            yield path


def _write_whole(path: Path, data: bytes) -> None:
    with path.open("xb") as file:  # never through a link that somebody put there
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make a rename last through a power cut, where the system can."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
