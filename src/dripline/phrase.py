"""The words dripline itself says, from one file a language in `phrases/`."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from dripline.errors import DriplineError


class Phrases:
    """One language's phrases: what to say, and which words mean what."""

    def __init__(self, language: str, tables: Mapping[str, Any]) -> None:
        self.language = language
        self.direction: str = tables["direction"]
        self._tables = tables

    def say(self, key: str, **values: object) -> str:
        """Return the phrase named `table.name`, its names in braces filled in.

        What is filled in may hold braces of its own; they stay as they are.
        """
        table, _, name = key.partition(".")
        pieces = self._tables[table][name].split("{")
        said = [pieces[0]]
        for piece in pieces[1:]:
            field, _, rest = piece.partition("}")
            said.append(f"{values[field]}{rest}")
        return "".join(said)

    def vary(self, key: str, number: int) -> str:
        """Return one of the variants named `table.name`, which are taken in turn from 1."""
        table, _, name = key.partition(".")
        variants = self._tables[table][name]
        return str(variants[(number - 1) % len(variants)])

    def count(self, name: str, number: float) -> str:
        """Return *number* of *name* in words, in the plural form it takes."""
        forms = self._tables["count"][name]
        form = forms.get("one") if number == 1 else None
        form = form or forms.get(str(number), forms["other"])
        numbers = self._tables["count"]["numbers"]
        spelled = isinstance(number, int) and number < len(numbers)
        return str(form).replace("{count}", numbers[number] if spelled else format_number(number))

    def words(self, name: str) -> frozenset[str]:
        """Return the language's words of one kind, in lower case."""
        return frozenset(self._tables["signals"][name])


def format_number(number: float) -> str:
    """Return *number* as people write it: halves as ½."""
    whole = int(number)
    return f"{whole or ''}½" if number - whole == 0.5 else str(whole)


@cache
def load_phrases(language: str, path: str = "") -> Phrases:
    """Load the phrases of *language*, which the file *path* asked for.

    A language of one country (`en-GB`) has those of the language, unless there
    are some of its own. Raises DriplineError when there are none.
    """
    folder = files("dripline") / "phrases"
    known = sorted(item.name.removesuffix(".toml") for item in folder.iterdir())
    chosen = next((one for one in (language, language.partition("-")[0]) if one in known), None)
    if chosen is None:
        raise DriplineError(
            f"there are no phrases for the language '{language}'",
            path=path or None,
            hint=f"There are: {', '.join(known)}.",
        )
    return Phrases(chosen, tomllib.loads((folder / f"{chosen}.toml").read_text("utf-8")))
