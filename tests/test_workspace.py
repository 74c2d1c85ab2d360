"""A workspace on disk: what is found in it, what `split` writes there, what `build` refuses."""

import shutil
import struct
import zlib
from pathlib import Path

import pytest

from disk import ARTICLE, contents, edit, lessons, make_course, run, run_well, snapshot
from dripline.build import check_output
from dripline.campaign import is_name
from dripline.errors import DriplineError
from dripline.files import read_record
from dripline.workspace import (
    Workspace,
    find_workspace,
    list_campaigns,
    load_campaign,
    load_course,
    write_workspace,
)


LONGER = ARTICLE.replace("How do you keep it fresh?", "And the second loaf?")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A workspace with the course `bread` of three lessons in it."""
    return make_course(tmp_path / "workspace", "--lessons", "3")


def split(root: Path, *options: str, article: str = ARTICLE) -> str:
    """Split once more; return what was said."""
    return run_well(root, "split", "-", "--name", "bread", *options, text=article).stderr


def refuse_split(root: Path, *options: str, article: str = ARTICLE) -> str:
    """Split once more, which has to be refused and to change nothing; return the message."""
    before = snapshot(root)

    result = run(root, "split", "-", "--name", "bread", *options, text=article)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert snapshot(root) == before
    return result.stderr


class TestFind:
    def test_it_is_the_nearest_folder_above_with_campaigns(self, tmp_path: Path) -> None:
        write_workspace(tmp_path)
        inside = tmp_path / "content" / "bread"
        inside.mkdir()

        assert find_workspace(inside).root == tmp_path

    def test_without_one_it_begins_where_you_are(self, tmp_path: Path) -> None:
        assert find_workspace(tmp_path).root == tmp_path

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("bread", True),
            ("bread-2", True),
            ("2", True),
            ("", False),
            ("Bread", False),
            ("-bread", False),
            ("a/b", False),
            ("..", False),
            ("a.b", False),
            ("brød", False),
            ("bread\n", False),
            ("x" * 81, False),
        ],
    )
    def test_a_name_is_small_letters_digits_and_hyphens(self, name: str, *, expected: bool) -> None:
        assert is_name(name) is expected

    def test_campaigns_come_in_order_without_what_editors_leave(self, tmp_path: Path) -> None:
        write_workspace(tmp_path)
        for name in ("tea.toml", "bread.toml", ".#bread.toml", "bread.toml~", "notes.txt"):
            (tmp_path / "campaigns" / name).touch()

        assert list_campaigns(Workspace(root=tmp_path)) == ("bread", "tea")

    def test_a_campaign_file_with_an_unfit_name_is_told_so(self, root: Path) -> None:
        (root / "campaigns" / "bread.toml").rename(root / "campaigns" / "My Bread.toml")

        with pytest.raises(DriplineError, match="small letters, digits and hyphens"):
            load_campaign(Workspace(root=root), "My Bread")

    def test_init_leaves_what_is_there(self, tmp_path: Path) -> None:
        (tmp_path / ".gitignore").write_text("mine\n")
        (tmp_path / "content").mkdir()

        made = write_workspace(tmp_path)

        assert [Path(path).name for path in made] == ["campaigns", "templates"]
        assert (tmp_path / ".gitignore").read_text() == "mine\n"


class TestLoad:
    def test_lessons_come_by_number_whatever_their_width(self, root: Path) -> None:
        first = lessons(root)[1]
        first.rename(first.with_name("10-later.md"))

        course = load_course(Workspace(root=root), "bread")

        assert [lesson.number for lesson in course.lessons] == [0, 2, 3, 4, 10]

    def test_what_editors_leave_beside_a_lesson_is_no_lesson(self, root: Path) -> None:
        folder = root / "content" / "bread"
        for name in ("01-a.md~", ".01-a.md.swp", "#01-a.md#", "01-a.md.orig", "4913", "notes.txt"):
            (folder / name).write_text("nothing")

        assert len(load_course(Workspace(root=root), "bread").lessons) == 5

    @pytest.mark.parametrize(
        "name",
        ["07-a?b.md", '07-"a".md', "07-a\nb.md", "07-\x1b[31m.md", "07-\u202etxt.md", "07-A.MD",
         "07-.md", "07-a .md", "07-a..md", "07-a:b.md", "07-a\\b.md"],
    )  # fmt: skip
    def test_a_name_that_some_system_refuses_is_one_message(self, root: Path, name: str) -> None:
        lessons(root)[1].rename(root / "content" / "bread" / name)

        with pytest.raises(DriplineError, match="cannot be a lesson under this name"):
            load_course(Workspace(root=root), "bread")

    @pytest.mark.parametrize("name", ["07-brød & tea (new).md", "07-パン.md", "07-🎉.md", "7-a.md"])
    def test_a_name_in_any_script_is_fine(self, root: Path, name: str) -> None:
        lessons(root)[1].rename(root / "content" / "bread" / name)

        assert load_course(Workspace(root=root), "bread").lessons[-1].number == 7

    def test_line_ends_and_mark_of_an_editor_make_no_difference(self, root: Path) -> None:
        expected = load_course(Workspace(root=root), "bread")
        for path in [*lessons(root), root / "campaigns" / "bread.toml"]:
            path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))

        assert load_course(Workspace(root=root), "bread") == expected

    def test_every_problem_of_the_lessons_is_told_at_once(self, root: Path) -> None:
        one, other = lessons(root)[1:3]
        one.write_text("no front matter")
        other.write_bytes(b"+++\nsubject = 'caf\xe9'\n+++\n")

        with pytest.raises(DriplineError) as caught:
            load_course(Workspace(root=root), "bread")

        message = str(caught.value)
        assert f"content/bread/{one.name}:1: the front matter is missing" in message
        assert f"content/bread/{other.name}:2: the file is not UTF-8 text" in message

    def test_a_folder_that_is_named_like_a_lesson_is_one_message(self, root: Path) -> None:
        (root / "content" / "bread" / "09-notes.md").mkdir()

        with pytest.raises(DriplineError, match=r"09-notes\.md: cannot be read: is a directory"):
            load_course(Workspace(root=root), "bread")

    def test_a_picture_is_loaded_when_a_lesson_shows_it(self, root: Path) -> None:
        folder = root / "content" / "bread" / "images"
        folder.mkdir()
        for name in ("loaf.png", "unused.png"):
            (folder / name).write_bytes(png(30, 20))
        edit(lessons(root)[1], "![A loaf](images/loaf.png)")

        pictures = load_course(Workspace(root=root), "bread").pictures

        assert {path: (one.width, one.height) for path, one in pictures.items()} == {
            "images/loaf.png": (30, 20)
        }

    def test_a_picture_outside_of_the_course_is_not_read(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "secret.png").write_bytes(png(30, 20))
        (root / "content" / "bread" / "loaf.png").symlink_to(tmp_path / "secret.png")
        edit(lessons(root)[1], "![A loaf](loaf.png)")

        assert load_course(Workspace(root=root), "bread").pictures == {}

    def test_a_picture_that_is_none_is_one_message(self, root: Path) -> None:
        (root / "content" / "bread" / "loaf.png").write_bytes(b"\x89PNG no, it is not")
        edit(lessons(root)[1], "![A loaf](loaf.png)")

        with pytest.raises(DriplineError, match=r"loaf\.png: this is not a picture"):
            load_course(Workspace(root=root), "bread")

    @pytest.mark.parametrize("name", ["loaf.svg", "loaf.webp"])
    def test_a_picture_that_mail_programs_do_not_show_is_refused(
        self, root: Path, name: str
    ) -> None:
        (root / "content" / "bread" / name).write_bytes(b"<svg/>")
        edit(lessons(root)[1], f"![A loaf]({name})")

        with pytest.raises(DriplineError, match="Save it as PNG or JPEG"):
            load_course(Workspace(root=root), "bread")


def png(width: int, height: int) -> bytes:
    """Return a picture of that size, all black."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (width + 1) * height)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


