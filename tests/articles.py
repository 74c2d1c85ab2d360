"""Articles as the tests need them: read, understood and split; and the case files."""

import json
import os
import re
from pathlib import Path
from typing import Any, NamedTuple

from dripline.article import parse_article
from dripline.coverage import unwrite
from dripline.errors import DriplineError
from dripline.model import Article, Block, Lesson, Outline, Plan, Role, Schedule
from dripline.outline import front_roles, make_outline
from dripline.phrase import load_phrases
from dripline.plan import make_plan
from dripline.split import Split, split_article
from dripline.words import split_words


CASES = Path(__file__).parent / "cases"
PHRASES = load_phrases("en")
TORTURE = bool(os.environ.get("DRIPLINE_TORTURE"))
"""Whether there is time for whole corpora instead of samples."""

_DIVIDER = re.compile(r"^=== (?:(\d+) )?(\w+) ===\n", re.MULTILINE)
# Without vowels no word of a language comes about, and no sign of a pitch.
_SYLLABLES = ("bxr", "dfk", "gnz", "hmp", "jlt", "kvs", "qwd", "zrb")


class Case(NamedTuple):
    """A case file: an input, a divider that may hold a number, what is expected."""

    name: str
    source: str
    number: int | None
    expected: str


def load_cases(folder: str) -> list[Case]:
    """Return the case files in `cases/<folder>/`; what they are called ends like an article."""
    cases = []
    for path in sorted((CASES / folder).iterdir()):
        source, number, _, expected = _DIVIDER.split(path.read_text("utf-8"))
        cases.append(Case(path.name, source, int(number) if number else None, expected))
    return cases


def load_list(path: Path) -> list[Any]:
    """Return the cases of a list of the hostile corpus."""
    cases: list[Any] = json.loads(path.read_text("utf-8"))["cases"]
    return cases


def parse(text: str, name: str = "article.txt") -> Article:
    """Return the article in *text*."""
    return parse_article(text.encode(), name)


def understand(text: str, name: str = "article.txt") -> Outline:
    """Return the outline of *text*."""
    return make_outline(parse(text, name), PHRASES)


def plan(
    text: str, lessons: int | None = None, *, per_week: int = 2, name: str = "article.txt"
) -> Plan:
    """Return the plan for *text*."""
    return make_plan(understand(text, name), Schedule(per_week=per_week), lessons)


def split(text: str, lessons: int | None = None, *, name: str = "article.txt") -> Split:
    """Return *text* split into a course."""
    return split_data(text.encode(), lessons, name=name)


def split_data(data: bytes, lessons: int | None = None, *, name: str = "article.txt") -> Split:
    """Return the article in *data* split into a course."""
    article = parse_article(data, name)
    return split_article(article, PHRASES, services=("html",), schedule=Schedule(), lessons=lessons)


def refusal(text: str, lessons: int | None = None, *, name: str = "article.txt") -> DriplineError:
    """Return the error that refuses *text*."""
    try:
        split(text, lessons, name=name)
    except DriplineError as error:
        return error
    raise AssertionError("was not refused")


def lesson_of(text: str, *, name: str = "article.txt") -> Lesson:
    """Return the one lesson that *text* makes."""
    return split(text, 1, name=name).lessons[1]


def roles_of(outline: Outline) -> dict[int, Role]:
    """Return the role of each block by its first line."""
    return {block.first_line: block.role for block in outline.blocks}


def lines_of(outline: Outline, role: Role) -> list[int]:
    """Return the first lines of the blocks with *role*."""
    return [block.first_line for block in outline.blocks if block.role is role]


def placed_words(made: Split) -> list[str]:
    """Return the words of all lessons of a course in order, as the article had them."""
    is_marked = made.plan.outline.article.is_marked
    bodies = (lesson.body if is_marked else unwrite(lesson.body) for lesson in made.lessons)
    return [word for body in bodies for word in split_words(body)]


def expected_words(outline: Outline) -> list[str]:
    """Return the words of the article in order, without the lines of title and byline."""
    front = front_roles(outline.author)
    gone = {
        number
        for block in outline.blocks
        if block.role in front
        for number in range(block.first_line, block.last_line + 1)
    }
    lines = enumerate(outline.article.lines, 1)
    return [word for number, line in lines if number not in gone for word in split_words(line)]


def lesson_starts(made: Plan) -> list[tuple[Block, Block]]:
    """Return the blocks before and after each cut in front of a lesson."""
    blocks = made.outline.blocks
    return [
        (blocks[part.first_block - 1], blocks[part.first_block])
        for part in made.parts
        if part.kind == "lesson" and part.first_block
    ]


def sentence(words: int, seed: int = 0) -> str:
    """Return a sentence of so many words, that means nothing in any language."""
    chosen = (_SYLLABLES[(seed + 3 * step) % len(_SYLLABLES)] for step in range(words))
    return " ".join(chosen).capitalize() + "."


def prose(words: int, *, paragraph: int = 50) -> str:
    """Return so many words as paragraphs with blank lines between them."""
    sizes = [paragraph] * (words // paragraph) + [words % paragraph] * bool(words % paragraph)
    return "\n\n".join(sentence(size, seed) for seed, size in enumerate(sizes))
