import json
import os
import resource
import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dripline.theme
from courses import letter, make_lesson, package_texts, render, render_one, themed
from dripline.colour import contrast, mix, readable
from dripline.errors import DriplineError
from dripline.limits import limited
from dripline.model import Look, Sender
from dripline.phrase import load_phrases
from dripline.render import render_course
from dripline.theme import (
    dark_styles,
    format_stylesheet,
    list_themes,
    load_settings,
    load_theme,
)
from reading import seen


LETTER = Path(dripline.theme.__file__).parent / "templates" / "letter"
# Those that only take long, or much; each is stopped, but the stop itself takes its time.
SLOW = ("{% for i in range(99999) %}", "lipsum(100000)")
# What the machine that builds a course has and no email may show.
SECRETS = ("root:x:0:0", "/bin/bash", "uid=0", "HOME", "secret-of-this-machine")

colours = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)


def test_lists_the_built_in_themes() -> None:
    assert list_themes() == ("letter",)


def test_refuses_an_unknown_theme_with_those_there_are() -> None:
    with pytest.raises(DriplineError, match=r"zoo\.toml: there is no theme 'lettre'\n.*letter"):
        load_theme(Look(name="lettre"), None, None, "campaigns/zoo.toml")


@pytest.mark.parametrize("name", list_themes())
@pytest.mark.parametrize("palette", ["light", "dark"])
def test_has_colours_that_can_be_read(name: str, palette: str) -> None:
    colour: dict[str, str] = load_settings(name)[palette]
    pairs = [
        *((text, "card") for text in ("text", "heading", "muted", "accent")),
        *((text, "tint") for text in ("text", "accent")),
        ("muted", "page"),
        ("on-accent", "accent"),
    ]

    for text, ground in pairs:
        assert contrast(colour[text], colour[ground]) >= 4.5, (text, ground)


@pytest.mark.parametrize("name", list_themes())
def test_has_no_grey_that_yahoo_turns_into_a_colour(name: str) -> None:
    settings = load_settings(name)
    for colour in (*settings["light"].values(), *settings["dark"].values()):
        channels = sorted(int(colour[place : place + 2], 16) for place in (1, 3, 5))
        if channels[0] > 240 or channels[2] < 20:
            assert channels[0] == channels[2] or channels[2] - channels[0] > 3, colour


def test_takes_the_accent_of_the_campaign() -> None:
    theme = load_theme(Look(accent="#7A1FA2"), None, None)
    html = render(make_lesson(body="[a](https://e.example/)"), theme=theme).emails[0].html

    assert 'href="https://e.example/" style="color:#7a1fa2' in html
    assert letter().stylesheet != theme.stylesheet


def test_refuses_an_accent_that_cannot_be_read_and_names_the_nearest() -> None:
    with pytest.raises(DriplineError) as caught:
        load_theme(Look(accent="#ffcc00"), None, None, "campaigns/zoo.toml")

    assert str(caught.value).startswith("campaigns/zoo.toml: the accent #ffcc00 is too pale")
    nearest = str(caught.value).rstrip(".").rsplit(" ", 1)[-1]
    assert contrast(nearest, "#ffffff") >= 4.5
    load_theme(Look(accent=nearest), None, None)


@given(colours, st.sampled_from(["#ffffff", "#1e1e1e", "#000000", "#f2f2f2"]))
def test_finds_a_colour_that_can_be_read(colour: str, background: str) -> None:
    assert contrast(readable(colour, background), background) >= 4.5


@given(colours, colours)
def test_measures_contrast_the_same_both_ways(one: str, other: str) -> None:
    assert 1 <= contrast(one, other) == contrast(other, one) <= 21


def test_measures_contrast_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert mix("#000000", "#ffffff", 0.5) == "#808080"


