import base64
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles import load_list
from dripline.campaign import change_campaign, format_campaign, parse_campaign
from dripline.errors import DriplineError
from dripline.model import CallToAction, Campaign, Look, Schedule, Sender
from dripline.schema import load_schema
from dripline.workspace import Workspace, load_campaign
from strategies import one_line, paragraphs


PATH = "campaigns/bread.toml"
COMPLETE = """\
title = "Bread"
article = "article.txt"
language = "en-GB"
services = ["html", "kit"]

[sender]
name = "Ruth Adler"
credentials = "Baker"
email = "ruth@example.org"
address = "1 Mill Lane\\nOxford"

[schedule]
per_week = 3
start = 2027-01-31

[theme]
name = "letter"
accent = "#1a5fb4"

[call_to_action]
label = "Bake with me"
url = "https://example.org/bake"

[tags]
first_name = "{{ contact.name }}"
"""


def parse(text: str) -> Campaign:
    return parse_campaign(text, name="bread", path=PATH)


def refusal(text: str) -> str:
    """Return what refuses *text* as a campaign."""
    with pytest.raises(DriplineError) as caught:
        parse(text)
    return str(caught.value)


def load(folder: Path, data: bytes) -> Campaign:
    """Load *data* as the campaign file of a workspace in *folder*."""
    (folder / "campaigns").mkdir(exist_ok=True)
    (folder / PATH).write_bytes(data)
    return load_campaign(Workspace(root=folder), "bread")


def load_or_refuse(folder: Path, data: bytes) -> Campaign | DriplineError:
    try:
        return load(folder, data)
    except DriplineError as error:
        return error


def test_reads_a_campaign() -> None:
    assert parse(COMPLETE) == Campaign(
        name="bread",
        title="Bread",
        article="article.txt",
        language="en-GB",
        sender=Sender(
            name="Ruth Adler",
            credentials="Baker",
            email="ruth@example.org",
            address="1 Mill Lane\nOxford",
        ),
        schedule=Schedule(per_week=3, start=date(2027, 1, 31)),
        theme=Look(name="letter", accent="#1a5fb4"),
        call_to_action=CallToAction(label="Bake with me", url="https://example.org/bake"),
        services=("html", "kit"),
        tags={"first_name": "{{ contact.name }}"},
        path=PATH,
    )


def test_needs_no_more_than_a_title() -> None:
    assert parse('title = "Bread"') == Campaign(name="bread", title="Bread", path=PATH)


@pytest.mark.parametrize("start", ["2027-01-31", '"2027-01-31"'])
def test_takes_a_date_with_and_without_quotation_marks(start: str) -> None:
    campaign = parse(f'title = "B"\n[schedule]\nstart = {start}')

    assert campaign.schedule.start == date(2027, 1, 31)


def test_takes_a_whole_number_for_one_however_it_is_written() -> None:
    per_week = parse('title = "B"\n[schedule]\nper_week = 2.0').schedule.per_week

    assert (per_week, type(per_week)) == (2, int)


def test_says_what_is_left_to_fill_in() -> None:
    text = format_campaign(Campaign(name="bread", title="Bread"))

    assert text.startswith("# The course in content/bread/.\n")
    for line in (
        "# The mailing services to write packages for: keep yours.",
        'email = "" # the address your emails come from',
        'address = "" # your postal address: most countries\' law asks for it',
        'url = "" # where it leads; without an address there is no button',
    ):
        assert f"{line}\n" in text


def lines() -> st.SearchStrategy[str]:
    return paragraphs().map(one_line)


@given(lines().filter(bool), lines(), lines(), lines(), st.integers(1, 7))
def test_reads_back_what_it_wrote(
    title: str, name: str, credentials: str, label: str, per_week: int
) -> None:
    campaign = Campaign(
        name="bread",
        title=title,
        article="article.md",
        sender=Sender(name=name, credentials=credentials),
        schedule=Schedule(per_week=per_week),
        call_to_action=CallToAction(label=label),
        services=("html", "kit"),
        path=PATH,
    )

    assert parse(format_campaign(campaign)) == campaign


