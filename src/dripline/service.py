"""Service TOML → `Service`."""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from dripline.errors import DriplineError
from dripline.model import Campaign, Escape, Service, ServiceTag
from dripline.schema import nearest_name, parse_table


# The service whose merge tags the campaign names.
OWN_TAGS = "html"
_OPENING = re.compile(r"[^\w\s]{2,}")
_SIGN = re.compile(r"[^\w\s]")


@cache
def list_services() -> tuple[str, ...]:
    """Return the names of the services, in alphabetical order."""
    folder = files("dripline") / "services"
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir()))


def load_service(name: str, campaign: Campaign | None = None) -> Service:
    """Load the service *name*; *campaign* gives the tags to the one without its own.

    Raises DriplineError for an unknown name, with the nearest known one, and
    with the campaign's path when that is where the name stands.
    """
    if name not in list_services():
        named = campaign is not None and name in campaign.services
        raise DriplineError(
            f"there is no service '{name}'",
            path=campaign.path or None if campaign and named else None,
            hint=nearest_name(name, list_services()),
        )
    text = (files("dripline") / "services" / f"{name}.toml").read_text("utf-8")
    service = parse_service(text, name=name, path=f"services/{name}.toml")
    if name == OWN_TAGS and campaign and campaign.tags:
        return _with_own_tags(service, campaign.tags)
    return service


def parse_service(text: str, *, name: str, path: str) -> Service:
    """Return the service *name* that *text* declares.

    Raises DriplineError with every problem of the text at once.
    """
    table: dict[str, Any] = parse_table(text, "service", path=path)
    tags = {tag: ServiceTag(**spelling) for tag, spelling in table.pop("tags", {}).items()}
    escapes = tuple(Escape(**escape) for escape in table.pop("escapes", ()))
    lists = {key: tuple(value) for key, value in table.items() if isinstance(value, list)}
    return Service(name=name, tags=tags, escapes=escapes, **(table | lists))


def _with_own_tags(service: Service, tags: Mapping[str, str]) -> Service:
    """Return *service* with the campaign's *tags*, and what begins them made harmless.

    A single sign, such as a bracket, is too common in prose to begin a tag;
    then only the tag as a whole is escaped.
    """
    marks = {
        match.group() if (match := _OPENING.match(tag)) else tag
        for tag in tags.values()
        if _SIGN.search(tag)
    }
    return replace(
        service,
        tags={
            name: ServiceTag(html=tag, text=tag, subject=tag, confidence="official")
            for name, tag in tags.items()
        },
        escapes=tuple(
            Escape(
                mark=mark,
                html=_SIGN.sub(lambda sign: f"&#{ord(sign.group())};", mark),
                # After every sign, for a run of them holds the mark again.
                text=_SIGN.sub("\\g<0>\u200b", mark),
            )
            for mark in sorted(marks)
        ),
    )
