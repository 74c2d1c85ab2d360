"""The Jinja2 environment and the looks: workspace over built-in."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dripline.colour import READABLE, contrast, mix, readable
from dripline.errors import DriplineError
from dripline.inline import Stylesheet, compile_stylesheet, fill_stylesheet, fill_variables
from dripline.model import Look


if TYPE_CHECKING:
    from jinja2 import Environment

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# What an expression in a template can raise.
_RAISED_INSIDE = (
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError),
)


@dataclass(frozen=True, kw_only=True)
class Theme:
    """A look, ready to render with."""

    environment: "Environment"
    stylesheet: Stylesheet
    head: tuple[str, ...]
    """Kept style blocks, each of its own so that a client that rejects one keeps the rest."""
    width: int
    """Of the column, in pixels."""
    text_width: int
    """Of the words in the column, in pixels."""
    font: str


def list_themes() -> tuple[str, ...]:
    """Return the names of the built-in themes."""
    folder = files("dripline") / "templates"
    return tuple(sorted(item.name for item in folder.iterdir() if (item / "theme.toml").is_file()))


def load_settings(name: str, path: str = "") -> dict[str, Any]:
    """Load the settings of the built-in theme *name*; *path* is who asked for it."""
    if name not in list_themes():
        raise DriplineError(
            f"there is no theme '{name}'",
            path=path or None,
            hint=f"There are: {', '.join(list_themes())}.",
        )
    return tomllib.loads((_folder(name) / "theme.toml").read_text("utf-8"))


def load_theme(look: Look, overrides: Path | None, cache: Path | None, path: str = "") -> Theme:
    """Load the theme that *look* asks for, with the files in *overrides* over its own.

    *path* is the campaign that asked. A stylesheet that is not the theme's own
    is compiled once and kept in the folder *cache*.
    """
    settings = load_settings(look.name, path)
    values = _palette(settings, look, path)
    css, css_path = _read("style.css", look.name, overrides)
    kept = {
        name: fill_variables(_read(f"{name}.css", look.name, overrides)[0], values, f"{name}.css")
        for name in ("scheme", "narrow", "dark")
    }
    rules = _compiled(css, css_path, look.name, cache)
    return Theme(
        environment=make_environment(look.name, overrides),
        stylesheet=fill_stylesheet(rules, values, css_path),
        head=(_flat(kept["scheme"]), _flat(kept["narrow"]), *dark_styles(kept["dark"])),
        width=settings["width"],
        text_width=settings["text_width"],
        font=settings["font"],
    )


@contextmanager
def template_errors() -> Iterator[None]:
    """Turn what goes wrong in a template into a DriplineError with its file and line."""
    from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError

    try:
        yield
    except TemplateSyntaxError as error:
        raise DriplineError(
            f"this is not a template: {error.message}", path=error.filename, line=error.lineno
        ) from error
    except TemplateNotFound as error:
        raise _placed(error, f"there is no template '{error}'") from error
    except (TemplateError, *_RAISED_INSIDE) as error:
        raise _placed(error, str(error)) from error


def _placed(error: Exception, message: str) -> Exception:
    """Return *error* as one of the template it comes from; as it is when from nowhere in one."""
    place = None
    trace = error.__traceback__
    while trace is not None:
        names = trace.tb_frame.f_globals
        if "__jinja_exception__" in names:  # a frame that Jinja2 has put in its place
            place = (trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        elif template := names.get("__jinja_template__"):
            place = (template.filename, template.get_corresponding_lineno(trace.tb_lineno))
        trace = trace.tb_next
    return error if place is None else DriplineError(message, path=place[0], line=place[1])


def make_environment(name: str, overrides: Path | None) -> "Environment":
    """Return a Jinja2 environment that finds a template in *overrides*, then in the theme.

    The theme's own stays within reach as `dripline/<template>`, so that an
    override can extend what it overrides. Templates are sandboxed, undefined
    names are errors, and HTML is escaped.
    """
    from jinja2 import ChoiceLoader, FunctionLoader, PrefixLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def load(folder: Traversable, shown: str, template: str) -> tuple[str, str, None] | None:
        text = _read_inside(folder, template, f"{shown}/{template}")
        return None if text is None else (text, f"{shown}/{template}", None)

    def own(template: str) -> tuple[str, str, None] | None:
        return load(_folder(name), name, template)

    def override(template: str) -> tuple[str, str, None] | None:
        return None if overrides is None else load(overrides, "templates", template)

    return ImmutableSandboxedEnvironment(
        loader=ChoiceLoader(
            [
                FunctionLoader(override),
                FunctionLoader(own),
                PrefixLoader({"dripline": FunctionLoader(own)}),
            ]
        ),
        autoescape=lambda template: template is not None and template.endswith(".html"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def dark_styles(css: str) -> tuple[str, str, str]:
    """Return the rules of *css* for the two ways mail programs darken.

    Once in a media query, and again as `[data-ogsc]` for text and `[data-ogsb]`
    for backgrounds, which is how new Outlook marks what it recoloured. One
    file makes all, so that they cannot differ.
    """
    media: list[str] = []
    text: list[str] = []
    ground: list[str] = []
    for selectors, body in _RULE.findall(_COMMENT.sub("", css)):
        declarations = [part.strip() for part in body.split(";") if part.strip()]
        names = [selector.strip() for selector in selectors.split(",")]
        media.append(_rule(names, declarations))
        for twins, wanted, mark in (
            (text, ("color", "border-color", "border-left-color"), "[data-ogsc]"),
            (ground, ("background-color",), "[data-ogsb]"),
        ):
            own = [part for part in declarations if part.split(":")[0].strip() in wanted]
            if own:
                twins.append(_rule([f"{mark} {selector}" for selector in names], own))
    query = "@media (prefers-color-scheme:dark) {\n"
    return f"{query}{''.join(media)}}}\n", "".join(text), "".join(ground)


def _rule(selectors: list[str], declarations: list[str]) -> str:
    # A space after each brace: "{#" and "{$" open a tag in some services.
    important = ";".join(f"{declaration} !important" for declaration in declarations)
    return f"{','.join(selectors)} {{ {important} }}\n"


def _flat(css: str) -> str:
    return "\n".join(line.strip() for line in _COMMENT.sub("", css).split("\n") if line.strip())


def _palette(settings: Mapping[str, Any], look: Look, path: str) -> dict[str, str]:
    """Return the value of each variable, with the campaign's accent in its place."""
    light, dark = dict(settings["light"]), dict(settings["dark"])
    if look.accent:
        accent = look.accent.lower()
        if contrast(accent, light["card"]) < READABLE:
            raise DriplineError(
                f"the accent {accent} is too pale to read: its contrast on {light['card']} is "
                f"{contrast(accent, light['card']):.1f}, and {READABLE} is needed",
                path=path,
                hint=f"The nearest colour that can be read is {readable(accent, light['card'])}.",
            )
        light["accent"] = accent
        light["tint"] = mix(accent, light["card"], 0.07)
        dark["accent"] = readable(accent, dark["tint"])
    values = {name: value for name, value in settings.items() if isinstance(value, str)}
    values |= light
    return values | {f"dark-{name}": value for name, value in dark.items()}


