"""The same input gives the same bytes: on any machine, at any time, in any order."""

import os
import subprocess
import sys
from pathlib import Path

from disk import ARTICLE, snapshot
from dripline.files import digest


# Loaded by the interpreter before anything else: another order of listings, another year.
SITE = """\
import os
import random
import time

dice = random.Random(os.environ["DRIPLINE_TEST_SEED"])
listdir, scandir = os.listdir, os.scandir

def shuffled(entries):
    entries = sorted(entries, key=lambda entry: getattr(entry, "name", entry))
    dice.shuffle(entries)
    return entries

class Scan:
    def __init__(self, path):
        with scandir(path) as entries:
            self.entries = iter(shuffled(entries))

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.entries)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        return None

    def close(self):
        return None

os.listdir = lambda path=".": shuffled(listdir(path))
os.scandir = lambda path=".": Scan(path)

years = int(os.environ["DRIPLINE_TEST_YEARS"]) * 365 * 24 * 3600
now = time.time
time.time = lambda: now() + years
"""

MACHINES = (
    {
        "TZ": "Pacific/Kiritimati",
        "LC_ALL": "C",
        "LANG": "C",
        "PYTHONHASHSEED": "1",
        "DRIPLINE_TEST_SEED": "1",
        "DRIPLINE_TEST_YEARS": "0",
        "COLUMNS": "40",
    },
    {
        "TZ": "America/Adak",
        "LC_ALL": "tr_TR.UTF-8",
        "LANG": "de_DE.UTF-8",
        "PYTHONHASHSEED": "4242",
        "DRIPLINE_TEST_SEED": "2",
        "DRIPLINE_TEST_YEARS": "7",
        "SOURCE_DATE_EPOCH": "1",
        "NO_COLOR": "1",
    },
)
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000"
    "3a7e9b550000000a49444154789c63600000000200015d0b2a1c0000000049454e44ae426082"
)


def work(folder: Path, site: Path, machine: dict[str, str]) -> dict[str, bytes]:
    """Split and build in *folder*, in a process on *machine*; return all it made."""
    folder.mkdir(parents=True)
    (folder / "article.txt").write_text(ARTICLE, "utf-8")
    paths = os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": paths, **machine}

    def run(*words: str) -> None:
        done = subprocess.run(
            [sys.executable, "-m", "dripline", *words],
            cwd=folder,
            env=env,
            check=False,
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr.decode()

    run("init", ".")
    run("split", "article.txt", "--name", "bread", "--lessons", "3")
    lesson = next((folder / "content" / "bread").glob("01-*.md"))
    pictures = [f"images/{name}.png" for name in ("loaf", "crumb", "crust", "Äpfel")]
    for path in pictures:
        place = folder / "content" / "bread" / path
        place.parent.mkdir(exist_ok=True)
        place.write_bytes(PNG)
    shown = "\n\n".join(f"![A picture]({path})" for path in pictures)
    lesson.write_text(f"{lesson.read_text('utf-8')}\n{shown}\n", "utf-8")
    campaign = folder / "campaigns" / "bread.toml"
    text = campaign.read_text("utf-8").replace("per_week = 2", 'per_week = 2\nstart = "2027-03-28"')
    text = text.replace('email = ""', 'email = "ada@example.org"')
    campaign.write_text(f"{text}\n[tags]\nfirst_name = '%%name%%'\nemail = '%%mail%%'\n", "utf-8")
    (folder / "templates" / "style.css").write_text("p { color: #123456 }\nh1 { color: #000 }\n")
    run("build")
    return snapshot(folder, without=(".dripline/lock",))


def test_two_machines_make_the_same_bytes(tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(SITE)

    one = work(tmp_path / "one", site, MACHINES[0])
    other = work(tmp_path / "a much longer name" / "for the Ordner", site, MACHINES[1])

    assert len(one) > 100
    assert {path: digest(data) for path, data in one.items()} == {
        path: digest(data) for path, data in other.items()
    }


def test_the_two_machines_differ(tmp_path: Path) -> None:
    """The test above would prove nothing on two machines that are the same."""
    (tmp_path / "sitecustomize.py").write_text(SITE)
    for name in "abcdefgh":
        (tmp_path / name).touch()
    program = (
        "import os, time\n"
        "print(os.listdir('.'), [entry.name for entry in os.scandir('.')],\n"
        "    hash('bread'), time.gmtime(time.time()).tm_year, time.timezone)\n"
    )

    seen = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={"PYTHONPATH": str(tmp_path), **machine},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()
        for machine in MACHINES
    ]

    assert all(one != other for one, other in zip(seen[0][-3:], seen[1][-3:], strict=True))
    assert seen[0][:16] != seen[1][:16]
