import logging
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cssutils
import pytest
from premailer import Premailer

import dripline.theme
from courses import letter, make_lesson, package_texts, render, render_one, themed
from dripline.errors import DriplineError
from dripline.inline import (
    SETTINGS,
    Stylesheet,
    apply_styles,
    compile_stylesheet,
    fill_stylesheet,
    fill_variables,
    inline_styles,
)
from dripline.model import Email
from dripline.theme import format_stylesheet, list_themes
from reading import elements, seen


THEMES = Path(dripline.theme.__file__).parent / "templates"
VALUES = {
    "font": "Georgia,serif",
    "code-font": "monospace",
    "page": "#f2f2f2",
    "card": "#ffffff",
    "text": "#262626",
    "heading": "#1a1a1a",
    "muted": "#5e5e5e",
    "accent": "#1d6a60",
    "on-accent": "#ffffff",
    "tint": "#eff5f4",
    "line": "#d6d6d6",
}
BODIES = (
    "Words.",
    "## Title\n\n*Text* with a [link](https://e.example/?a=1&b=2).\n\n- one\n- two\n\n1. three",
    "> Quote.\n\n> “Spoken.”\n\n```\ncode < more\n  set in\n```\n\nA `span`.",
    "| a | b |\n| --- | ---: |\n| c | d |\n\n![x](https://e.example/x.png)\n\n---\n\n#### Deep",
    "[Book](https://e.example/){.button}\n\n<dl><dt>a</dt><dd>b</dd></dl>",
    "1\u00a0000 a\u00adb é 日本",
)


