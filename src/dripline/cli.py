"""The commands: parse, call, print."""

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dripline import __version__
from dripline.errors import DriplineError, raise_all


if TYPE_CHECKING:
    from dripline.workspace import Workspace

_SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": 88}
_DIRECTORY = click.Path(file_okay=False, path_type=Path)


class _Group(click.Group):
    """A group that shows a user's mistake as one message; anything else is our bug."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a DriplineError ends it with exit code 1, wrong usage with 2."""
        try:
            return super().invoke(ctx)
        except DriplineError as error:
            from dripline.report import printable

            raise click.ClickException(printable(str(error))) from error
        except click.UsageError as error:
            from dripline.report import on_one_line

            raise click.UsageError(on_one_line(error.format_message()), error.ctx) from error


@click.group("dripline", cls=_Group, context_settings=_SETTINGS)
@click.option("-C", "--workspace", type=_DIRECTORY, help="The workspace; else the one you are in.")
@click.version_option(__version__, "--version")
@click.pass_context
def main(ctx: click.Context, workspace: Path | None) -> None:
    """Turn a long article into a multi-week email course.

    \b
    With nothing but an article:
      dripline split article.txt
      dripline build
    """
    ctx.obj = workspace
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what its encoding has no sign for is escaped
            stream.reconfigure(errors="backslashreplace")


@main.command()
@click.argument("directory", required=False, type=_DIRECTORY)
@click.pass_obj
def init(workspace: Path | None, directory: Path | None) -> None:
    """Make an empty workspace.

    \b
    Example:
      dripline init my-courses
    """
    from dripline.workspace import write_workspace

    root = directory or workspace or Path()
    made = write_workspace(root)
    for path in made:
        _show(path)
    _say("Ready." if made else "This is a workspace already.")
    _say(f"Next: {_command(directory or workspace)} split ARTICLE")


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--format", "kind", type=click.Choice(["text", "json"]), default="text")
def outline(files: tuple[str, ...], kind: str) -> None:
    """Show what was understood of an article.

    That is its title, its byline and the role of each line.

    \b
    Example:
      dripline outline article.txt
    """
    from dripline.article import load_article
    from dripline.outline import make_outline
    from dripline.phrase import load_phrases
    from dripline.report import format_outline, format_outline_json

    show = format_outline_json if kind == "json" else format_outline
    for name in files:
        click.echo(show(make_outline(load_article(name), load_phrases("en"))))


@main.command()
@click.argument("article")
@click.option("--name", help="What to call the course; else its file's or folder's name.")
@click.option("--lessons", type=click.IntRange(1, 500), help="How many lessons.")
@click.option("--weeks", type=click.IntRange(1, 200), help="How many weeks of lessons.")
@click.option("--per-week", type=click.IntRange(1, 7), help="How many emails a week.  [default: 2]")
@click.option("--dry-run", is_flag=True, help="Show the plan and write nothing.")
@click.option("--force", is_flag=True, help="Replace edited lessons; the old ones are kept apart.")
@click.option("--format", "kind", type=click.Choice(["text", "json"]), default="text")
@click.pass_obj
def split(  # noqa: PLR0913, C901 - Click hands each option over by its name
    workspace: Path | None,
    article: str,
    name: str | None,
    lessons: int | None,
    weeks: int | None,
    per_week: int | None,
    dry_run: bool,  # noqa: FBT001
    force: bool,  # noqa: FBT001
    kind: str,
) -> None:
    """Split an article into lessons.

    ARTICLE is a file, or - for standard input.

    \b
    Examples:
      dripline split article.txt
      dripline split article.txt --lessons 6 --per-week 1
    """
    from dripline.article import load_article
    from dripline.campaign import is_name
    from dripline.content import plan_course, write_course
    from dripline.report import format_plan_json, plan_rows, print_table
    from dripline.workspace import find_workspace

    if lessons and weeks:
        raise click.UsageError("Give --lessons or --weeks, not both.")
    if name and not is_name(name):
        raise click.UsageError("A name has small letters, digits and hyphens: --name my-course")
    place = find_workspace(workspace or Path())
    source = load_article(article)
    result = plan_course(place, source, name=name, per_week=per_week, lessons=lessons, weeks=weeks)
    course = result.campaign.name
    report = None
    if not dry_run:
        report = write_course(place, result, per_week=per_week, force=force)
    if kind == "json":
        click.echo(format_plan_json(course, result.plan, result.lessons))
    else:
        print_table(plan_rows(result.plan, result.lessons))
    for notice in source.notices:
        _say(f"{source.name}: {notice}")
    _say(f"{result.coverage.placed} of {result.coverage.words} words placed")
    if report is None:
        return
    if kind == "text":
        base = place.way_from(workspace or Path())
        for path in report.written:
            _show(path, base)
    for path in report.removed:
        _say(f"Removed {path}: the new plan has no such lesson.")
    for path in report.backups:
        _say(f"Your old file is kept: {path}")
    if report.kept_campaign:
        _say(f"campaigns/{course}.toml is yours, and was kept.")
    _say(f"Next: read the lessons in content/{course}/, then: {_command(workspace)} build {course}")


