"""An author and dripline at work in turns, in any order: nothing lost, nothing stale."""

import shutil
import tempfile
from itertools import count
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from disk import ARTICLE, TORTURE, contents, lessons, run, run_well, snapshot
from dripline.files import MANIFEST


ARTICLES = (ARTICLE, ARTICLE.replace("How do you keep it fresh?", "And the second loaf?"))
COUNTS = st.sampled_from(["1", "2", "3"])
CHOICE = st.integers(min_value=0, max_value=9)


class Desk(RuleBasedStateMachine):
    """A workspace with one course, its author, and dripline."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp(prefix="dripline-desk-"))
        self.target = self.root / "dist" / "bread"
        self.serial = count(1)
        self.precious: set[bytes] = set()
        self.foreign: dict[str, bytes] = {}

    def teardown(self) -> None:
        """Leave no folder behind."""
        shutil.rmtree(self.root)

    def words(self) -> str:
        """Return words that were never written before."""
        return f"Words of the author, number {next(self.serial)}."

    def lesson(self, choice: int) -> Path:
        """Return one of the lessons."""
        there = lessons(self.root)
        return there[choice % len(there)]

    def has_lessons(self) -> bool:
        """Tell whether a lesson is left."""
        return bool(lessons(self.root))

    def has_output(self) -> bool:
        """Tell whether the course was built."""
        return self.target.is_dir()

    def write(self, path: Path, data: bytes) -> None:
        """Write *data* as the author, who gives up what stands there."""
        if path.is_file():
            self.precious.discard(path.read_bytes())
        path.write_bytes(data)
        self.precious.add(data)

    @initialize(number=COUNTS)
    def split_first(self, number: str) -> None:
        run_well(self.root, "split", "-", "--name", "bread", "--lessons", number, text=ARTICLES[0])

    @rule(article=st.sampled_from(ARTICLES), number=COUNTS, force=st.booleans())
    def split_again(self, article: str, number: str, *, force: bool) -> None:
        before = snapshot(self.root, without=(".dripline/",))
        options = ["--name", "bread", "--lessons", number, *(["--force"] if force else [])]

        result = run(self.root, "split", "-", *options, text=article)

        if result.exit_code:
            assert "these files are yours" in result.stderr
            assert not force
            assert snapshot(self.root, without=(".dripline/",)) == before

    @precondition(has_lessons)
    @rule(choice=CHOICE)
    def edit(self, choice: int) -> None:
        path = self.lesson(choice)
        self.write(path, path.read_bytes() + f"\n{self.words()}\n".encode())

    @precondition(has_lessons)
    @rule(choice=CHOICE)
    def rename(self, choice: int) -> None:
        path = self.lesson(choice)
        path.rename(path.with_name(f"{path.name[:3]}renamed-{next(self.serial)}.md"))

    @precondition(has_lessons)
    @rule(choice=CHOICE)
    def delete(self, choice: int) -> None:
        path = self.lesson(choice)
        self.precious.discard(path.read_bytes())
        path.unlink()

    @rule()
    def edit_campaign(self) -> None:
        path = self.root / "campaigns" / "bread.toml"
        self.write(path, path.read_bytes() + f"# {self.words()}\n".encode())

    @rule(rhythm=st.sampled_from(["1", "2", "3"]))
    def change_rhythm(self, rhythm: str) -> None:
        path = self.root / "campaigns" / "bread.toml"
        before = path.read_bytes()
        was_precious = before in self.precious
        options = ("--name", "bread", "--lessons", "2", "--per-week", rhythm, "--force")

        run_well(self.root, "split", "-", *options, text=ARTICLES[0])

        if was_precious:
            now = path.read_bytes()
            changed = [
                (one, other)
                for one, other in zip(before.split(b"\n"), now.split(b"\n"), strict=True)
                if one != other
            ]
            assert all(one.startswith(b"per_week = ") for pair in changed for one in pair)
            self.precious.discard(before)
            self.precious.add(now)

    @precondition(has_lessons)
    @rule(services=st.sets(st.sampled_from(["html", "kit", "eml"]), min_size=1))
    def build(self, services: set[str]) -> None:
        options = [word for name in sorted(services) for word in ("--service", name)]

        result = run(self.root, "build", *options)

        if result.exit_code:
            assert "has the same number as" in result.stderr
            return
        self.assert_output_is_exact(options)

    def assert_output_is_exact(self, options: list[str]) -> None:
        """Assert that the output is what a build into a new folder gives, and files of others."""
        with tempfile.TemporaryDirectory() as fresh:
            run_well(self.root, "build", *options, "--output", fresh)
            expected = snapshot(Path(fresh) / "bread")
        assert snapshot(self.target) == expected | self.foreign
        self.foreign = {p: d for p, d in self.foreign.items() if p not in expected}
        built_again = {path: path.stat() for path in self.target.rglob("*")}
        run_well(self.root, "build", *options)
        for path, stat in built_again.items():
            now = path.stat()
            assert (now.st_ino, now.st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)

    @precondition(has_output)
    @rule(place=st.sampled_from(["", "html/", "kit/", "notes/"]))
    def add_foreign_file(self, place: str) -> None:
        path = f"{place}mine-{next(self.serial)}.txt"
        (self.target / path).parent.mkdir(exist_ok=True)
        self.write(self.target / path, self.words().encode())
        self.foreign[path] = (self.target / path).read_bytes()

    @precondition(has_output)
    @rule(choice=CHOICE)
    def change_output_by_hand(self, choice: int) -> None:
        ours = sorted(set(snapshot(self.target, without=(MANIFEST,))) - set(self.foreign))
        self.write(self.target / ours[choice % len(ours)], self.words().encode())

    @precondition(has_output)
    @rule()
    def delete_output(self) -> None:
        self.precious -= contents(self.target)
        self.foreign.clear()
        shutil.rmtree(self.target)

    @invariant()
    def nothing_is_lost(self) -> None:
        assert self.precious <= contents(self.root)

    @invariant()
    def nothing_is_left_half_done(self) -> None:
        assert not list(self.root.rglob("*.dripline-*"))
        assert not list(self.root.rglob(".dripline-new"))


Desk.TestCase.settings = settings(
    max_examples=1000 if TORTURE else 12,
    stateful_step_count=20,
    deadline=None,
    derandomize=not TORTURE,
    suppress_health_check=[HealthCheck.too_slow],
)
TestDesk = Desk.TestCase
