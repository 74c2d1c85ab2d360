import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses import TAGGED, make_lesson, only, package_texts, render, render_one
from dripline.code import find_code
from dripline.errors import DriplineError
from dripline.mergetags import NAMES, TagTable, find_tag, lift_tags, with_fallbacks
from dripline.service import load_service
from reading import elements


# Every tag as its service documents it, "there" for the fallback; None for
# a tag the service has not, or one that nobody could verify.
WRITTEN: dict[str, dict[str, str | None]] = {
    "mailchimp": {
        "first_name": "*|IF:FNAME|**|FNAME|**|ELSE:|*there*|END:IF|*",
        "email": "*|EMAIL|*",
        "unsubscribe_url": "*|UNSUB|*",
        "preferences_url": "*|UPDATE_PROFILE|*",
        "web_url": "*|ARCHIVE|*",
        "address": "*|LIST:ADDRESSLINE|*",
    },
    "kit": {
        "first_name": '{{ subscriber.first_name | strip | default: "there" }}',
        "email": "{{ subscriber.email_address }}",
        "unsubscribe_url": "{{ unsubscribe_url }}",
        "preferences_url": None,
        "web_url": None,
        "address": "{{ address }}",
    },
    "mailerlite": {
        "first_name": "{$name|default('there')}",
        "email": "{$email}",
        "unsubscribe_url": "{$unsubscribe}",
        "preferences_url": "{$preferences}",
        "web_url": "{$url}",
        "address": None,
    },
    "buttondown": {
        "first_name": '{{ subscriber.metadata.first_name|default:"there" }}',
        "email": "{{ subscriber.email }}",
        "unsubscribe_url": "{{ unsubscribe_url }}",
        "preferences_url": "{{ manage_subscription_url }}",
        "web_url": "{{ email.absolute_url }}",
        "address": None,
    },
    "listmonk": {
        "first_name": '{{ .Subscriber.FirstName | default "there" }}',
        "email": "{{ .Subscriber.Email }}",
        "unsubscribe_url": "{{ UnsubscribeURL }}",
        "preferences_url": "{{ ManageURL }}",
        "web_url": "{{ MessageURL }}",
        "address": None,
    },
    # A mail program fills in nothing: the fallback is all there is.
    "eml": dict.fromkeys(NAMES) | {"first_name": "there"},
}
LINKS = ("unsubscribe_url", "preferences_url", "web_url")
SUFFIX = {"buttondown": ".md", "eml": ".eml"}
KNOWN = [
    (service, name, written)
    for service, tags in WRITTEN.items()
    for name, written in tags.items()
    if written is not None and service != "eml"
]


def lift(text: str) -> tuple[str, TagTable]:
    table = TagTable([text])
    return lift_tags(text, table), table


def test_lifts_a_tag_as_a_token_of_letters_and_digits() -> None:
    lifted, table = lift("Hi {{ first_name | my friend }}, write to {{email}}.")

    first, second = table.tags(lifted)
    assert f"Hi {first.token}, write to {second.token}." == lifted
    assert all(tag.token.isalnum() for tag in (first, second))
    assert [(tag.name, tag.fallback) for tag in (first, second)] == [
        ("first_name", "my friend"),
        ("email", ""),
    ]


def test_gives_equal_tags_one_token_and_others_another() -> None:
    lifted, _ = lift("{{ email }} {{ email }} {{ first_name }} {{ first_name | you }}")

    one, two, three, four = lifted.split()
    assert one == two
    assert len({one, three, four}) == 3


def test_puts_the_fallback_in_its_place() -> None:
    lifted, table = lift("Hi {{ first_name | you }}!")

    assert with_fallbacks(lifted, table.tags(lifted)) == "Hi you!"


@pytest.mark.parametrize("written", [r"{{ first_name \| you }}", r"{{first_name\|you}}"])
def test_reads_a_tag_from_the_cell_of_a_table(written: str) -> None:
    table = TagTable([])

    assert lift_tags(written, table) == table.token("first_name", "you")


