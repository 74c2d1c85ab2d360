"""Files written so that a crash leaves the old or the new, never half of one."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from dripline.errors import DriplineError
from dripline.model import PackageFile


MANIFEST = ".dripline.json"
_TEMPORARY = ".dripline-new"
# Long enough for any other build to end.
_PATIENCE = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeReport:
    """What became of the files in an output folder."""

    kept: tuple[str, ...] = ()
    """Files of others in the folder, left where they were."""
    saved: tuple[str, ...] = ()
    """Where files changed by hand went before new ones took their place."""


@contextmanager
def lock(folder: Path) -> Iterator[None]:
    """Hold the lock of a workspace; it is the system's and dies with the process.

    Raises DriplineError when another dripline holds it for too long.
    """
    from filelock import FileLock, Timeout

    with _explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "lock", timeout=_PATIENCE):
            yield
    except Timeout:
        raise DriplineError(
            "another dripline is at work in this workspace",
            path=folder.parent,
            hint="Wait until it is done, then try again.",
        ) from None


def digest(data: bytes) -> str:
    """Return what the content *data* is known by in a manifest."""
    return hashlib.sha256(data).hexdigest()


def write_file(path: Path, data: bytes) -> None:
    """Write *data* to *path*: beside it first, then in its place."""
    temporary = path.with_name(f".{path.name}{_TEMPORARY}")
    with _explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write_whole(temporary, data)
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)


def sweep(folder: Path) -> None:
    """Remove what killed processes left half written in *folder*."""
    for path in folder.glob(f".*{_TEMPORARY}"):
        with suppress(OSError):
            path.unlink()


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
    new, old = (target.with_name(f".{target.name}.{kind}") for kind in ("new", "old"))
    with _explained(target):
        saved = _recover(target, new, old, backup)
        before = read_record(target / MANIFEST)
        unchanged = {path for path in wanted if _has(target / path, wanted[path])}
        if len(unchanged) < len(wanted) or before != digests:
            _grow(new, wanted, {path: target / path for path in unchanged})
            (new / MANIFEST).write_bytes(format_record(digests))
            if target.exists():
                target.rename(old)
            new.rename(target)
            _sync_folder(target.parent)
            saved += _settle(target, old, backup)
        kept = sorted(set(_list_files(target)) - set(wanted))
    return TreeReport(kept=tuple(kept), saved=tuple(saved))


def _has(path: Path, content: bytes) -> bool:
    return path.is_file() and not path.is_symlink() and path.read_bytes() == content


def _recover(target: Path, new: Path, old: Path, backup: Path) -> list[str]:
    """Undo or finish what a killed process left of an earlier `write_tree`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if new.exists():
        shutil.rmtree(new)
    if old.exists() and not target.exists():
        old.rename(target)
    return _settle(target, old, backup) if old.exists() else []


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


def _settle(target: Path, old: Path, backup: Path) -> list[str]:
    """Take from *old* what is not ours, then remove it; return what was backed up.

    A file that the new folder does not have keeps its place, unless it is an
    old one of ours, unchanged.
    """
    if not old.exists():
        return []
    ours = read_record(old / MANIFEST)
    saved = []
    for path in _list_files(old):
        place = old / path
        if not place.is_symlink() and digest(place.read_bytes()) in ours.get(path, ()):
            continue
        goal = target / path
        if goal.exists() or path in ours:
            goal = backup / path
            saved.append(str(goal))
        goal.parent.mkdir(parents=True, exist_ok=True)
        place.replace(goal)
    shutil.rmtree(old)
    return saved


def _list_files(folder: Path) -> list[str]:
    """Return the paths of all files below *folder*, its manifest left out."""
    found = []
    for parent, folders, names in os.walk(folder):
        folders.sort()
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in [*names, *links]:
            found.append((Path(parent) / name).relative_to(folder).as_posix())  # noqa: PERF401
    return sorted(path for path in found if path != MANIFEST)


def _write_whole(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
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


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn the system's refusals into a message that says what was tried."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise DriplineError(
            f"cannot be written: {reason}",
            path=error.filename or path,
            hint="Nothing was changed. Make room or give permission, then try again.",
        ) from error
