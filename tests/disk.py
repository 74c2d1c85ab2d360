"""What the tests of files on disk share: a small article, runs of dripline, looks at folders."""

import os
import random
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner, Result

from dripline.cli import main


TORTURE = bool(os.environ.get("DRIPLINE_TORTURE"))
"""Whether there is time for thousands of cases."""

ARTICLE = """\
Bread for People Who Have No Time
By Ada Miller, Baker

Most people who give up on bread give up in the first week.
They knead for an hour, they wait for a day, and they get a brick.

Why does dough need rest?

Flour takes up water slowly, and a dough that rests does the work of kneading by itself.
Cover the bowl, leave it on the table, and go to bed.
In the morning the dough has doubled and pulls in long threads from the side.

What can go wrong in a cold kitchen?

A cold kitchen only makes the dough slower, and slow dough tastes of more.
Give it two hours more before you worry about the yeast.
If nothing has moved by noon, put the bowl next to a warm pot.

How do you bake without a special oven?

Heat a heavy pot with its lid for half an hour and drop the dough into it.
The steam that stays inside does what a baker’s oven does.
Take off the lid after half an hour and wait for the crust to turn brown.

How do you keep it fresh?

Stand the loaf on its cut side on a board, and leave it there.
A bag makes the crust soft, and a fridge makes the crumb old.
"""


def run(folder: Path, *arguments: str, text: str | None = None) -> Result:
    """Run dripline in this process, in the workspace *folder*, *text* on its standard input."""
    words = ["-C", str(folder), *arguments]
    return CliRunner().invoke(main, words, input=text, catch_exceptions=False)


def run_well(folder: Path, *arguments: str, text: str | None = None) -> Result:
    """Run dripline as `run` does; it has to succeed."""
    result = run(folder, *arguments, text=text)

    assert result.exit_code == 0, result.output

    return result


def run_program(
    folder: Path, *arguments: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run dripline as a program of its own in *folder*."""
    return subprocess.run(
        [sys.executable, "-m", "dripline", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1", **(env or {})},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def make_course(root: Path, *options: str, name: str = "bread", article: str = ARTICLE) -> Path:
    """Make the workspace *root* with one course split into it; return *root*."""
    root.mkdir(parents=True, exist_ok=True)
    run_well(root, "split", "-", "--name", name, *options, text=article)
    return root


def snapshot(folder: Path, *, without: tuple[str, ...] = ()) -> dict[str, bytes]:
    """Return every file below *folder*: its path and its bytes; a link is where it leads."""
    found = {}
    for parent, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(parent) / name).is_symlink()]
        for name in [*names, *links]:
            path = Path(parent) / name
            inside = path.relative_to(folder).as_posix()
            if not inside.startswith(without):
                is_link = path.is_symlink()
                found[inside] = str(path.readlink()).encode() if is_link else path.read_bytes()
    return found


def folders(folder: Path) -> set[str]:
    """Return every folder below *folder*."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_dir()}


def contents(folder: Path) -> set[bytes]:
    """Return what stands in any file below *folder*, under whatever name."""
    return set(snapshot(folder).values())


def lessons(root: Path, name: str = "bread") -> list[Path]:
    """Return the lesson files of a course, in order."""
    return sorted((root / "content" / name).glob("[0-9]*.md"))


def edit(path: Path, words: str) -> bytes:
    """Add *words* to the file at *path* as an author would; return what it holds then."""
    path.write_bytes(path.read_bytes() + f"\n{words}\n".encode())
    return path.read_bytes()


def dice(seed: object) -> random.Random:
    """Return random numbers that are the same on every run."""
    return random.Random(f"dripline {seed}")  # noqa: S311 - nothing secret