def test_finds_a_tag_outside_code() -> None:
    assert find_tag("`{{ email }}` {{ web_url }} {{email}}", "email") == 28
    assert find_tag("`{{ email }}` {{ web_url }}", "email") == -1


def test_gives_a_first_name_without_fallback_the_word_of_the_language() -> None:
    table = TagTable([])
    lifted = lift_tags("{{ first_name }}", table, someone="there")

    assert [tag.fallback for tag in table.tags(lifted)] == ["there"]


def test_takes_a_stem_that_no_text_of_the_course_has() -> None:
    email = render_one(body="The word ZQ0MT000Z and {{ email }}.")

    (token,) = (tag.token for tag in email.tags if tag.name == "email")
    assert not token.casefold().startswith("zq0mt")
    assert "ZQ0MT000Z" in email.html


def test_takes_a_stem_that_the_campaign_does_not_have() -> None:
    rendered = render(make_lesson(body="{{ email }}"), title="zq0mt000z")

    assert not any(tag.token.startswith("zq0mt") for tag in rendered.emails[0].tags)


@pytest.mark.parametrize(
    ("written", "nearest"),
    [
        ("firstname", "first_name"),
        ("First_Name", "first_name"),
        ("unsubscribe", "unsubscribe_url"),
        ("e_mail", "email"),
        ("postal_address", "address"),
    ],
)
def test_refuses_an_unknown_name_with_the_nearest_known_one(written: str, nearest: str) -> None:
    with pytest.raises(DriplineError) as caught:
        lift_tags(f"One\n\n{{{{ {written} }}}}", TagTable([]), path="content/zoo/01-one.md", line=7)

    assert str(caught.value).startswith(f"content/zoo/01-one.md:9: unknown merge tag '{written}'")
    assert f"Did you mean '{nearest}'?" in str(caught.value)
    assert r"\{{" in str(caught.value)


def test_refuses_the_tag_of_a_service_by_name() -> None:
    with pytest.raises(DriplineError, match=r"unknown merge tag 'subscriber\.first_name'"):
        lift('Hi {{ subscriber.first_name | strip | default: "there" }}')


@pytest.mark.parametrize(
    "fallback",
    ['"there"', "it's", "a]b", "*you*", "x%", "a$", "<b>", "a\\b", "a\nb", "a_b_c", "#1"],
)
def test_refuses_a_fallback_that_would_end_a_tag_somewhere(fallback: str) -> None:
    with pytest.raises(DriplineError, match="fallback of 'first_name'"):
        lift(f"{{{{ first_name | {fallback} }}}}")


@pytest.mark.parametrize(
    "literal",
    [
        r"\{{ first_name }}",
        r"\{{{ first_name }}}",
        r"\{\{ first_name }}",
        "{ first_name }",
        "{{}}",
        "{{ 7*7 }}",
        "{{",
        "{% first_name %}",
    ],
)
def test_leaves_literal_braces_alone(literal: str) -> None:
    assert lift(literal)[0] == literal


@pytest.mark.parametrize(
    "code",
    [
        "`{{ nobody }}`",
        "``a ` {{ nobody }}``",
        "`a\n{{ nobody }}`",
        "```\n{{ nobody }}\n```",
        "``` python\n{{ nobody }}\n\n{{ nobody }}\n```",
        "~~~\n{{ nobody }}\n~~~",
        "Before:\n\n    {{ nobody }}\n    {{ nobody }}",
        "Before:\n \n\t{{ nobody }}",
        "    {{ nobody }}",
        "- item\n\n        {{ nobody }}",
        "- item\n\n    `{{ nobody }}` in it",
    ],
)
def test_leaves_code_alone(code: str) -> None:
    assert lift(code)[0] == code


