"""The Nu HTML Checker over whole packages: it knows the standard, and no mail program."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner

from conftest import ROOT, need, need_program
from courses import SERVICES, package_texts, render_campaign, service_of
from dripline.cli import main
from dripline.model import RenderedCourse
from dripline.phrase import load_phrases
from dripline.preview import render_preview
from dripline.workspace import Workspace


ZOO = Workspace(root=Path(__file__).parent / "workspaces" / "zoo")
EXAMPLE = "when-a-partner-says-no"
LARGEST = 30_000

# What the checker calls an error and mail programs need, each with its reason.
EXCEPTIONS: Mapping[str, str] = {
    r"Attribute “xmlns:o” not allowed here\.": (
        "Word reads the settings that keep pictures their size from elements of this namespace"
    ),
    r"CSS: “supported-color-schemes”: Property “supported-color-schemes” doesn't exist\.": (
        "the name that older Apple Mail knows `color-scheme` by"
    ),
    r"CSS: “mso-(hide|padding-alt)”: Property “mso-(hide|padding-alt)” doesn't exist\.": (
        "Word hides the preheader, and pads a button, by properties of its own"
    ),
}


def documents(rendered: RenderedCourse) -> dict[str, str]:
    """Return the HTML of every package of a course: whole documents, as readers get them."""
    found = {}
    for name in SERVICES:
        texts = package_texts(name, rendered)
        frame = texts.pop("template.html", "")
        place = service_of(name, rendered).content_tag
        for path, text in texts.items():
            if path.endswith(".html"):
                whole = frame.replace(place, text) if place else text
                found[f"{name}-{path}"] = with_addresses(whole, name, rendered)
    return found


def with_addresses(html: str, name: str, rendered: RenderedCourse) -> str:
    """Return *html* with addresses in the links in which the service's tags stand."""
    service = service_of(name, rendered)
    for tag in service.tags.values():
        for mark in "\"'":
            html = html.replace(f"={mark}{tag.html}{mark}", f"={mark}https://e.example/{mark}")
    return html


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> RenderedCourse:
    """The example course of this repository; made from its article where it is not split yet."""
    workspace = Workspace(root=ROOT)
    if not workspace.campaign_path(EXAMPLE).is_file():
        root = tmp_path_factory.mktemp("example")
        shutil.copy(ROOT / "content" / EXAMPLE / "article.txt", root / "article.txt")
        arguments = ["-C", str(root), "split", str(root / "article.txt"), "--name", EXAMPLE]
        result = CliRunner().invoke(main, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        workspace = Workspace(root=root)
    return render_campaign(workspace, EXAMPLE)


@pytest.fixture(scope="session")
def messages(
    example: RenderedCourse, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, list[str]]:
    """What the checker says about each document; one run for all, for Java is slow to start."""
    java = need_program("java")
    tools = Path(os.environ.get("DRIPLINE_TOOLS", ROOT / ".tools"))
    jar = tools / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
    need(jar.is_file(), "the Nu HTML Checker (npm install --prefix .tools vnu-jar)")
    pages = {
        **{f"zoo-{name}": text for name, text in documents(render_campaign(ZOO, "zoo")).items()},
        **{f"example-{name}": text for name, text in documents(example).items()},
        "preview.html": render_preview(example, load_phrases("en")),
        "broken.html": "<!DOCTYPE html>\n<html lang=en><title>a</title><p><table></p></html>",
    }
    folder = tmp_path_factory.mktemp("pages")
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8")
    run = subprocess.run(
        [java, "-jar", str(jar), "--format", "json", "--errors-only", "--exit-zero-always", folder],
        capture_output=True,
        text=True,
        check=True,
    )
    said: dict[str, list[str]] = {name: [] for name in pages}
    for message in json.loads(run.stderr)["messages"]:
        said[message["url"].rsplit("/", 1)[-1]].append(message["message"])
    return said


def errors(messages: Mapping[str, list[str]], prefix: str) -> list[str]:
    """Return the errors in the documents with this *prefix*, the exceptions left out."""
    return [
        f"{name}: {message}"
        for name, found in messages.items()
        if name.startswith(prefix)
        for message in found
        if not any(re.fullmatch(known, message) for known in EXCEPTIONS)
    ]


def test_checks_every_email_of_every_service(
    messages: Mapping[str, list[str]], example: RenderedCourse
) -> None:
    # All but two of the services get HTML.
    assert sum(name.startswith("zoo-") for name in messages) == 5 * 4
    assert sum(name.startswith("example-") for name in messages) == 5 * len(example.emails)


def test_the_zoo_is_valid_html(messages: Mapping[str, list[str]]) -> None:
    assert errors(messages, "zoo-") == []


def test_the_example_is_valid_html(messages: Mapping[str, list[str]]) -> None:
    assert errors(messages, "example-") == []


def test_the_preview_is_valid_html(messages: Mapping[str, list[str]]) -> None:
    assert errors(messages, "preview") == []


def test_the_checker_finds_an_error(messages: Mapping[str, list[str]]) -> None:
    assert errors(messages, "broken")


def test_every_exception_is_still_needed(messages: Mapping[str, list[str]]) -> None:
    said = {message for found in messages.values() for message in found}

    for known in EXCEPTIONS:
        assert any(re.fullmatch(known, message) for message in said), known


def test_the_example_is_small(example: RenderedCourse) -> None:
    for name, html in documents(example).items():
        assert len(html.encode()) < LARGEST, name
