"""What is installed from a wheel is complete: code, templates, services, phrases, schemas."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from conftest import ROOT
from disk import ARTICLE, snapshot


DATA = {"phrases", "schemas", "services", "templates"}


def call(*words: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    """Run a program, which has to succeed; return its standard output."""
    done = subprocess.run(
        list(map(str, words)), cwd=cwd, env=env, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr

    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of this repository, built without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    options = ("--no-deps", "--no-build-isolation", "--quiet", "--disable-pip-version-check")
    call(sys.executable, "-m", "pip", "wheel", ROOT, *options, "--wheel-dir", folder, cwd=folder)
    return next(folder.glob("dripline-*.whl"))


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel is installed in."""
    folder = tmp_path_factory.mktemp("site")
    options = ("--no-deps", "--no-index", "--no-compile", "--quiet", "--disable-pip-version-check")
    call(sys.executable, "-m", "pip", "install", wheel, *options, "--target", folder, cwd=folder)
    return folder


def test_the_wheel_holds_every_file_of_the_package(wheel: Path) -> None:
    source = ROOT / "src" / "dripline"
    expected = {path for path in snapshot(source) if "__pycache__" not in path}

    with zipfile.ZipFile(wheel) as archive:
        packed = {name.removeprefix("dripline/") for name in archive.namelist()}

    assert {path.split("/")[0] for path in expected if "/" in path} == {"model", *DATA}
    assert {name for name in packed if not name.startswith("dripline-")} == expected


def test_a_course_can_be_made_with_the_installed_copy(site: Path, tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text(ARTICLE, "utf-8")
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(site), "PYTHONUTF8": "1"}

    def dripline(*words: str) -> str:
        return call(sys.executable, "-m", "dripline", *words, cwd=tmp_path, env=env)

    where = call(
        sys.executable, "-c", "import dripline; print(dripline.__file__)", cwd=tmp_path, env=env
    )
    assert Path(where.strip()).is_relative_to(site)
    assert "version" in dripline("--version")
    dripline("split", "article.txt", "--name", "bread", "--lessons", "2")
    lines = dripline("build").splitlines()
    assert "dist/bread/preview.html" in lines
    assert all((tmp_path / line).exists() for line in lines)
    assert "kit" in dripline("services")
    assert "letter" in dripline("themes")


def test_the_command_is_installed(site: Path, tmp_path: Path) -> None:
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(site)}

    shown = call(site / "bin" / "dripline", "--version", cwd=tmp_path, env=env)

    assert shown.startswith("dripline, version ")
