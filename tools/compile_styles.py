"""Compile each built-in theme's stylesheet into the wheel: `make styles`."""

from pathlib import Path

import dripline.theme
from dripline.inline import compile_stylesheet
from dripline.theme import format_stylesheet, list_themes


def main() -> None:
    """Write `style.json` beside each `style.css`."""
    templates = Path(dripline.theme.__file__).parent / "templates"
    for name in list_themes():
        css = (templates / name / "style.css").read_text("utf-8")
        compiled = format_stylesheet(css, compile_stylesheet(css, f"{name}/style.css"))
        (templates / name / "style.json").write_text(compiled, "utf-8")


if __name__ == "__main__":
    main()
