import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles import PHRASES, prose, sentence, understand
from dripline.model import Block, Role
from dripline.rank import first_section, for_reader, split_sentences
from dripline.suggest import (
    PREHEADER_LONGEST,
    PREHEADER_SHORTEST,
    SUBJECT_LENGTH,
    SUBJECT_LIMIT,
    propose_exercise,
    propose_line,
    propose_preheader,
    propose_subject,
    propose_takeaways,
    short_title,
    shorten,
)
from dripline.words import split_words


REST = "A dough that rests in a bowl rises slowly until the morning comes."
SALT = "Salt keeps a dough from rising, and without salt a dough tastes of nothing."
OVEN = "An oven that is hot enough gives a loaf its crust within ten minutes."
REFLECTION = PHRASES.vary("proposal.exercise_reflection", 1)


def blocks_of(text: str) -> tuple[Block, ...]:
    """Return the blocks of Markdown."""
    return understand(f"# Bread\n\n{text}", "a.md").blocks[1:]


# --- sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four…", ["One.", "Two!", "Three?", "Four…"]),
        ("She said “No.” Then she left.", ["She said “No.”", "Then she left."]),
        ("Dr. Bell came, i.e. Ann. She sat.", ["Dr. Bell came, i.e. Ann.", "She sat."]),
        ("At 3.5 degrees it stops. Why? no.", ["At 3.5 degrees it stops.", "Why? no."]),
        ("はい。いいえ。", ["はい。", "いいえ。"]),
        ("no end", ["no end"]),
        ("", []),
    ],
)
def test_parts_sentences(text: str, sentences: list[str]) -> None:
    assert split_sentences(text, PHRASES) == sentences


@given(st.text(st.sampled_from("ab. !?…“”)»。\n"), max_size=40))
def test_parts_sentences_without_losing_a_sign(text: str) -> None:
    kept = "".join(split_sentences(text, PHRASES))

    assert "".join(kept.split()) == "".join(text.split())


# --- subjects


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("Bread: a history", "Bread"),
        ("Bread – a history", "Bread"),
        ("Bread—a history", "Bread"),
        ("Why bread? A history", "Why bread?"),
        ("Well-being for all", "Well-being for all"),
        ("Why bread?", "Why bread?"),
        (": all tail", ": all tail"),
        ("", ""),
    ],
)
def test_takes_the_tail_from_a_title(title: str, short: str) -> None:
    assert short_title(title) == short


def test_shortens_after_a_word_and_says_so() -> None:
    assert shorten("One two, three", 10) == "One two…"
    assert shorten("One two", 7) == "One two"
    assert shorten("x" * 20, 10) == "x" * 9 + "…"


@given(st.text(max_size=80), st.integers(2, 40))
def test_shortens_to_the_length_asked_for(text: str, length: int) -> None:
    assert len(shorten(text, length)) <= length


LONG = "Why a dough that rests overnight in a cold kitchen rises better"


@pytest.mark.parametrize(
    ("title", "takeaways", "subject"),
    [
        ("Why bread?", [REST], "Why bread?"),
        (f"Why bread? {LONG}", [REST], "Why bread?"),
        (LONG, ["Cold helps a dough to rise."], "Cold helps a dough to rise"),
        (LONG, [REST], LONG),
        ("", ["Cold helps a dough to rise."], "Cold helps a dough to rise"),
        (f"{LONG} {LONG}", [], f"{LONG} Why a dough…"),
    ],
)
def test_proposes_the_first_subject_that_is_short_enough(
    title: str, takeaways: list[str], subject: str
) -> None:
    assert propose_subject(title, takeaways) == subject


@given(st.text(max_size=200), st.lists(st.text(max_size=99), max_size=3))
def test_proposes_a_subject_that_is_never_too_long(title: str, takeaways: list[str]) -> None:
    assert len(propose_subject(title, takeaways)) <= SUBJECT_LIMIT
    assert SUBJECT_LENGTH < SUBJECT_LIMIT


# --- preheaders


def test_proposes_the_first_sentence_that_says_something_new() -> None:
    text = f"Why not?\n\nBread that never rises is a riddle to people.\n\n{REST}\n\n{SALT}"

    assert propose_preheader(blocks_of(text), "Bread that never rises", PHRASES) == REST