class TestSplitAgain:
    def test_an_edited_lesson_is_never_written_over(self, root: Path) -> None:
        edit(lessons(root)[1], "My own words.")

        message = refuse_split(root, "--lessons", "2")

        assert f"content/bread/{lessons(root)[1].name}" in message
        assert lessons(root)[2].name not in message
        assert "--force" in message

    @pytest.mark.parametrize(
        "change",
        [
            lambda data: data + b" ",
            lambda data: data.replace(b"\n", b"\r\n"),
            lambda _: b"",
        ],
        ids=["one byte", "line ends", "emptied"],
    )
    def test_any_change_of_bytes_is_an_edit(self, root: Path, change: object) -> None:
        path = lessons(root)[1]
        path.write_bytes(change(path.read_bytes()))  # type: ignore[operator]

        assert path.name in refuse_split(root, "--lessons", "2")

    def test_another_date_is_no_edit(self, root: Path) -> None:
        for path in lessons(root):
            path.touch()

        split(root, "--lessons", "2")

        assert len(lessons(root)) == 4

    def test_the_article_in_the_course_folder_is_the_authors_too(self, root: Path) -> None:
        edit(root / "content" / "bread" / "article.txt", "One more paragraph.")

        assert "content/bread/article.txt" in refuse_split(root)

    def test_an_edited_article_can_be_split_where_it_is(self, root: Path) -> None:
        article = root / "content" / "bread" / "article.txt"
        words = edit(article, "One more paragraph stands here.")

        run_well(root, "split", str(article), "--name", "bread", "--lessons", "3")

        assert article.read_bytes() == words
        assert any(b"One more paragraph" in path.read_bytes() for path in lessons(root))

    def test_a_renamed_lesson_is_the_authors(self, root: Path) -> None:
        path = lessons(root)[1]
        path.rename(path.with_name("01-another-name.md"))

        assert "01-another-name.md" in refuse_split(root)

    def test_a_deleted_lesson_comes_back(self, root: Path) -> None:
        before = snapshot(root / "content")
        lessons(root)[1].unlink()

        split(root, "--lessons", "3")

        assert snapshot(root / "content") == before

    def test_unchanged_lessons_are_renewed_and_stale_ones_removed(self, root: Path) -> None:
        before = {path.name for path in lessons(root)}

        said = split(root, "--lessons", "2", article=LONGER)

        after = {path.name for path in lessons(root)}
        assert len(after) == 4
        assert {
            name for name in before if f"Removed content/bread/{name}" in said
        } == before - after
        assert (root / "content" / "bread" / "article.txt").read_text() == LONGER

    def test_what_is_the_same_is_not_written_again(self, root: Path) -> None:
        before = {path: path.stat() for path in [*lessons(root), root / "campaigns" / "bread.toml"]}

        split(root, "--lessons", "3")

        for path, stat in before.items():
            now = path.stat()
            assert (now.st_ino, now.st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)

    def test_with_force_the_old_files_are_kept_apart(self, root: Path) -> None:
        edited, stale = lessons(root)[1], lessons(root)[3]
        words = {edit(edited, "My own words."), edit(stale, "More of my own.")}

        said = split(root, "--lessons", "2", "--force")

        backups = [line.split(": ", 1)[1] for line in said.splitlines() if "is kept" in line]
        assert {(root / path).read_bytes() for path in backups} == words
        assert all(path.startswith(".dripline/backup/") for path in backups)
        assert not stale.exists()

    def test_forcing_twice_keeps_both(self, root: Path) -> None:
        words = set()
        for number in range(3):
            words.add(edit(lessons(root)[1], f"Version {number}."))
            split(root, "--lessons", "3", "--force")

        assert words <= contents(root / ".dripline" / "backup")

    def test_lessons_of_another_origin_are_the_authors(self, root: Path) -> None:
        """A fresh clone has no record: what cannot be known as ours is not ours."""
        shutil.rmtree(root / ".dripline")

        message = run(root, "split", "-", "--name", "bread", "--lessons", "2", text=LONGER)

        assert message.exit_code == 1
        assert "these files are yours" in message.stderr

    def test_an_author_s_link_is_replaced_and_not_followed(
        self, root: Path, tmp_path: Path
    ) -> None:
        path = lessons(root)[1]
        outside = tmp_path / "precious.md"
        path.rename(outside)
        path.symlink_to(outside)
        before = outside.read_bytes()

        split(root, "--lessons", "2", article=LONGER)

        assert outside.read_bytes() == before

    def test_other_files_in_the_folder_stay(self, root: Path) -> None:
        (root / "content" / "bread" / "notes.txt").write_bytes(b"my notes")

        split(root, "--lessons", "2")

        assert (root / "content" / "bread" / "notes.txt").read_bytes() == b"my notes"

    def test_another_course_is_another_folder(self, root: Path) -> None:
        before = snapshot(root / "content" / "bread")

        make_course(root, name="loaf")

        assert snapshot(root / "content" / "bread") == before
        assert list_campaigns(Workspace(root=root)) == ("bread", "loaf")


