"""Real processes: killed at random moments, and two of them at once."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

from disk import ARTICLE, TORTURE, contents, dice, edit, lessons, make_course, run_well, snapshot
from dripline.files import MANIFEST, digest, lock, read_record


KILLS = 100 if TORTURE else 10
PAIRS = 50 if TORTURE else 3
LONGER = ARTICLE.replace("How do you keep it fresh?", "And the second loaf?")
HALF = (".dripline-new", ".dripline-old")


def start(root: Path, *arguments: str) -> "subprocess.Popen[bytes]":
    """Start dripline in the workspace *root*."""
    return subprocess.Popen(
        [sys.executable, "-m", "dripline", "-C", str(root), *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def finish(process: "subprocess.Popen[bytes]") -> str:
    """Wait for *process*, which has to succeed; return what it said."""
    _, said = process.communicate(timeout=60)

    assert process.returncode == 0, said.decode()

    return said.decode()


def copy_of(root: Path) -> Path:
    """Return a fresh copy of the workspace *root*."""
    copy = root.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(root, copy)
    return copy


def state(root: Path) -> dict[str, bytes]:
    """Return what the author sees of a workspace."""
    return snapshot(root, without=(".dripline/",))


def kill_at_random(
    root: Path, arguments: tuple[str, ...], is_whole: Callable[[Path], None], precious: set[bytes]
) -> int:
    """Run a command again and again and kill it; check each wreck, and the run after it.

    Return how many runs were killed before their end. Every other one is
    killed while it writes, the rest at any moment of its life.
    """
    whole = copy_of(root)
    begin = monotonic()
    finish(start(whole, *arguments))
    life = monotonic() - begin
    expected = state(whole)
    killed = 0
    for number in range(KILLS):
        copy = copy_of(root)
        random = dice(f"{arguments} {number}")
        process = start(copy, *arguments)
        if number % 2:
            wait_for_writing(copy, process)
            sleep(random.uniform(0, life / 8))
        else:
            sleep(random.uniform(0, life))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL

        assert precious <= contents(copy)
        is_whole(copy)

        finish(start(copy, *arguments))

        assert state(copy) == expected
        assert precious <= contents(copy)
    return killed


def wait_for_writing(root: Path, process: "subprocess.Popen[bytes]") -> None:
    """Wait until *process* has begun to change the workspace, or is over."""
    before = {path.name for path in root.rglob("*")}
    while process.poll() is None and {path.name for path in root.rglob("*")} <= before:
        sleep(0.001)


def test_a_killed_build_leaves_whole_files_and_the_next_one_just_works(tmp_path: Path) -> None:
    root = make_course(tmp_path / "workspace", "--lessons", "3")
    precious = {edit(lessons(root)[1], "My own words.")}
    run_well(root, "build", "--service", "html")
    precious |= {edit(lessons(root)[2], "More of them.")}
    (root / "dist" / "bread" / "notes.txt").write_bytes(b"notes")

    def is_whole(copy: Path) -> None:
        target = copy / "dist" / "bread"
        record = read_record(target / MANIFEST) if target.exists() else {}
        for path, digests in record.items():
            assert digest((target / path).read_bytes()) in digests
        for lesson in lessons(copy):
            assert lesson.read_bytes() == (root / lesson.relative_to(copy)).read_bytes()

    killed = kill_at_random(root, ("build",), is_whole, precious | {b"notes"})

    assert killed > KILLS / 2


def test_a_killed_split_leaves_whole_files_and_the_next_one_just_works(tmp_path: Path) -> None:
    root = make_course(tmp_path / "workspace", "--lessons", "3")
    (tmp_path / "article.txt").write_text(LONGER, "utf-8")
    precious = {edit(lessons(root)[1], "My own words.")}
    arguments = ("split", str(tmp_path / "article.txt"), "--name", "bread", "--lessons", "2")
    before = state(root)
    whole = copy_of(root)
    finish(start(whole, *arguments, "--force"))
    after = state(whole)

    def is_whole(copy: Path) -> None:
        for path, data in state(copy).items():
            assert data in (before.get(path), after.get(path)) or path.endswith(HALF)

    killed = kill_at_random(root, (*arguments, "--force"), is_whole, precious)

    assert killed > KILLS / 2


def test_a_killed_split_changes_no_edited_lesson(tmp_path: Path) -> None:
    root = make_course(tmp_path / "workspace", "--lessons", "3")
    edit(lessons(root)[1], "My own words.")
    before = snapshot(root)
    random = dice("refused split")
    (tmp_path / "article.txt").write_text(LONGER, "utf-8")

    for _ in range(KILLS // 5):
        process = start(root, "split", str(tmp_path / "article.txt"), "--name", "bread")
        sleep(random.uniform(0, 0.4))
        process.send_signal(signal.SIGKILL)
        process.communicate()

        assert snapshot(root) == before


def built_by(root: Path, *commands: tuple[str, ...]) -> dict[str, bytes]:
    """Return the output after *commands*, one after the other, in a copy of *root*."""
    copy = copy_of(root)
    for arguments in commands:
        finish(start(copy, *arguments))
    return snapshot(copy / "dist")


def test_two_builds_at_once_mix_nothing(tmp_path: Path) -> None:
    """Whichever comes last, its files are all there is."""
    root = make_course(tmp_path / "workspace", "--lessons", "3")
    pair = (("build", "--service", "html"), ("build", "--service", "kit"))
    expected = [built_by(root, arguments) for arguments in pair]

    for number in range(PAIRS):
        both = [start(root, *arguments) for arguments in (pair if number % 2 else reversed(pair))]
        for process in both:
            finish(process)

        assert snapshot(root / "dist") in expected


def test_a_build_during_a_split_is_of_one_state_of_the_lessons(tmp_path: Path) -> None:
    root = make_course(tmp_path / "workspace", "--lessons", "3")
    (tmp_path / "article.txt").write_text(LONGER, "utf-8")
    split = ("split", str(tmp_path / "article.txt"), "--name", "bread", "--lessons", "2")
    build = ("build", "--service", "html")
    expected = [built_by(root, build), built_by(root, split, build)]

    for number in range(PAIRS):
        copy = copy_of(root)
        splitting = start(copy, *split)
        sleep(dice(number).uniform(0, 0.1))
        building = start(copy, *build)
        finish(splitting)
        finish(building)

        assert snapshot(copy / "dist") in expected


def test_a_build_reads_the_lessons_only_when_no_other_is_at_work(tmp_path: Path) -> None:
    root = make_course(tmp_path / "workspace")

    with lock(root / ".dripline"):
        building = start(root, "build", "--service", "html")
        sleep(1)  # it has come as far as it can
        edit(lessons(root)[1], "Changed while it waited.")
    finish(building)

    built = (root / "dist" / "bread" / "html" / f"{lessons(root)[1].stem}.txt").read_text("utf-8")
    assert "Changed while it waited." in built
