"""No network unless asked: a whole run in a process that is not allowed any."""

import subprocess
import sys
from pathlib import Path

import pytest

from disk import ARTICLE


# The interpreter itself reports every connection and every look-up of a name.
GUARD = """\
import sys

NETWORK = ("socket.connect", "socket.sendto", "socket.get", "socket.bind", "urllib.")

def refuse(event, arguments):
    if event.startswith(NETWORK):
        sys.stderr.write(f"network: {event} {arguments}\\n")
        sys.stderr.flush()
        import os
        os._exit(99)

sys.addaudithook(refuse)
"""
PICTURE = "https://picture.invalid/loaf.png"
# What tools on the way are known to fetch: pictures, style sheets, link targets.
TEMPTING = f"{ARTICLE}\nSee <link rel=stylesheet href=https://style.invalid/a.css> for more.\n"


def run_guarded(folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    """Run the Python *program* in *folder* behind the guard."""
    return subprocess.run(
        [sys.executable, "-c", GUARD + program],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


@pytest.mark.parametrize(
    "program",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9')",
    ],
)
def test_the_guard_sees_a_connection(tmp_path: Path, program: str) -> None:
    assert run_guarded(tmp_path, program).returncode == 99


def test_split_and_build_connect_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "article.txt").write_text(TEMPTING, "utf-8")
    (tmp_path / "templates").mkdir()
    # A stylesheet of the workspace's own goes through Premailer and cssutils in full.
    (tmp_path / "templates" / "style.css").write_text("p { color: #123456 }\n")
    program = f"""\
from pathlib import Path
from dripline.cli import main

def run(*words):
    main(words, standalone_mode=False)

run("init", ".")
run("outline", "article.txt")
run("split", "article.txt", "--name", "bread", "--lessons", "2")
lesson = next(Path("content/bread").glob("01-*.md"))
lesson.write_text(lesson.read_text("utf-8") + "\\n![A loaf]({PICTURE})\\n", "utf-8")
campaign = Path("campaigns/bread.toml")
text = campaign.read_text("utf-8").replace('email = ""', 'email = "ada@bäckerei.invalid"')
campaign.write_text(text.replace('url = ""', 'url = "https://action.invalid"'), "utf-8")
run("build")
run("services")
run("themes")
print("all done")
"""

    done = run_guarded(tmp_path, program)

    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("all done\n")
    assert PICTURE in (tmp_path / "dist" / "bread" / "preview.html").read_text("utf-8")