@pytest.mark.parametrize(
    "text",
    [
        "- item\n\n    {{ email }} goes on with the item",
        "1. item\n\n    {{ email }} goes on with the item",
        "A paragraph\n    {{ email }} goes on",
        "A fence without an end:\n\n```\n{{ email }}",
        r"\`{{ email }}\`",
        "`` ` {{ email }}",
        "one ` tick {{ email }}",
        "`a`{{ email }}`b`",
    ],
)
def test_lifts_what_only_looks_like_code(text: str) -> None:
    lifted, table = lift(text)

    assert [tag.name for tag in table.tags(lifted)] == ["email"]


@given(st.text("`~{}\n \t-1.a\\|", max_size=40))
def test_finds_code_in_order_and_never_the_same_twice(text: str) -> None:
    end = 0
    for code in find_code(text):
        assert code.start() >= end
        assert code.end() > code.start()
        end = code.end()


@given(st.text(max_size=60))
def test_lifts_nothing_from_a_text_without_braces(text: str) -> None:
    plain = text.replace("{", "(")

    assert lift(plain)[0] == plain


@pytest.mark.parametrize("service", TAGGED)
def test_knows_exactly_the_tags_that_are_documented(service: str) -> None:
    written = {
        name: tag.html.replace("@fallback@", "there")
        for name, tag in load_service(service).tags.items()
        if tag.confidence != "unverified"
    }

    expected = {name: tag for name, tag in WRITTEN[service].items() if tag is not None}
    assert written == expected


@pytest.mark.parametrize(("service", "name", "written"), KNOWN)
def test_writes_each_tag_byte_for_byte(service: str, name: str, written: str) -> None:
    rendered = render(make_lesson(body=f"Before «{{{{ {name} }}}}» after."))
    texts = package_texts(service, rendered)
    files = [text for path, text in texts.items() if path.startswith("01-")]

    assert files
    assert all(f"Before «{written}» after." in text for text in files)


@pytest.mark.parametrize(("service", "name", "written"), KNOWN)
def test_writes_each_tag_byte_for_byte_in_a_link(service: str, name: str, written: str) -> None:
    target = f"{{{{ {name} }}}}" if name in LINKS else f"https://e.example/?a=1&b={{{{ {name} }}}}"
    rendered = render(make_lesson(body=f"[Here]({target})"))
    text = only(package_texts(service, rendered), SUFFIX.get(service, ".html"))

    if service == "buttondown":
        before = "" if name in LINKS else "https://e.example/?a=1&b="
        assert f"[Here]({before}{written})" in text
    else:
        before = "" if name in LINKS else "https://e.example/?a=1&amp;b="
        mark = "'" if '"' in written else '"'
        assert f"<a href={mark}{before}{written}{mark}" in text


@pytest.mark.parametrize(
    ("service", "name", "written"), [one for one in KNOWN if one[0] != "buttondown"]
)
def test_writes_each_tag_in_a_picture_and_a_title(service: str, name: str, written: str) -> None:
    tag = f"{{{{ {name} }}}}"
    body = f"[![«{tag}»](https://e.example/a.png)](https://e.example/ 'say \"hi\", {tag}')"
    text = only(package_texts(service, render(make_lesson(body=body))), ".html")

    mark = "'" if '"' in written else '"'
    assert f"alt={mark}«{written}»{mark}" in text
    titles = [one.attributes["title"] for one in elements(text) if "title" in one.attributes]
    assert titles == [f'say "hi", {written}']


@pytest.mark.parametrize("service", TAGGED)
def test_writes_each_tag_in_subject_and_preheader(service: str) -> None:
    lesson = make_lesson(subject="{{ first_name | you }}, read", preheader="Sent to {{ email }}")
    row = package_texts(service, render(lesson))["sequence.csv"].split("\r\n")[1]

    first_name = WRITTEN[service]["first_name"] or ""
    subject = first_name.replace("there", "you")
    if service == "kit":  # its subjects take no filters
        subject = "{{ subscriber.first_name }}"
    assert f"{subject}, read" in row.replace('""', '"')
    assert f"Sent to {WRITTEN[service]['email']}" in row