def test_proposes_a_sentence_that_stands_for_itself_rather_than_one_that_leans() -> None:
    text = f"But it takes all of that time, as everybody knows by now.\n\n{REST}"

    assert propose_preheader(blocks_of(text), "", PHRASES) == REST


def test_proposes_a_preheader_from_the_first_section_if_there_is_one() -> None:
    leaning = "It takes all of that time, as everybody knows by now."
    text = f"## A\n\n{leaning}\n\n## B\n\n{REST}"

    assert propose_preheader(blocks_of(text), "", PHRASES) == leaning
    assert propose_preheader(blocks_of(text.replace(leaning, "Hm.")), "", PHRASES) == REST


def test_proposes_no_preheader_that_points_back() -> None:
    pointing = "Nobody had ever told this to the baker of the town before."

    assert propose_preheader(blocks_of(f"{pointing}\n\n{REST}"), "", PHRASES) == REST


def test_joins_sentences_that_are_too_short_for_a_preheader() -> None:
    assert propose_preheader(blocks_of("One.\n\nTwo.\n\nThree."), "", PHRASES) == "One. Two. Three."


def test_proposes_no_preheader_without_text() -> None:
    assert propose_preheader(blocks_of("- an item\n\n```\ncode\n```"), "", PHRASES) == ""


@pytest.mark.parametrize("text", [prose(200), prose(200, paragraph=7), REST, f"{REST} {OVEN}"])
def test_proposes_a_preheader_that_fills_the_row(text: str) -> None:
    preheader = propose_preheader(blocks_of(text), "", PHRASES)

    assert PREHEADER_SHORTEST <= len(preheader) <= PREHEADER_LONGEST


# --- takeaways


FILLER = "And " + sentence(60).lower()  # stands for itself in no way


def test_takes_away_whole_sentences_in_the_order_of_the_lesson() -> None:
    text = f"{OVEN}\n\n{FILLER}\n\n{FILLER} {SALT} {FILLER}\n\n{FILLER}\n\n{REST}"

    assert propose_takeaways(blocks_of(text), PHRASES) == (OVEN, SALT, REST)


@pytest.mark.parametrize(("words", "most"), [(40, 1), (149, 1), (200, 2), (900, 3)])
def test_takes_away_one_sentence_for_a_hundred_words_and_three_at_most(
    words: int, most: int
) -> None:
    taken = propose_takeaways(blocks_of(prose(words, paragraph=10)), PHRASES)

    assert 1 <= len(taken) <= most


def test_takes_away_something_of_each_section_first() -> None:
    text = f"## A\n\n{SALT}\n\n{FILLER}\n\n{REST}\n\n{FILLER}\n\n## B\n\n{OVEN}"

    with_sections = propose_takeaways(blocks_of(text), PHRASES)
    without = propose_takeaways(blocks_of(text.replace("## B", "")), PHRASES)

    assert without == (SALT, REST)
    assert len(with_sections) == 2
    assert OVEN in with_sections


@pytest.mark.parametrize(
    "leaning",
    [
        "It keeps a dough from rising when there is too much of it.",  # leans on one before
        "Salt in all three keeps a dough from rising for a while.",
        "Salt keeps her from eating bread that has risen for a while.",
        "Salt of this kind keeps a dough from rising for a while.",  # points back
        "Would a dough without any salt rise faster than before?",
        "Here is what a dough without salt does in the night:",
        "“Salt keeps a dough from rising,” said the baker to me.",
        "Salt is salt.",
        f"{SALT.rstrip('.')} and {OVEN.rstrip('.')} and {REST}",  # too long to remember
    ],
)
def test_takes_away_no_sentence_that_cannot_stand_alone(leaning: str) -> None:
    taken = propose_takeaways(blocks_of(f"{REST}\n\n{leaning}"), PHRASES)

    assert taken == (REST,)


def test_takes_away_no_lead_in() -> None:
    lead_in = "Salt keeps a dough from rising while other words are said"

    assert propose_takeaways(blocks_of(f"{lead_in}\n\n- one\n- two"), PHRASES) == ()
    assert propose_takeaways(blocks_of(f"{lead_in}\n\n“One.”\n\n“Two.”"), PHRASES) == ()


