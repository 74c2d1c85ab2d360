"""What the README shows is what a newcomer sees."""

import re
import shutil
import subprocess
import sys
from pathlib import Path


ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
EXAMPLE = "when-a-partner-says-no"


def call(folder: Path, *words: str) -> tuple[str, str]:
    """Return what dripline, called in *folder*, says on stdout and on stderr."""
    done = subprocess.run(
        [sys.executable, "-m", "dripline", *words],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stdout.strip("\n"), done.stderr.strip("\n")


def workspace(folder: Path) -> Path:
    """Return a copy of the example course in *folder*."""
    for name in ("campaigns", "content", "templates"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def test_shows_what_the_course_prints(tmp_path: Path) -> None:
    results, sentences = call(workspace(tmp_path), "build", EXAMPLE)

    assert f"{sentences}\n\n{results}\n" in BLOCKS


def test_shows_what_a_split_prints(tmp_path: Path) -> None:
    article = f"content/{EXAMPLE}/article.txt"
    results, sentences = call(workspace(tmp_path), "split", article, "--lessons", "6", "--dry-run")

    assert f"{results}\n\n{sentences}\n" in BLOCKS


def test_names_commands_and_files_that_there_are() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE))

    assert {"course", "test"} <= targets
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
    links = re.findall(r"\]\(([^)#:]+)\)|src=\"([^\"]+)\"", README)
    assert all((ROOT / (link or image)).exists() for link, image in links)
