"""Tables read from TOML, held against the JSON Schema files in `schemas/`.

One file declares what a table may hold: it validates, its descriptions
document, and editors read it as it is.
"""

import difflib
import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import cache
from importlib.resources import files
from typing import Any

from dripline.errors import DriplineError, raise_all


_TABLE = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*(?:\"([^\"]+)\"|'([^']+)'|([A-Za-z0-9_-]+))\s*[=.]")
_TYPES = {
    "array": "a list",
    "integer": "a whole number",
    "object": "a table",
    "string": "text",
}
# How much of a wrong value a message repeats.
_SHOWN = 60
# What tomllib says of a key that stands twice, and of a value that is no text or number.
_TWICE = re.compile(r"Cannot |Duplicate ")
_QUOTING = re.compile(
    r"Invalid (?:hex )?value|Illegal character|Un(?:terminated|escaped)|Escaped|Expected newline"
)
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)")


Problem = tuple[Sequence[str | int], str, str | None]
"""The keys that lead to a wrong value, a message and a hint."""


def parse_table(
    text: str,
    schema: str,
    *,
    path: str,
    first_line: int = 1,
    more: Callable[[Mapping[str, Any]], Iterable[Problem]] | None = None,
) -> dict[str, Any]:
    """Return the table that *text* holds, checked against *schema*.

    *first_line* is where *text* begins in the file *path*; *more* finds what a
    schema cannot, in a table that may have any problem. Raises DriplineError
    with every problem of the text at once.
    """
    try:
        table = tomllib.loads(text)
        problems = list(_problems(_plain(table), schema))
    except (tomllib.TOMLDecodeError, ValueError, RecursionError) as error:
        raise _not_toml(error, path, first_line, text) from error
    problems += more(table) if more else ()
    raise_all(
        DriplineError(message, path=path, line=_find_line(text, keys, first_line), hint=hint)
        for keys, message, hint in problems
    )
    return table


def _not_toml(error: Exception, path: str, first_line: int, text: str) -> DriplineError:
    """Say in our words where the text stops being TOML."""
    lines = text.split("\n")
    if not isinstance(error, tomllib.TOMLDecodeError):
        # Python gives no place; it takes a very long line to get here.
        longest = max(range(len(lines)), key=lambda index: len(lines[index]))
        return DriplineError(
            "this line has a number that is too long, or lists too deep in lists",
            path=path,
            line=first_line + longest,
            hint="Nothing in this file needs either.",
        )
    message = str(error)
    match = _TOML_PLACE.search(message)
    line = first_line + (int(match[1]) - 1 if match and match[1] else len(lines) - 1)
    cause = message[: match.start()] if match else message
    return DriplineError(
        f"this line cannot be read as TOML: {cause}",
        path=path,
        line=line,
        hint=_toml_hint(cause),
    )


def _toml_hint(cause: str) -> str | None:
    """Return what to do about what tomllib gives as the *cause*, where that is certain."""
    if _TWICE.match(cause):
        return "Each key may stand once."
    if _QUOTING.match(cause):
        return 'Text stands in double quotes; a quotation mark inside it takes a backslash: \\".'
    return None


def nearest_name(name: str, known: Sequence[str]) -> str:
    """Return a hint for the unknown *name*: the nearest of the *known* ones, and all of them."""
    close = difflib.get_close_matches(name, known, n=1)
    return (f"Did you mean '{close[0]}'? " if close else "") + f"There are: {', '.join(known)}."


def _problems(table: Mapping[str, Any], schema: str) -> Iterator[Problem]:
    """Yield each problem; of each value only the first."""
    seen = set()
    for error in _validator(schema).iter_errors(table):
        kind, keys = error.kind, list(error.instance_path)
        where = f" in [{'.'.join(map(str, keys))}]" if keys else ""
        if kind.name == "additionalProperties":
            known = _known_keys(schema, error.schema_path)
            for key in kind.unexpected:
                yield [*keys, key], f"unknown key '{key}'{where}", nearest_name(key, known)
        elif kind.name == "required":
            yield (
                keys,
                f"'{kind.property}' is missing{where}",
                _description(schema, [*keys, kind.property]),
            )
        elif str(keys) not in seen:
            seen.add(str(keys))
            choices = f"It can be: {_choices(kind)}." if kind.name == "enum" else None
            yield keys, _complaint(error), choices or _description(schema, keys)


def _complaint(error: Any) -> str:
    """Return what is wrong with a value, its name first."""
    name, kind = ".".join(map(str, error.instance_path)), error.kind
    match kind.name:
        case "type":
            wanted = [_TYPES.get(one, one) for one in kind.types]
            return f"'{name}' should be {' or '.join(wanted)}"
        case "minLength":
            return f"'{name}' is empty"
        case "uniqueItems":
            return f"'{name}' has one value twice"
        case _:
            # None stands for a number beyond all that JSON can say.
            value = "too large" if error.instance is None else repr(error.instance)
            shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}…"
            return f"'{name}' is {shown}"


def _choices(kind: Any) -> str:
    return ", ".join(json.loads(kind.options) if isinstance(kind.options, str) else kind.options)


def _plain(value: Any) -> Any:
    """Return *value* in the types JSON has."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


@cache
def load_schema(name: str) -> dict[str, Any]:
    """Load the schema file of *name*: `campaign`, `lesson` or `service`."""
    text = (files("dripline") / "schemas" / f"{name}.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _validator(name: str) -> Any:
    import jsonschema_rs

    return jsonschema_rs.validator_for(load_schema(name), validate_formats=True)


def _known_keys(schema: str, schema_path: Sequence[str | int]) -> list[str]:
    """Return the keys allowed where *schema_path* forbids others."""
    node: Any = load_schema(schema)
    for step in schema_path[:-1]:
        node = node[step]
    return list(node.get("properties", {}))


def _description(schema: str, keys: Sequence[str | int]) -> str | None:
    """Return what the schema says about the value at *keys*."""
    node: Any = load_schema(schema)
    for key in keys:
        if isinstance(key, int):
            node = node.get("items", {})
        else:
            node = node.get("properties", {}).get(key) or node.get("additionalProperties", {})
    text = node.get("description") if isinstance(node, dict) else None
    return str(text) if text else None


def _find_line(text: str, keys: Sequence[str | int], first_line: int) -> int | None:
    """Return the line that sets *keys*, or the nearest table above it."""
    names = [key for key in keys if isinstance(key, str)]
    found, best, table = None, 0, []
    for number, line in enumerate(text.split("\n"), first_line):
        if match := _TABLE.match(line):
            table = [part.strip().strip("\"'") for part in match[1].split(".")]
            here = table
        elif match := _KEY.match(line):
            here = [*table, next(part for part in match.groups() if part)]
        else:
            continue
        if here == names[: len(here)] and len(here) > best:
            found, best = number, len(here)
    return found