def test_writes_dark_rules_for_both_ways_that_mail_programs_darken() -> None:
    media, text, ground = dark_styles(
        "/* note */ .card, .foot { background-color: #111111; color: #eeeeee; padding: 0 }\n"
        ".line { border-color: #333333 }"
    )

    assert media == (
        "@media (prefers-color-scheme:dark) {\n"
        ".card,.foot { background-color: #111111 !important;color: #eeeeee !important;"
        "padding: 0 !important }\n"
        ".line { border-color: #333333 !important }\n"
        "}\n"
    )
    assert text == (
        "[data-ogsc] .card,[data-ogsc] .foot { color: #eeeeee !important }\n"
        "[data-ogsc] .line { border-color: #333333 !important }\n"
    )
    assert ground == (
        "[data-ogsb] .card,[data-ogsb] .foot { background-color: #111111 !important }\n"
    )


def test_gives_each_kept_style_an_element_of_its_own() -> None:
    html = render_one().html

    assert html.count("<style>") == 6  # five, and one in a comment for Outlook
    assert len(letter().head) == 5


def test_keeps_css_free_of_what_opens_a_tag_somewhere() -> None:
    for css in letter().head:
        for mark in ("{{", "{%", "{#", "{$", "*|", "}}", "[["):
            assert mark not in css.replace("}\n}", "")


def test_reads_a_template_of_the_workspace_first(tmp_path: Path) -> None:
    extended = (
        '{% extends "dripline/lesson.html" %}'
        "{% block footer %}<p>Our own footer.</p>{{ super() }}{% endblock %}"
    )
    html = render_one(themed({"lesson.html": extended}, tmp_path / "templates")).html

    assert "Our own footer." in html
    assert "Words." in html
    assert "You get this email" in html


def test_puts_an_own_base_under_the_built_in_lesson(tmp_path: Path) -> None:
    base = (LETTER / "base.html").read_text("utf-8").replace("<body ", '<body id="own" ')

    assert '<body id="own"' in render_one(themed({"base.html": base}, tmp_path / "t")).html


def test_reads_a_stylesheet_of_the_workspace_and_keeps_it_compiled(tmp_path: Path) -> None:
    css = (LETTER / "style.css").read_text("utf-8") + "\nem { color: var(--muted) }\n"
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "style.css").write_text(css, "utf-8")
    cache = tmp_path / "styles"

    first = load_theme(Look(), tmp_path / "templates", cache)
    (kept,) = cache.iterdir()
    stored = json.loads(kept.read_text("utf-8"))
    stored["rules"][0][2][0][1] = "99px"
    kept.write_text(json.dumps(stored), "utf-8")
    second = load_theme(Look(), tmp_path / "templates", cache)

    assert '<em style="color:#5e5e5e">' in render_one(first, body="*a*").html
    assert second.stylesheet[0][2][0][1] == "99px"  # read, not compiled again


def test_compiles_a_stylesheet_again_when_it_has_changed(tmp_path: Path) -> None:
    cache = tmp_path / "styles"
    templates = tmp_path / "templates"
    templates.mkdir()
    for number, colour in enumerate(("#111111", "#222222"), 1):
        (templates / "style.css").write_text(f"p {{ color: {colour} }}", "utf-8")
        theme = load_theme(Look(), templates, cache)
        assert theme.stylesheet[0][2] == (("color", colour),)
        assert len(list(cache.iterdir())) == number


def test_names_the_stylesheet_of_the_workspace_in_its_errors(tmp_path: Path) -> None:
    with pytest.raises(DriplineError, match=r"^templates/style\.css:1: '@import'"):
        themed({"style.css": "@import url(x.css);"}, tmp_path / "t")
    with pytest.raises(DriplineError, match=r"^templates/style\.css: the theme has no value"):
        themed({"style.css": "p { color: var(--nothing) }"}, tmp_path / "t")


def test_formats_a_compiled_stylesheet_so_that_json_reads_it() -> None:
    css = (LETTER / "style.css").read_text("utf-8")
    stored = json.loads((LETTER / "style.json").read_text("utf-8"))

    assert format_stylesheet(css, stored["rules"]) == (LETTER / "style.json").read_text("utf-8")