class TestCampaignFile:
    MINE = (
        "# The course I am proud of.\n"
        "title   =  'Bread'   # short\n"
        "services = [\n  'kit', # the only one I use\n]\n\n"
        "[schedule]\n"
        "per_week =   1 # Sundays\n\n"
        "[sender]\n"
        "address = '1 Mill Lane'\n"
    )

    @pytest.fixture
    def mine(self, root: Path) -> Path:
        """The campaign file, written anew by its author."""
        path = root / "campaigns" / "bread.toml"
        path.write_bytes(self.MINE.encode())
        return path

    def test_it_is_kept_byte_for_byte(self, root: Path, mine: Path) -> None:
        said = split(root, "--lessons", "2")

        assert mine.read_bytes() == self.MINE.encode()
        assert "campaigns/bread.toml is yours, and was kept." in said

    def test_it_is_kept_with_force_too(self, root: Path, mine: Path) -> None:
        split(root, "--lessons", "2", "--force")

        assert mine.read_bytes() == self.MINE.encode()

    def test_per_week_changes_that_value_alone(self, root: Path, mine: Path) -> None:
        split(root, "--per-week", "3")

        assert mine.read_bytes() == self.MINE.replace("   1 #", "   3 #").encode()

    def test_line_ends_and_mark_are_kept(self, root: Path, mine: Path) -> None:
        mine.write_bytes(b"\xef\xbb\xbf" + self.MINE.replace("\n", "\r\n").encode())

        split(root, "--per-week", "3")

        changed = self.MINE.replace("   1 #", "   3 #").replace("\n", "\r\n")
        assert mine.read_bytes() == b"\xef\xbb\xbf" + changed.encode()

    def test_it_stays_the_authors_after_its_rhythm_was_changed(
        self, root: Path, mine: Path
    ) -> None:
        split(root, "--per-week", "3")
        split(root, "--lessons", "2")

        assert mine.read_bytes() == self.MINE.replace("   1 #", "   3 #").encode()
        assert "campaigns/bread.toml" not in read_record(Workspace(root=root).record("bread"))

    def test_its_rhythm_is_the_one_a_new_split_is_planned_in(self, root: Path, mine: Path) -> None:
        assert mine.exists()

        plan = run_well(root, "split", "-", "--name", "bread", "--format", "json", text=ARTICLE)

        assert '"day": 7,' in plan.stdout
        assert '"day": 3,' not in plan.stdout

    def test_a_rhythm_asked_for_once_stays(self, tmp_path: Path) -> None:
        root = make_course(tmp_path, "--per-week", "3")

        split(root, "--lessons", "3")

        assert load_campaign(Workspace(root=root), "bread").schedule.per_week == 3

    def test_a_broken_one_stops_the_split(self, root: Path, mine: Path) -> None:
        mine.write_text("title = 'Bread'\nrhythm = 3\n")

        assert "campaigns/bread.toml:2: unknown key 'rhythm'" in refuse_split(root)