def test_ranks_what_shares_the_most_words_with_the_rest() -> None:
    odd = "Grandmothers in faraway villages often keep several noisy geese."
    text = f"{odd} {REST} A dough rises in a bowl. A dough rests until morning. Salt slows a dough."

    assert propose_takeaways(blocks_of(text), PHRASES) == (REST,)


@pytest.mark.parametrize(
    "turn",
    [
        "But a little of it does no harm.",
        "Yet a little of it does no harm.",
        "However, a little of it does no harm.",
        "That simply isn't true.",
        "That is not true.",
    ],
)
def test_takes_away_nothing_that_the_next_sentence_takes_back(turn: str) -> None:
    for text in (f"{SALT}\n\n{turn}\n\n{REST}", f"{SALT} {turn}\n\n{REST}"):
        assert propose_takeaways(blocks_of(text), PHRASES) == (REST,)
        assert propose_preheader(blocks_of(text), "", PHRASES) == REST
    assert propose_takeaways(blocks_of(f"{SALT}\n\n{turn}"), PHRASES) == (SALT,)


def test_takes_nothing_back_across_what_is_not_a_paragraph() -> None:
    turn = "But a little of it does no harm."

    assert propose_takeaways(blocks_of(f"{SALT}\n\n## B\n\n{turn}"), PHRASES) == (SALT,)
    assert propose_line(blocks_of(f"{SALT}\n\n## B\n\n{turn} {REST}"), PHRASES) == SALT


SOFT = "Sometimes a dough needs nothing but another hour in the bowl."


def test_takes_away_a_weaker_sentence_of_a_lesson_that_has_nothing_else() -> None:
    text = f"{SOFT} Many bakers wait until the morning to look at it.\n\n{FILLER}{FILLER}"

    assert len(propose_takeaways(blocks_of(text), PHRASES)) == 1
    assert propose_takeaways(blocks_of(f"{SOFT}\n\n{REST}"), PHRASES) == (REST,)
    assert propose_takeaways(blocks_of(f"{SALT} But no.\n\n{SOFT}"), PHRASES) == (SOFT,)


# --- the line that stands for a lesson


@pytest.mark.parametrize(
    ("own", "line"),
    [
        (REST, REST),
        (f"{SOFT}\n\nIt needs:\n\n- {SALT}", SOFT),
        (f"It needs:\n\n- Salt\n- {SALT}", SALT),
        (f"{SALT}\n\nBut no.", OVEN),
        ("But a dough needs nothing more than another hour.", OVEN),
        ("Does a dough need more than another hour of rest?", OVEN),
        ("", OVEN),
    ],
)
def test_stands_for_a_lesson_with_a_line_of_its_first_section(own: str, line: str) -> None:
    text = f"## A\n\n{own}\n\n## B\n\n{OVEN}"

    assert propose_line(blocks_of(text), PHRASES) == line


def test_stands_for_a_lesson_with_nothing_rather_than_with_a_fragment() -> None:
    assert propose_line(blocks_of("## A\n\nHm.\n\n- Salt"), PHRASES) == ""


def test_ends_the_first_section_before_the_second_outermost_heading() -> None:
    blocks = blocks_of("## A\n\none\n\n### a\n\ntwo\n\n## B\n\nthree")

    assert [block.text for block in first_section(blocks)] == ["A", "one", "a", "two"]
    assert first_section(blocks[:3]) == blocks[:3]


# --- sections for another reader


@pytest.mark.parametrize(
    "opening",
    [
        "## B\n\nIf you happen to be reading this as a baker, rest.",
        "## B\n\nGood morning. This part is for you, the baker.",
        "## B\n\nPerhaps your neighbour shared it with you.\n\nGood.",
        "## A message to the baker\n\nGood morning.",
        "## B\n\nThis part is for you, the baker.\n\n### b\n\nGood.",
    ],
)
def test_proposes_nothing_of_a_section_that_is_for_another_reader(opening: str) -> None:
    text = f"## A\n\n{REST}\n\n{opening}\n\n{SALT}\n\n## C\n\n{OVEN}"

    kept = for_reader(blocks_of(text), PHRASES)

    assert [block.text for block in kept] == ["A", REST, "C", OVEN]


