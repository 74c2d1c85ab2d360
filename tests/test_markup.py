import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import make_lesson, package_texts, render, render_one
from dripline.errors import DriplineError
from dripline.markup import (
    DEEPEST,
    escape_markdown,
    parse_fragment,
    render_inline,
    render_markdown,
    visible_text,
)
from dripline.model import Picture, RenderedCourse
from dripline.plaintext import format_line, format_text
from reading import elements, live_content, seen


CASES = Path(__file__).parent / "cases" / "markdown"
# Closes whatever a case leaves open, so that the cleaner gets to see it.
CLOSED = "".join(
    f"</{tag}>"
    for tag in ("style", "script", "svg", "math", "template", "textarea", "title", "noscript")
)
# Those of the pathological shapes that end within a second.
QUICK = ("nested block quotes", "list in one line, deep", "headings", "table rows", "one word")


class EveryPicture(dict[str, Picture]):
    """Has a picture of any name, so that hostile image tags come through."""

    def get(self, _: str, __: object = None) -> Picture:
        return Picture(path="x.png", data=b"", width=10, height=10)

    def __missing__(self, _: str) -> Picture:
        return self.get("")


def corpus(shared: Path, name: str) -> list[Any]:
    text = (shared / "corpus" / "hostile" / name).read_text("utf-8")
    cases: list[Any] = json.loads(text)["cases"]
    return cases


def render_or_refuse(body: str) -> RenderedCourse | DriplineError:
    try:
        return render(make_lesson(body=body), pictures=EveryPicture())
    except DriplineError as error:
        return error


def files_of(body: str) -> tuple[dict[str, str], str]:
    """Return the HTML and text files for the lesson *body*; what refused it when it was refused."""
    rendered = render_or_refuse(body)
    if isinstance(rendered, DriplineError):
        assert rendered.path == "content/zoo/01-one.md"
        return {}, str(rendered)
    texts = package_texts("html", rendered)
    return {name: text for name, text in texts.items() if name.startswith("01")}, ""


@pytest.mark.parametrize("case", sorted(CASES.glob("*.md")), ids=lambda path: path.stem)
def test_renders(case: Path) -> None:
    markdown, rest = case.read_text("utf-8").split("=== html ===\n")
    html, text = rest.split("\n=== text ===\n")

    assert render_markdown(markdown) == html
    assert format_text(html) + "\n" == text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*a* [b](https://e.example)", '<em>a</em> <a href="https://e.example">b</a>'),
        ("# no heading", "# no heading"),
        ("- no item", "- no item"),
        ("* no item", "* no item"),
        ("1. no number", "1. no number"),
        ("> no quote", "&gt; no quote"),
        ("    no code", "no code"),
        ("***", "***"),
        ("[name]: https://e.example", "[name]: https://e.example"),
        ("one\n- and\ntwo", "one - and two"),
        ("one\n\ntwo", "one<br><br>two"),
        ("<div>a</div><div>b</div>", "a  b"),
        ("_first_ and **last**", "<em>first</em> and <strong>last</strong>"),
        ("", ""),
    ],
)
def test_reads_a_field_as_words_and_not_as_blocks(text: str, html: str) -> None:
    assert render_inline(text) == html


def test_refuses_a_picture_in_a_field_of_one_line() -> None:
    with pytest.raises(DriplineError, match="a picture can stand in the body"):
        render_one(takeaways=("![A tree](tree.png)",))


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=60))
def test_escapes_any_text_so_that_it_reads_the_same(text: str) -> None:
    words = " ".join(text.split())

    assert " ".join(visible_text(render_markdown(escape_markdown(words))).split()) == words


@pytest.mark.parametrize(
    "text", ["* a", "_a_", "`a`", "<b>", "&amp;", "1. a", "# a", "| a | b |", "[a](b)", "{: .x}"]
)
def test_escapes_what_markdown_would_read(text: str) -> None:
    assert seen(render_markdown(escape_markdown(text))) == text


def test_links_the_web_addresses_of_a_plain_text() -> None:
    html = render_markdown(escape_markdown("See https://example.org/a_b_c?d=1 (now)."))

    assert [one.attributes["href"] for one in elements(html) if one.tag == "a"] == [
        "https://example.org/a_b_c?d=1"
    ]


def test_keeps_the_words_of_neighbouring_elements_apart() -> None:
    assert visible_text(render_markdown("<td>a</td><td>b</td>")).split() == ["a", "b"]
    assert visible_text("<p>a</p><p>b<br>c</p><style>d</style>").split() == ["a", "b", "c"]


@pytest.mark.parametrize(
    "deep",
    [
        "<div>" * (DEEPEST + 1) + "x",
        "> " * (DEEPEST + 1) + "x",
        "<div>" * 3000 + "x",
        "- " * 1000 + "x",
    ],
)
def test_refuses_what_is_nested_too_deeply(deep: str) -> None:
    with pytest.raises(DriplineError, match="nested more than 100 levels"):
        parse_fragment(render_markdown(deep))