class TestUnfinishedSplit:
    def test_it_is_not_built(self, root: Path) -> None:
        record = root / ".dripline" / "bread.json"
        record.write_text(record.read_text().replace('"complete": true', '"complete": false'))

        result = run(root, "build")

        assert result.exit_code == 1
        assert "the last split was cut short" in result.stderr
        split(root, "--lessons", "3")
        run_well(root, "build", "--service", "html")

    def test_what_a_killed_one_left_is_swept_away(self, root: Path) -> None:
        backup = root / ".dripline" / "backup" / "2027-01-31-120000" / "content"
        backup.mkdir(parents=True)
        for folder in (root / "content" / "bread", root / "campaigns", backup):
            (folder / ".dripline-new").write_bytes(b"half a les")

        split(root, "--lessons", "3")

        assert not list(root.rglob(".dripline-new"))


class TestOutputFolder:
    def test_the_default_is_fine(self, root: Path) -> None:
        check_output(Workspace(root=root), root / "dist" / "bread")

    @pytest.mark.parametrize(
        "output",
        [
            ".",
            "..",
            "../..",
            "/",
            "content",
            "content/bread",
            "campaigns",
            "templates",
            ".dripline",
        ],
    )
    def test_a_folder_with_the_authors_files_is_refused(self, root: Path, output: str) -> None:
        before = snapshot(root)

        result = run(root, "build", "--output", str(root / output))

        assert result.exit_code == 1
        assert "the author's files are in this folder" in result.stderr
        assert "--output dist" in result.stderr
        assert snapshot(root) == before

    def test_a_home_folder_is_refused(
        self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = tmp_path / "home"
        home.mkdir()
        monkeypatch.setenv("HOME", str(home))

        result = run(root, "build", "--output", str(home))

        assert result.exit_code == 1
        assert list(home.iterdir()) == []
        run_well(root, "build", "--service", "html", "--output", str(home / "courses"))

    def test_a_user_without_a_home_can_build(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("HOME", "~")

        run_well(root, "build", "--service", "html")

    def test_a_link_to_the_authors_files_is_refused(self, root: Path) -> None:
        (root / "dist").symlink_to(root / "content")
        before = snapshot(root)

        result = run(root, "build")

        assert result.exit_code == 1
        assert snapshot(root) == before

    def test_a_link_to_another_folder_stays_one(self, root: Path, tmp_path: Path) -> None:
        (tmp_path / "elsewhere").mkdir()
        (root / "dist").symlink_to(tmp_path / "elsewhere")

        run_well(root, "build", "--service", "html")

        assert (root / "dist").is_symlink()
        assert (tmp_path / "elsewhere" / "bread" / "preview.html").is_file()

    @pytest.mark.parametrize("place", ["dist", "dist/bread"])
    def test_a_file_in_its_place_is_refused(self, root: Path, place: str) -> None:
        (root / place).parent.mkdir(exist_ok=True)
        (root / place).write_bytes(b"precious")

        result = run(root, "build")

        assert result.exit_code == 1
        assert result.stderr.startswith("Error: ")
        assert (root / place).read_bytes() == b"precious"

    def test_files_of_others_in_it_are_named(self, root: Path) -> None:
        run_well(root, "build", "--service", "html")
        (root / "dist" / "bread" / "notes.txt").write_bytes(b"mine")

        said = run_well(root, "build", "--service", "kit").stderr

        assert "dist/bread/notes.txt is not ours, and was left where it is." in said

    def test_files_changed_by_hand_are_named(self, root: Path) -> None:
        run_well(root, "build", "--service", "html")
        words = edit(root / "dist" / "bread" / "html" / "00-welcome.txt", "By hand.")

        said = run_well(root, "build", "--service", "html").stderr

        line = next(line for line in said.splitlines() if "changed by hand" in line)
        backup = line.rsplit(": ", 1)[1]
        assert backup.startswith(".dripline/backup/")
        assert backup.endswith("/dist/bread/html/00-welcome.txt")
        assert (root / backup).read_bytes() == words
