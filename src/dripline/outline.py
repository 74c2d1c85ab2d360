"""`Article` → `Outline`: title, byline, sections, and the pitch at the end."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from dripline.blocks import scan_text
from dripline.marked import scan_markdown
from dripline.model import Article, Block, Outline, Role, Section
from dripline.phrase import Phrases
from dripline.roles import assign_roles, name_front
from dripline.words import count_words


# The pitch is short and last: at most this share of the article's words.
_PITCH_SHARE = 0.35
_NOT_A_NAME = re.compile(r"\d")
_SEPARATOR = re.compile(r"(\s[|·•–—]\s|,\s)")
# "5 min read", "March 1", "1 March 2021", "2021": of the article, not of its author.
_DATELINE = re.compile(
    r"^\d+[- ]min|^[^\W\d]+\.? \d{1,2}$|^(?:[A-Z\d]\S* ){0,2}(?:19|20)\d\d$|^\d{1,4}[./-]\d"
)


def make_outline(article: Article, phrases: Phrases) -> Outline:
    """Return what a reader sees in *article*."""
    common = phrases.words("common")
    if article.is_marked:
        blocks = _rank_levels(name_front(scan_markdown(article.lines), common, article.title))
    else:
        blocks = assign_roles(scan_text(article.lines), common)
    title = next((block.text for block in blocks if block.role is Role.TITLE), article.title)
    byline = next((block.text for block in blocks if block.role is Role.BYLINE), article.author)
    author, credentials = split_byline(byline, phrases)
    sections = _find_sections(blocks, author)
    first_pitch = _first_pitch(blocks, sections, author, phrases)
    sections = tuple(
        replace(section, is_pitch=index >= first_pitch) for index, section in enumerate(sections)
    )
    return Outline(
        article=article,
        blocks=_mark_pitch(blocks, sections),
        sections=sections,
        title=title,
        author=author,
        credentials=credentials,
    )


def split_byline(byline: str, phrases: Phrases) -> tuple[str, str]:
    """Return the author's name and credentials as *byline* has them, dates left out."""
    words = byline.split()
    if words and words[0].casefold() in phrases.words("byline"):
        words = words[1:]
    name, *more = _SEPARATOR.split(" ".join(words))
    if not name or _NOT_A_NAME.search(name):
        return "", ""
    pairs = zip(more[::2], more[1::2], strict=True)
    kept = [piece for mark, part in pairs if not _DATELINE.search(part) for piece in (mark, part)]
    return name.strip(), "".join(kept[1:]).strip()


def front_roles(author: str) -> tuple[Role, ...]:
    """Return the roles of what stands in the campaign, and so in no lesson.

    A byline without an *author*, a date perhaps, has no place there.
    """
    return (Role.TITLE, Role.BYLINE) if author else (Role.TITLE,)


def section_words(blocks: Sequence[Block], section: Section) -> int:
    """Return how many words *section* has, its heading included."""
    return sum(count_words(block.text) for block in blocks[section.first_block : section.end_block])


def _rank_levels(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Return *blocks* with the heading levels in use numbered from 1, the outermost."""
    levels = sorted({block.level for block in blocks if block.role is Role.HEADING})
    return tuple(
        replace(block, level=levels.index(block.level) + 1) if block.role is Role.HEADING else block
        for block in blocks
    )


def _find_sections(blocks: Sequence[Block], author: str) -> tuple[Section, ...]:
    """Cut *blocks* before each outermost heading; title and byline are in none."""
    front = front_roles(author)
    start = next((n for n, block in enumerate(blocks) if block.role not in front), len(blocks))
    cuts = [n for n, block in enumerate(blocks) if block.role is Role.HEADING and block.level == 1]
    edges = sorted({start, *cuts, len(blocks)})
    return tuple(
        Section(title=blocks[first].text if first in cuts else "", first_block=first, end_block=end)
        for first, end in pairwise(edges)
    )


def _first_pitch(
    blocks: Sequence[Block], sections: Sequence[Section], author: str, phrases: Phrases
) -> int:
    """Return the index of the first section of the closing pitch."""
    total = sum(section_words(blocks, section) for section in sections)
    first, words = len(sections), 0
    while first > 1:
        section = sections[first - 1]
        words += section_words(blocks, section)
        if words > _PITCH_SHARE * total or not _is_pitch(blocks, section, author, phrases):
            break
        first -= 1
    return first


def _is_pitch(blocks: Sequence[Block], section: Section, author: str, phrases: Phrases) -> bool:
    """Tell whether *section* invites the reader to book or buy.

    It takes one sure sign ("I work with") and another of any kind; the
    author's name in the heading is as good as a sure one.
    """
    text = " ".join(b.text for b in blocks[section.first_block : section.end_block]).casefold()

    def signs(kind: str) -> int:
        return sum(
            re.search(rf"\b{re.escape(sign)}\b", text) is not None for sign in phrases.words(kind)
        )

    named = bool(author) and author.casefold() in section.title.casefold()
    sure = signs("pitch") + named
    return bool(section.title) and sure > 0 and sure + signs("pitch_hints") > 1


def _mark_pitch(blocks: Sequence[Block], sections: Sequence[Section]) -> tuple[Block, ...]:
    pitched = {
        index
        for section in sections
        if section.is_pitch
        for index in range(section.first_block, section.end_block)
    }
    return tuple(
        replace(block, role=Role.CTA)
        if index in pitched and block.role is Role.PARAGRAPH
        else block
        for index, block in enumerate(blocks)
    )
