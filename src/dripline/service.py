"""Service TOML → `Service`."""

import difflib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from dripline.errors import DriplineError
from dripline.model import Campaign, Escape, Service, ServiceTag
from dripline.schema import parse_table


# The service whose merge tags the campaign names.
OWN_TAGS = "html"
_OPENING = re.compile(r"[^\w\s]{2,}")


@cache
def list_services() -> tuple[str, ...]:
    """Return the names of the services, in alphabetical order."""
    folder = files("dripline") / "services"
    return tuple(sorted(item.name.removesuffix(".toml") for item in folder.iterdir()))


def load_service(name: str, campaign: Campaign | None = None) -> Service:
    """Load the service *name*; *campaign* gives the tags to the one without its own.

    Raises DriplineError for an unknown name, with the nearest known one.
    """
    if name not in list_services():
        close = difflib.get_close_matches(name, list_services(), n=1)
        raise DriplineError(
            f"there is no service '{name}'",
            path=campaign.path or None if campaign else None,
            hint=(f"Did you mean '{close[0]}'? " if close else "")
            + f"There are: {', '.join(list_services())}.",
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
    defaults: dict[str, Any] = {"check": ()}
    return Service(name=name, tags=tags, escapes=escapes, **(defaults | table | lists))


def _with_own_tags(service: Service, tags: Mapping[str, str]) -> Service:
    """Return *service* with the campaign's *tags*, and what begins them made harmless.

    Only openings of two or more signs are escaped: a single one, such as a
    bracket, is too common in prose to be a tag.
    """
    from dataclasses import replace

    marks = {match.group() for tag in tags.values() if (match := _OPENING.match(tag))}
    return replace(
        service,
        tags={
            name: ServiceTag(html=tag, text=tag, subject=tag, confidence="official")
            for name, tag in tags.items()
        },
        escapes=tuple(
            Escape(
                mark=mark,
                html="".join(f"&#{ord(sign)};" for sign in mark),
                text="\u200b".join(mark),
            )
            for mark in sorted(marks)
        ),
    )
