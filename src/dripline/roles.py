"""Which paragraphs of unmarked text are its title, byline and headings.

The weights below follow the order of strength that a logistic regression over
line features gave on the structure corpus; they are rounded and few, so that
a reader can follow why a line was taken for a heading.
"""

import re
from collections.abc import Container, Sequence
from dataclasses import replace
from typing import NamedTuple

from dripline.blocks import is_spoken
from dripline.model import Block, Role
from dripline.words import count_words, split_words


# 98 of 100 headings have 13 words or fewer, the longest seen had 22.
_MAX_WORDS = 22
_MAX_LENGTH = 400
_THRESHOLD = 2.0
_SEPARATOR = re.compile(r"\s[|·•]\s")
_READ_TIME = re.compile(r"\b\d+\s*[- ]?min(?:ute)?s?\b", re.IGNORECASE)
_DATE = re.compile(r"\b(?:19|20)\d\d\b")
_CLOSERS = "”’\"')]»"
_INNER_END = re.compile(r"[.!?]['”\"]?\s+\S")
_ITEM_WORDS = 16
_DASHES = ("—", "–", "--", "→")  # who said the quote before, or a link


def assign_roles(blocks: Sequence[Block], common: Container[str]) -> tuple[Block, ...]:
    """Return *blocks* with title, byline and headings told from paragraphs.

    *common* are words of the language that are in no name.

    Two rounds: lines that are surely headings first, then doubtful ones in
    the light of how the sure ones look.
    """
    if not blocks:
        return ()
    blocks = find_items(name_front(blocks, common))
    roles = [block.role for block in blocks]
    front = [n for n, role in enumerate(roles) if role in (Role.TITLE, Role.BYLINE)]
    body = max(front, default=-1) + 1
    scores = [
        _heading_score(blocks, index) if index >= body else -9.0 for index in range(len(blocks))
    ]
    sure = _look(
        [blocks[index].text for index, score in enumerate(scores) if score > _THRESHOLD + 0.6]
    )
    for index in range(body, len(blocks)):
        if roles[index] is not Role.PARAGRAPH:
            continue
        if scores[index] + _agreement(blocks[index].text, sure) > _THRESHOLD:
            roles[index] = Role.HEADING
    _thin_runs(roles)
    return tuple(
        replace(block, role=role, level=1) if role is Role.HEADING else replace(block, role=role)
        for block, role in zip(blocks, roles, strict=True)
    )


def name_front(
    blocks: Sequence[Block], common: Container[str], title: str = ""
) -> tuple[Block, ...]:
    """Return *blocks* with the title and, behind it, the byline named.

    The title of Markdown is a first heading of level 1; of unmarked text, a
    first line that is no sentence. Where the *title* is known already, only a
    heading that says the same is one.
    """
    named = list(blocks)
    first = next((n for n, block in enumerate(named) if count_words(block.text)), len(named))
    if first == len(named) or not _is_title(named, first, title):
        return tuple(named)
    named[first] = replace(named[first], role=Role.TITLE, level=0)
    for index in range(first + 1, min(first + 3, len(named))):
        if named[index].role is not Role.PARAGRAPH:
            break
        if _is_byline(named[index].text, common):
            named[index] = replace(named[index], role=Role.BYLINE)
            break
    return tuple(named)


