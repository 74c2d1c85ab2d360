"""TOML → `Campaign`, and back for the one that `split` writes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from dripline.model import CallToAction, Campaign, Look, Schedule, Sender
from dripline.schema import Problem, nearest_name, parse_table


_TABLES: Mapping[str, type] = {
    "sender": Sender,
    "schedule": Schedule,
    "theme": Look,
    "call_to_action": CallToAction,
}
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")
# Files of these names are devices on Windows, whatever their suffix.
_DEVICE = re.compile(r"con|prn|aux|nul|(?:com|lpt)\d")


def is_name(text: str) -> bool:
    """Tell whether *text* can name a campaign: small letters, digits and hyphens."""
    return _NAME.fullmatch(text) is not None and _DEVICE.fullmatch(text) is None


def parse_campaign(
    text: str, *, name: str, path: str, services: Sequence[str] = (), themes: Sequence[str] = ()
) -> Campaign:
    """Return the campaign *name* that the file *path* holds.

    *services* and *themes* are the names it may use; without any, it may use
    all. Raises DriplineError with every problem of the file at once.
    """

    def unknown(table: Mapping[str, Any]) -> Iterator[Problem]:
        return _unknown_names(table, services, themes)

    table = parse_table(text, "campaign", path=path, more=unknown)
    schedule = table.get("schedule", {})
    if isinstance(schedule.get("start"), str):
        schedule["start"] = date.fromisoformat(schedule["start"])
    if "per_week" in schedule:  # 2.0 is a whole number too
        schedule["per_week"] = int(schedule["per_week"])
    fields: dict[str, Any] = {
        key: make(**table.pop(key)) for key, make in _TABLES.items() if key in table
    }
    fields["services"] = tuple(table.pop("services", ()))
    return Campaign(name=name, path=path, **fields, **table)


def _unknown_names(
    table: Mapping[str, Any], services: Sequence[str], themes: Sequence[str]
) -> Iterator[Problem]:
    """Yield each service and theme that there is none of; what is no text, the schema refuses."""
    wanted = table.get("services")
    for place, one in enumerate(wanted if services and isinstance(wanted, list) else ()):
        if isinstance(one, str) and one not in services:
            yield ["services", place], f"there is no service '{one}'", nearest_name(one, services)
    look = table.get("theme")
    theme = look.get("name") if themes and isinstance(look, dict) else None
    if isinstance(theme, str) and theme not in themes:
        yield ["theme", "name"], f"there is no theme '{theme}'", nearest_name(theme, themes)


def format_campaign(campaign: Campaign) -> str:
    """Return the text of a campaign file, with a word on each thing left to fill in."""
    import tomlkit

    document = tomlkit.document()
    document.add(tomlkit.comment(f"The course in content/{campaign.name}/."))
    document.add("title", tomlkit.string(campaign.title))
    document.add("article", tomlkit.string(campaign.article))
    document.add("language", tomlkit.string(campaign.language))
    document.add(tomlkit.comment("The mailing services to write packages for: keep yours."))
    document.add("services", _list(campaign.services))
    sender = campaign.sender
    document.add(
        "sender",
        _table(
            ("name", sender.name, ""),
            ("credentials", sender.credentials, ""),
            ("email", sender.email, "the address your emails come from"),
            ("address", sender.address, "your postal address: most countries' law asks for it"),
        ),
    )
    schedule = tomlkit.table()
    schedule.add("per_week", campaign.schedule.per_week)
    document.add("schedule", schedule)
    document.add(
        "theme",
        _table(
            ("name", campaign.theme.name, ""),
            ("accent", campaign.theme.accent, "one colour of your own, for example #1d6a60"),
        ),
    )
    action = campaign.call_to_action
    document.add(
        "call_to_action",
        _table(
            ("label", action.label, "the words on the button in the last email"),
            ("url", action.url, "where it leads; without an address there is no button"),
        ),
    )
    return tomlkit.dumps(document)


def change_campaign(text: str, *, article: str, per_week: int | None = None) -> str:
    """Return a campaign file's *text* with another article and rhythm, all else byte for byte.

    A file that names no article goes on without one.
    """
    import tomlkit

    document = tomlkit.parse(text)
    if document.get("article", article) != article:
        document["article"] = article
    if per_week is not None:
        if "schedule" not in document:
            document.add("schedule", tomlkit.table())
        document["schedule"]["per_week"] = per_week
    return tomlkit.dumps(document)


def _list(values: Sequence[str]) -> Any:
    import tomlkit

    array = tomlkit.array()
    array.extend(values)
    return array


def _table(*rows: tuple[str, str, str]) -> Any:
    """Return a table of (key, value, comment)."""
    import tomlkit

    table = tomlkit.table()
    for key, value, comment in rows:
        item = tomlkit.string(value)
        if comment and not value:
            item.comment(comment)
        table.add(key, item)
    return table
