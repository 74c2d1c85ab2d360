"""Files on disk: the old or the new, never half of one, and never another's."""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from disk import TORTURE, folders, snapshot
from dripline.errors import DriplineError
from dripline.files import (
    MANIFEST,
    explained,
    free_path,
    lock,
    read_record,
    write_file,
    write_tree,
)
from dripline.model import PackageFile
from faults import REFUSALS, failing_disk, killed_at, refuse


OLD = {"a.txt": b"old a", "same.txt": b"same", "kit/b.txt": b"old b", "gone/c.txt": b"old c"}
NEW = {"a.txt": b"new a", "same.txt": b"same", "kit/b.txt": b"new b", "kit/d.txt": b"new d"}


def write(target: Path, files: dict[str, bytes]) -> tuple[set[str], set[str]]:
    """Write *files* as the folder *target*; return what was kept and what was saved."""
    given = [PackageFile(path=path, content=content) for path, content in files.items()]
    backup = target.parent / "backup"
    report = write_tree(target, given, backup)
    return (
        {path.relative_to(target.resolve()).as_posix() for path in report.kept},
        {path.relative_to(backup).as_posix() for path in report.saved},
    )


def refusal_of(work: Callable[[], object]) -> DriplineError | None:
    """Do *work*; return the error it ended with, if it did."""
    try:
        work()
    except DriplineError as error:
        return error
    return None


def built(target: Path) -> dict[str, bytes]:
    """Return the files in *target*, without its manifest."""
    return snapshot(target, without=(MANIFEST,))


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """An output folder that holds `OLD`."""
    place = tmp_path / "dist" / "bread"
    write(place, OLD)
    return place


def test_it_makes_the_folder_hold_exactly_the_files(target: Path) -> None:
    write(target, NEW)

    assert built(target) == NEW
    assert folders(target) == {"kit"}
    assert [path.name for path in target.parent.iterdir()] == ["bread"]


def test_it_writes_nothing_when_nothing_changed(target: Path) -> None:
    before = {path: path.stat() for path in target.parent.rglob("*")}

    write(target, OLD)

    after = {path: path.stat() for path in target.parent.rglob("*")}
    assert {p: (s.st_ino, s.st_mtime_ns) for p, s in before.items()} == {
        p: (s.st_ino, s.st_mtime_ns) for p, s in after.items()
    }


def test_it_does_not_write_an_unchanged_file_again(target: Path) -> None:
    before = (target / "same.txt").stat()

    write(target, NEW)

    after = (target / "same.txt").stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