def _compiled(css: str, path: str, name: str, cache: Path | None) -> Any:
    """Return the rules of *css*: the theme's own, the kept ones, or compiled now."""
    key = stylesheet_key(css)
    places: list[Traversable] = [_folder(name) / "style.json"]
    if cache is not None:
        places.append(cache / f"{key}.json")
    for place in places:
        try:
            stored = json.loads(place.read_text("utf-8"))
        except (OSError, ValueError):
            continue
        if stored["key"] == key:
            return stored["rules"]
    rules = compile_stylesheet(css, path)
    if cache is not None:
        with suppress(OSError):  # it only saves time; a build goes on without it
            cache.mkdir(parents=True, exist_ok=True)
            half = cache / f".{key}.dripline-new"
            half.write_text(format_stylesheet(css, rules), "utf-8")
            half.replace(cache / f"{key}.json")
    return rules


def stylesheet_key(css: str) -> str:
    """Return what a compiled stylesheet is known by."""
    return hashlib.sha256(css.encode()).hexdigest()[:32]


def format_stylesheet(css: str, rules: Stylesheet) -> str:
    """Return the text of the file that keeps the compiled *rules* of *css*."""
    lines = ",\n".join(json.dumps(rule, ensure_ascii=False) for rule in rules)
    return f'{{"key": "{stylesheet_key(css)}", "rules": [\n{lines}\n]}}\n'


def _folder(name: str) -> Traversable:
    return files("dripline") / "templates" / name


def _read(file: str, name: str, overrides: Path | None) -> tuple[str, str]:
    """Return the text of a theme's file, and where it came from."""
    shown = f"templates/{file}"
    text = None if overrides is None else _read_inside(overrides, file, shown)
    if text is not None:
        return text, shown
    return (_folder(name) / file).read_text("utf-8"), file


def _read_inside(folder: Traversable, template: str, shown: str) -> str | None:
    """Return the text of a file in *folder*; None when it is not there or leads outside."""
    if "\\" in template or any(part in ("", ".", "..") for part in template.split("/")):
        return None
    place = folder.joinpath(*template.split("/"))
    if isinstance(place, Path) and not place.resolve().is_relative_to(Path(str(folder)).resolve()):
        return None
    if not place.is_file():
        return None
    try:
        # With its mark before the doctype, a document would have none.
        return place.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DriplineError("the file is not UTF-8 text", path=shown) from error
