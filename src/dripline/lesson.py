"""`Lesson` ↔ Markdown with TOML front matter."""

import re
from collections.abc import Iterable
from typing import Any

from dripline.errors import DriplineError
from dripline.model import Lesson
from dripline.schema import parse_table


FIELDS = (
    "kind",
    "subject",
    "preheader",
    "promise",
    "recap",
    "takeaways",
    "exercise",
    "summary",
    "teaser",
    "postscript",
    "call_to_action",
)
_NAME = re.compile(r"(?P<number>\d{1,3})-(?P<slug>.+)\.md\Z")
_FENCE = "+++"
_MARK = "proposed"
_MARKED_KEY = re.compile(r"([a-z_]+)\s*=")
_MARKED_END = re.compile(rf"#\s*{_MARK}\s*$")
# In a text over several lines: what would end it, end the front matter, or be read
# back as something else.
_NOT_PLAIN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f\\]|\"\"\"|\"\Z|^\+\+\+", re.MULTILINE)
_NOTE = (
    "dripline wrote the lines that end in '# proposed'. Change them as you like,",
    "and take the mark away from those you have made your own.",
)


def is_lesson_name(name: str) -> bool:
    """Tell whether a file of this *name* is a lesson: `03-start-with-questions.md`."""
    return _NAME.match(name) is not None


def parse_lesson(text: str, path: str) -> Lesson:
    """Return the lesson that *text* holds; *path* gives its number and slug.

    Raises DriplineError with every problem of the front matter at once.
    """
    lines = text.split("\n")
    match = _NAME.match(path.rsplit("/", 1)[-1])
    if match is None:
        raise DriplineError("a lesson's name begins with a number: 01-name.md", path=path)
    if lines[0].rstrip() != _FENCE:
        raise DriplineError(
            "the front matter is missing",
            path=path,
            line=1,
            hint=f'The file begins with {_FENCE}, then lines like subject = "…", then {_FENCE}.',
        )
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        raise DriplineError(
            "the front matter has no end",
            path=path,
            line=1,
            hint=f"A line with nothing but {_FENCE} closes it.",
        )
    table = parse_table("\n".join(lines[1:end]), "lesson", path=path, first_line=2)
    body_line = next(
        (n for n, line in enumerate(lines[end + 1 :], end + 2) if line.strip()), end + 2
    )
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in table.items()
    }
    places, proposed = _find_fields(lines[1:end], 2)
    return Lesson(
        number=int(match["number"]),
        slug=match["slug"],
        body="\n".join(lines[body_line - 1 :]).strip("\n"),
        proposed=proposed,
        path=path,
        body_line=body_line,
        field_lines=places,
        **fields,
    )


def _find_fields(lines: Iterable[str], first_line: int) -> tuple[dict[str, int], frozenset[str]]:
    """Return the line of each field, and the fields that carry the mark of a proposal."""
    key = ""
    places: dict[str, int] = {}
    proposed = set()
    in_text = False  # inside a text of several lines, where nothing is a key
    for number, line in enumerate(lines, first_line):
        if not in_text and (match := _MARKED_KEY.match(line)):
            key = match[1]
            places[key] = number
        in_text ^= line.count('"""') % 2 == 1
        if not in_text and _MARKED_END.search(line):
            proposed.add(key)
    return places, frozenset(proposed)


def format_lesson(lesson: Lesson) -> str:
    """Return the file's text of *lesson*: what `parse_lesson` reads back the same."""
    import tomlkit

    document = tomlkit.document()
    if lesson.proposed:
        for line in _NOTE:
            document.add(tomlkit.comment(line))
    for name in FIELDS:
        value = getattr(lesson, name)
        if not value or (name, value) in (("kind", "lesson"), ("call_to_action", "none")):
            continue
        item: Any
        if isinstance(value, tuple):
            item = tomlkit.array()
            item.extend(value)
            item.multiline(multiline=True)
        else:
            several = "\n" in value and not _NOT_PLAIN.search(value)
            item = tomlkit.string(value, multiline=several)
        if name in lesson.proposed:
            item.comment(_MARK)
        document.add(name, item)
    front = tomlkit.dumps(document).rstrip("\n")
    return f"{_FENCE}\n{front}\n{_FENCE}\n\n{lesson.body}".rstrip("\n") + "\n"