def test_it_copies_an_unchanged_file_where_there_are_no_links(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", link)

    write(target, NEW)

    assert built(target) == NEW


def test_it_keeps_files_and_folders_of_others_and_names_them(target: Path) -> None:
    (target / "notes.txt").write_bytes(b"mine")
    (target / "kit" / "photo.png").write_bytes(b"also mine")
    (target / "gone" / "left.txt").write_bytes(b"mine too")
    (target / ".git" / "refs").mkdir(parents=True)
    (target / ".git" / "HEAD").write_bytes(b"ref")

    kept, saved = write(target, NEW)

    assert kept == {"notes.txt", "kit/photo.png", "gone", ".git"}
    assert saved == set()
    assert built(target) == NEW | {
        "notes.txt": b"mine",
        "kit/photo.png": b"also mine",
        "gone/left.txt": b"mine too",
        ".git/HEAD": b"ref",
    }
    assert ".git/refs" in folders(target)


def test_it_backs_up_what_was_changed_by_hand(target: Path) -> None:
    (target / "a.txt").write_bytes(b"by hand")
    (target / "gone" / "c.txt").write_bytes(b"by hand too")

    _, saved = write(target, NEW)

    assert built(target) == NEW
    assert saved == {"a.txt", "gone/c.txt"}
    assert snapshot(target.parent / "backup") == {
        "a.txt": b"by hand",
        "gone/c.txt": b"by hand too",
    }


def test_it_backs_up_a_second_file_beside_the_first(target: Path) -> None:
    for words in (b"first", b"second", b"third"):
        (target / "a.txt").write_bytes(words)
        write(target, OLD)

    assert snapshot(target.parent / "backup") == {
        "a.txt": b"first",
        "a-2.txt": b"second",
        "a-3.txt": b"third",
    }


def test_it_backs_up_to_another_file_system(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (target / "a.txt").write_bytes(b"by hand")
    rename = os.rename

    def no_further(source: Path, goal: Path) -> None:
        if "backup" in Path(goal).parts:
            raise OSError(errno.EXDEV, "another device")
        rename(source, goal)

    monkeypatch.setattr(os, "rename", no_further)

    write(target, NEW)

    assert built(target) == NEW
    assert snapshot(target.parent / "backup") == {"a.txt": b"by hand"}


def test_it_restores_what_was_deleted_by_hand(target: Path) -> None:
    (target / "a.txt").unlink()

    write(target, OLD)

    assert built(target) == OLD


def test_it_takes_the_place_of_a_file_with_the_name_of_a_folder(target: Path) -> None:
    write(target, {"kit": b"a file"})
    (target / "kit").unlink()
    (target / "kit").mkdir()
    (target / "kit" / "mine.txt").write_bytes(b"mine")

    write(target, {"kit": b"a file"})

    assert built(target) == {"kit": b"a file"}
    assert snapshot(target.parent / "backup") == {"kit/mine.txt": b"mine"}


def test_it_takes_a_pipe_for_what_it_is(target: Path) -> None:
    os.mkfifo(target / "pipe")

    kept, _ = write(target, NEW)

    assert kept == {"pipe"}


def test_a_folder_that_was_never_ours_keeps_everything(tmp_path: Path) -> None:
    place = tmp_path / "bread"
    (place / "sub").mkdir(parents=True)
    (place / "sub" / "mine.txt").write_bytes(b"mine")
    (place / "a.txt").write_bytes(b"mine as well")

    kept, saved = write(place, {"a.txt": b"new"})

    assert (kept, saved) == ({"sub"}, {"a.txt"})
    assert built(place) == {"a.txt": b"new", "sub/mine.txt": b"mine"}
    assert snapshot(tmp_path / "backup") == {"a.txt": b"mine as well"}


class TestLinks:
    def test_a_link_to_the_folder_stays_one(self, target: Path, tmp_path: Path) -> None:
        real = tmp_path / "elsewhere"
        target.rename(real)
        target.symlink_to(real)

        write(target, NEW)

        assert target.readlink() == real
        assert built(real) == NEW

    def test_a_link_among_the_files_is_kept_and_not_followed(
        self, target: Path, tmp_path: Path
    ) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "precious.txt").write_bytes(b"precious")
        (target / "way-out").symlink_to(outside)

        kept, _ = write(target, NEW)

        assert kept == {"way-out"}
        assert (target / "way-out").readlink() == outside
        assert snapshot(outside) == {"precious.txt": b"precious"}

    def test_a_file_that_became_a_link_is_written_beside_it(
        self, target: Path, tmp_path: Path
    ) -> None:
        outside = tmp_path / "precious.txt"
        outside.write_bytes(OLD["a.txt"])
        (target / "a.txt").unlink()
        (target / "a.txt").symlink_to(outside)

        write(target, NEW)

        assert outside.read_bytes() == OLD["a.txt"]
        assert not (target / "a.txt").is_symlink()
        assert built(target) == NEW

    def test_a_folder_that_became_a_link_is_not_written_through(
        self, target: Path, tmp_path: Path
    ) -> None:
        outside = tmp_path / "outside"
        (target / "kit").rename(outside)
        (target / "kit").symlink_to(outside)

        write(target, NEW)

        assert snapshot(outside) == {"b.txt": OLD["kit/b.txt"]}
        assert built(target) == NEW

    def test_nothing_is_written_through_a_link_in_the_place_of_a_half_file(
        self, tmp_path: Path
    ) -> None:
        outside = tmp_path / "precious.txt"
        outside.write_bytes(b"precious")
        folder = tmp_path / "content"
        folder.mkdir()
        (folder / ".dripline-new").symlink_to(outside)

        write_file(folder / "01-a.md", b"lesson")

        assert outside.read_bytes() == b"precious"
        assert snapshot(folder) == {"01-a.md": b"lesson"}


class TestWriteFile:
    def test_it_writes_a_file_and_its_folders(self, tmp_path: Path) -> None:
        write_file(tmp_path / "a" / "b" / "c.txt", b"words")

        assert snapshot(tmp_path) == {"a/b/c.txt": b"words"}

    def test_it_writes_names_as_long_as_they_can_be(self, tmp_path: Path) -> None:
        name = "01-" + "é" * 124 + ".md"

        write_file(tmp_path / name, b"words")

        assert snapshot(tmp_path) == {name: b"words"}

    @pytest.mark.parametrize("number", REFUSALS)
    def test_it_leaves_the_old_file_when_the_disk_fails(self, tmp_path: Path, number: int) -> None:
        place = tmp_path / "lesson.md"
        place.write_bytes(b"old words")

        for at in count(1):
            with failing_disk(at, refuse(number)) as strikes:
                error = refusal_of(lambda: write_file(place, b"new words"))
            if error:
                assert error.path == str(place)
                assert os.strerror(number).lower() in error.message
                assert error.hint
            assert place.read_bytes() == (b"old words" if error else b"new words")
            assert [path.name for path in tmp_path.iterdir()] == ["lesson.md"]
            if not strikes.struck:
                break
            place.write_bytes(b"old words")
        assert strikes.count >= 4

    def test_it_leaves_the_old_or_the_new_file_when_it_is_killed(self, tmp_path: Path) -> None:
        place = tmp_path / "lesson.md"
        seen = set()

        for at in count(1):
            place.write_bytes(b"old words")
            was_killed = killed_at(at, lambda: write_file(place, b"new words"))
            seen.add(place.read_bytes())
            if not was_killed:
                break
        write_file(place, b"newest words")

        assert seen == {b"old words", b"new words"}
        assert snapshot(tmp_path) == {"lesson.md": b"newest words"}


def test_free_path_never_names_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.md").touch()
    (tmp_path / "a-2.md").symlink_to("nowhere")

    assert free_path(tmp_path / "a.md") == tmp_path / "a-3.md"
    assert free_path(tmp_path / "b.md") == tmp_path / "b.md"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"files": 3}', '{"files": {"a": 3}}'])