def find_items(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return *blocks* with the lists found that lost their bullets on the way.

    Behind a lead-in with a colon, two or more short lines that end without a
    mark are its items. Where an article still has bullets, none were lost.
    """
    found = list(blocks)
    if any(block.role is Role.LIST_ITEM and block.marker[-1] not in ".)" for block in blocks):
        return tuple(found)
    for index, block in enumerate(blocks):
        if block.role is not Role.PARAGRAPH or not block.text.endswith(":"):
            continue
        end = index + 1
        while end < len(blocks) and _is_item(blocks[end]):
            end += 1
        if _begins_section(blocks, index + 1, end):
            end -= 1
        if end - index > 2:
            for place in range(index + 1, end):
                found[place] = replace(blocks[place], role=Role.LIST_ITEM, marker="-")
    return tuple(found)


def _is_item(block: Block) -> bool:
    text = block.text.rstrip(_CLOSERS)
    return (
        block.role is Role.PARAGRAPH
        and len(text.split()) <= _ITEM_WORDS
        and text[-1:].isalnum()
        and not _INNER_END.search(text)
    )


def _begins_section(blocks: Sequence[Block], start: int, end: int) -> bool:
    """Tell whether the last of the short lines from *start* to *end* is a heading behind a list.

    A heading stands before longer text and differs from the items in case or length.
    """
    if end - start < 2 or end == len(blocks) or len(blocks[end].text.split()) < _ITEM_WORDS:
        return False
    *items, last = (block.text for block in blocks[start:end])
    if last[:1].isupper() and any(item[:1].islower() for item in items):
        return True
    titled = sum(map(_is_title_case, items)) * 2 > len(items)
    shortest = min(len(item.split()) for item in items)
    return _is_title_case(last) is not titled or len(last.split()) * 2 <= shortest


def _is_title(blocks: Sequence[Block], index: int, title: str) -> bool:
    first = blocks[index]
    if first.role is Role.HEADING:
        same = split_words(first.text.casefold()) == split_words(title.casefold())
        return first.level == 1 and (same or not title)
    lines = first.last_line - first.first_line + 1
    long = lines > 2 or len(first.text.split()) > 2 * _MAX_WORDS or len(first.text) > _MAX_LENGTH
    sentence = long or first.text.endswith((".", ":", ","))
    return index == 0 and first.role is Role.PARAGRAPH and not title and not sentence


def _is_byline(text: str, common: Container[str]) -> bool:
    words = text.split()
    if not 0 < len(words) <= 30 or text.endswith((".", ":", "?", "!")):
        return False
    if words[0].casefold() == "by" and len(words) > 1 and words[1][:1].isupper():
        return True
    if len(_SEPARATOR.findall(text)) >= 2:
        return True
    if len(words) <= 8 and (_READ_TIME.search(text) or _DATE.search(text)):
        return True
    return 2 <= len(words) <= 4 and all(
        word[:1].isupper() and word.isalpha() and word.casefold() not in common for word in words
    )


def _heading_score(blocks: Sequence[Block], index: int) -> float:
    """Return how much the block at *index* looks like a heading."""
    text = blocks[index].text
    words = text.split()
    following = blocks[index + 1] if index + 1 < len(blocks) else None
    previous = blocks[index - 1] if index else None
    if (
        blocks[index].role is not Role.PARAGRAPH
        or following is None
        or len(words) > _MAX_WORDS
        or is_spoken(text)
        or text.startswith(_DASHES)
    ):
        return -9.0
    score = 3.2 - 0.11 * len(words) - 0.011 * len(text)
    score += _score_edges(text)
    score += _score_following(text, following)
    if previous is not None:
        before = previous.text.rstrip(_CLOSERS)[-1:]
        score += {":": -1.5, ",": -2.0, ";": -1.0}.get(before, 0.0)
        if previous.role is Role.PARAGRAPH and before.isalnum() and len(previous.text) < 80:
            score -= 0.6  # one of a run of short lines: a list that lost its bullets
    return score


def _score_edges(text: str) -> float:
    """Return what the first and the last character of *text* tell."""
    first = text.lstrip("“\"'‘«([¿¡")[:1]
    last = text.rstrip(_CLOSERS)[-1:]
    score = 0.0
    if first.islower():
        score -= 3.0
    elif first.isdigit():
        score += 0.4
    score += {".": -4.0, ",": -4.0, ";": -4.0, ":": -2.0, "!": -0.8, "?": -0.2, "…": -2.0}.get(
        last, 0.6
    )
    if re.search(r"[.!?]['”\"]?\s+\S", re.sub(r"^\W*\w{1,4}[.)]\s", "", text)):
        score -= 1.2  # a sentence ends inside
    return score


def _score_following(text: str, following: Block) -> float:
    """Return what the block after *text* tells: headings stand before longer text."""
    if following.role is not Role.PARAGRAPH:
        return 0.3
    length = len(following.text.split())
    score = -2.0 if following.text[:1].islower() else 0.0
    if text.endswith("?"):
        if _is_title_case(text):
            score += 0.8
        elif length <= 4 or following.text.endswith("?"):
            score -= 3.0  # a rhetorical question and its fragment
    if length >= 12:
        score += 0.8
    elif len(following.text) < len(text) and following.text[-1:].isalnum():
        score -= 1.6
    return score


class _Look(NamedTuple):
    """What the headings of one article have in common."""

    titled: float
    """The share of them in title case."""
    numbered: float
    longest: int


def _look(headings: Sequence[str]) -> _Look | None:
    """Return the look of *headings*; None when they are too few to have one."""
    count = len(headings)
    if count < 3:
        return None
    return _Look(
        titled=sum(map(_is_title_case, headings)) / count,
        numbered=sum(heading[:1].isdigit() for heading in headings) / count,
        longest=max(map(len, headings)),
    )


def _agreement(text: str, look: _Look | None) -> float:
    """Return how far *text* has the *look* of the headings that are sure.

    Headings of one article agree in case, numbering and length more than
    they agree with stray short lines.
    """
    if look is None:
        return 0.0
    score = 0.0
    if len(text.split()) > 1:
        score += 0.8 * (2 * look.titled - 1) * (1 if _is_title_case(text) else -1)
    if look.numbered > 0.5 and not text[:1].isdigit():
        score -= 0.8
    if len(text) > 1.3 * look.longest:
        score -= 0.8
    return score


def _is_title_case(text: str) -> bool:
    """Tell whether most longer words after the first begin with a capital."""
    longer = [word for word in re.findall(r"[^\W\d_]+", text)[1:] if len(word) > 3]
    return bool(longer) and sum(word[0].isupper() for word in longer) >= 0.6 * len(longer)


def _thin_runs(roles: list[Role]) -> None:
    """Of four or more headings in a row keep the one that stands before text.

    A chapter and its first section may follow each other; more are a list.
    """
    start = 0
    while start < len(roles):
        end = start
        while end < len(roles) and roles[end] is Role.HEADING:
            end += 1
        if end - start >= 4:
            for index in range(start, end - 1):
                roles[index] = Role.PARAGRAPH
        start = max(end, start + 1)
