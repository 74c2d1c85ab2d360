import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from courses import make_lesson, only, package_texts, render, render_one
from dripline.markup import parse_fragment, render_markdown
from dripline.model import CallToAction, Sender
from dripline.plaintext import WIDTH, format_line, format_text, items, underline, wrap
from dripline.words import split_words
from reading import seen


LONG = "word " * 30
# What a line may have without being broken: an address cannot be.
LONGEST = 76

inline = st.sampled_from(
    [
        "a",
        "b c",
        "<b>d</b>",
        "<br>",
        "e&amp;f",
        "<code>g  h</code>",
        " <a href='https://e.example/'>i</a> ",
        "<pre>j <b>k</b><br>l\nm</pre>",
    ]
)
blocks = st.recursive(
    st.lists(inline, min_size=1, max_size=3).map("".join),
    lambda inner: st.tuples(
        st.sampled_from(
            [
                "<p>{}</p>",
                "<div>{}</div>",
                "<blockquote>{}</blockquote>",
                "<ul>{}</ul>",
                "<ul><li>{}</li></ul>",
                "<ol start='9'><li>{}</li><li>x</li></ol>",
                "<table><tr><th>{}</th></tr><tr><td>y</td></tr></table>",
                "<table><caption>{}</caption><tr><td>z</td></tr></table>",
                "<h2>{}</h2>",
                "<dl><dt>{}</dt><dd>v</dd></dl>",
                "<figure>{}<figcaption>w</figcaption></figure>",
                "<section>{}</section>",
                "<li>{}</li>",
                "<blockquote class='dialogue'>{}</blockquote>",
            ]
        ),
        st.lists(inner, min_size=1, max_size=3).map("".join),
    ).map(lambda pair: pair[0].format(pair[1])),
    max_leaves=8,
)


def as_read(html: str) -> str:
    """Return clean HTML in which the parser finds nothing more to repair."""
    tree = parse_fragment(render_markdown(f"<div>{html}</div>"))
    return str(etree.tostring(tree, method="html", encoding="unicode"))


def letters(text: str) -> str:
    return "".join(sign for sign in text if sign.isalpha())


@given(blocks)
def test_keeps_every_letter_in_its_place(html: str) -> None:
    clean = as_read(html)
    text = format_text(clean).replace("<https://e.example/>", "")

    assert letters(text) == letters(seen(clean))


@given(blocks)
def test_never_glues_two_words_together(html: str) -> None:
    clean = as_read(html)
    words = {word.strip("&.") for word in seen(clean).split()}

    for word in format_text(clean).split():
        if word.isalpha():
            assert word in words


@pytest.mark.parametrize(
    "html",
    [
        f"<p>{LONG}</p>",
        f"<h1>{LONG}</h1>",
        f"<h3>{LONG}</h3>",
        f"<h5>{LONG}</h5>",
        f"<ul><li>{LONG}<ul><li>{LONG}</li></ul></li></ul>",
        f"<ol start='100'><li>{LONG}</li></ol>",
        f"<blockquote><p>{LONG}</p><blockquote><p>{LONG}</p></blockquote></blockquote>",
        f"<blockquote class='dialogue'><p>“{LONG}”</p></blockquote>",
        f"<blockquote><ul><li>{LONG}</li></ul><h2>{LONG}</h2></blockquote>",
        f"<table><tr><th>a</th><th>b</th></tr><tr><td>{LONG}</td><td>{LONG}</td></tr></table>",
        f"<table><caption>{LONG}</caption><tr><td>a</td></tr></table>",
        f"<table><tr>{'<td>cell</td>' * 30}</tr></table>",
        f"<dl><dt>{LONG}</dt><dd>{LONG}</dd></dl>",
        f"<figure><figcaption>{LONG}</figcaption></figure>",
        f"loose {LONG}",
    ],
)
def test_wraps_every_kind_of_block(html: str) -> None:
    text = format_text(html)

    assert len(text.split("\n")) > 1
    assert max(map(len, text.split("\n"))) <= WIDTH


def test_never_cuts_an_address() -> None:
    address = "https://e.example/" + "a-b/" * 30

    assert address in format_text(f"<p>Go to {address} or <a href='{address}'>here</a></p>")


def test_keeps_code_as_it_is_typed() -> None:
    code = "if a:\n    " + "x" * 100 + "\n\n  end"

    text = format_text(f"<pre><code>{code}\n</code></pre>")
    assert text.replace("\n    ", "\n").removeprefix("    ") == code


def test_takes_the_margin_of_the_source_for_a_space() -> None:
    assert format_text("<p>one\ntwo<br>\nthree</p>") == "one two\nthree"


def test_writes_a_line_on_one_line() -> None:
    assert format_line("a<br><br>b <b>c</b>\nd") == "a b c d"


def test_underlines_as_far_as_the_longest_line() -> None:
    assert underline("Short", "=") == "Short\n====="
    first, second, line = underline("word " * 20).split("\n")
    assert len(line) == max(len(first), len(second))


def test_marks_items_and_sets_their_lines_in() -> None:
    first, second = items([LONG]).split("\n")[:2]

    assert first.startswith("* word")
    assert second.startswith("  word")


def test_leaves_an_empty_line_empty() -> None:
    assert wrap("a\n\nb", first="> ", rest="  ") == "> a\n>\n> b"


def test_has_the_same_words_as_the_email() -> None:
    lesson = make_lesson(
        body="## Title\n\nText.\n\n- item\n\n> quote\n\n|a|b|\n|-|-|\n|c|d|\n\n`code`",
        promise="A promise.",
        recap="A recap.",
        takeaways=("A takeaway.",),
        exercise="An *exercise*.",
        teaser="A teaser.",
        postscript="A postscript.",
    )
    texts = package_texts("html", render(lesson))

    assert set(split_words(seen(only(texts, ".html")))) == set(split_words(only(texts, ".txt")))


def test_does_not_say_the_title_twice() -> None:
    text = render_one(body="## The title\n\nThe words.", subject="The subject").text

    assert text.startswith("The title\n=========\n")
    assert text.count("The title") == 1
    assert "The subject" not in text


def test_takes_the_subject_for_a_title_where_there_is_none() -> None:
    assert render_one(body="Words.", subject="The subject").text.startswith("The subject\n====")


def test_wraps_a_whole_email() -> None:
    lesson = make_lesson(
        subject=LONG.strip(),
        body=LONG + "\n\n```\n" + LONG + "\n```",
        promise=LONG,
        recap=LONG,
        takeaways=(LONG,),
        exercise=LONG,
        teaser=LONG,
        postscript=LONG,
        call_to_action="link",
    )
    rendered = render(
        lesson,
        title=LONG.strip(),
        sender=Sender(name="Ruth", credentials=LONG, address=LONG),
        call_to_action=CallToAction(label="Book", url="https://e.example/" + "a" * 90),
    )
    lines = only(package_texts("html", rendered), ".txt").split("\n")

    for line in lines:
        assert len(line) <= LONGEST or line.startswith("    ") or "https://" in line


def test_keeps_the_signature_mark_of_mail_programs() -> None:
    lines = render_one().text.split("\n")

    assert "-- " in lines
    assert not [line for line in lines if line != line.rstrip() and line != "-- "]