def test_takes_what_is_nested_as_deeply_as_it_may_be() -> None:
    html = render_markdown("<div>" * DEEPEST + "x" + "</div>" * DEEPEST)

    assert format_line(html) == "x"
    assert "x" in seen(render_one(body="<div>" * 90 + "x" + "</div>" * 90).html)


@pytest.mark.parametrize("tag", ["script", "style", "title", "textarea", "svg"])
def test_refuses_a_tag_that_would_swallow_the_rest(tag: str) -> None:
    with pytest.raises(DriplineError) as caught:
        render_one(body=f"Before.\n\n<{tag}>\n\nAfter.")

    assert str(caught.value).startswith(f"content/zoo/01-one.md:3: the tag '<{tag}>' has no end")


@pytest.mark.parametrize("close", ["", CLOSED])
def test_lets_nothing_live_through_of_the_browser_attacks(shared: Path, close: str) -> None:
    cases = corpus(shared, "html/dompurify-expect.json")
    came_through = 0
    for case in cases:
        files, _ = files_of(case["payload"] + close)
        came_through += bool(files)
        for name, text in files.items():
            if name.endswith(".html"):
                assert not live_content(text), case

    assert len(cases) == 223
    assert came_through > 180  # not all were refused


def test_lets_nothing_live_through_of_hostile_articles(shared: Path) -> None:
    cases = corpus(shared, "html/email-html.json")
    for case in cases:
        files, refusal = files_of(case["html"])
        if refusal:
            assert case["name"].startswith(("deep", "link", "script unclosed")), (case, refusal)
            continue
        (html,) = (text for name, text in files.items() if name.endswith(".html"))
        (plain,) = (text for name, text in files.items() if name.endswith(".txt"))
        assert not live_content(html), case
        for words in case["must_keep_text"]:
            assert words in seen(html), case
            assert words in " ".join(plain.split()), case
        body = html.partition("<body")[2].replace("[if mso]", "")
        for gone in case["must_not_contain"]:
            assert gone not in body, case
            assert "<" in gone or gone not in plain, case

    assert len(cases) == 110


def test_lets_nothing_live_through_of_hostile_markdown(shared: Path) -> None:
    cases = corpus(shared, "markdown/active.json")
    for case in cases:
        for name, text in files_of(case["markdown"])[0].items():
            if name.endswith(".html"):
                assert not live_content(text), case

    assert len(cases) == 31


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "java\u200bscript:alert(1)",
        "\u2028javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://e.example\\@other.example/",
        "vbscript:x",
    ],
)
def test_unwraps_a_link_that_must_not_be_followed(address: str) -> None:
    email = render_one(body=f'<a href="{address}">Words</a> and <b>more</b>.')

    assert "<p" in email.html
    assert ">Words and <b>more</b>.</p>" in email.html


def pathological(shared: Path) -> Iterator[dict[str, Any]]:
    torture = os.environ.get("DRIPLINE_TORTURE")
    for case in corpus(shared, "markdown/pathological.json"):
        if torture or case["name"] in QUICK:
            yield case


def test_ends_on_every_shape_that_hangs_a_parser(shared: Path) -> None:
    for case in pathological(shared):
        text = case["prefix"] + case["unit"] * case["repeat"] + case["suffix"]
        rendered = render_or_refuse(text)
        if isinstance(rendered, DriplineError):
            assert rendered.path == "content/zoo/01-one.md", case["name"]
        else:
            assert "a" not in text or "a" in rendered.emails[0].text, case["name"]


def test_stops_a_lesson_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dripline.limits.SECONDS", 0.2)

    with pytest.raises(DriplineError, match=r"01-one\.md: takes longer than"):
        render_one(body="[ (](" * 8000)


def test_reads_the_next_text_as_if_nothing_had_been_refused() -> None:
    text = "- one\n- two\n\n    three\n\n> four\n"
    before = render_markdown(text)

    with pytest.raises(DriplineError):
        render_markdown("- " * 1000 + "x")

    assert render_markdown(text) == before


def test_an_address_of_the_article_brings_no_merge_tag() -> None:
    escaped = escape_markdown("see https://example.org/{{first_name}}")

    assert "{{" not in escaped
    shown = visible_text(render_markdown(escaped)).strip()
    assert shown == "see https://example.org/{{first_name}}"


@pytest.mark.parametrize("text", ["a &#106 b", "a &copy b", "AT&T", "R&D &amp; co"])
def test_shows_an_entity_without_a_semicolon_as_it_was_typed(text: str) -> None:
    assert visible_text(render_markdown(escape_markdown(text))).strip() == text