@pytest.mark.parametrize(
    "text",
    [
        COMPLETE,
        f"# my notes\n{COMPLETE}".replace("per_week = 3", "per_week = 3  # slowly"),
        'title = "B"  # keep\n\n# the rest\nservices = [\n  "html", # this\n]',
        'schedule.per_week = 3\ntitle = "B"',
        'title = "B"\nschedule = { per_week = 3 }\n[sender]\nname = "R"\n',
        'title = "B"\n\n[sender]\nname = "R"  # me\n',
    ],
)
def test_changes_the_rhythm_and_not_one_other_byte(text: str) -> None:
    changed = change_campaign(text, article="article.txt", per_week=5)

    assert parse(changed).schedule.per_week == 5
    assert tomllib.loads(changed) | {"schedule": 0} == tomllib.loads(text) | {"schedule": 0}
    if "per_week" in text:
        assert changed.replace("per_week = 5", "per_week = 3") == text
    else:
        assert changed.startswith(text.rstrip("\n"))


# --- what is no campaign


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "'title' is missing"),
        ('titel = "B"', 1, "unknown key 'titel'\n  Did you mean 'title'? There are: title, "),
        ('title = ""', 1, "'title' is empty\n  The name of the course, as readers see it."),
        ('title = "a\\nb"', 1, "'title' is 'a\\nb'"),
        ("title = 1", 1, "'title' should be text"),
        ('[sender]\nemial = "x"', 2, "unknown key 'emial' in [sender]\n  Did you mean 'email'?"),
        ('[sender]\nemail = "x"', 2, "'sender.email' is 'x'\n  The address the emails come from"),
        ('sender = "Ruth"', 1, "'sender' should be a table"),
        ('[[sender]]\nname = "Ruth"', 1, "'sender' should be a table"),
        ('[[lesson]]\nname = "Ruth"', 1, "unknown key 'lesson'"),
        ("[schedule]\nper_week = 8", 2, "'schedule.per_week' is 8\n  How many emails a week"),
        ("[schedule]\nper_week = 1.5", 2, "'schedule.per_week' should be a whole number"),
        ("[schedule]\nper_week = nan", 2, "'schedule.per_week' should be a whole number"),
        ("[schedule]\nper_week = inf", 2, "'schedule.per_week' should be a whole number"),
        (f"[schedule]\nper_week = {'9' * 4000}", 2, f"'schedule.per_week' is {'9' * 60}…\n"),
        (f"[schedule]\nper_week = 0x{'f' * 4000}", 2, "'schedule.per_week' is too large"),
        ('[schedule]\nstart = "2027-02-30"', 2, "'schedule.start' is '2027-02-30'\n  The day"),
        ('[schedule]\nstart = "0000-01-01"', 2, "'schedule.start' is '0000-01-01'"),
        ("[schedule]\nstart = 2027-01-31T07:30:00", 2, "'schedule.start' is '2027-01-31T07:30:00'"),
        ("[schedule]\nstart = 07:30:00", 2, "'schedule.start' is '07:30:00'"),
        ('[theme]\naccent = "red"', 2, "'theme.accent' is 'red'\n  The one colour of the emails"),
        ('[call_to_action]\nurl = "javascript:x"', 2, "'call_to_action.url' is 'javascript:x'"),
        ('services = ["a", "a"]', 1, "'services' has one value twice"),
        ("services = [1]", 1, "'services.0' should be text"),
        ('article = "../x"', 1, "'article' is '../x'"),
        ('tags.foo = "x"', 1, "unknown key 'foo' in [tags]"),
        ("title = B", 1, "this line cannot be read as TOML: Invalid value\n  Text stands in "),
        ('\ntitle = "B"\ntitle = "C"', 3, "this line cannot be read as TOML: Cannot overwrite"),
        ('\ntitle = "B', 2, "this line cannot be read as TOML: "),
        (f"\nx = {'[' * 5000}", 2, "this line has a number that is too long, or lists too deep"),
        (f"\nx = {'9' * 5000}", 2, "this line has a number that is too long, or lists too deep"),
        (f"\nx = {'[' * 400}{']' * 400}", 2, "this line has a number that is too long, or lists"),
    ],
)
def test_says_which_line_is_wrong_and_what_it_could_be(
    text: str, line: int | None, message: str
) -> None:
    place = f"{PATH}:{line}: " if line else f"{PATH}: "

    assert f"{place}{message}" in refusal(text)


