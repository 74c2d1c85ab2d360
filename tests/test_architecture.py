"""The allowed imports: an architecture that is written down and cannot rot unseen."""

import ast
import graphlib
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest


PACKAGE = Path(__file__).parent.parent / "src" / "dripline"
# A module that grew too long is a folder of files, with the name and the contents it had.
MODULES: dict[str, tuple[Path, ...]] = {
    **{path.stem: (path,) for path in sorted(PACKAGE.glob("*.py"))},
    **{path.parent.name: tuple(path.parent.glob("*.py")) for path in PACKAGE.glob("*/__init__.py")},
}

# Which module may import which: the whole allowed set. `TYPE_CHECKING` counts.
ALLOWED: Mapping[str, str] = {
    "__init__": "",
    "__main__": "cli",
    "article": "errors marked model",
    "blocks": "model",
    "body": "code marked markup model outline",
    "build": """checks errors files model package phrase preview render schedule service theme
        workspace""",
    "campaign": "model schema",
    "cells": "",
    "checks": "eml errors mergetags model",
    "cli": """__init__ article build campaign content errors outline phrase report service theme
        workspace""",
    "code": "",
    "colour": "",
    "components": "errors markup model",
    "content": "campaign errors files lesson model phrase service split workspace",
    "coverage": "errors model outline words",
    "draft": "body lesson markup model phrase rank suggest words",
    "eml": "errors model",
    "errors": "",
    "files": "errors model",
    "inline": "errors model",
    "lesson": "errors model schema",
    "limits": "errors",
    "marked": "blocks model",
    "markup": "blocks errors",
    "mergetags": "code errors model",
    "model": "",
    "outline": "blocks marked model phrase roles words",
    "package": "cells components eml errors model stamping upload",
    "phrase": "errors",
    "plaintext": "markup",
    "plan": "errors model words",
    "preview": "components model package phrase stamping theme words",
    "rank": "model phrase words",
    "rawhtml": "code markup",
    "render": """components errors inline limits markup mergetags model phrase plaintext rawhtml
        source suggest theme words""",
    "report": "model words",
    "roles": "blocks model words",
    "schedule": "cells mergetags model words",
    "schema": "errors",
    "service": "errors model schema",
    "source": "errors mergetags model phrase",
    "split": "campaign coverage draft model outline phrase plan suggest",
    "stamping": "code errors mergetags model",
    "suggest": "model phrase rank words",
    "theme": "colour errors inline model",
    "upload": "model",
    "words": "",
    # The names that a campaign may use, so that all problems of its file are told at once.
    "workspace": "campaign errors files lesson model service theme",
}

# Where each library may be used: each behind as few doors as it can be.
FENCES: Mapping[str, str] = {
    "PIL": "workspace",
    "click": "cli",
    "cssselect": "inline",
    "cssutils": "inline",
    "filelock": "files",
    "idna": "eml",
    "jinja2": "theme preview",  # in preview for a type alone, see below
    "jsonschema_rs": "schema",
    "lxml": "components inline markup plaintext",
    "markdown": "markup",
    "markupsafe": "components render",  # the type that says: this HTML is clean already
    "nh3": "markup",
    "premailer": "inline",
    "tomlkit": "campaign lesson",
}
TYPES_ONLY = {("preview", "jinja2")}

# What costs start-up time, and is needed by no command that only shows help.
HEAVY = (  # noqa: SIM905
    "PIL cssselect cssutils filelock jinja2 jsonschema_rs lxml markdown nh3 premailer "
    "requests tomlkit"
).split()


def is_type_check(node: ast.AST) -> bool:
    """Tell whether *node* is `if TYPE_CHECKING:`."""
    return isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")


