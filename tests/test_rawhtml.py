import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import make_lesson, package, render
from dripline.rawhtml import clean_markdown
from strategies import paragraphs


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ('a <script src="https://x.example/x.js"></script> b', "a  b"),
        ("a <SCRIPT>\n`x`\n</SCRIPT > b", "a  b"),
        ('<img src="a.png" onerror="x()" alt="A">', '<img src="a.png" alt="A">'),
        ("<img src=a.png onerror=x()>", '<img src="a.png">'),
        ('<img alt="`>" onerror="x()"> `y`', '<img alt="&#96;&gt;"> `y`'),
        ('<div onclick="x()">Words.</div>', "<div>Words.</div>"),
        ('<div\n\nonclick="x()">Words.</div>', "<div>Words.</div>"),
        ('<td onclick="x()" align="left">', '<td align="left">'),
        ('<a href="javascript:x()" title="t">w</a>', '<a title="t">w</a>'),
        ('<form action="/x"><b>w</b></form>', "<div><b>w</b></div>"),
        ("<marquee>w</marquee>", "w"),
        ("a <!-- no\n\nword --> b <?x?><!doctype html>", "a  b "),
        ("<div onclick=x()\n\nWords.", "&lt;div onclick=x()\n\nWords."),
        ("> <img src=x onerror=x()\n\nw", "> &lt;img src=x onerror=x()\n\nw"),
        ("a <!-- without end", "a &lt;!-- without end"),
        ("<div>\n`<img onerror=x>`\n</div>\n`<b>`", "<div>\n`&lt;img onerror=x>`\n</div>\n`<b>`"),
    ],
)
def test_holds_raw_html_against_the_allow_list(raw: str, clean: str) -> None:
    assert clean_markdown(raw) == clean


@pytest.mark.parametrize(
    "text",
    [
        "1 < 2, a <b, i <3 x << y <- z <= 1 > 0",
        "AT&T &amp; &copy; &lt;b>",
        "See <https://a.example/?a=1&b=2> and <mail@a.example>.",
        "`<script>x</script>` and ``<b onclick=`x`>``",
        "```\n<script>\nhttps://a.example\n```",
        "Words.\n\n    <div onclick=x>\n    https://a.example\n\nWords.",
        "[a](https://a.example 'T') ![b](<my b.png>) [c](c.html) [d](mailto:a@b.c) [e](tel:1)",
        "[a]: https://a.example/ 'T'\n[b]: <my b.png>\n[1]: javascript: is a scheme",
        "> quote\n\n- one\n- two\n\n| a | b |\n| --- | --- |\n| c | d |\n\nhard  \nbreak\\\n",
        "See https://a.example/ here.\n- https://a.example/ there",
        "<b>bold</b> H<sub>2</sub>O<br>\n<div>\nhttps://a.example\n</div>",
    ],
)
def test_leaves_all_else_byte_for_byte(text: str) -> None:
    assert clean_markdown(text) == text


@given(paragraphs())
def test_changes_nothing_in_text_without_markup(text: str) -> None:
    plain = re.sub(r"[<\[\]:]", "", text)

    assert clean_markdown(plain) == plain


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "<javascript:alert(1)>",
        "&#106;avascript:alert(1)",
        "javascript&colon;alert(1)",
        "java&#10;script:alert(1)",
        "data:text/html,x",
        "vbscript:x",
    ],
)
def test_takes_from_a_link_an_address_that_is_not_safe(address: str) -> None:
    assert clean_markdown(f'[x]({address} "T")') == '[x](<> "T")'
    assert clean_markdown(f"![x]({address})") == "![x](<>)"
    assert clean_markdown(f"[x][1]\n\n[1]: {address} 'T'") == "[x][1]\n\n[1]: <> 'T'"


def test_keeps_the_words_of_an_address_that_is_not_safe() -> None:
    assert clean_markdown("a <javascript:alert(1)> b") == "a javascript:alert(1) b"


@pytest.mark.parametrize(
    ("line", "link"),
    [
        ("https://a.example/b", "[https://a.example/b](https://a.example/b)"),
        ("  <https://a.example/b>  ", "  [https://a.example/b](https://a.example/b)  "),
        ("https://a.example/*b*", r"[https://a.example/\*b\*](https://a.example/*b*)"),
        ("https://a.example/(b", "[https://a.example/(b](<https://a.example/(b>)"),
    ],
)
def test_makes_an_address_alone_on_a_line_a_link(line: str, link: str) -> None:
    assert clean_markdown(f"One.\n\n{line}\n\nTwo.") == f"One.\n\n{link}\n\nTwo."


@given(st.lists(st.sampled_from([*"<>/!-'\"=` \n", "div", "script", " onclick=x", "`", "a"])))
def test_leaves_no_handler_in_a_whole_tag(pieces: list[str]) -> None:
    clean = clean_markdown(f"<div{''.join(pieces)}><img src=x onerror=y>".replace("`", ""))

    assert not re.search(r"<[a-z][^<>]*onerror=", clean)


@pytest.mark.parametrize(
    "piece", ["<a ", "<!--", "](", "<a b='", "[a]: ", "> ", "<script>", "`<a>"]
)
def test_reads_a_hostile_text_in_time(piece: str) -> None:
    began = time.monotonic()
    clean_markdown(piece * 5000)

    assert time.monotonic() - began < 5


def test_puts_no_raw_html_into_a_package_of_markdown() -> None:
    bad = 'w <script src="x"></script><img src="https://a.example/a.png" alt="A" onerror="x()">'
    lesson = make_lesson(body=f"{bad}\n\nhttps://a.example/", takeaways=("<b onclick='x'>t</b>",))
    (text,) = [
        data.decode()
        for path, data in package("buttondown", render(lesson)).items()
        if Path(path).suffix == ".md" and "01-" in path
    ]

    assert 'w <img src="https://a.example/a.png" alt="A">' in text
    assert "- <b>t</b>" in text
    assert "\n[https://a.example/](https://a.example/)\n" in text
