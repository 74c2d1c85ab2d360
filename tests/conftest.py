"""What every test file may ask for."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings


TESTS = Path(__file__).parent
ROOT = TESTS.parent

# No test measures time: a slow machine is no fault.
settings.register_profile(
    "dripline",
    deadline=None,
    max_examples=2000 if os.environ.get("DRIPLINE_TORTURE") else 100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("dripline")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--golden",
        action="store_true",
        help="rewrite the expected files in tests/golden; look at the difference before keeping it",
    )


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference pages and test corpora, which lies next to the repository."""
    folder = ROOT.parent / "shared"
    if not folder.is_dir():
        pytest.skip("needs the folder `shared` next to the repository")
    return folder


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, Mapping[str, bytes]], None]:
    """Compare files, by path, with the folder of expected ones in tests/golden."""

    def compare(name: str, files: Mapping[str, bytes]) -> None:
        folder = TESTS / "golden" / name
        if request.config.getoption("--golden"):
            shutil.rmtree(folder, ignore_errors=True)
            for path, content in files.items():
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                (folder / path).write_bytes(content)
        expected = {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        assert sorted(files) == sorted(expected)
        for path, content in files.items():
            # As text where it is text, so that the difference can be read.
            read, kept = (
                one.decode("utf-8", "surrogateescape") for one in (content, expected[path])
            )
            assert read == kept, path

    return compare


def need(is_there: object, what: str) -> None:
    """Skip the test when *what* is not there; where all tools are promised, fail."""
    if not is_there:
        if os.environ.get("DRIPLINE_ALL_TOOLS"):
            pytest.fail(f"DRIPLINE_ALL_TOOLS is set, and {what} is missing")
        pytest.skip(f"needs {what}")


def need_program(name: str) -> str:
    """Return where the outside program *name* is; skip, or fail, when it is missing."""
    found = shutil.which(name)
    need(found, f"the program {name}")
    return str(found)
