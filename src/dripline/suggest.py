"""Proposals for a lesson's small texts, by fixed rules from its own words."""

import re
from collections.abc import Sequence
from itertools import pairwise

from dripline.model import Block, Role
from dripline.phrase import Phrases
from dripline.rank import (
    Sentence,
    first_section,
    lesson_sentences,
    plain_text,
    rank_texts,
    says,
)
from dripline.words import count_words, split_words


# Phones show 48 characters of a subject (device test), desktops up to 78.
SUBJECT_LENGTH, SUBJECT_LIMIT = 50, 78
# A shorter preheader lets body text leak into the inbox row, a longer is cut.
PREHEADER_SHORTEST, PREHEADER_LONGEST = 40, 90
TAKEAWAY_SHORTEST, TAKEAWAY_LONGEST = 7, 25
# One takeaway for every so many words.
WORDS_PER_TAKEAWAY, MOST_TAKEAWAYS = 100, 3
# Ranking takes every pair of sentences; who wants a lesson longer than these, some
# 2,000 words, gets its takeaways from its beginning.
_MOST_RANKED = 150
# The tiers of takeaways: only of a lesson that has nothing better comes the next.
_STANDING, _WEAKER, _TURNED = range(3)
# A longer lead-in is not quoted back at the reader.
LEAD_IN_LENGTH = 40

_TAIL = re.compile(r"\s*(?::|\s[—–-]\s|—|\?\s).*$", re.DOTALL)


def shorten(text: str, length: int) -> str:
    """Return *text*, cut after a word and given an ellipsis when over *length*."""
    if len(text) <= length:
        return text
    kept = text[: length - 1]
    if " " in kept:
        kept = kept.rsplit(" ", 1)[0]
    return kept.rstrip(" ,;:—–-.") + "…"


def short_title(title: str) -> str:
    """Return *title* without its tail after a colon, a dash or a question mark."""
    head = _TAIL.sub("", title).strip()
    if title[len(head) : len(head) + 1] == "?":
        head += "?"
    return head or title


def propose_subject(title: str, takeaways: Sequence[str]) -> str:
    """Return the first that is short enough: title, title without its tail, a takeaway.

    When none is, the title is cut.
    """
    shortest = min(takeaways, key=len, default="").rstrip(".")
    for candidate in (title, short_title(title), shortest):
        if 0 < len(candidate) <= SUBJECT_LENGTH:
            return candidate
    return shorten(title or shortest, SUBJECT_LIMIT)


def propose_preheader(blocks: Sequence[Block], subject: str, phrases: Phrases) -> str:
    """Return what continues *subject* in the inbox row, in 40 to 90 characters.

    A sentence that is long enough, makes sense alone, is not taken back and does
    not repeat the subject, from the first section if there is one; else the first
    sentences together, cut if need be.
    """
    sentences = [
        one
        for one in lesson_sentences(blocks, phrases)
        if not one.text.endswith((":", ",")) and not _repeats(one.text, subject)
    ]
    fitting = [
        one
        for one in sentences
        if PREHEADER_SHORTEST <= len(one.text) <= PREHEADER_LONGEST
        and not one.turned
        and not says(one.text, "pointers", phrases)
        and "".join(split_words(one.text)[:1]).casefold() not in phrases.words("turns")
    ]
    if fitting:
        keys = [(one.section > 1, not _stands_for_itself(one.text, phrases)) for one in fitting]
        return fitting[keys.index(min(keys))].text
    joined = ""
    for one in sentences:
        joined = f"{joined} {one.text}".strip()
        if len(joined) >= PREHEADER_SHORTEST:
            break
    return shorten(joined, PREHEADER_LONGEST)


def _repeats(sentence: str, subject: str) -> bool:
    """Tell whether most of a sentence's longer words are in the subject."""
    words = {word.casefold() for word in split_words(sentence) if len(word) > 3}
    known = {word.casefold() for word in split_words(subject)}
    return bool(words) and len(words & known) * 2 > len(words)


def propose_takeaways(blocks: Sequence[Block], phrases: Phrases) -> tuple[str, ...]:
    """Return one to three sentences of a lesson worth remembering, in its order.

    Each section gives its best one first. Sentences are ranked by what they
    share with the others (TextRank) and by how well they stand alone; those
    that cannot are left out, and so is what the next sentence takes back. A
    lesson that has nothing else gives one weaker sentence.
    """
    sentences = lesson_sentences(blocks, phrases)[:_MOST_RANKED]
    candidates = _candidates(sentences, phrases)
    ranked = [index for tier, _, index in candidates if tier == candidates[0][0]]
    words = sum(count_words(block.text) for block in blocks)
    wanted = max(1, min(MOST_TAKEAWAYS, round(words / WORDS_PER_TAKEAWAY)))
    if candidates and candidates[0][0] != _STANDING:
        wanted = 1  # better one weak sentence than two
    chosen: list[int] = []
    for once_a_section in (True, False):
        for index in ranked:
            sections = {sentences[other].section for other in chosen}
            near = any(abs(index - other) < 2 for other in chosen)
            taken = once_a_section and sentences[index].section in sections
            if len(chosen) < wanted and not near and not taken:
                chosen.append(index)
    return tuple(sentences[index].text for index in sorted(chosen))


def propose_line(blocks: Sequence[Block], phrases: Phrases) -> str:
    """Return the one line that stands for a lesson in other emails, or nothing.

    It comes from the section that the title names, even if it is a weaker
    sentence or an item of a list; from another section only if there is none.
    """
    own = first_section(blocks)
    sentences = lesson_sentences(blocks, phrases)[:_MOST_RANKED]
    candidates = _candidates(sentences, phrases)
    own_count = len(lesson_sentences(own, phrases))
    for tier, _, index in candidates:
        if index < own_count and tier < _TURNED:
            return sentences[index].text
    items = (plain_text(block) for block in own if block.role is Role.LIST_ITEM)
    if item := next((one for one in items if _is_whole(one, phrases)), ""):
        return item
    return sentences[candidates[0][2]].text if candidates else ""