@main.command()
@click.argument("campaigns", nargs=-1, metavar="[CAMPAIGN]...")
@click.option(
    "--service", "services", multiple=True, help="Only for this service; may be repeated."
)
@click.option("--output", type=_DIRECTORY, help="Where to write; else dist/ in the workspace.")
@click.pass_obj
def build(
    workspace: Path | None,
    campaigns: tuple[str, ...],
    services: tuple[str, ...],
    output: Path | None,
) -> None:
    """Build the packages to upload.

    Without a CAMPAIGN, those of all campaigns in the workspace.

    \b
    Examples:
      dripline build
      dripline build my-course --service kit
    """
    from dripline.workspace import find_workspace, list_campaigns

    place = find_workspace(workspace or Path())
    names = campaigns or list_campaigns(place)
    if not names:
        raise DriplineError(
            "there is no campaign in this workspace",
            path=place.root,
            hint="Make one with: dripline split ARTICLE",
        )
    base = place.way_from(workspace or Path())
    errors = []
    clean = True
    for name in names:
        if len(names) > 1:
            _say(f"{name}:")
        try:
            clean &= _build_one(place, name, services, output, base)
        except DriplineError as error:
            errors.append(error)
    raise_all(errors)
    if not clean:
        sys.exit(1)


def _build_one(
    place: "Workspace", name: str, services: tuple[str, ...], output: Path | None, base: str
) -> bool:
    """Build one campaign; tell whether all its packages were written."""
    from dripline.build import build_course
    from dripline.report import course_rows, format_finding, print_table

    result = build_course(place, name, services, output)
    print_table(course_rows(result.rendered), to_stderr=True)
    for finding in result.findings:
        click.echo(format_finding(finding), err=True)
    for path in result.written:
        _show(path, base)
    for service in result.gone:
        _say(f"The old package for {service} is gone: this build was not for it.")
    for path in result.kept:
        _say(f"{path} is not ours, and was left where it is.")
    for path in result.saved:
        _say(f"A file was changed by hand since the last build; it is kept: {path}")
    for service in result.refused:
        _say(f"No package for {service}: see the errors above.")
    return not result.refused


@main.command()
@click.argument("name", required=False)
def services(name: str | None) -> None:
    """Show the mailing services; with a NAME, all about one.

    \b
    Example:
      dripline services kit
    """
    from dripline.report import format_service, print_table
    from dripline.service import list_services, load_service

    if name:
        click.echo(format_service(load_service(name)))
        return
    known = [load_service(each) for each in list_services()]
    rows = [(one.name, f"{one.title}: {one.summary}") for one in known]
    print_table(rows, has_head=False)


@main.command()
@click.argument("name", required=False)
def themes(name: str | None) -> None:
    """Show the themes; with a NAME, its settings.

    \b
    Example:
      dripline themes letter
    """
    from dripline.report import format_settings, print_table
    from dripline.theme import list_themes, load_settings

    if name:
        click.echo(format_settings(name, load_settings(name)))
        return
    rows = [(each, load_settings(each)["summary"]) for each in list_themes()]
    print_table(rows, has_head=False)


def _show(path: str, base: str = "") -> None:
    """Print the path of something written: a result, so to stdout.

    *base* is the way from here to the workspace that the path is in.
    """
    from dripline.report import on_one_line

    click.echo(on_one_line(os.path.join(base, path)))  # noqa: PTH118 - Path drops a last slash


def _command(workspace: Path | None) -> str:
    """Return how dripline was called, for a hint on what to call next."""
    return f"dripline -C {workspace}" if workspace else "dripline"


def _say(sentence: str) -> None:
    """Print a sentence for the person; results go to stdout, this does not."""
    from dripline.report import on_one_line

    click.echo(on_one_line(sentence), err=True)