def test_a_record_that_is_none_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "record.json").write_text(text)

    assert read_record(tmp_path / "record.json") == {}


def test_explained_says_where_what_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DriplineError) as caught, explained(tmp_path):
        (tmp_path / "nothing").read_bytes()

    assert str(caught.value).splitlines() == [
        f"{tmp_path / 'nothing'}: cannot be written: no such file or directory",
        "  Make room or give permission, then run the same command again.",
    ]


class TestLock:
    def test_a_second_one_waits_and_then_refuses_by_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("dripline.files._PATIENCE", 0.1)
        state = tmp_path / ".dripline"
        program = (
            "import sys\n"
            "from pathlib import Path\n"
            "from dripline.files import lock\n"
            "with lock(Path(sys.argv[1])):\n"
            "    print('held', flush=True)\n"
            "    sys.stdin.read()\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", program, str(state)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == b"held\n"

            error = refusal_of(lambda: lock(state).__enter__())
            other.kill()
            other.wait()

            assert error is not None
            assert error.message == "another dripline is at work in this workspace"
            assert error.path == str(tmp_path)
            with lock(state):  # the dead process holds it no longer
                pass

    def test_it_is_free_again_after_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(ZeroDivisionError), lock(tmp_path):
            raise ZeroDivisionError
        with lock(tmp_path):
            pass

    def test_a_link_in_its_place_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "precious.txt").write_bytes(b"precious")
        (tmp_path / "state").mkdir()
        (tmp_path / "state" / "lock").symlink_to(tmp_path / "precious.txt")

        with pytest.raises(DriplineError), lock(tmp_path / "state"):
            pass

        assert (tmp_path / "precious.txt").read_bytes() == b"precious"

    def test_a_state_folder_that_cannot_be_made_is_one_message(self, tmp_path: Path) -> None:
        (tmp_path / "state").write_bytes(b"a file")

        with pytest.raises(DriplineError, match="cannot be written"), lock(tmp_path / "state"):
            pass


