import re
from dataclasses import replace

import pytest

from courses import SERVICES, TAGGED, make_course, make_lesson
from dripline.errors import DriplineError
from dripline.mergetags import NAMES, spelling
from dripline.service import list_services, load_service, parse_service


DJANGO = {"openvariable": "{{", "openblock": "{%", "opencomment": "{#"}
SMALLEST = """
title = "Post"
summary = "Whole documents."
formats = ["html"]
sequence = "series"
delay = "previous"
steps = ["Paste it."]
"""


def test_lists_the_services_in_order() -> None:
    assert list_services() == SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_loads_every_service(name: str) -> None:
    service = load_service(name)

    assert service.name == name
    assert service.title
    assert service.summary.endswith(".")
    assert service.steps
    assert service.check
    assert set(service.tags) <= set(NAMES)
    assert set(service.required) <= set(service.tags)


@pytest.mark.parametrize("name", TAGGED)
def test_names_its_sources(name: str) -> None:
    assert load_service(name).sources
    assert load_service(name).escapes


@pytest.mark.parametrize("name", SERVICES)
def test_writes_every_mark_so_that_it_is_none_any_more(name: str) -> None:
    service = load_service(name)
    for escape in service.escapes:
        for place in (escape.html, escape.text, escape.markdown):
            # But for the marks of the tags that write one.
            literal = re.sub(r'\{\{ (?:Safe )?".*?" \}\}|\{% templatetag \w+ %\}', "", place)
            assert not any(one.mark in literal for one in service.escapes)
        assert re.sub(r"&#(\d+);", lambda sign: chr(int(sign[1])), escape.html) == escape.mark
        written = re.sub(r'\{\{ (?:Safe )?"(.*)" \}\}', r"\1", escape.text)
        written = re.sub(r"\{% templatetag (\w+) %\}", lambda tag: DJANGO[tag[1]], written)
        assert written.replace("\u200b", "") in ("", escape.mark)


@pytest.mark.parametrize("name", TAGGED)
def test_takes_a_fallback_wherever_it_says_the_first_name(name: str) -> None:
    tag = load_service(name).tags["first_name"]

    assert "@fallback@" in tag.html
    assert "@fallback@" in tag.text
    assert ("@fallback@" in tag.subject) is (name != "kit")


def test_refuses_an_unknown_service_with_the_nearest_known_one() -> None:
    campaign = make_course(make_lesson(), services=("mailchip",)).campaign
    with pytest.raises(DriplineError) as caught:
        load_service("mailchip", campaign)

    assert str(caught.value).startswith("campaigns/zoo.toml: there is no service 'mailchip'\n")
    assert "Did you mean 'mailchimp'?" in str(caught.value)
    assert "There are: buttondown, eml, html," in str(caught.value)


def test_blames_no_campaign_for_a_service_that_it_does_not_name() -> None:
    campaign = make_course(make_lesson(), services=("kit",)).campaign
    for asked in (campaign, None):
        with pytest.raises(DriplineError) as caught:
            load_service("nope", asked)

        assert str(caught.value).startswith("there is no service 'nope'\n")


def test_reads_a_service_that_declares_no_more_than_it_must() -> None:
    service = parse_service(SMALLEST, name="post", path="services/post.toml")

    assert (service.title, service.formats, service.tags) == ("Post", ("html",), {})
    assert (service.escapes, service.required, service.check) == ((), (), ())


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('titel = "x"', "unknown key 'titel'"),
        ('formats = ["word"]', "'formats.0' is 'word'"),
        ('[tags.email]\nhtml = "x"\nconfidence = "sure"', "'tags.email.confidence' is 'sure'"),
        ('[tags.email]\nconfidence = "official"', "'html' is missing"),
        ('[[escapes]]\nmark = ""\nhtml = "x"', "mark"),
    ],
)
def test_refuses_a_service_that_declares_something_wrong(line: str, message: str) -> None:
    text = SMALLEST.replace('formats = ["html"]\n', "") if line.startswith("formats") else SMALLEST
    with pytest.raises(DriplineError) as caught:
        parse_service(text + line, name="post", path="services/post.toml")

    assert str(caught.value).startswith("services/post.toml:")
    assert message in str(caught.value)


def test_reports_every_problem_of_a_service_at_once() -> None:
    with pytest.raises(DriplineError) as caught:
        parse_service("title = 1", name="post", path="services/post.toml")

    for key in ("summary", "formats", "sequence", "delay", "steps", "title"):
        assert f"'{key}'" in str(caught.value)


def test_never_spells_an_unverified_tag() -> None:
    service = load_service("kit")
    verified = {name: replace(tag, confidence="official") for name, tag in service.tags.items()}

    assert spelling(service, "preferences_url", "html") == ""
    assert spelling(replace(service, tags=verified), "preferences_url", "html") != ""


def test_takes_the_tags_of_the_campaign_for_a_service_of_ones_own() -> None:
    campaign = make_course(make_lesson(), tags={"email": "%%email%%", "web_url": "[web]"}).campaign
    service = load_service("html", campaign)

    assert spelling(service, "email", "html") == "%%email%%"
    assert spelling(service, "web_url", "subject") == "[web]"
    assert spelling(service, "unsubscribe_url", "html") == ""
    assert [(one.mark, one.html) for one in service.escapes] == [
        ("%%", "&#37;&#37;"),
        ("[web]", "&#91;web&#93;"),
    ]
    assert load_service("mailchimp", campaign).tags["email"].html == "*|EMAIL|*"


def test_escapes_nothing_for_a_tag_of_letters_alone() -> None:
    campaign = make_course(make_lesson(), tags={"email": "EMAIL"}).campaign

    assert load_service("html", campaign).escapes == ()