def test_writes_the_fallback_where_a_service_has_no_name() -> None:
    texts = package_texts("eml", render(make_lesson(body="Hi {{ first_name | you }}!")))

    assert "Hi you!" in only(texts, ".eml")


def test_makes_the_fallback_safe_for_html() -> None:
    rendered = render(make_lesson(body="Hi {{ first_name | you & me }}!"))

    assert "Hi you &amp; me!" in only(package_texts("html", rendered), ".html")
    assert "Hi you & me!" in only(package_texts("html", rendered), ".txt")


def test_never_writes_an_unverified_tag() -> None:
    tag = load_service("kit").tags["preferences_url"]
    rendered = render(make_lesson(body="[Settings]({{ preferences_url }})"))

    assert tag.confidence == "unverified"
    assert not any(tag.html in text for text in package_texts("kit", rendered).values())


def test_keeps_the_words_for_readers_of_a_service_without_the_tag() -> None:
    rendered = render(make_lesson())

    assert "reply with the word" in only(package_texts("html", rendered), ".html")
    assert "browser" not in only(package_texts("html", rendered), ".html")


def test_drops_the_words_for_readers_of_a_service_with_the_tag() -> None:
    texts = package_texts("mailchimp", render(make_lesson()))

    for suffix in (".html", ".txt"):
        assert "reply with the word" not in only(texts, suffix)
        assert "*|UNSUB|*" in only(texts, suffix)
        assert "*|ARCHIVE|*" in only(texts, suffix)


@pytest.mark.parametrize("service", [*TAGGED, "html", "eml"])
def test_leaves_no_token_in_any_file(service: str) -> None:
    every = " ".join(f"{{{{ {name} }}}} [x]({{{{ {name} }}}})" for name in NAMES)
    lesson = make_lesson(
        subject="For {{ first_name }}",
        preheader=every,
        body=f"{every}\n\n> {every}\n\n- {every}\n\n|a|\n|-|\n|{every}|",
        promise=every,
        recap=every,
        takeaways=(every,),
        exercise=every,
        summary=(every,),
        teaser=every,
        postscript=every,
    )
    rendered = render(lesson)
    token = re.compile(re.escape(rendered.emails[0].tags[0].token[:5]), re.IGNORECASE)

    assert token.search(rendered.emails[0].html)
    for path, text in package_texts(service, rendered).items():
        assert not token.search(text), path


def test_refuses_two_tags_in_one_place_that_leave_no_quotation_mark_free() -> None:
    tags = {"first_name": '{{ a "b" }}', "email": "{{ c 'd' }}"}
    rendered = render(
        make_lesson(body="[x](https://e.example/?a={{ first_name }}&b={{ email }})"), tags=tags
    )

    with pytest.raises(DriplineError, match="cannot stand in one link"):
        package_texts("html", rendered)


@pytest.mark.parametrize("name", ["first_name", "email"])
def test_writes_the_tags_that_the_campaign_names(name: str) -> None:
    rendered = render(make_lesson(body=f"«{{{{ {name} }}}}»"), tags={name: "%%=v(@x)=%%"})

    for suffix in (".html", ".txt"):
        assert "«%%=v(@x)=%%»" in only(package_texts("html", rendered), suffix)


def test_does_not_read_a_tag_in_what_was_filled_in() -> None:
    rendered = render(make_lesson(body="{{ email }}"), title="{{ 7*7 }} \\{{ email }}")

    assert "{{ 7*7 }} \\{{ email }}" in only(package_texts("eml", rendered), ".eml").replace(
        "=\r\n", ""
    )


def test_takes_the_backslash_away_from_a_literal_brace() -> None:
    email = render_one(
        subject=r"About \{{ name }}", preheader=r"\{{ x }}", body=r"Write \{{ name }} here."
    )

    assert (email.subject, email.preheader) == ("About {{ name }}", "{{ x }}")
    assert "Write {{ name }} here." in email.html
    assert "Write {{ name }} here." in email.text
