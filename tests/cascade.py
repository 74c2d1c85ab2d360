"""Which colours a mail program gives the words of an email, by day and by night."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree, html


_DARK = re.compile(r"@media \(prefers-color-scheme:dark\) \{\n(.*?)\n\}", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")


class Words(NamedTuple):
    """A run of text and how it looks."""

    text: str
    colour: str
    background: str
    size: int


def parse(document: str) -> "etree._Element":
    """Return the tree of *document*."""
    return html.document_fromstring(document.encode(), parser=html.HTMLParser(encoding="utf-8"))


def style_of(element: "etree._Element") -> dict[str, str]:
    """Return the declarations in the element's own style."""
    return _declarations(element.get("style") or "")


def words_by_day(document: str) -> Iterator[Words]:
    """Yield the words of *document* with their colours."""
    yield from _words(parse(document), {})


def words_by_night(document: str) -> Iterator[Words]:
    """Yield the words of *document* with the colours of a dark screen."""
    tree = parse(document)
    found = _DARK.search(document)
    assert found, "no rules for a dark screen"
    dark: dict[etree._Element, dict[str, str]] = {}
    for selectors, body in _RULE.findall(found[1]):
        for selector in selectors.split(","):
            for element in tree.cssselect(selector.strip()):
                dark.setdefault(element, {}).update(_declarations(body.replace("!important", "")))
    yield from _words(tree, dark)


def dark_rules(document: str) -> dict[str, dict[str, str]]:
    """Return the rules for a dark screen, by selector."""
    found = _DARK.search(document)
    assert found, "no rules for a dark screen"
    return {
        selector.strip(): _declarations(body)
        for selectors, body in _RULE.findall(found[1])
        for selector in selectors.split(",")
    }


def _declarations(css: str) -> dict[str, str]:
    pairs = (part.partition(":") for part in css.split(";") if part.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def _words(tree: "etree._Element", dark: dict["etree._Element", dict[str, str]]) -> Iterator[Words]:
    for text in tree.xpath("//body//text()[normalize-space()]"):
        parent = text.getparent()
        element = parent if text.is_text else parent.getparent()
        around = [element, *element.iterancestors()]
        looks = [style_of(one) | dark.get(one, {}) for one in around]
        hidden = any(look.get("display") == "none" for look in looks)
        # The cells of the bar that shows how far one has come hold a space and no words.
        if not text.strip() or not isinstance(element.tag, str) or hidden:
            continue
        size = next(look["font-size"] for look in looks if "font-size" in look)
        yield Words(
            text=str(text).strip(),
            colour=next(look["color"] for look in looks if "color" in look),
            background=next(
                look["background-color"] for look in looks if "background-color" in look
            ),
            size=int(size.removesuffix("px")),
        )
