import io
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from articles import load_list, parse, refusal, split
from dripline.article import LARGEST, decode_text, load_article, parse_article
from dripline.errors import DriplineError
from dripline.model import Article


def write(folder: Path, data: bytes, name: str = "article.txt") -> str:
    path = folder / name
    path.write_bytes(data)
    return str(path)


def read_or_refuse(name: str) -> Article | DriplineError:
    try:
        return load_article(name)
    except DriplineError as error:
        return error


def refuse(name: str) -> DriplineError:
    """Return the error that refuses the file *name*; it says where, what and what to do."""
    with pytest.raises(DriplineError) as caught:
        load_article(name)
    error = caught.value
    assert error.path == name
    assert error.message
    assert error.hint
    return error


def test_keeps_the_bytes_as_they_came(tmp_path: Path) -> None:
    data = b"\xef\xbb\xbfTitle\r\n\r\nText.\r\n"

    article = load_article(write(tmp_path, data))

    assert article.data == data
    assert article.text == "Title\n\nText.\n"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_counts_the_same_lines_whatever_ends_them(end: str) -> None:
    article = parse(end.join(("Title", "", "One.", "Two.")))

    assert article.lines == ("Title", "", "One.", "Two.")


def test_ends_no_line_at_the_separators_that_only_python_knows() -> None:
    article = parse("One\u2028line\u2029and a half.")

    assert len(article.lines) == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_honours_a_byte_order_mark(encoding: str) -> None:
    article = parse_article("Größe\n\n第三課".encode(encoding), "article.txt")

    assert article.text == "Größe\n\n第三課"


def test_reads_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"Title\n\nText.")))

    article = load_article("-")

    assert (article.name, article.suffix, article.text) == ("-", ".txt", "Title\n\nText.")


def test_takes_control_characters_away_and_says_so() -> None:
    article = parse("Title\n\nA\x07 b\x1b[31mc\x7f d\x9f e.")

    assert article.lines[2] == "A b[31mc d e."
    assert article.notices == ("4 control characters were left out",)


@pytest.mark.parametrize("sign", ["\u202e", "\u2066", "\U000e0041"])
def test_keeps_characters_that_hide_text_and_names_their_line(sign: str) -> None:
    article = parse(f"Title\n\nWords {sign} here.")

    assert sign in article.text
    assert "line 3" in article.notices[0]


def test_knows_markdown_by_the_name_and_by_its_marks() -> None:
    assert parse("Title\n\nText.", "article.md").is_marked
    assert parse("# Title\n\nText.", "article.txt").is_marked
    assert not parse("Title\n\nText.", "article.txt").is_marked
    assert not parse("#1 reason: sleep.\n\nText.", "article.txt").is_marked


@pytest.mark.parametrize(
    ("name", "suffix"),
    [
        ("essay.md", ".md"),
        ("essay.MARKDOWN", ".markdown"),
        ("essay", ".txt"),
        ("essay.", ".txt"),
        ("folder.d/essay", ".txt"),
        ("essay.a\\..\\b", ".txt"),
        ("essay.one two", ".txt"),
        ("-", ".txt"),
    ],
)
def test_takes_a_suffix_only_that_is_safe_in_a_file_name(name: str, suffix: str) -> None:
    assert parse("Title\n\nText.", name).suffix == suffix


# --- front matter


@pytest.mark.parametrize(
    "front",
    [
        '---\ntitle: Why we wait\nauthor: "Ann Bell"\ndate: 2024-01-01\n---\n',
        "---\ntitle: 'Why we wait'\nauthors:\n  - Ann Bell\n  - Ben Cole\n---\n",
        "---\ntitle: >\n  Why we wait\nauthors: [Ann Bell, Ben Cole]\n...\n",
        '+++\ntitle = "Why we wait"\nauthors = [\n  "Ann Bell",\n]\ndraft = true\n+++\n',
        "--- \r\ntitle: Why we wait\r\nby: Ann Bell\r\n---\r\n",
        "\ufeff---\ntitle: Why we wait\n# a comment\nby: Ann Bell\n---\n",
    ],
)
def test_reads_the_title_and_author_of_a_front_matter(front: str) -> None:
    article = parse(f"{front}\nText.", "article.md")

    assert (article.title, article.author) == ("Why we wait", "Ann Bell")
    assert article.notices == ()


