"""The sentences of a lesson, and how much each says of what all say."""

import math
import re
from collections.abc import Sequence
from itertools import combinations, islice
from operator import mul
from typing import NamedTuple

from dripline.model import Block, Role
from dripline.phrase import Phrases
from dripline.words import split_words


# "That is not true." A longer sentence that has these words says more than that.
_LONGEST_DENIAL = 6

_SENTENCE_END = re.compile(r"(?<=[.!?…。！？])([\"”’)»]*)\s+(?=\S)|(?<=[。！？])")
# Copied along with unmarked text; a proposal has the words alone.
_LINK = re.compile(r"\[([^\[\]]+)\]\(https?://[^\s()]+\)")


class Sentence(NamedTuple):
    """A sentence and what is around it."""

    text: str
    section: int
    stands_alone: bool
    """Whether it is a paragraph of its own."""
    place: float
    """Where in the lesson it stands, from 0 to 1."""
    turned: bool = False
    """Whether the next sentence takes it back: the author's point is that one."""


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


def for_reader(blocks: Sequence[Block], phrases: Phrases) -> Sequence[Block]:
    """Return *blocks* without the sections that are addressed to another reader.

    All of them, when those sections are all the text there is.
    """
    kept: list[Block] = []
    level = 0
    for section in _sections(blocks):
        first = section[0]
        if first.role is Role.HEADING and (not level or first.level <= level):
            level = first.level if _is_for_another(section, phrases) else 0
        kept += [] if level else section
    return kept if any(block.role is Role.PARAGRAPH for block in kept) else blocks


def _sections(blocks: Sequence[Block]) -> list[list[Block]]:
    """Return *blocks*, parted before every heading."""
    sections: list[list[Block]] = []
    for block in blocks:
        if not sections or block.role is Role.HEADING:
            sections.append([])
        sections[-1].append(block)
    return sections


def _is_for_another(section: Sequence[Block], phrases: Phrases) -> bool:
    """Tell whether the heading or one of the first two sentences names another reader."""
    heading = " ".join(split_words(section[0].text.casefold()))
    if heading.startswith(tuple(phrases.words("other_reader_headings"))):
        return True
    texts = (block.text for block in section if block.role is Role.PARAGRAPH)
    sentences = (one for text in texts for one in split_sentences(text, phrases))
    return any(says(one, "other_reader", phrases) for one in islice(sentences, 2))


def first_section(blocks: Sequence[Block]) -> Sequence[Block]:
    """Return *blocks* up to the second outermost heading: what the title names."""
    for index, block in enumerate(blocks):
        if index and block.role is Role.HEADING and block.level == 1:
            return blocks[:index]
    return blocks


def plain_text(block: Block) -> str:
    """Return the text of *block*, the words alone of its links."""
    return _LINK.sub(r"\1", block.text)


def lesson_sentences(blocks: Sequence[Block], phrases: Phrases) -> list[Sentence]:
    """Return the sentences of the paragraphs, but for those that lead in something."""
    found: list[Sentence] = []
    section = 0
    before = Role.HEADING
    for index, block in enumerate(blocks):
        section += block.role is Role.HEADING
        following = blocks[index + 1].role if index + 1 < len(blocks) else None
        leads_in = following in (Role.DIALOG, Role.LIST_ITEM)
        if block.role is Role.PARAGRAPH:
            texts = split_sentences(plain_text(block), phrases)
            if found and texts and before is Role.PARAGRAPH and _turns(texts[0], phrases):
                found[-1] = found[-1]._replace(turned=True)
            place = index / len(blocks)
            turned = [*(_turns(text, phrases) for text in texts[1:]), False]
            found += [
                Sentence(text, section, len(texts) == 1, place, turns)
                for text, turns in zip(texts, turned, strict=False)
                if not leads_in
            ]
        before = block.role
    return found


def _turns(sentence: str, phrases: Phrases) -> bool:
    """Tell whether *sentence* takes back the one before it."""
    words = split_words(sentence.casefold())
    denies = len(words) <= _LONGEST_DENIAL and says(sentence, "denials", phrases)
    return denies or (bool(words) and words[0] in phrases.words("turns"))


def says(sentence: str, kind: str, phrases: Phrases) -> bool:
    """Tell whether *sentence* has one of the words or phrases of *kind*."""
    said = f" {' '.join(split_words(sentence.casefold()))} ".replace("'", "’")
    return any(f" {one} " in said for one in phrases.words(kind))


def rank_texts(texts: Sequence[str], phrases: Phrases) -> list[float]:
    """Return the rank of each of *texts*: how many words it shares with the others.

    This is TextRank (Mihalcea & Tarau 2004).
    """
    common = phrases.words("common")
    bags = [{word.casefold() for word in split_words(text)} - common for text in texts]
    sizes = [math.log(len(bag) + 1) for bag in bags]
    weights = [[0.0] * len(bags) for _ in bags]
    for (i, one), (j, other) in combinations(enumerate(bags), 2):
        if shared := len(one & other):
            weights[i][j] = weights[j][i] = shared / (sizes[i] + sizes[j])
    totals = [sum(row) or 1.0 for row in weights]
    ranks = [1.0] * len(bags)
    for _ in range(20):  # converges well before
        given = [rank / total for rank, total in zip(ranks, totals, strict=True)]
        # What two texts share is the same from both sides: a row is a column.
        ranks = [0.15 + 0.85 * sum(map(mul, row, given)) for row in weights]
    return ranks
