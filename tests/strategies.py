"""Hypothesis strategies: articles as people have them, and lessons as authors leave them."""

from dataclasses import replace

from hypothesis import strategies as st

from dripline.lesson import FIELDS
from dripline.model import Lesson


WORDS = (
    *("a", "the", "of", "we", "you", "listen", "partner", "question", "slowly", "bread", "Therapy"),
    *("Berlin", "children’s", "don’t", "don't", "well-being", "café", "naïve", "первый", "第三課"),
    *("1986", "3.5", "100%", "e.g.", "Dr.", "C++", "“fine”", "‘so’", "--", "—", "<3", "<b>", "\\"),
    *("_so_", "*this*", "x_y", "2*3", "~~no~~", "`code`", "[link]", "[a](b)", "![i](j.png)", "[x]"),
    *("{{name}}", "{% if %}", "*|FNAME|*", "&amp;", "&copy", "&lt;", "a|b", "me@example.org"),
    *("https://example.org/?a=1&copy=2", "http://example.org/a_(b).", "[^1]", "'", "@", "#tag"),
    "[a_b](https://example.org/c_d?e=1&amp;f)",
)
STARTS = (
    *(
        "",
        "",
        "",
        "",
        "# ",
        "## ",
        "### ",
        "- ",
        "* ",
        "• ",
        "  - ",
        "    - ",
        "\t- ",
        "1. ",
        "2. ",
    ),
    *("3. ", "9. ", "1) ", "(a) ", "b) ", "(2) ", "A. ", "> ", ">", "    ", "\t", "| ", "+ ", "= "),
    *(": ", "~ ", "“", '"', "By ", "[x]: ", "[^1]: ", "[x]: https://example.org ", "```", "~~~ "),
    *("<!-- ", "<pre>", "title: ", "Note: ", "\u00a0", "1986. ", "٣. ", "--- ", "1.1 "),
)
ENDS = (
    "",
    "",
    "",
    ".",
    ".",
    "?",
    "!",
    ":",
    ",",
    "…",
    "”",
    '"',
    ".”",
    " ",
    "  ",
    " |",
    "\\",
    "```",
    "-->",
)
LINES = (
    *(
        "",
        "",
        "---",
        "***",
        "===",
        "+++",
        "...",
        "```",
        "~~~",
        "| a | b |",
        "|---|---|",
        "- ",
        "* * *",
    ),
    *(
        "a\tb\tc",
        "d\te\tf",
        "\tx\ty",
        "By Ann Bell",
        "title: x",
        "</pre>",
        "{: .x}",
        "\u2028",
        "[x][]",
    ),
)


@st.composite
def lines(draw: st.DrawFn) -> str:
    """One line of an article: a sentence, a heading, an item, a mark, a row of a table."""
    if draw(st.integers(0, 4)) == 0:
        return draw(st.sampled_from(LINES))
    count = draw(st.sampled_from((1, 2, 3, 5, 8, 13, 30, 60)))
    words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=count))
    joined = draw(st.sampled_from((" ", " ", " ", "\t", "\u00a0"))).join(words)
    return draw(st.sampled_from(STARTS)) + joined + draw(st.sampled_from(ENDS))


@st.composite
def articles(draw: st.DrawFn) -> str:
    """Return an article as it is pasted: with or without blank lines, line ends of any system."""
    gap = draw(st.sampled_from(("\n", "\n", "\n\n", "\n\n", "\r\n", "\r", "\n \n")))
    return gap.join(draw(st.lists(lines(), min_size=1, max_size=40)))


def texts() -> st.SearchStrategy[str]:
    """Any text at all, and articles more than anything."""
    return articles() | articles() | st.text(max_size=300)


def paragraphs() -> st.SearchStrategy[str]:
    """Text of any kind for a field of a lesson: marks, quotation marks, several lines."""
    marks = ('"', '"""', "'''", "\\", "\n", "+++", "# proposed", "a = b", "\t", "x", " ", "é", "[")
    signs = st.characters(exclude_categories=["Cs"])
    return st.text(signs, max_size=40) | st.lists(st.sampled_from(marks), max_size=8).map("".join)


def one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\r", " ")


@st.composite
def lessons(draw: st.DrawFn) -> Lesson:
    """Return a lesson as a file can hold it: its body begins with a line that is not blank."""
    body = draw(paragraphs()).strip("\n")
    fields = {
        "subject": draw(paragraphs().map(one_line).filter(bool)),
        "preheader": draw(paragraphs().map(one_line)),
        "kind": draw(st.sampled_from(("welcome", "lesson", "closing"))),
        "call_to_action": draw(st.sampled_from(("none", "link", "button"))),
        "body": body if body.split("\n")[0].strip() else "",
    }
    for name in ("promise", "recap", "exercise", "teaser", "postscript"):
        fields[name] = draw(paragraphs())
    listed = {
        name: tuple(draw(st.lists(paragraphs(), max_size=3))) for name in ("takeaways", "summary")
    }
    lesson = Lesson(number=draw(st.integers(0, 502)), slug="a-lesson", **fields, **listed)  # type: ignore[arg-type]
    markable = [n for n in FIELDS if n not in ("kind", "call_to_action") and getattr(lesson, n)]
    proposed = frozenset(draw(st.sets(st.sampled_from(markable))))
    return replace(lesson, proposed=proposed, path=f"content/a/{lesson.name}.md")