def test_leaves_the_lines_of_a_front_matter_blank_so_that_the_others_keep_their_numbers() -> None:
    article = parse("---\ntitle: A\n---\nText.", "article.md")

    assert article.lines == ("", "", "", "Text.")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("---\ntitle: a\nmood: good\n---\nText.", "line 3 has no key that is known"),
        ("---\ntitle: a\ntitle: b\n---\nText.", "line 3 has the key 'title' once more"),
        ("---\ntitle: a\nmood:\n  - good\n---\nText.", "line 3 has no key that is known"),
    ],
)
def test_keeps_a_front_matter_it_cannot_read_as_text_and_says_why(text: str, reason: str) -> None:
    article = parse(text, "article.md")

    assert article.text == text
    assert article.notices == (f"the front matter was kept as text: {reason}",)


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nA thematic break starts this.\n\n---\n\nText.",
        "---\ntitle: a\n\nNo end.",
        "---\n---\nText.",
        "----\ntitle: a\n----\nText.",
        "Text.\n\n---\ntitle: a\n---\n",
        "---\n\ttitle: a\n---\nText.",
    ],
)
def test_takes_no_text_for_a_front_matter(text: str) -> None:
    article = parse(text, "article.md")

    assert (article.text, article.title) == (text, "")


# --- what is no article


def test_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    error = refuse(str(tmp_path / "no.txt"))

    assert error.message == "the article cannot be read: no such file or directory"


def test_refuses_a_folder(tmp_path: Path) -> None:
    assert refuse(str(tmp_path)).message == "this is a folder"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_refuses_a_named_pipe_without_waiting_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert refuse(str(tmp_path / "pipe")).message == "this is no ordinary file"


@pytest.mark.parametrize("name", ["a\0b.txt", "a" * 5000, "x/" * 3000])
def test_refuses_a_name_that_no_file_can_have(name: str) -> None:
    assert "cannot be read" in refuse(name).message


@pytest.mark.parametrize("name", ["http://example.org/a", "HTTPS://example.org"])
def test_refuses_a_web_address(name: str) -> None:
    assert refuse(name).message == "this is a web address, not a file"


def test_refuses_an_empty_file(tmp_path: Path) -> None:
    assert refuse(write(tmp_path, b"")).message == "the file is empty"


@pytest.mark.parametrize(
    "data", [b" \n\t\n", b"\xef\xbb\xbf", b"***\n\n...", b"---\ntitle: a\n---\n"]
)
def test_refuses_a_file_without_words(tmp_path: Path, data: bytes) -> None:
    assert refuse(write(tmp_path, data, "a.md")).message == "there are no words in the file"


def test_refuses_what_is_larger_than_any_article(tmp_path: Path) -> None:
    error = refuse(write(tmp_path, b"word " * (LARGEST // 5 + 1)))

    assert error.message == "the file has more than 10 MB, which no article has"


def test_names_the_line_and_byte_that_are_not_utf8(tmp_path: Path) -> None:
    error = refuse(write(tmp_path, "Title\n\nOne.\nCafé.\n".encode("latin-1")))

    assert (error.line, error.message) == (4, "byte 16 (0xe9) is not UTF-8 text")
    assert "UTF-8" in str(error.hint)


def test_names_what_is_not_utf16(tmp_path: Path) -> None:
    error = refuse(write(tmp_path, b"\xff\xfeA\0\n\0B"))

    assert error.message == "byte 7 (0x42) is not UTF-16 text"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32", "iso2022_jp"])
def test_takes_no_text_of_another_encoding_for_plain_text(tmp_path: Path, encoding: str) -> None:
    error = refuse(write(tmp_path, "Title\n\n第三課 is the third.".encode(encoding)))

    assert "plain text" in error.message or "is not UTF" in error.message


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"%PDF-1.4\n", "a PDF"),
        (b"PK\x03\x04", "a Word, OpenDocument, EPUB or zip file"),
        (b"\xd0\xcf\x11\xe0", "an old Word file"),
        (b"{\\rtf1 ", "a rich text file"),
        (b"\x89PNG\r\n", "a picture"),
        (b"\x7fELF", "a program"),
        (b"<!DOCTYPE html>\n<title>x</title>", "a web page"),
        (b"From: a@example.org\nTo: b@example.org\n", "an email message"),
    ],
)
def test_names_what_a_file_of_a_wrong_type_is(tmp_path: Path, start: bytes, what: str) -> None:
    error = refuse(write(tmp_path, start + b" some words"))

    assert error.message == f"this is {what}, not an article"


