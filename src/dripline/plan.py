"""`Outline` + `Schedule` → `Plan`: which blocks go into which email; pure."""

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from dripline.errors import DriplineError
from dripline.model import Block, Outline, Part, Plan, Role, Schedule
from dripline.words import count_words


# A course of 5 to 8 lessons of 200 to 450 words; under 150 a lesson is a fragment,
# over 600 it is long. An average real cycle has 8 mails (GetResponse 2013, in
# marketingcharts.com/digital-37287); half of known senders' mails have 300 words
# or fewer (AWeber 2019, 1,000 mails of 100 senders).
FEWEST_LESSONS, MOST_LESSONS = 5, 8
TARGET_WORDS, FEWEST_WORDS, MOST_WORDS = 300, 150, 600
WELCOME_WORDS = 250

# The price of a cut, in the unit of the length term: a lesson half as long
# or half as long again as the target costs 0.25.
_PRICE_SECTION = 0.0
_PRICE_SUBSECTION = 0.35
_PRICE_PARAGRAPH = 1.0
_NEVER_FIRST = (
    Role.LIST_ITEM, Role.DIALOG, Role.CODE, Role.TABLE, Role.QUOTE, Role.RULE, Role.REFERENCE,
)  # fmt: skip
# One email, one idea: two headings at the most, if the lengths allow.
_MOST_SECTIONS, _PRICE_CROWDED = 2, 0.25
_NEVER = math.inf
# Cuts are the best there are for so many lessons at once, among so many places to cut;
# the work grows with the square of the places, and a book took minutes.
_AT_ONCE, _PLACES = 16, 256
# No lesson is longer than three times the target, if the article can be cut at all.
_LONGEST = 3
# Costs nearer to each other than this are equal; the earlier cut wins, on every machine.
_EQUAL = 1e-9
# An article without headings gives the welcome a fifth of its words at the most.
_WELCOME_SHARE = 1 / 5
# A book is halved within a sixth of its words to either side of the middle.
_MIDDLE = 1 / 6


class _Atom(NamedTuple):
    """A run of blocks that is never cut."""

    first: int
    end: int
    """One past the last block."""
    words: int


def make_plan(outline: Outline, schedule: Schedule, lessons: int | None = None) -> Plan:
    """Return which blocks of *outline* go into the welcome, each lesson and the closing.

    *lessons* is the number asked for; without it the length decides. Raises
    DriplineError when there is nothing to split, or not enough for *lessons*.
    """
    blocks = outline.blocks
    start = outline.sections[0].first_block if outline.sections else len(blocks)
    end = next((s.first_block for s in outline.sections if s.is_pitch), len(blocks))
    welcome_end = _welcome_end(outline, start, end)
    atoms = _make_atoms(blocks, welcome_end, end)
    if not any(block.text.strip() for block in blocks[welcome_end:end]):
        raise DriplineError(
            "there is nothing to split: the article has no text below its title",
            path=outline.article.name,
            hint="Give a file with the whole article in it.",
        )
    if lessons is not None and lessons > len(atoms):
        raise DriplineError(
            f"{lessons} lessons are too many: the article can be cut into at most {len(atoms)}",
            path=outline.article.name,
            hint=f"Ask for --lessons {len(atoms)} or fewer.",
        )
    count = lessons or choose_count(_total(atoms), len(atoms))
    cuts = _choose_cuts(blocks, atoms, count)
    ranges = [(start, welcome_end), *cuts, (end, len(blocks))]
    last = len(ranges) - 1
    parts = tuple(
        Part(
            number=number,
            kind="welcome" if number == 0 else "closing" if number == last else "lesson",
            title=_part_title(blocks, first, stop),
            first_block=first,
            end_block=stop,
            words=sum(count_words(block.text) for block in blocks[first:stop]),
            day=schedule.day(number),
        )
        for number, (first, stop) in enumerate(ranges)
    )
    return Plan(outline=outline, parts=parts, schedule=schedule)