def page(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html>\n<html><head>{head}</head><body>{body}</body></html>"


def styled(css: str, html: str) -> str:
    return inline_styles(html, compile_stylesheet(css, "style.css"))


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Every address that somebody tried to reach."""
    tried: list[object] = []

    def refuse(_: socket.socket, address: object) -> None:
        tried.append(address)
        raise OSError("no network in this test")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    yield tried
    assert not tried


def unstyled_documents() -> list[str]:
    """Return emails of many kinds, and a frame, as they are before their styles are inlined."""
    theme = replace(letter(), stylesheet=Stylesheet(()))
    lessons = (make_lesson(number, body=body) for number, body in enumerate(BODIES))
    rendered = render(*lessons, theme=theme)
    documents = [*(email.html for email in rendered.emails), rendered.frame]
    return [one.replace("<style>", '<style data-premailer="ignore">') for one in documents]


def plain_premailer(html: str, css: str) -> str:
    """Return what Premailer itself makes of *html* with *css* in its head."""
    minimize = cssutils.ser.prefs.minimizeColorHash
    cssutils.ser.prefs.minimizeColorHash = False
    try:
        whole = html.replace("</head>", f"<style>{css}</style></head>")
        premailer = Premailer(whole, **SETTINGS, cssutils_logging_level=logging.CRITICAL)
        return str(premailer.transform(pretty_print=False))
    finally:
        cssutils.ser.prefs.minimizeColorHash = minimize


@pytest.mark.parametrize("name", list_themes())
@pytest.mark.parametrize("html", unstyled_documents(), ids=range(len(BODIES) + 1))
def test_gives_the_bytes_that_premailer_gives(name: str, html: str) -> None:
    css = fill_variables((THEMES / name / "style.css").read_text("utf-8"), VALUES, "style.css")

    assert apply_styles(html, compile_stylesheet(css, "style.css")) == plain_premailer(html, css)


@pytest.mark.parametrize("name", list_themes())
def test_fills_variables_as_if_they_had_stood_in_the_stylesheet(name: str) -> None:
    css = (THEMES / name / "style.css").read_text("utf-8")
    late = fill_stylesheet(compile_stylesheet(css, "style.css"), VALUES, "style.css")
    early = compile_stylesheet(fill_variables(css, VALUES, "style.css"), "style.css")

    # cssutils writes a space after a comma.
    assert repr(late).replace(", ", ",") == repr(early).replace(", ", ",")


@pytest.mark.parametrize("name", list_themes())
def test_has_the_compiled_stylesheet_of_each_theme(name: str) -> None:
    css = (THEMES / name / "style.css").read_text("utf-8")
    compiled = format_stylesheet(css, compile_stylesheet(css, f"{name}/style.css"))

    assert (THEMES / name / "style.json").read_text("utf-8") == compiled, "run: make styles"


def test_refuses_a_variable_without_a_value() -> None:
    with pytest.raises(DriplineError, match=r"style\.css: the theme has no value for '--blue'"):
        fill_variables("p { color: var(--blue) }", {}, "style.css")


@pytest.mark.parametrize(
    "css",
    [
        "@import url(http://127.0.0.1:9/a.css);",
        '@IMPORT "a.css";',
        "p { color: red !important }",
        "p { background: url(http://127.0.0.1:9/a.png) }",
        "p { width: expression(alert(1)) }",
        '@charset "utf-8";',
        "</style><script>",
        "a:hover { color: red }",
        "@media print { p { color: red } }",
        "@font-face { font-family: x }",
        "p { color: {{ x }} }",
        "p } { color: red }",
    ],
)
@pytest.mark.usefixtures("no_network")
def test_refuses_css_that_would_be_lost_or_fetched(css: str) -> None:
    with pytest.raises(DriplineError) as caught:
        compile_stylesheet(css, "templates/style.css")

    assert str(caught.value).startswith("templates/style.css:")


def test_says_on_which_line_css_is_refused() -> None:
    with pytest.raises(DriplineError, match=r"style\.css:3: '!important' may not be"):
        compile_stylesheet("p {\n  color: red;\n  margin: 0 !important\n}", "style.css")


@pytest.mark.usefixtures("no_network")
def test_builds_without_any_network() -> None:
    rendered = render(
        make_lesson(
            body="<link rel=stylesheet href=http://127.0.0.1:9/a.css>\n\n"
            "<style>@import url(http://127.0.0.1:9/b.css)</style>\n\n"
            "![x](http://127.0.0.1:9/x.png) [y](http://127.0.0.1:9/)"
        )
    )

    assert package_texts("html", rendered)


@pytest.mark.usefixtures("no_network")
def test_fetches_nothing_that_a_theme_of_somebody_else_asks_for(tmp_path: Path) -> None:
    base = (THEMES / "letter" / "base.html").read_text("utf-8")
    link = '<link rel="stylesheet" href="http://127.0.0.1:9/a.css">\n'
    style = "<style>@import url(http://127.0.0.1:9/b.css);</style>\n"
    theme = themed({"base.html": base.replace("</head>", f"{link}{style}</head>")}, tmp_path / "t")

    assert "Words." in render_one(theme).html


def test_keeps_the_doctype() -> None:
    assert render_one().html.startswith("<!DOCTYPE html>\n<html ")


@pytest.mark.parametrize("doctype", ["<!doctype html>", "", "\ufeff<!DOCTYPE html>"])
def test_gives_every_document_the_doctype_of_html(doctype: str) -> None:
    html = page("<p>a</p>").replace("<!DOCTYPE html>", doctype)

    assert styled("p { color: red }", html).startswith("<!DOCTYPE html>\n<html>")


@pytest.mark.parametrize(
    "comment",
    [
        '<!--[if mso]><table role="presentation"><tr><td width="600"><![endif]-->',
        "<!--[if mso]></td></tr></table><![endif]-->",
        "<!--[if mso]><i style='mso-font-width:150%' hidden>&emsp;&#8203;</i><![endif]-->",
        "<!--[if !mso]><!--><p>a</p><!--<![endif]-->",
    ],
)
def test_keeps_the_comments_that_outlook_reads(comment: str) -> None:
    html = styled("td { color: red }", page(f"{comment}<p>b</p>"))

    assert comment in html


def test_drops_all_other_comments() -> None:
    assert "secret" not in styled("p { color: red }", page("<!-- secret --><p>b</p>"))


def test_keeps_the_styles_that_cannot_be_inlined() -> None:
    kept = "@media (max-width:480px) {\n.side { padding: 0 22px !important }\n}"
    head = f'<style data-premailer="ignore">{kept}</style>'
    html = styled(".side { padding: 0 }", page("<p class=side>a</p>", head))

    assert f"<style>{kept}</style>" in html
    assert '<p class="side" style="padding:0">' in html


def test_writes_colours_and_lengths_as_the_theme_has_them() -> None:
    html = styled("p { color: #222222; margin: 0px auto }", page("<p>a</p>"))

    assert '<p style="color:#222222; margin:0 auto">' in html


def test_lets_what_stands_in_the_element_win() -> None:
    html = styled("p { color: red; margin: 0 }", page('<p style="color:blue">a</p>'))

    assert set(elements(html)[-1].attributes["style"].split("; ")) == {"margin:0", "color:blue"}


def test_gives_a_background_to_tables_alone() -> None:
    css = ".x { background-color: #eeeeee }"
    html = styled(css, page("<p class=x>a</p><table class=x><tr><td class=x>b</td></tr></table>"))

    with_attribute = [one.tag for one in elements(html) if "bgcolor" in one.attributes]
    assert with_attribute == ["table", "td"]


def test_writes_no_attributes_that_break_outlook() -> None:
    css = """
        table { text-align: center; width: 100% }
        img { width: 100%; height: auto }
        p { text-align: left }
        """
    table = "<table><tr><td><img src=x width=552 height=310><p>a</p></td></tr></table>"
    html = styled(css, page(table))
    attributes = {one.tag: one.attributes for one in elements(html)}

    assert "align" not in attributes["table"]
    assert "align" not in attributes["p"]
    assert (attributes["img"]["width"], attributes["img"]["height"]) == ("552", "310")


@pytest.mark.parametrize("depth", [260, 3000])
def test_refuses_what_the_parser_would_drop(depth: int) -> None:
    html = page("<div>" * depth + "LOST" + "</div>" * depth + "<p>after</p>")

    with pytest.raises(DriplineError, match="nested too deeply"):
        styled("p { color: red }", html)


def test_keeps_every_word_of_a_deep_document() -> None:
    html = styled(
        "p { color: red }", page("<div>" * 200 + "KEPT" + "</div>" * 200 + "<p>after</p>")
    )

    assert "KEPT" in html
    assert "after" in html


@pytest.mark.parametrize(
    "name", ["nbsp", "shy", "zwnj", "zwj", "lrm", "emsp", "numsp", "#847", "#65279"]
)
def test_writes_what_no_editor_shows_as_a_number(name: str) -> None:
    html = styled("p { color: red }", page(f"<p title='a&{name};b'>c&{name};d</p>"))

    assert re.search(r'title="a&#\d+;b"', html)
    assert re.search(r"c&#\d+;d", html)
    assert html.isascii()


def long_lines(email: Email) -> list[str]:
    return [line for line in email.html.split("\n") if len(line.encode()) > 990]


@pytest.mark.parametrize(
    "body",
    [
        "word " * 2000,
        "日本語の言葉 " * 800,
        "**a** " * 800,
        "[link](https://e.example/) " * 300,
        "- item\n" * 300,
        "| a | b |\n|-|-|\n" + "| c | d |\n" * 300,
        "> quoted words\n" * 300,
        "```\n" + "code\n" * 400 + "```",
        "`code` " * 800,
        "\u00a0 word" * 900,
        "[a](https://e.example/)" * 60,
        "**a**`b`" * 300,
        "日本語の言葉。" * 300,
        "a-b." * 1000,
        "```\n" + "a+b;" * 900 + "\n```",
    ],
)
def test_breaks_lines_that_a_mail_server_would_refuse(body: str) -> None:
    email = render_one(body=body)

    assert long_lines(email) == []


def test_breaks_lines_where_no_reader_sees_it() -> None:
    words = "日本語の言葉。" * 300
    html = render_one(body=f"{words}\n\n```\n{'a+b;' * 900}\n```").html

    assert words in seen(html)
    assert "a+b;" * 900 in seen(html)


def test_writes_no_white_space_into_a_button() -> None:
    html = render_one(body="[Book a session](https://e.example/){.button}").html
    button = re.search(r'<a class="button"[^>]*>(.*?)</a>', html, re.DOTALL)

    assert button
    assert re.fullmatch(
        r"<!--\[if mso\]>.*?<!\[endif\]-->Book\sa\ssession<!--\[if mso\]>.*<!\[endif\]-->",
        button[1],
    )


def test_breaks_no_line_of_code() -> None:
    code = "x = " + "1 + " * 100 + "1"
    email = render_one(body=f"```\n{code}\n```")

    assert code in email.html


def test_changes_no_word_by_breaking_lines() -> None:
    body = "One **two** three [four](https://e.example/), five `six` — “seven”. " * 60
    email = render_one(body=body)

    assert len(email.html.split("\n")) > 60
    words = re.sub(r"<[^>]+>", "", email.html.partition("<body")[2])
    assert "One two three four, five six — “seven”. " * 20 in " ".join(words.split()) + " "


def test_starts_without_the_libraries_that_only_compiling_needs() -> None:
    program = (
        "import sys; sys.path.insert(0, 'tests')\n"
        "from courses import make_lesson, package_texts, render\n"
        "package_texts('html', render(make_lesson()))\n"
        "print(*sorted({'cssutils', 'requests'} & {one.split('.')[0] for one in sys.modules}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout.strip() == ""
