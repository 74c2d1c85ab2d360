"""What a word is: counting, comparing and reading time."""

import math
import re
from collections import Counter
from collections.abc import Iterable


# Letters and digits, held together by apostrophes and hyphens; a dash that
# stands without spaces ("months—or") parts two words.
_WORD = re.compile(r"[^\W_]+(?:['’‐‑-][^\W_]+)*")

# Silent reading of English non-fiction (Brysbaert 2019, doi 10.1016/j.jml.2019.104047).
WORDS_PER_MINUTE = 238


def split_words(text: str) -> list[str]:
    """Return the words of *text* in order, as they are written."""
    return _WORD.findall(text)


def count_words(text: str) -> int:
    """Return how many words *text* has."""
    return len(split_words(text))


def reading_minutes(words: int) -> float:
    """Return the minutes that *words* take, rounded up to half a minute, never 0."""
    return max(0.5, math.ceil(2 * words / WORDS_PER_MINUTE) / 2)


def missing_words(before: Iterable[str], after: str) -> list[str]:
    """Return the words of the texts *before* that *after* has too few of."""
    left = Counter(split_words(after))
    missing = []
    for text in before:
        for word in split_words(text):
            if left[word]:
                left[word] -= 1
            else:
                missing.append(word)
    return missing


def has_letters(before: str, after: str) -> bool:
    """Tell whether the letters and digits of *before* stand in *after*, in their order.

    What was put between them (the address behind a link, say) does not matter.
    """
    rest = iter(after)
    return all(sign in rest for sign in before if sign.isalnum())