def _candidates(sentences: Sequence[Sentence], phrases: Phrases) -> list[tuple[int, float, int]]:
    """Return tier, score and index of what may be a takeaway, the best first."""
    ranks = rank_texts([one.text for one in sentences], phrases)
    return sorted(
        (tier, -round(rank * _standing(one, phrases), 6), index)
        for index, (rank, one) in enumerate(zip(ranks, sentences, strict=True))
        if (tier := _tier(one, phrases)) is not None
    )


def _tier(one: Sentence, phrases: Phrases) -> int | None:
    """Return how good a takeaway a sentence can be at best; a lower tier goes first."""
    if not _is_whole(one.text, phrases):
        return None
    if one.turned:
        return None if _leans(one.text, phrases) else _TURNED
    if not _leans(one.text, phrases):
        return _STANDING
    opener = split_words(one.text)[0].casefold()
    return _WEAKER if opener in phrases.words("soft_openers") else None


def _standing(one: Sentence, phrases: Phrases) -> float:
    """Return the factor by which a sentence's rank counts as a takeaway.

    People remember a short sentence that has a paragraph to itself; a list of
    things and the author's own story are not takeaways.
    """
    words = [word.casefold() for word in split_words(one.text)]
    factor = 1.3 if one.stands_alone else 1.0
    factor *= 1.2 if one.place > 2 / 3 else 1.0
    factor *= 1.0 if len(words) <= 16 else 0.6
    factor *= 0.6 if one.text.count(",") > 2 else 1.0
    return factor * (0.5 if phrases.words("first_person") & set(words) else 1.0)


def _stands_for_itself(sentence: str, phrases: Phrases) -> bool:
    """Tell whether *sentence* makes sense without the ones around it."""
    return _is_whole(sentence, phrases) and not _leans(sentence, phrases)


def _is_whole(sentence: str, phrases: Phrases) -> bool:
    """Tell whether *sentence* is a statement of a good length that does not point back."""
    if not TAKEAWAY_SHORTEST <= count_words(sentence) <= TAKEAWAY_LONGEST:
        return False
    if sentence.endswith((":", "?", "…", ",")) or sentence[0] in "“\"‘'«„(":
        return False
    return not says(sentence, "pointers", phrases)


def _leans(sentence: str, phrases: Phrases) -> bool:
    """Tell whether *sentence* begins with a word that leans on the one before it."""
    return split_words(sentence)[0].casefold() in phrases.words("weak_openers")


def propose_exercise(blocks: Sequence[Block], number: int, phrases: Phrases) -> str:
    """Return one small action: from scripts, a question, a list; else a reflection.

    Lessons without any of those take the reflections in turn, by their *number*.
    """
    second = phrases.words("second_person")
    runs = {Role.DIALOG: "", Role.LIST_ITEM: ""}
    for before, first, after in zip(blocks, blocks[1:], blocks[2:], strict=False):
        leads_in = before.role is Role.PARAGRAPH and before.text.endswith(":")
        if leads_in and first.role is after.role and first.role in runs:
            addressed = second & {word.casefold() for word in split_words(before.text)}
            if addressed or first.role is Role.LIST_ITEM:
                runs[first.role] = runs[first.role] or before.text.rstrip(":")
    question = _open_question(blocks, phrases)
    if lead_in := runs[Role.DIALOG]:
        name = "exercise_scripts"
    elif sentence := _question_to_ask(blocks, phrases):
        return phrases.say("proposal.exercise_script_one", sentence=sentence)
    elif question:
        return phrases.say("proposal.exercise_question", question=question)
    elif lead_in := runs[Role.LIST_ITEM]:
        name = "exercise_list"
    else:
        return phrases.vary("proposal.exercise_reflection", number)
    if len(lead_in) > LEAD_IN_LENGTH:
        return phrases.say(f"proposal.{name}_plain")
    return phrases.say(f"proposal.{name}", lead_in=lead_in)


def _question_to_ask(blocks: Sequence[Block], phrases: Phrases) -> str:
    """Return the only spoken line after a lead-in, if it is a question to ask somebody."""
    second = phrases.words("second_person")
    for index, (before, line) in enumerate(pairwise(blocks)):
        leads_in = before.role is Role.PARAGRAPH and before.text.endswith(":")
        alone = blocks[index + 2].role is not Role.DIALOG if index + 2 < len(blocks) else True
        if not (leads_in and alone and line.role is Role.DIALOG):
            continue
        asks = line.text.rstrip(' "”’»').endswith("?")
        addressed = second & set(split_words(line.text.casefold()))
        if asks and addressed and not says(before.text, "not_to_say", phrases):
            return line.text
    return ""


def _open_question(blocks: Sequence[Block], phrases: Phrases) -> str:
    """Return a question put to the reader that the lesson does not answer at once.

    A rhetorical question is followed by a fragment or by another question.
    """
    second = phrases.words("second_person")
    openers = phrases.words("question_openers")
    sentences = lesson_sentences(blocks, phrases)
    for index, one in enumerate(sentences):
        words = [word.casefold() for word in split_words(one.text)]
        if not one.text.endswith("?") or len(words) < 5 or not second & set(words):
            continue
        following = sentences[index + 1].text if index + 1 < len(sentences) else ""
        rhetorical = count_words(following) <= 4 or following.endswith("?")
        if words[0] in openers and not rhetorical:
            return one.text
    return ""
