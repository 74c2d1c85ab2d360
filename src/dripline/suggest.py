"""Proposals for a lesson's small texts, by fixed rules from its own words."""

import math
import re
from collections.abc import Sequence
from itertools import combinations
from operator import mul
from typing import NamedTuple

from dripline.model import Block, Role
from dripline.phrase import Phrases
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
# A longer lead-in is not quoted back at the reader.
LEAD_IN_LENGTH = 40

_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])([\"”’)»]*)\s+(?=\S)|(?<=[。！？])")
# Copied along with unmarked text; a proposal has the words alone.
_LINK = re.compile(r"\[([^\[\]]+)\]\(https?://[^\s()]+\)")
_TAIL = re.compile(r"\s*(?::|\s[—–-]\s|—|\?\s).*$", re.DOTALL)


class Sentence(NamedTuple):
    """A sentence and what is around it."""

    text: str
    section: int
    stands_alone: bool
    """Whether it is a paragraph of its own."""
    place: float
    """Where in the lesson it stands, from 0 to 1."""


def split_sentences(text: str, phrases: Phrases) -> list[str]:
    """Return the sentences of *text*, their end marks and quotation marks kept."""
    sentences: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        piece = text[start : match.start() + len(match[1] or "")].strip()
        last = piece.rstrip(".").rsplit(" ", 1)[-1].casefold().lstrip("(“\"‘'")
        if not piece or (piece.endswith(".") and last in phrases.words("abbreviations")):
            continue
        if text[match.end() :][:1].islower():
            continue
        sentences.append(piece)
        start = match.end()
    if rest := text[start:].strip():
        sentences.append(rest)
    return sentences


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

    A sentence that is long enough, makes sense alone and does not repeat the
    subject, from the first section if there is one; else the first sentences
    together, cut if need be.
    """
    sentences = [
        one
        for one in _lesson_sentences(blocks, phrases)
        if not one.text.endswith((":", ",")) and not _repeats(one.text, subject)
    ]
    fitting = [
        one
        for one in sentences
        if PREHEADER_SHORTEST <= len(one.text) <= PREHEADER_LONGEST
        and not _points_back(one.text, phrases)
    ]
    if fitting:
        best = min(
            fitting, key=lambda one: (one.section > 1, not _stands_for_itself(one.text, phrases))
        )
        return best.text
    joined = ""
    for one in sentences:
        joined = f"{joined} {one.text}".strip()
        if len(joined) >= PREHEADER_SHORTEST:
            break
    return shorten(joined, PREHEADER_LONGEST)


def _repeats(sentence: str, subject: str) -> bool:
    """Tell whether half of a sentence's longer words are in the subject."""
    words = {word.casefold() for word in split_words(sentence) if len(word) > 3}
    known = {word.casefold() for word in split_words(subject)}
    return bool(words) and len(words & known) * 2 > len(words)


def propose_takeaways(blocks: Sequence[Block], phrases: Phrases) -> tuple[str, ...]:
    """Return one to three sentences of a lesson worth remembering, in its order.

    Each section gives its best one first. Sentences are ranked by what they
    share with the others (TextRank) and by how well they stand alone; those
    that cannot are left out.
    """
    sentences = _lesson_sentences(blocks, phrases)[:_MOST_RANKED]
    scored = sorted(
        (-round(rank * _standing(one, phrases), 6), index)
        for index, (rank, one) in enumerate(zip(_rank(sentences, phrases), sentences, strict=True))
        if _stands_for_itself(one.text, phrases)
    )
    words = sum(count_words(block.text) for block in blocks)
    wanted = max(1, min(MOST_TAKEAWAYS, round(words / WORDS_PER_TAKEAWAY)))
    chosen: list[int] = []
    for once_a_section in (True, False):
        for _, index in scored:
            sections = {sentences[other].section for other in chosen}
            near = any(abs(index - other) < 2 for other in chosen)
            taken = once_a_section and sentences[index].section in sections
            if len(chosen) < wanted and not near and not taken:
                chosen.append(index)
    return tuple(sentences[index].text for index in sorted(chosen))


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


def _lesson_sentences(blocks: Sequence[Block], phrases: Phrases) -> list[Sentence]:
    """Return the sentences of the paragraphs, but for those that lead in something."""
    found = []
    section = 0
    for index, block in enumerate(blocks):
        section += block.role is Role.HEADING
        following = blocks[index + 1].role if index + 1 < len(blocks) else None
        leads_in = following in (Role.DIALOG, Role.LIST_ITEM)
        if block.role is not Role.PARAGRAPH or leads_in:
            continue
        texts = split_sentences(_LINK.sub(r"\1", block.text), phrases)
        place = index / len(blocks)
        found += [Sentence(text, section, len(texts) == 1, place) for text in texts]
    return found


def _stands_for_itself(sentence: str, phrases: Phrases) -> bool:
    """Tell whether *sentence* makes sense without the ones around it."""
    words = split_words(sentence)
    if not TAKEAWAY_SHORTEST <= len(words) <= TAKEAWAY_LONGEST:
        return False
    if sentence.endswith((":", "?", "…", ",")) or sentence[0] in "“\"‘'«„(":
        return False
    if _points_back(sentence, phrases):
        return False
    return words[0].casefold() not in phrases.words("weak_openers")


def _points_back(sentence: str, phrases: Phrases) -> bool:
    """Tell whether *sentence* speaks of something said before: "this", "the first"."""
    said = f" {' '.join(split_words(sentence.casefold()))} "
    return any(f" {pointer} " in said for pointer in phrases.words("pointers"))


def _rank(sentences: Sequence[Sentence], phrases: Phrases) -> list[float]:
    """Return the TextRank of each sentence (Mihalcea & Tarau 2004)."""
    common = phrases.words("common")
    bags = [{word.casefold() for word in split_words(one.text)} - common for one in sentences]
    sizes = [math.log(len(bag) + 1) for bag in bags]
    weights = [[0.0] * len(bags) for _ in bags]
    for (i, one), (j, other) in combinations(enumerate(bags), 2):
        if shared := len(one & other):
            weights[i][j] = weights[j][i] = shared / (sizes[i] + sizes[j])
    totals = [sum(row) or 1.0 for row in weights]
    ranks = [1.0] * len(bags)
    for _ in range(20):  # converges well before
        given = [rank / total for rank, total in zip(ranks, totals, strict=True)]
        # What two sentences share is the same from both sides: a row is a column.
        ranks = [0.15 + 0.85 * sum(map(mul, row, given)) for row in weights]
    return ranks


def propose_exercise(blocks: Sequence[Block], phrases: Phrases) -> str:
    """Return one small action: from scripts, a question, a list; else a reflection."""
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
    elif question:
        return phrases.say("proposal.exercise_question", question=question)
    elif lead_in := runs[Role.LIST_ITEM]:
        name = "exercise_list"
    else:
        return phrases.say("proposal.exercise_reflection")
    if len(lead_in) > LEAD_IN_LENGTH:
        return phrases.say(f"proposal.{name}_plain")
    return phrases.say(f"proposal.{name}", lead_in=lead_in)


def _open_question(blocks: Sequence[Block], phrases: Phrases) -> str:
    """Return a question put to the reader that the lesson does not answer at once.

    A rhetorical question is followed by a fragment or by another question.
    """
    second = phrases.words("second_person")
    openers = phrases.words("question_openers")
    sentences = _lesson_sentences(blocks, phrases)
    for index, one in enumerate(sentences):
        words = [word.casefold() for word in split_words(one.text)]
        if not one.text.endswith("?") or len(words) < 5 or not second & set(words):
            continue
        following = sentences[index + 1].text if index + 1 < len(sentences) else ""
        rhetorical = count_words(following) <= 4 or following.endswith("?")
        if words[0] in openers and not rhetorical:
            return one.text
    return ""