@pytest.mark.parametrize(
    "text", ["MZ was his name.", "ID3 tags, explained.", "BZ is a bird.", "GIF"]
)
def test_takes_no_word_for_the_first_bytes_of_a_file_type(text: str) -> None:
    assert parse(f"{text}\n\nText.").lines[0] == text


def test_refuses_binary_data(tmp_path: Path) -> None:
    error = refuse(write(tmp_path, b"Title\n\x01\x02\x00\x03"))

    assert (error.line, error.message) == (2, "this is not plain text: it has the character U+0000")


@pytest.mark.parametrize("name", ["text.docx", "text.odt", "TEXT.PDF"])
def test_refuses_text_under_the_name_of_another_type(tmp_path: Path, name: str) -> None:
    error = refuse(write(tmp_path, b"Title\n\nText.", name))

    assert error.message == "this is not what the end of its name says"


@pytest.mark.parametrize(
    "text",
    ["Only a title", "# Only a title", "Only a title\nBy Ann Bell", "---\ntitle: a\n---\n# A"],
)
def test_refuses_an_article_that_is_only_a_title(text: str) -> None:
    error = refusal(text, name="article.md" if text.startswith("---") else "article.txt")

    assert error.message == "there is nothing to split: the article has no text below its title"
    assert (error.path, bool(error.hint)) == (
        "article.md" if text[0] == "-" else "article.txt",
        True,
    )


# --- the hostile corpora


def files_of(manifest: Path) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads(manifest.read_text("utf-8"))["cases"]
    return [case for case in cases if not case.get("option")]


def test_reads_or_refuses_every_file_of_the_encoding_list(shared: Path) -> None:
    folder = shared / "corpus" / "hostile" / "encodings"
    cases = files_of(folder / "manifest.json")
    for case in cases:
        path, expect = str(folder / case["file"]), case["expect"]
        if expect == "refuse":
            refuse(path)
            continue
        article = read_or_refuse(path)
        if isinstance(article, DriplineError):
            assert "refuse" in expect, (case, article)
            continue
        if expect == "same":
            wanted = (folder / case["expected_text"]).read_text("utf-8")
            assert article.text.split() == wanted.split(), case
        if expect == "same-bytes":
            assert article.text.encode() == article.data, case
        if "cleaned" in expect:
            assert article.notices or article.text.encode() == article.data, case
        assert decode_text(article.data, path)[0] == article.text

    assert len(cases) > 50


@pytest.mark.parametrize("end", ["lf", "crlf", "cr", "mixed-ends", "no-final-newline"])
def test_sees_one_structure_whatever_ends_the_lines(shared: Path, end: str) -> None:
    path = shared / "corpus" / "hostile" / "encodings" / f"ends-{end}.md"

    made = split(path.read_bytes().decode(), name="a.md")

    roles = [str(block.role) for block in made.plan.outline.blocks]
    assert roles == ["title", "paragraph", "list_item", "list_item"]


def test_refuses_every_file_that_is_not_what_its_name_says(shared: Path) -> None:
    folder = shared / "corpus" / "hostile" / "wrongtype"
    cases = files_of(folder / "manifest.json")
    for case in cases:
        path = str(folder / case["file"])
        if case["expect"].startswith("text"):
            article = read_or_refuse(path)
            if isinstance(article, DriplineError):
                assert "refuse" in case["expect"]
            else:
                assert article.text.encode() == article.data
        else:
            refuse(path)

    assert len(cases) > 20


def test_loses_no_word_to_what_looks_like_a_front_matter(shared: Path) -> None:
    cases = load_list(shared / "corpus" / "hostile" / "frontmatter" / "cases.json")
    for case in cases:
        data = case["text"].encode()
        article = parse_article(data, "article.md")
        read = bool(article.text.startswith("\n") or article.title)
        if "title x" in case["expect"] or case["name"] == "second block":
            assert article.title == "x", case
        if not read:
            assert article.text.split() == decode_text(data, "")[0].split(), case
        if "reported" in case["expect"] and not read:
            assert article.notices, case
        assert "\n" not in article.title

    assert len(cases) == 25