def find_imports(node: ast.AST, *, types: bool = False) -> Iterator[tuple[str, bool]]:
    """Yield (module, whether for types only) of each import in *node*, by its full name."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from ((name.name, types) for name in child.names)
        elif isinstance(child, ast.ImportFrom):
            assert child.level == 0, f"relative import on line {child.lineno}"
            if child.module == "dripline":
                yield from ((f"dripline.{name.name}", types) for name in child.names)
            else:
                yield str(child.module), types
        elif (
            isinstance(child, ast.Call)
            and ast.unparse(child.func).endswith("import_module")
            and isinstance(child.args[0], ast.Constant)
        ):
            yield str(child.args[0].value), types
        yield from find_imports(child, types=types or is_type_check(child))


def parse(module: str) -> list[ast.Module]:
    """Return the syntax trees of the files of *module*."""
    return [ast.parse(path.read_text("utf-8")) for path in MODULES[module]]


def own_imports(module: str) -> set[str]:
    """Return the dripline modules that *module* imports anywhere in it."""
    found = [one for tree in parse(module) for one in find_imports(tree)]
    names = {name.split(".")[1] for name, _ in found if name.startswith("dripline.")}
    return {name if name in MODULES else "__init__" for name in names} - {module}


def foreign_imports(module: str) -> set[tuple[str, bool]]:
    """Return the libraries that *module* imports, each with whether for types only."""
    found = [one for tree in parse(module) for one in find_imports(tree)]
    roots = {(name.split(".")[0], types) for name, types in found}
    known = {"dripline", *sys.stdlib_module_names}
    return {(root, types) for root, types in roots if root not in known}


def test_every_module_is_in_the_table() -> None:
    assert sorted(ALLOWED) == sorted(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_what_the_table_says_and_nothing_else(module: str) -> None:
    assert sorted(own_imports(module)) == sorted(ALLOWED[module].split())


def test_the_table_has_no_cycle() -> None:
    graph = {module: names.split() for module, names in ALLOWED.items()}

    order = list(graphlib.TopologicalSorter(graph).static_order())

    assert sorted(order) == sorted(ALLOWED)


def test_each_library_is_used_only_behind_its_fence() -> None:
    used: dict[str, set[str]] = {}
    for module in MODULES:
        for library, _ in foreign_imports(module):
            used.setdefault(library, set()).add(module)

    assert used == {library: set(names.split()) for library, names in FENCES.items()}


def test_a_library_for_types_alone_is_never_loaded() -> None:
    loaded = {(module, library) for module, library in TYPES_ONLY}

    assert loaded.isdisjoint(
        (module, library)
        for module in MODULES
        for library, types in foreign_imports(module)
        if not types
    )


@pytest.mark.parametrize("words", [["--version"], ["-h"], ["build", "-h"], ["split", "-h"]])
def test_help_and_version_load_no_heavy_library(words: list[str]) -> None:
    program = (
        "import sys\n"
        "from dripline.cli import main\n"
        f"main({words!r}, standalone_mode=False)\n"
        f"print('loaded:', *[name for name in {HEAVY!r} if name in sys.modules])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=os.environ
    )

    assert done.stdout.splitlines()[-1] == "loaded:"


def test_a_build_in_the_theme_of_the_house_reads_no_stylesheet(tmp_path: Path) -> None:
    """Premailer's own imports, half of a build's start-up, are needed to compile only."""
    program = (
        "import sys\n"
        "sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from disk import make_course, run_well\n"
        "run_well(make_course(Path(sys.argv[2])), 'build', '--service', 'html')\n"
        "print(*[name for name in ('cssutils', 'requests') if name in sys.modules])\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(Path(__file__).parent), str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "\n"


def test_no_module_is_a_home_for_the_homeless() -> None:
    assert {"utils", "util", "helpers", "common", "misc", "base"}.isdisjoint(MODULES)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_can_be_read_in_one_sitting(module: str) -> None:
    """Three hundred lines; a longer one has two reasons to exist."""
    lines = [path.read_text("utf-8").count("\n") for path in MODULES[module]]

    assert max(lines) <= 300


@pytest.mark.parametrize("module", MODULES)
def test_everything_public_says_what_it_is_for(module: str) -> None:
    def find_silent(node: ast.AST, place: str) -> Iterator[str]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                name = f"{place}.{child.name}"
                if not child.name.startswith("_"):
                    if not ast.get_docstring(child):
                        yield name
                    if isinstance(child, ast.ClassDef):
                        yield from find_silent(child, name)

    for tree in parse(module):
        assert ast.get_docstring(tree)
        assert list(find_silent(tree, module)) == []
