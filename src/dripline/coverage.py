"""Where the words of an article went: the proof that none is lost."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

from dripline.errors import DriplineError
from dripline.model import Article, Lesson, Outline, Plan
from dripline.outline import front_roles
from dripline.words import count_words, missing_words


# How unmarked text is written as Markdown: an address in a link as it is, else a
# backslash or an entity before what would be a mark.
_WRITTEN = re.compile(
    r"<(https?://[^<>\s]*)>|(\]\(https?://[^\s()]+\))|\\([^\w\s]|_)|&(?:amp|lt|#\d+);"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many of an article's words have a place in the course."""

    words: int
    missing: tuple[str, ...]
    """Words without a place, in the order of the article."""

    @property
    def placed(self) -> int:
        """How many words have a place."""
        return self.words - len(self.missing)


def measure_coverage(plan: Plan, lessons: Iterable[Lesson]) -> Coverage:
    """Return how many words of the article stand in *lessons*, or in title and byline.

    The lessons are read as they will be written, and the article line by line:
    nothing that understood the article is asked.
    """
    article = plan.outline.article
    bodies = [one.body if article.is_marked else unwrite(one.body) for one in lessons]
    placed = "\n".join([*_front_lines(plan.outline), *bodies])
    missing = missing_words([article.text], placed)
    return Coverage(words=count_words(article.text), missing=tuple(missing))


def unwrite(body: str) -> str:
    """Return the unmarked text that *body* was written from."""
    return _WRITTEN.sub(
        lambda match: match[1] or match[2] or match[3] or html.unescape(match.group()), body
    )


def check_coverage(coverage: Coverage, article: Article) -> None:
    """Raise DriplineError when a word of *article* is in no lesson."""
    if coverage.missing:
        raise DriplineError(
            f"{len(coverage.missing)} of {coverage.words} words would be lost: "
            f"{' '.join(coverage.missing[:10])}",
            path=article.name,
            hint="This is a fault of dripline. Nothing was written; please report it.",
        )


def _front_lines(outline: Outline) -> Iterable[str]:
    """Yield the lines of title and byline."""
    lines = outline.article.lines
    front = front_roles(outline.author)
    for block in outline.blocks:
        if block.role in front:
            yield from lines[block.first_line - 1 : block.last_line]