def hostile(shared: Path) -> list[str]:
    text = (shared / "corpus" / "hostile" / "templates" / "theme-hostile.json").read_text("utf-8")
    cases: list[dict[str, Any]] = json.loads(text)["cases"]
    assert len(cases) == 33
    return [case["template"] for case in cases]


def test_runs_no_code_of_a_theme_from_somebody_else(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET", SECRETS[-1])
    for template in hostile(shared):
        if any(slow in template for slow in SLOW) and not os.environ.get("DRIPLINE_TORTURE"):
            continue
        with pytest.raises(DriplineError) as caught:
            render_one(themed({"lesson.html": template}, tmp_path / "t"))

        message = str(caught.value)
        assert message.startswith(("templates/lesson.html:1:", "content/zoo/01-one.md:")), template
        assert not any(secret in message for secret in SECRETS), template


def test_shows_nothing_of_the_machine_in_an_email(shared: Path, tmp_path: Path) -> None:
    kept = '{% extends "dripline/lesson.html" %}{% block footer %}%s{% endblock %}'
    for template in hostile(shared):
        if any(slow in template for slow in SLOW) or "extends" in template:
            continue
        theme = themed({"lesson.html": kept.replace("%s", template)}, tmp_path / "t")
        try:
            html = render_one(theme).html
        except DriplineError:
            continue
        assert not any(secret in html for secret in SECRETS), template
        assert "__" not in html.replace("<p>__</p>", "") or "%c%c" in template, template


def test_stops_a_template_that_takes_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dripline.limits.SECONDS", 0.2)
    loops = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"

    with pytest.raises(DriplineError, match="takes longer than"):
        render_one(themed({"lesson.html": loops}, tmp_path / "t"))


@pytest.mark.parametrize(
    ("template", "line", "message"),
    [
        ("\n{{ nobody }}", 2, "'nobody' is undefined"),
        ("\n\n{% if %}", 3, "this is not a template"),
        ('{% include "nowhere.html" %}', 1, "there is no template 'nowhere.html'"),
        ("\n{{ 1 / 0 }}", 2, "division by zero"),
        ("\n{{ lesson.title.nothing }}", 2, "has no attribute 'nothing'"),
        ("{{ lesson + 1 }}", 1, "unsupported operand"),
    ],
)
def test_says_where_a_template_is_wrong(
    tmp_path: Path, template: str, line: int, message: str
) -> None:
    with pytest.raises(DriplineError) as caught:
        render_one(themed({"lesson.html": template}, tmp_path / "t"))

    assert str(caught.value).startswith(f"templates/lesson.html:{line}: ")
    assert message in str(caught.value)


def test_says_where_a_component_is_wrong(tmp_path: Path) -> None:
    components = (LETTER / "components.html").read_text("utf-8")
    broken = components.replace("<blockquote>", "<blockquote>{{ nobody }}")
    line = components[: components.index("<blockquote>")].count("\n") + 1

    with pytest.raises(DriplineError, match=rf"^templates/components\.html:{line}: 'nobody'"):
        render_one(themed({"components.html": broken}, tmp_path / "t"), body="> quote")


def test_leaves_an_element_plain_that_a_theme_has_no_component_for(tmp_path: Path) -> None:
    components = (LETTER / "components.html").read_text("utf-8")
    other = {"components.html": components.replace("macro quote", "macro other")}
    html = render_one(themed(other, tmp_path / "t"), body="> quote").html

    assert "<blockquote" in html
    assert '<table role="presentation" class="quote"' not in html


def test_refuses_a_template_that_is_not_utf8(tmp_path: Path) -> None:
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "lesson.txt").write_bytes("caf\u00e9".encode("latin-1"))

    with pytest.raises(DriplineError, match=r"^templates/lesson\.txt: the file is not UTF-8"):
        render_one(load_theme(Look(), folder, None))