# ---- every step fails, every step is the last ----


OTHERS = {"notes.txt": b"notes", ".git/HEAD": b"ref", "gone/left.txt": b"left"}
BY_HAND = {"a.txt": b"a by hand", "gone/c.txt": b"c by hand"}


@pytest.fixture
def precious(target: Path) -> Path:
    """An output folder with files of others in it, and with ours changed by hand."""
    for path, content in {**OTHERS, **BY_HAND}.items():
        place = target / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return target


def copies(folder: Path) -> Iterator[tuple[int, Path]]:
    """Yield 1, 2, 3 …, each with a fresh copy of the tree around *folder*, and its place in it."""
    for number in count(1):
        root = folder.parent.parent / "copy"
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(folder.parent, root)
        yield number, root / folder.name


def assert_whole(target: Path) -> None:
    """Assert that *target* is not there, or has each file its manifest says, whole."""
    if target.exists():
        files = read_record(target / MANIFEST)
        whole = NEW if set(files) == set(NEW) else OLD | BY_HAND
        there = built(target)
        assert set(files) in (set(OLD), set(NEW))
        assert {path: there.get(path) for path in files} == {path: whole[path] for path in files}


def assert_nothing_lost(root: Path) -> None:
    """Assert that what others made and what was changed by hand is somewhere below *root*."""
    assert {*OTHERS.values(), *BY_HAND.values()} <= set(snapshot(root).values())


def assert_next_run_works(target: Path) -> None:
    """Assert that writing once more gives what an undisturbed run gives, and no litter."""
    write(target, NEW)

    assert built(target) == NEW | OTHERS
    assert {path.name for path in target.parent.iterdir()} <= {"bread", "backup"}
    assert_nothing_lost(target.parent)


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize("number", REFUSALS if TORTURE else REFUSALS[:1])
def test_nothing_is_lost_when_any_step_fails(precious: Path, number: int, *, lasting: bool) -> None:
    messages = 0
    for at, target in copies(precious):
        with failing_disk(at, refuse(number), lasting=lasting) as strikes:
            error = refusal_of(partial(write, target, NEW))
        if error:
            messages += 1
            assert os.strerror(number).lower() in error.message
            assert str(error.path).startswith(str(target.parent))
            assert target.exists() or lasting
        else:
            assert built(target) == NEW | OTHERS
        assert_whole(target)
        assert_nothing_lost(target.parent)
        assert_next_run_works(target)
        if not strikes.struck:
            break
    assert messages > 20


def test_it_gives_the_room_back_when_the_disk_is_full(target: Path) -> None:
    with failing_disk(8, refuse(errno.ENOSPC)):
        assert refusal_of(partial(write, target, NEW))

    assert built(target) == OLD
    assert [path.name for path in target.parent.iterdir()] == ["bread"]


def test_nothing_is_lost_when_any_step_is_the_last(precious: Path) -> None:
    for at, target in copies(precious):
        was_killed = killed_at(at, partial(write, target, NEW))
        assert_whole(target)
        assert_nothing_lost(target.parent)
        assert_next_run_works(target)
        if not was_killed:
            break
    assert at > 20


def test_nothing_is_lost_when_the_recovery_is_interrupted_too(precious: Path) -> None:
    first = range(1, 60) if TORTURE else range(20, 60, 5)
    for at in first:
        for again, target in copies(precious):
            killed_at(at, partial(write, target, NEW))
            was_killed = killed_at(again, partial(write, target, NEW))
            assert_whole(target)
            assert_nothing_lost(target.parent)
            assert_next_run_works(target)
            if not was_killed:
                break
