"""Whole runs on a disk that fails: every step of a split and of a build, refused or the last."""

import os
import shutil
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import partial
from itertools import count
from pathlib import Path

import pytest
from click.testing import Result

from disk import ARTICLE, TORTURE, contents, edit, lessons, make_course, run, run_well, snapshot
from dripline.files import MANIFEST, digest, read_record
from faults import REFUSALS, failing_disk, killed_at, refuse


SIZE = "3" if TORTURE else "1"
SERVICES = ("html", "kit", "eml") if TORTURE else ("kit",)
LONGER = ARTICLE.replace("How do you keep it fresh?", "And the second loaf?")
HALF = (".dripline-new", ".dripline-old")


def write_notes(path: Path) -> bytes:
    """Write a file that is none of dripline's business; return what it holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(f"Notes in {path.name}.".encode())
    return path.read_bytes()


def state(root: Path) -> dict[str, bytes]:
    """Return what the author sees of a workspace."""
    return snapshot(root, without=(".dripline/",))


class Run(ABC):
    """A command about to be run in a workspace with files that must not get lost."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.precious = self.prepare(root)
        self.before = state(root)
        _, copy = next(self.copies())
        assert self.work(copy).exit_code == 0
        self.after = state(copy)

    @abstractmethod
    def prepare(self, root: Path) -> set[bytes]:
        """Fill *root*; return what must be somewhere in it ever after."""

    @abstractmethod
    def work(self, root: Path) -> Result:
        """Run the command in *root*."""

    @abstractmethod
    def assert_whole(self, root: Path) -> None:
        """Assert that nothing half done in *root* looks like the whole."""

    def copies(self) -> Iterator[tuple[int, Path]]:
        """Yield 1, 2, 3 …, each with a fresh copy of the workspace."""
        copy = self.root.with_name("copy")
        for number in count(1):
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(self.root, copy, symlinks=True)
            yield number, copy

    def assert_nothing_lost(self, root: Path) -> None:
        """Assert that all is there, now and after a next run, which has to work as ever."""
        assert self.precious <= contents(root)
        self.assert_whole(root)

        result = self.work(root)

        assert result.exit_code == 0, result.stderr
        assert state(root) == self.after
        assert self.precious <= contents(root)
        assert not [path for path in snapshot(root) if any(half in path for half in HALF)]


class SplitAgain(Run):
    """Another article, split into a course with edited lessons, by force."""

    def prepare(self, root: Path) -> set[bytes]:
        make_course(root, "--lessons", "2")
        return {
            edit(lessons(root)[0], "A welcome of my own."),
            edit(lessons(root)[2], "A lesson that will be stale."),
            edit(root / "campaigns" / "bread.toml", "# A campaign of my own."),
            write_notes(root / "content" / "bread" / "notes.txt"),
        }

    def work(self, root: Path) -> Result:
        options = ("--name", "bread", "--lessons", SIZE, "--force")
        return run(root, "split", "-", *options, text=LONGER)

    def assert_whole(self, root: Path) -> None:
        """Assert that the course is all old, or all new, or not taken for a course."""
        now = state(root)
        for path, data in now.items():
            assert data in (self.before.get(path), self.after.get(path)) or path.endswith(HALF)
        if now not in (self.before, self.after):
            assert "the last split was cut short" in run(root, "build").stderr


class BuildAgain(Run):
    """A course built for other services, some files of the last build edited."""

    def prepare(self, root: Path) -> set[bytes]:
        make_course(root, "--lessons", SIZE)
        run_well(root, "build", "--service", "html")
        (root / "templates").mkdir()
        (root / "templates" / "style.css").write_text("p { color: #123456 }\n")
        target = root / "dist" / "bread"
        return {
            edit(lessons(root)[1], "A lesson of my own."),
            edit(target / "html" / "00-welcome.txt", "By hand, and stale."),
            edit(target / "schedule.csv", "By hand."),
            write_notes(target / "notes.txt"),
            write_notes(target / "html" / "upload-log.txt"),
            write_notes(target / ".git" / "HEAD"),
        }

    def work(self, root: Path) -> Result:
        return run(root, "build", *(word for name in SERVICES for word in ("--service", name)))

    def assert_whole(self, root: Path) -> None:
        """Assert that the output is not there, or is all of one build."""
        target = root / "dist" / "bread"
        if target.exists():
            record = read_record(target / MANIFEST)
            assert record
            for path, digests in record.items():
                data = (target / path).read_bytes()
                assert digest(data) in digests or data in self.precious


@pytest.fixture(params=[SplitAgain, BuildAgain])
def a_run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """Either command, about to be run."""
    made: Run = request.param(tmp_path / "workspace")
    return made


def assert_one_message(result: Result, root: Path, reason: str) -> None:
    """Assert that *result* is a failure told in one message, with the place and the cause."""
    assert result.exit_code == 1
    assert result.stdout == ""
    first, second = result.stderr.splitlines()
    assert first.startswith(f"Error: {root}")
    assert reason.lower() in first
    assert second.startswith("  ")


@pytest.mark.parametrize("lasting", [False, True] if TORTURE else [False])
@pytest.mark.parametrize("number", REFUSALS if TORTURE else [None])
def test_nothing_is_lost_when_any_step_fails(
    a_run: Run, number: int | None, *, lasting: bool
) -> None:
    failures = 0
    for at, copy in a_run.copies():
        refusal = number or REFUSALS[at % len(REFUSALS)]
        with failing_disk(at, refuse(refusal), lasting=lasting) as strikes:
            result = a_run.work(copy)
        if result.exit_code:
            failures += 1
            assert_one_message(result, copy, os.strerror(refusal))
        else:  # a step that can be done without
            assert state(copy) == a_run.after
        a_run.assert_nothing_lost(copy)
        if not strikes.struck:
            break
    assert failures > 20


def test_nothing_is_lost_when_any_step_is_the_last(a_run: Run) -> None:
    stride = 1 if TORTURE else 3
    for number, copy in a_run.copies():
        at = 1 + (number - 1) * stride
        was_killed = killed_at(at, partial(a_run.work, copy))
        a_run.assert_nothing_lost(copy)
        if not was_killed:
            break
    assert at > 20