def choose_count(words: int, most: int) -> int:
    """Return how many lessons *words* make, at most *most*."""
    count = round(words / TARGET_WORDS)
    count = max(FEWEST_LESSONS, min(MOST_LESSONS, count))
    count = min(count, words // FEWEST_WORDS)
    count = max(count, math.ceil(words / MOST_WORDS))
    return max(1, min(count, most))


def _welcome_end(outline: Outline, start: int, end: int) -> int:
    """Return one past the last block of the welcome: the introduction.

    Of a long introduction, or an article without headings, only as much as a
    welcome holds; a lead-in stays with what it leads to.
    """
    blocks = outline.blocks
    first = outline.sections[0] if outline.sections else None
    if first is None or first.title:
        return start
    stop = min(first.end_block, end)
    atoms = [atom for atom in _make_atoms(blocks, start, end) if atom.end <= stop]
    total = _total(atoms)
    most = min(WELCOME_WORDS, total * _WELCOME_SHARE) if stop == end else WELCOME_WORDS
    words, welcome_end = 0, start
    for atom in atoms:
        words += atom.words
        if words > most:
            break
        welcome_end = atom.end
    return welcome_end if total else start


def _make_atoms(blocks: Sequence[Block], start: int, end: int) -> list[_Atom]:
    """Return the runs of blocks from *start* to *end* that are never cut.

    What has no words (a picture, a row of stars) goes with what stands before it.
    """
    atoms: list[_Atom] = []
    first = start
    for index in range(start, end):
        if index + 1 == end or _may_cut(blocks, index + 1):
            words = sum(count_words(block.text) for block in blocks[first : index + 1])
            if atoms and not (words and atoms[-1].words):
                before = atoms.pop()
                first, words = before.first, words + before.words
            atoms.append(_Atom(first, index + 1, words))
            first = index + 1
    return atoms


def _total(atoms: Iterable[_Atom]) -> int:
    return sum(atom.words for atom in atoms)


def _may_cut(blocks: Sequence[Block], index: int) -> bool:
    """Tell whether an email may begin with the block at *index*."""
    before, here = blocks[index - 1], blocks[index]
    if before.role is Role.HEADING or before.text.endswith((":", ",", "：")):
        return False
    if here.role is Role.HEADING:
        return True
    return not (here.role in _NEVER_FIRST or before.role is Role.DIALOG)


def _price(blocks: Sequence[Block], index: int) -> float:
    """Return what it costs to begin a lesson with the block at *index*."""
    block = blocks[index]
    if block.role is not Role.HEADING:
        return _PRICE_PARAGRAPH
    return _PRICE_SECTION if block.level == 1 else _PRICE_SUBSECTION


def _choose_cuts(
    blocks: Sequence[Block], atoms: Sequence[_Atom], count: int
) -> list[tuple[int, int]]:
    """Return the block ranges of *count* lessons; a book is halved until it is short enough."""
    if count <= _AT_ONCE:
        return _best_cuts(blocks, _coarsen(blocks, atoms, count), count)
    middle = _find_middle(blocks, atoms)
    left = round(count * _total(atoms[:middle]) / max(1, _total(atoms)))
    left = min(max(left, 1, count - (len(atoms) - middle)), middle, count - 1)
    return [
        *_choose_cuts(blocks, atoms[:middle], left),
        *_choose_cuts(blocks, atoms[middle:], count - left),
    ]


def _find_middle(blocks: Sequence[Block], atoms: Sequence[_Atom]) -> int:
    """Return the atom in the middle third of the words where a cut costs the least."""
    ends = list(accumulate(atom.words for atom in atoms))

    def cost(index: int) -> tuple[float, float]:
        off = abs(ends[index - 1] / max(1, ends[-1]) - 0.5)
        price = _price(blocks, atoms[index].first) if off < _MIDDLE else _NEVER
        return price, off

    return min(range(1, len(atoms)), key=cost)


def _coarsen(blocks: Sequence[Block], atoms: Sequence[_Atom], count: int) -> Sequence[_Atom]:
    """Return *atoms*, the small ones joined where there are too many; at least *count*."""
    if len(atoms) <= max(_PLACES, count):
        return atoms
    smallest = _total(atoms) / _PLACES
    joined = [atoms[0]]
    for index, atom in enumerate(atoms[1:], 1):
        before = joined[-1]
        enough = smallest / 2 if blocks[atom.first].role is Role.HEADING else smallest
        if before.words < enough and len(joined) + len(atoms) - index > count:
            joined[-1] = _Atom(before.first, atom.end, before.words + atom.words)
        else:
            joined.append(atom)
    return joined


def _best_cuts(
    blocks: Sequence[Block], atoms: Sequence[_Atom], count: int
) -> list[tuple[int, int]]:
    """Return the block ranges of *count* lessons whose cost together is the least.

    The cost is the sum over lessons of (words / target - 1)², the price of each
    cut and of each section beyond the second, found exactly by dynamic
    programming over the atoms; a lesson's length is bounded, so the work is
    linear in the atoms for a given *count*.
    """
    ends = list(accumulate((atom.words for atom in atoms), initial=0))
    opens = [
        blocks[atom.first].role is Role.HEADING and blocks[atom.first].level == 1 for atom in atoms
    ]
    sections = list(accumulate(opens, initial=0))
    target = max(1, ends[-1] / count)  # an article of emoji alone has no words
    prices = [0.0, *(_price(blocks, atom.first) for atom in atoms[1:])]
    best = [0.0] + [_NEVER] * len(atoms)
    origins: list[list[int]] = []
    for layer in range(1, count + 1):
        following = [_NEVER] * (len(atoms) + 1)
        origin = [0] * (len(atoms) + 1)
        # The last lesson ends with the article.
        for end in range(layer if layer < count else len(atoms), len(atoms) + 1):
            for start in range(end - 1, layer - 2, -1):
                words = ends[end] - ends[start]
                if words > _LONGEST * target and start < end - 1:
                    break
                crowd = max(0, sections[end] - sections[start] - _MOST_SECTIONS)
                cost = best[start] + prices[start] + (words / target - 1) ** 2
                cost += _PRICE_CROWDED * crowd
                if cost < following[end] - _EQUAL:
                    following[end], origin[end] = cost, start
        best = following
        origins.append(origin)
    if best[-1] == _NEVER:  # one atom is far longer than the target: cut evenly by number
        edges = [round(n * len(atoms) / count) for n in range(count + 1)]
    else:
        edges = _trace(origins, len(atoms))
    return [(atoms[start].first, atoms[end - 1].end) for start, end in pairwise(edges)]


def _trace(origins: Sequence[Sequence[int]], end: int) -> list[int]:
    """Return the edges of the lessons, followed back from *end* through the best *origins*."""
    edges = [end]
    for origin in reversed(origins):
        edges.append(origin[edges[-1]])
    return edges[::-1]


def _part_title(blocks: Sequence[Block], first: int, end: int) -> str:
    """Return the first heading of a part; empty when it has none."""
    headings = (block.text for block in blocks[first:end] if block.role is Role.HEADING)
    return next(headings, "")
