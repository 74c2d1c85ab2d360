"""The command line: what it says, where it says it, how it ends."""

import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.cells import cell_len

from disk import (
    ARTICLE,
    edit,
    lessons,
    make_course,
    run,
    run_program,
    run_well,
    snapshot,
)
from dripline.cli import main


TRANSCRIPTS = Path(__file__).parent / "golden" / "terminal"

# Each is one terminal: the commands typed in a folder with `article.txt` in it.
TERMINALS = {
    "first-run": [
        "init .",
        "split article.txt --name bread --lessons 3",
        "build",
        "build bread --service kit",
    ],
    "init": ["init courses", "init courses", "-C other init"],
    "outline": ["outline article.txt", "outline article.txt article.txt --format json"],
    "split": [
        "split article.txt --dry-run",
        "split article.txt --dry-run --format json --lessons 2",
        "split article.txt --dry-run --weeks 2 --per-week 1",
        "split article.txt --dry-run --lessons 2 --per-week 3",
        "split - --name bread --lessons 2",
        "split - --name bread --lessons 2 --per-week 3 --format json",
    ],
    "split-again": [
        "split article.txt --name bread --lessons 3",
        "split article.txt --name bread --lessons 2",
        "edit content/bread/00-welcome.md",
        "edit campaigns/bread.toml",
        "split article.txt --name bread --lessons 3",
        "split article.txt --name bread --lessons 3 --force",
    ],
    "build": [
        "build",
        "split article.txt --name bread --lessons 2",
        "split article.txt --name loaf --lessons 2",
        "build --service html",
        "build loaf --service kit --service eml --output courses",
        "edit dist/bread/html/UPLOAD.md",
        "edit dist/bread/notes.txt",
        "build bread --service html",
    ],
    "what-there-is": ["services", "services html", "themes", "themes letter"],
    "help": [
        "--version",
        "-h",
        *(f"{name} -h" for name in ("init", "outline", "split", "build", "services", "themes")),
    ],
    "wrong-usage": [
        "",
        "bake",
        "--workspace article.txt build",
        "outline",
        "outline article.txt --format yaml",
        "split",
        "split article.txt --lessons 0",
        "split article.txt --lessons two",
        "split article.txt --lessons 2 --weeks 2",
        "split article.txt --per-week 8",
        "split article.txt --name My/Course",
        "split article.txt --slices 3",
        "build --output article.txt",
        "init article.txt",
    ],
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder the terminal is in."""
    place = tmp_path / "home" / "work"
    place.mkdir(parents=True)
    (place / "article.txt").write_text(ARTICLE, "utf-8")
    monkeypatch.chdir(place)
    return place


def type_in(command: str, folder: Path) -> str:
    """Return what the terminal shows for *command*, stream by stream, and how it ended."""
    if command.startswith("edit "):
        path = folder / command.removeprefix("edit ")
        path.touch()
        edit(path, "# In my own words.")
        return f"$ {command}\n"
    result = CliRunner().invoke(main, command.split(), input=ARTICLE, catch_exceptions=False)
    shown = f"$ dripline {command}".rstrip() + "\n"
    for stream, mark in ((result.stdout, "  "), (result.stderr, "! ")):
        shown += "".join(f"{mark}{line}".rstrip() + "\n" for line in stream.splitlines())
    return f"{shown}exit {result.exit_code}\n"


@pytest.mark.parametrize("name", TERMINALS)
def test_a_terminal_shows(name: str, folder: Path, request: pytest.FixtureRequest) -> None:
    """Lines of stdout are indented, those of stderr begin with an exclamation mark."""
    shown = "\n".join(type_in(command, folder) for command in TERMINALS[name])
    shown = shown.replace(str(folder), "/home/work")
    shown = re.sub(r"\d{4}-\d\d-\d\d-\d{6}", "2027-01-31-120000", shown)
    expected = TRANSCRIPTS / f"{name}.txt"
    if request.config.getoption("--golden"):
        expected.parent.mkdir(parents=True, exist_ok=True)
        expected.write_text(shown, "utf-8")

    assert shown == expected.read_text("utf-8")


def test_every_command_has_a_transcript() -> None:
    typed = {command.split(" ")[0] for commands in TERMINALS.values() for command in commands}

    assert set(main.commands) <= typed
    assert {f"{name} -h" for name in main.commands} <= set(TERMINALS["help"])


class TestStreams:
    def test_the_plan_as_json_is_all_of_stdout(self, tmp_path: Path) -> None:
        result = run_well(
            tmp_path, "split", "-", "--lessons", "2", "--format", "json", text=ARTICLE
        )

        plan = json.loads(result.stdout)
        assert plan["name"] == "bread-for-people-who-have-no-time"
        assert [one["kind"] for one in plan["lessons"]] == [
            "welcome",
            "lesson",
            "lesson",
            "closing",
        ]
        assert set(plan["lessons"][0]) == {
            "number", "kind", "title", "subject", "day", "words", "first_line", "last_line",
        }  # fmt: skip

    def test_the_outline_as_json_is_one_object_a_line(self, folder: Path) -> None:
        result = run_well(folder, "outline", "article.txt", "article.txt", "--format", "json")

        one, other = map(json.loads, result.stdout.splitlines())
        assert one == other
        assert one["title"] == "Bread for People Who Have No Time"
        assert len(one["lines"]) == len(ARTICLE.split("\n"))

    def test_what_was_written_is_all_of_stdout_but_the_plan(self, tmp_path: Path) -> None:
        make_course(tmp_path)

        lines = run_well(tmp_path, "build", "--service", "html").stdout.splitlines()

        dist = f"{tmp_path}/dist/bread"  # as the workspace was typed
        assert lines == [f"{dist}/preview.html", f"{dist}/html/", f"{dist}/bread-html.zip"]
        assert all(Path(line).exists() for line in lines)

    def test_a_dry_run_writes_nothing(self, tmp_path: Path) -> None:
        run_well(tmp_path, "split", "-", "--dry-run", text=ARTICLE)

        assert snapshot(tmp_path) == {}
        assert list(tmp_path.iterdir()) == []

    def test_a_refused_split_shows_no_plan(self, tmp_path: Path) -> None:
        make_course(tmp_path)
        edit(lessons(tmp_path)[0], "Mine.")

        result = run(tmp_path, "split", "-", "--name", "bread", "--format", "json", text=ARTICLE)

        assert (result.exit_code, result.stdout) == (1, "")

    def test_the_text_of_standard_input_is_the_article(self, folder: Path) -> None:
        from_file = run_well(folder, "split", "article.txt", "--dry-run", "--name", "bread")
        from_stdin = run_well(folder, "split", "-", "--dry-run", "--name", "bread", text=ARTICLE)

        assert from_file.stdout == from_stdin.stdout

    def test_the_workspace_is_found_from_a_folder_inside(self, folder: Path) -> None:
        make_course(folder)

        done = run_program(folder / "content" / "bread", "build", "--service", "html")

        assert done.returncode == 0
        assert (folder / "dist" / "bread" / "preview.html").is_file()

    def test_the_course_is_called_after_the_folder_it_is_in(self, folder: Path) -> None:
        (folder / "content" / "sourdough").mkdir(parents=True)
        (folder / "article.txt").rename(folder / "content" / "sourdough" / "article.txt")

        run_well(folder, "split", str(folder / "content" / "sourdough" / "article.txt"))

        assert (folder / "campaigns" / "sourdough.toml").is_file()

    @pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
    def test_an_output_that_is_not_utf_8_gets_what_it_can_show(
        self, folder: Path, encoding: str
    ) -> None:
        (folder / "article.txt").write_text(ARTICLE.replace("Bread", "Bröt’ 日本 🍞"), "utf-8")

        for words in (["outline"], ["split", "--dry-run"], ["split", "--dry-run", "--format=json"]):
            done = subprocess.run(
                [sys.executable, "-m", "dripline", *words, "article.txt"],
                env={**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding},
                capture_output=True,
                check=False,
            )

            assert done.returncode == 0, done.stderr.decode()
            shown = done.stdout.decode(encoding, errors="replace")
            if encoding == "utf-8" and "--format=json" not in words:
                assert "日本" in shown
            if "--format=json" in words:
                assert "日本 🍞" in json.loads(shown)["lessons"][0]["subject"]


class TestManyCampaigns:
    def test_one_with_an_error_does_not_stop_the_others(self, tmp_path: Path) -> None:
        make_course(tmp_path, name="bad")
        make_course(tmp_path, name="good")
        (tmp_path / "campaigns" / "bad.toml").write_text("titel = 'x'\n")

        result = run(tmp_path, "build", "--service", "html")

        assert result.exit_code == 1
        assert "campaigns/bad.toml" in result.stderr
        assert (tmp_path / "dist" / "good" / "preview.html").is_file()
        assert not (tmp_path / "dist" / "bad").exists()

    def test_the_errors_of_all_are_shown(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            make_course(tmp_path, name=name)
            (tmp_path / "campaigns" / f"{name}.toml").write_text("titel = 'x'\n")

        said = run(tmp_path, "build").stderr

        assert "campaigns/one.toml" in said
        assert "campaigns/two.toml" in said


# ---- what people do wrong: where it is, what it is, what to do ----


Change = Callable[[Path], object]


def article(data: bytes, name: str = "article.txt") -> Change:
    """Return what writes *data* as the article."""
    return lambda root: (root / name).write_bytes(data)


def campaign(text: str) -> Change:
    """Return what adds *text* to the campaign file."""

    def change(root: Path) -> None:
        path = root / "campaigns" / "bread.toml"
        path.write_text(f"{text}\n{path.read_text('utf-8')}", "utf-8")

    return change


def lesson(old: str, new: str) -> Change:
    """Return what puts *new* in the place of *old* in the first lesson."""

    def change(root: Path) -> None:
        path = lessons(root)[1]
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return change


def replaced(old: str, new: str) -> Change:
    """Return what puts *new* in the place of *old* in the campaign file."""

    def change(root: Path) -> None:
        path = root / "campaigns" / "bread.toml"
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), "utf-8")

    return change


def same_number(root: Path) -> None:
    """Give a second lesson the number of the first."""
    path = lessons(root)[1]
    path.with_name("01-twin.md").write_bytes(path.read_bytes())


def no_lessons(root: Path) -> None:
    """Delete the lessons."""
    for path in lessons(root):
        path.unlink()


WRONG_ARTICLES: dict[str, tuple[Change, str, tuple[str, str, str]]] = {
    "missing": (
        lambda _: None,
        "no-such.txt",
        ("no-such.txt:", "cannot be read: no such file", "Check the name"),
    ),
    "a folder": (
        lambda root: (root / "folder").mkdir(),
        "folder",
        ("folder:", "this is a folder", "Give the path of the article's file"),
    ),
    "empty": (article(b""), "article.txt", ("article.txt:", "is empty", "Give the path")),
    "blank": (
        article(b" \n\n\t\n"),
        "article.txt",
        ("article.txt:", "no words", "Give the path"),
    ),
    "binary": (
        article(b"Bread\n\nis good\x00\x01\x02"),
        "article.txt",
        ("article.txt:3:", "not plain text: it has the character U+0000", "encoding UTF-8"),
    ),
    "a PDF": (
        article(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"),
        "article.txt",
        ("article.txt:", "this is a PDF", "Copy its text into a plain text file"),
    ),
    "not UTF-8": (
        article("Brot\n\nBr\u00f6tchen".encode("latin-1")),
        "article.txt",
        ("article.txt:3:", "(0xf6) is not UTF-8 text", "save it again with the encoding UTF-8"),
    ),
    "a web address": (
        lambda _: None,
        "https://example.org/bread",
        ("https://example.org/bread:", "web address", "paste it into a text file"),
    ),
}

WRONG_COURSES: dict[str, tuple[Change, tuple[str, str, str]]] = {
    "an unknown option": (
        campaign("rythm = 3"),
        ("campaigns/bread.toml:1:", "unknown key 'rythm'", "There are: title, article"),
    ),
    "an option misspelt": (
        campaign("langage = 'en'"),
        ("campaigns/bread.toml:1:", "unknown key 'langage'", "Did you mean 'language'?"),
    ),
    "not TOML": (
        campaign('"'),
        ("campaigns/bread.toml:1:", "cannot be read as TOML", "double quotes"),
    ),
    "an empty campaign": (
        lambda root: (root / "campaigns" / "bread.toml").write_bytes(b""),
        ("campaigns/bread.toml:", "'title' is missing", ""),
    ),
    "an unknown theme": (
        replaced('name = "letter"', 'name = "lettre"'),
        ("campaigns/bread.toml:", "there is no theme 'lettre'", "There are: letter"),
    ),
    "an unknown service": (
        replaced('"kit"', '"kitt"'),
        ("campaigns/bread.toml:", "there is no service 'kitt'", "Did you mean 'kit'?"),
    ),
    "an unknown language": (
        replaced('language = "en"', 'language = "xx"'),
        ("campaigns/bread.toml:", "no phrases for the language 'xx'", "There are: en"),
    ),
    "front matter without an end": (
        lesson("\n+++\n\n", "\n\n"),
        ("content/bread/01-", "the front matter has no end", "+++"),
    ),
    "front matter that is no TOML": (
        lesson('subject = "', "subject = "),
        ("content/bread/01-", "cannot be read as TOML", "double quotes"),
    ),
    "an unknown key in a lesson": (
        lesson("subject = ", "subjekt = "),
        ("content/bread/01-", "unknown key 'subjekt'", "Did you mean 'subject'?"),
    ),
    "two lessons with one number": (
        same_number,
        ("content/bread/01-why", "has the same number as content/bread/01-twin.md", "The number"),
    ),
    "an article that is gone": (
        lambda root: (root / "content" / "bread" / "article.txt").unlink(),
        ("content/bread/article.txt:", "the article of this course is gone", "Put it back"),
    ),
    "no lessons": (
        no_lessons,
        ("content/bread:", "there are no lessons", "dripline split"),
    ),
    "an unknown merge tag": (
        lesson("\n+++\n\n", "\n+++\n\nDear {{ frist_name }},\n\n"),
        ("content/bread/01-", "frist_name", "first_name"),
    ),
    "a missing picture": (
        lesson("\n+++\n\n", "\n+++\n\n![A loaf](loaf.png)\n\n"),
        ("content/bread/01-", "there is no picture 'loaf.png'", "next to its lessons"),
    ),
}


def assert_one_message(stderr: str, where: str, what: str, remedy: str) -> None:
    """Assert that *stderr* is one message that says where, what and what to do."""
    assert stderr.startswith(f"Error: {where}")
    assert stderr.count("Error:") == 1
    assert what in stderr
    assert remedy in stderr
    assert "Traceback" not in stderr


@pytest.mark.parametrize("command", ["outline", "split"])
@pytest.mark.parametrize("case", WRONG_ARTICLES)
def test_a_wrong_article_is_one_message(case: str, command: str, folder: Path) -> None:
    change, name, (where, what, remedy) = WRONG_ARTICLES[case]
    change(folder)
    before = snapshot(folder)

    result = CliRunner().invoke(main, [command, name], catch_exceptions=False)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert_one_message(result.stderr, where, what, remedy)
    assert snapshot(folder) == before
    assert not (folder / ".dripline").exists()


@pytest.mark.parametrize("case", WRONG_COURSES)
def test_a_wrong_course_is_one_message(case: str, tmp_path: Path) -> None:
    root = make_course(tmp_path / "workspace", "--lessons", "2")
    run_well(root, "build", "--service", "html")
    change, (where, what, remedy) = WRONG_COURSES[case]
    change(root)
    before = snapshot(root)

    result = run(root, "build")

    assert result.exit_code == 1
    assert result.stdout == ""
    assert_one_message(result.stderr, where, what, remedy)
    assert snapshot(root) == before


@pytest.mark.parametrize(
    ("words", "where", "what", "remedy"),
    [
        (["loaf"], "campaigns/loaf.toml:", "there is no campaign 'loaf'", "There are: bread."),
        (["../bread"], "campaigns/../bread.toml:", "there is no campaign", "There are: bread."),
        (["--service", "kitt"], "there is no service", "no service 'kitt'", "Did you mean 'kit'?"),
    ],
)
def test_a_name_that_is_none_is_one_message(
    tmp_path: Path, words: list[str], where: str, what: str, remedy: str
) -> None:
    root = make_course(tmp_path)
    before = snapshot(root)

    result = run(root, "build", *words)

    assert result.exit_code == 1
    assert_one_message(result.stderr, where, what, remedy)
    assert snapshot(root) == before


@pytest.mark.parametrize("command", [["services", "kitt"], ["themes", "lettre"]])
def test_what_there_is_not_is_one_message(tmp_path: Path, command: list[str]) -> None:
    result = run(tmp_path, *command)

    assert (result.exit_code, result.stdout) == (1, "")
    assert "There are: " in result.stderr


def test_a_build_in_a_folder_that_is_no_workspace_leaves_no_trace(tmp_path: Path) -> None:
    for words in (["build"], ["build", "bread"]):
        result = run(tmp_path, *words)

        assert result.exit_code == 1
        assert "dripline split ARTICLE" in result.stderr
        assert list(tmp_path.iterdir()) == []


def test_a_service_that_cannot_be_served_does_not_hold_up_the_others(tmp_path: Path) -> None:
    root = make_course(tmp_path)
    path = lessons(root)[1]
    text = path.read_text("utf-8")
    path.write_text(re.sub(r'subject = ".*?"', 'subject = "Use *|FNAME|* today"', text), "utf-8")

    result = run(root, "build", "--service", "mailchimp", "--service", "html")

    assert result.exit_code == 1
    assert "No package for mailchimp: see the errors above." in result.stderr
    assert "[unwritable-mark]" in result.stderr
    assert (root / "dist" / "bread" / "html").is_dir()
    assert not (root / "dist" / "bread" / "mailchimp").exists()


# ---- a terminal is not to be commanded by a title ----


def is_inert(text: str) -> bool:
    """Tell whether no sign of *text* commands a terminal, moves or hides what it shows."""
    return all(
        sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn")
        for sign in text
    )


@pytest.fixture(scope="session")
def titles(shared: Path) -> list[str]:
    """What a title must never do to a terminal."""
    corpus = shared / "corpus" / "hostile" / "terminal" / "titles.json"
    cases: list[str] = json.loads(corpus.read_text("utf-8"))["cases"]
    return cases


def is_sayable(title: str) -> bool:
    """Tell whether a file can hold *title* as UTF-8."""
    return "\ud800" not in title


def as_names(titles: list[str]) -> list[str]:
    """Return the *titles* as names of files, and one that is not UTF-8."""
    names = [title.replace("/", "-").replace("\0", "-") for title in filter(is_sayable, titles)]
    return [*names, os.fsdecode(b"caf\xe9")]


class TestHostileTitles:
    def test_as_title_and_heading_of_an_article(self, tmp_path: Path, titles: list[str]) -> None:
        for title in filter(is_sayable, titles):
            text = ARTICLE.replace("Bread", f"{title} Bread").replace("Why does", f"{title} Why do")
            for words in (
                ["outline", "-"],
                ["outline", "-", "--format", "json"],
                ["split", "-", "--name", "bread", "--force"],
                ["split", "-", "--name", "bread", "--dry-run", "--format", "json"],
                ["build", "--service", "html"],
            ):
                result = run(tmp_path, *words, text=text)

                assert is_inert(result.output), (title, words)
                assert result.exit_code in (0, 1)

    def test_as_subject_of_a_lesson_and_title_of_a_campaign(
        self, tmp_path: Path, titles: list[str]
    ) -> None:
        root = make_course(tmp_path)
        path = lessons(root)[1]
        text, course = path.read_text("utf-8"), root / "campaigns" / "bread.toml"
        for title in filter(is_sayable, titles):
            quoted = json.dumps(title)
            head, _, tail = re.split(r'(?m)^(subject = ".*?")', text)
            path.write_text(f"{head}subject = {quoted}{tail}", "utf-8")
            course.write_text(f"title = {quoted}\n", "utf-8")

            result = run(root, "build", "--service", "html")

            assert is_inert(result.output), title

    def test_as_name_of_a_file(self, tmp_path: Path, titles: list[str]) -> None:
        root = make_course(tmp_path / "workspace")
        for name in as_names(titles):
            article, lesson = tmp_path / f"{name}.txt", root / "content" / "bread" / f"05-{name}.md"
            article.write_bytes(b"%PDF-1.7")
            lesson.write_text("no front matter")
            for words in (["outline", str(article)], ["split", str(article)], ["build"]):
                result = run(root, *words)

                assert is_inert(result.output), (name, words)
                assert result.exit_code == 1, (name, words)
                assert result.output.count("Error:") == 1
                assert len(result.output.splitlines()) == 2
            lesson.unlink()

    def test_as_name_of_a_good_article(self, tmp_path: Path, titles: list[str]) -> None:
        for name in as_names(titles):
            path = tmp_path / f"{name}.txt"
            path.write_text(ARTICLE, "utf-8")

            for words in (["outline"], ["outline", "--format", "json"], ["split", "--force"]):
                result = run(tmp_path, *words, str(path))

                assert result.exit_code == 0
                assert is_inert(result.output), (name, words)

    def test_as_name_of_a_file_of_others_in_the_output(
        self, tmp_path: Path, titles: list[str]
    ) -> None:
        root = make_course(tmp_path)
        run_well(root, "build", "--service", "html")
        for name in as_names(titles):
            (root / "dist" / "bread" / f"mine {name}").touch()

        said = run_well(root, "build", "--service", "html")

        assert is_inert(said.output)
        assert said.stderr.count("is not ours") == len(as_names(titles))

    def test_as_words_of_a_command(self, tmp_path: Path, titles: list[str]) -> None:
        make_course(tmp_path)
        for title in titles:
            for words in (
                ["build", title],
                ["build", "--service", title],
                ["services", title],
                ["themes", title],
                ["split", "-", "--name", title],
                ["split", "-", "--lessons", title],
                ["split", "-", "--format", title],
                ["split", "-", title, title],
                ["init", "-", title],
                [title],
                [f"--{title}"],
                ["split", f"--{title}"],
            ):
                result = run(tmp_path, *words, text=ARTICLE)

                assert is_inert(result.output), (title, words)
                assert result.exit_code in (1, 2), (title, words)

    def test_a_terminal_with_colours_shows_no_other_codes(
        self, tmp_path: Path, titles: list[str]
    ) -> None:
        for title in filter(is_sayable, titles):
            text = ARTICLE.replace("Bread", f"{title} Bread")

            done = subprocess.run(
                [sys.executable, "-m", "dripline", "split", "-", "--dry-run"],
                env={**os.environ, "FORCE_COLOR": "1", "TERM": "xterm-256color", "PYTHONUTF8": "1"},
                input=text,
                encoding="utf-8",
                capture_output=True,
                cwd=tmp_path,
                check=False,
            )

            assert is_inert(re.sub("\x1b\\[[0-9;]*m", "", done.stdout + done.stderr))


def test_brackets_in_a_title_are_no_markup(tmp_path: Path) -> None:
    text = ARTICLE.replace("Bread for", "[bold]Bread[/bold] [link=https://x.example]for[/]")

    shown = run_well(tmp_path, "split", "-", "--dry-run", text=text).stdout

    assert "[bold]Bread[/bold]" in shown


@pytest.mark.parametrize(
    "title",
    [
        "Bread and everything that people who have no time at all ever wanted to know about it",
        "パンを焼く時間がない人のためのパンの本とその他のたくさんの役に立つ知識と長い長い題名",
        "🍞" * 50,
        "Donaudampfschifffahrtsgesellschaftskapitänswitwenrentenauszahlungsstellenleiterin" * 2,
        "n\u0303" * 100,
    ],
    ids=["long", "wide", "emoji", "one word", "combining"],
)
def test_tables_fit_eighty_columns(tmp_path: Path, title: str) -> None:
    heading = f"Why {title}?"
    text = ARTICLE.replace("Bread for People Who Have No Time", title)
    text = text.replace("Why does dough need rest?", heading)
    root = make_course(tmp_path, "--lessons", "3", article=text)

    for words in (
        ["outline", str(root / "content" / "bread" / "article.txt")],
        ["split", "-", "--dry-run"],
        ["services"],
        ["themes"],
        ["build"],
    ):
        shown = run_well(root, *words, text=text).output
        table = [line for line in shown.splitlines() if re.match(r" (?! (?:title|author) )", line)]
        assert table
        assert max(map(cell_len, table)) <= 80
        assert [line for line in table if line != line.rstrip()] == []