@pytest.mark.parametrize(
    "text",
    [
        f"## B\n\nThis part is for you, the baker.\n\n{SALT}",  # there is nothing else
        f"## B\n\nOne. Two. This part is for you.\n\n## C\n\n{REST}",  # not at its beginning
        f"## Write a message to the baker\n\n{REST}\n\n## C\n\n{REST}",
        f"This part is for you.\n\n## C\n\n{REST}",  # an introduction
    ],
)
def test_keeps_every_other_section(text: str) -> None:
    assert list(for_reader(blocks_of(text), PHRASES)) == list(blocks_of(text))


# --- exercises


@pytest.mark.parametrize("after", ["", "\n\nThen wait."])
def test_makes_an_exercise_of_the_one_question_to_ask_somebody(after: str) -> None:
    text = f"A single question is enough:\n\n“Could you show me how it rises?”{after}"

    assert propose_exercise(blocks_of(text), 1, PHRASES) == PHRASES.say(
        "proposal.exercise_script_one", sentence="“Could you show me how it rises?”"
    )


@pytest.mark.parametrize(
    "text",
    [
        "The baker asked:\n\n“Could you show me how it rises?”",  # another's words
        "Never say:\n\n“Could you show me how it rises?”",
        "A single question is enough:\n\n“How does it rise?”",  # put to nobody
        "One sentence is enough:\n\n“You could show me how it rises.”",
        "One question is enough.\n\n“Could you show me how it rises?”",
        "Two are enough:\n\n“Could you show me?”\n\n“Could you help me?”",
    ],
)
def test_makes_an_exercise_of_no_other_spoken_line(text: str) -> None:
    assert propose_exercise(blocks_of(text), 1, PHRASES) == REFLECTION


def test_takes_the_reflections_in_turn() -> None:
    proposed = [propose_exercise(blocks_of(REST), number, PHRASES) for number in range(1, 7)]

    assert len(set(proposed[:3])) == 3
    assert proposed[3:] == proposed[:3]


def test_makes_an_exercise_of_sentences_to_say() -> None:
    text = "You might say:\n\n“Take your time.”\n\n“I can wait.”\n\nWhy do you think that helps?"

    assert propose_exercise(blocks_of(text), 1, PHRASES) == PHRASES.say(
        "proposal.exercise_scripts", lead_in="You might say"
    )


def test_makes_an_exercise_of_a_question_that_is_left_open() -> None:
    text = f"Why do you bake bread on Sundays? {REST}"

    assert propose_exercise(blocks_of(text), 1, PHRASES) == PHRASES.say(
        "proposal.exercise_question", question="Why do you bake bread on Sundays?"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Why do you bake bread on Sundays? For fun.",  # answered at once
        "Why do you bake bread on Sundays? Why not on Mondays?",
        f"Why does she bake bread on Sundays? {REST}",  # not put to the reader
        f"Would you bake bread on a Sunday? {REST}",  # yes or no
        f"Why you? {REST}",
    ],
)
def test_makes_an_exercise_of_no_rhetorical_question(text: str) -> None:
    assert propose_exercise(blocks_of(text), 1, PHRASES) == PHRASES.vary(
        "proposal.exercise_reflection", 1
    )


def test_makes_an_exercise_of_a_list() -> None:
    assert propose_exercise(blocks_of("Bread needs:\n\n- salt\n- time"), 1, PHRASES) == PHRASES.say(
        "proposal.exercise_list", lead_in="Bread needs"
    )


def test_quotes_no_long_lead_in_back() -> None:
    text = "A bread that is worth its name needs these three things:\n\n- salt\n- time"

    assert propose_exercise(blocks_of(text), 1, PHRASES) == PHRASES.say(
        "proposal.exercise_list_plain"
    )


def test_proposes_nothing_new() -> None:
    """Every word of takeaways and preheaders is the author's, in the author's order."""
    text = f"{prose(150)}\n\n{REST} {SALT}\n\n- an item\n\n{OVEN}"
    blocks = blocks_of(text)
    words = " ".join(split_words(text))

    for one in (*propose_takeaways(blocks, PHRASES), propose_preheader(blocks, "", PHRASES)):
        assert " ".join(split_words(one)) in words
    assert Role.LIST_ITEM in {block.role for block in blocks}