def test_reports_every_problem_of_a_campaign_at_once() -> None:
    errors = refusal('titel = "B"\n[schedule]\nper_week = 0\n[theme]\ncolor = "red"').split(PATH)

    assert [error[:3] for error in sorted(errors[1:])] == [": '", ":1:", ":3:", ":5:"]


def test_reports_unknown_services_and_themes_with_all_other_problems(tmp_path: Path) -> None:
    text = 'titel = "B"\nservices = ["kit", "kitt"]\n[theme]\nname = "lettre"\naccent = "red"'
    error = load_or_refuse(tmp_path, text.encode())

    for message in (
        ":1: unknown key 'titel'",
        ":2: there is no service 'kitt'\n  Did you mean 'kit'? There are: buttondown, ",
        ":4: there is no theme 'lettre'\n  Did you mean 'letter'? There are: ",
        ":5: 'theme.accent' is 'red'",
    ):
        assert f"{PATH}{message}" in str(error)


@pytest.mark.parametrize("text", ["services = [1]", "services = 1", "theme = 1", "theme.name = 1"])
def test_takes_what_is_no_text_for_no_name(text: str, tmp_path: Path) -> None:
    error = str(load_or_refuse(tmp_path, f'title = "B"\n{text}'.encode()))

    assert "should be" in error
    assert "there is no" not in error


def test_takes_any_name_where_none_are_given() -> None:
    assert parse('title = "B"\nservices = ["kitt"]').services == ("kitt",)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('title = "B"\ntitle = "C"', "Each key may stand once."),
        ("[sender]\n[sender]", "Each key may stand once."),
        ('sender = { name = "a", name = "b" }', "Each key may stand once."),
        ('services = ["html"', None),
        ('= "B"', None),
        ('title "B"', None),
        ("title = B", "Text stands in double quotes"),
        ('title = "B', "Text stands in double quotes"),
        ('title = "a "b" c"', "Text stands in double quotes"),
        ('title = "a\\b c\\d"', "Text stands in double quotes"),
    ],
)
def test_gives_a_hint_that_fits_what_is_no_toml(text: str, hint: str | None) -> None:
    with pytest.raises(DriplineError) as caught:
        parse(text)

    assert (caught.value.hint or "").startswith(hint or "")
    assert bool(caught.value.hint) is bool(hint)


def test_complains_of_each_value_once() -> None:
    assert refusal('title = "B"\n[schedule]\nstart = "soon"').count("schedule.start") == 1


def test_describes_everything_a_campaign_may_hold() -> None:
    tables = [load_schema("campaign"), *load_schema("campaign")["properties"].values()]
    for table in tables:
        for key, value in table.get("properties", {}).items():
            assert value["description"].endswith((".", "`.")), key


# --- the hostile corpora


def test_refuses_every_file_that_is_not_toml(shared: Path, tmp_path: Path) -> None:
    cases = load_list(shared / "corpus" / "hostile" / "toml" / "invalid.json")
    for case in cases:
        with pytest.raises(DriplineError) as caught:
            load(tmp_path, base64.b64decode(case["base64"]))

        assert str(caught.value).startswith(PATH), case
    assert len(cases) == 260


def test_reads_or_refuses_every_odd_campaign(shared: Path, tmp_path: Path) -> None:
    cases = load_list(shared / "corpus" / "hostile" / "toml" / "campaign.json")
    for case in cases:
        # Keys that a campaign does not have are refused by that alone.
        for text in (case["toml"], case["toml"].replace("day =", "[schedule]\nper_week =")):
            loaded = load_or_refuse(tmp_path, text.encode())
            if isinstance(loaded, DriplineError):
                assert str(loaded).startswith(PATH), case
                assert "accepted" not in case["expect"] or "path" in text, case
            else:
                assert loaded.title, case
                assert case["expect"] != "refused", case
    assert len(cases) == 30


def test_changes_the_article_where_one_is_named() -> None:
    text = 'title = "B" # keep\narticle = "article.txt" # the old one\n'

    assert change_campaign(text, article="article.md") == text.replace(".txt", ".md")
    assert change_campaign('title = "B"\n', article="article.md") == 'title = "B"\n'