def test_keeps_the_doctype_of_a_template_with_a_byte_order_mark(tmp_path: Path) -> None:
    base = "\ufeff" + (LETTER / "base.html").read_text("utf-8")
    html = render_one(themed({"base.html": base}, tmp_path / "t")).html

    assert html.startswith("<!DOCTYPE html>\n<html ")


def test_leaves_out_the_byte_order_mark_of_a_template(tmp_path: Path) -> None:
    text = "\ufeff" + (LETTER / "lesson.txt").read_text("utf-8")

    assert render_one(themed({"lesson.txt": text}, tmp_path / "t")).text.startswith("A subject\n")


@pytest.mark.parametrize("name", ["../outside.html", "/etc/passwd", "a/../../outside.html", "a\\b"])
def test_reads_no_file_outside_the_templates(tmp_path: Path, name: str) -> None:
    (tmp_path / "outside.html").write_text("OUTSIDE", "utf-8")

    with pytest.raises(DriplineError, match=r"^templates/lesson\.html:1: there is no template"):
        render_one(themed({"lesson.html": f"{{% include {name!r} %}}"}, tmp_path / "t"))


def test_follows_no_link_out_of_the_templates(tmp_path: Path) -> None:
    (tmp_path / "outside.html").write_text("OUTSIDE", "utf-8")
    folder = tmp_path / "templates"
    folder.mkdir()
    (folder / "inside.html").symlink_to(tmp_path / "outside.html")

    with pytest.raises(DriplineError, match=r"there is no template 'inside\.html'"):
        render_one(themed({"lesson.html": '{% include "inside.html" %}'}, folder))


def test_escapes_html_in_html_and_not_in_text() -> None:
    email = render_one(subject="Tom & Jerry's <guide>")

    assert "Tom &amp; Jerry's &lt;guide&gt;</h1>" in email.html
    assert email.text.startswith("Tom & Jerry's <guide>\n")
    assert email.subject == "Tom & Jerry's <guide>"


def test_evaluates_nothing_that_an_article_says(shared: Path) -> None:
    text = (shared / "corpus" / "hostile" / "templates" / "article-text.json").read_text("utf-8")
    cases = json.loads(text)["cases"]
    for case in cases:
        code = f"`` {case} ``"
        rendered = render(
            make_lesson(body=code, takeaways=(code,), exercise=code, kind="welcome"),
            title=f"{case} & more",
            sender=Sender(name=f"{case} Adler", address=f"1 {case} Street"),
        )
        assert f"{case} & more" in seen(rendered.emails[0].html), case
        assert f"{case} Adler, 1 {case} Street" in seen(rendered.emails[0].html), case
        html, plain = rendered.emails[0].html, rendered.emails[0].text
        assert seen(html).count(case) >= 3, case
        assert " ".join(plain.split()).count(case) >= 3, case
        assert ">49<" not in html
        assert package_texts("eml", rendered)

    assert len(cases) == 44


def test_does_not_change_the_theme_between_two_courses() -> None:
    course = render(make_lesson()).course
    first = render_course(course, letter(), load_phrases("en"))
    render(make_lesson(body="> other"), title="Other")
    assert render_course(course, letter(), load_phrases("en")) == first


def test_leaves_the_limits_of_the_process_as_they_were() -> None:
    before = (signal.getsignal(signal.SIGALRM), resource.getrlimit(resource.RLIMIT_AS))
    with pytest.raises(DriplineError), limited():
        raise DriplineError("stopped")

    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert (signal.getsignal(signal.SIGALRM), resource.getrlimit(resource.RLIMIT_AS)) == before


def test_sets_no_limit_from_another_thread() -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    seen_inside = []

    def work() -> None:
        with limited():
            seen_inside.append(resource.getrlimit(resource.RLIMIT_AS))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert seen_inside == [before]
