"""A campaign → its packages on disk: load, render, check, package, write."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dripline.checks import run_checks
from dripline.errors import DriplineError, DriplineErrors
from dripline.files import explained, lock, write_tree
from dripline.model import Course, Finding, PackageFile, RenderedCourse, Service, Severity
from dripline.package import make_package, zip_package
from dripline.phrase import load_phrases
from dripline.preview import render_preview
from dripline.render import render_course
from dripline.schedule import format_calendar, format_schedule
from dripline.service import OWN_TAGS, list_services, load_service
from dripline.theme import load_theme
from dripline.workspace import Workspace, load_campaign, load_course


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildResult:
    """What a build made of one campaign."""

    rendered: RenderedCourse
    findings: tuple[Finding, ...]
    written: tuple[str, ...]
    """The preview page, then the folder and the zip of each package."""
    gone: tuple[str, ...]
    """Services whose package of an earlier build went: `dist/` is exactly the last build."""
    refused: tuple[str, ...]
    """Services without a package, for a finding of severity error forbids it."""
    kept: tuple[str, ...]
    """Files and folders of others in the output folder, left where they were."""
    saved: tuple[str, ...]
    """Where files went that were changed by hand since the last build."""


def render_loaded(
    workspace: Workspace, course: Course, *, with_markdown: bool = True
) -> RenderedCourse:
    """Return the loaded *course* in the look of its campaign and *workspace*.

    This is the one way from a course to its emails.
    """
    campaign = course.campaign
    theme = load_theme(
        campaign.theme, workspace.templates, workspace.state / "styles", campaign.path
    )
    phrases = load_phrases(campaign.language, campaign.path)
    return render_course(course, theme, phrases, with_markdown=with_markdown)


def build_course(
    workspace: Workspace, name: str, services: Sequence[str] = (), output: Path | None = None
) -> BuildResult:
    """Build the campaign *name* for *services*, or for those it names itself.

    Nothing is written when a finding of severity error concerns the course;
    one that concerns a service keeps back the package of that service alone.
    From the first file read to the last one written no other dripline works
    in the workspace, so that all of a build is of one state of the lessons.
    """
    load_campaign(workspace, name)  # before a lock file says that this is a workspace
    with lock(workspace.state), explained(workspace.root, "read or written"):
        return _build(workspace, name, services, (output or workspace.root / "dist") / name)


def _build(workspace: Workspace, name: str, services: Sequence[str], target: Path) -> BuildResult:
    """Build a campaign into the folder *target*."""
    check_output(workspace, target)
    course = load_course(workspace, name)
    campaign = course.campaign
    wanted = tuple(dict.fromkeys(services or campaign.services or (OWN_TAGS,)))
    loaded = [load_service(one, campaign) for one in wanted]
    with_markdown = any("markdown" in one.formats for one in loaded)
    rendered = render_loaded(workspace, course, with_markdown=with_markdown)
    findings = run_checks(rendered, loaded)
    errors = [one for one in findings if one.severity is Severity.ERROR]
    refused = tuple(one.name for one in loaded if any(e.service == one.name for e in errors))
    if fatal := [one for one in errors if not one.service]:
        raise DriplineErrors(
            DriplineError(one.message, path=one.path, line=one.line or None, hint=one.hint)
            for one in fatal
        )
    kept = [one for one in loaded if one.name not in refused]
    others = set(list_services()) - {one.name for one in kept}
    gone = tuple(sorted(one for one in others if (target / one).is_dir()))
    files = _course_files(rendered, kept)
    report = write_tree(target, files, workspace.backup() / "dist" / name)
    written = ["preview.html", *(f"{one.name}/" for one in kept)]
    written += [f"{name}-{one.name}.zip" for one in kept]
    return BuildResult(
        rendered=rendered,
        findings=findings,
        written=tuple(f"{workspace.shown(target)}/{path}" for path in written),
        refused=refused,
        gone=gone,
        kept=tuple(map(workspace.shown, report.kept)),
        saved=tuple(map(workspace.shown, report.saved)),
    )


def check_output(workspace: Workspace, target: Path) -> None:
    """Raise DriplineError when the folder *target* or the one around it is no place for output.

    That is the workspace or a folder around it, a home folder, a root, or
    where the author's files are.
    """
    sources = [workspace.root / one for one in ("campaigns", "content", "templates")]
    closed = [one.resolve() for one in (*sources, workspace.state)]
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home fails for a user without one
    homes = [workspace.root, Path(home).resolve()]
    for place in (target.resolve(), target.parent.resolve()):
        around = any(one.is_relative_to(place) for one in homes)
        if around or any(place.is_relative_to(one) for one in closed):
            raise DriplineError(
                "packages cannot be written here: the author's files are in this folder",
                path=place,
                hint="Choose a folder of its own, for example --output dist.",
            )
    if target.exists() and not target.is_dir():
        raise DriplineError("packages need a folder, and this is a file", path=target)


def _course_files(rendered: RenderedCourse, services: Sequence[Service]) -> list[PackageFile]:
    """Return all files of a build: page, schedule, and each package as folder and zip."""
    campaign = rendered.course.campaign
    page = render_preview(rendered, load_phrases(campaign.language))
    files = [
        PackageFile(path="preview.html", content=page.encode()),
        PackageFile(path="schedule.csv", content=format_schedule(rendered).encode()),
    ]
    if campaign.schedule.start:
        files.append(PackageFile(path="course.ics", content=format_calendar(rendered)))
    for service in services:
        package = make_package(rendered, service)
        files += [
            PackageFile(path=f"{service.name}/{one.path}", content=one.content) for one in package
        ]
        files.append(
            PackageFile(path=f"{campaign.name}-{service.name}.zip", content=zip_package(package))
        )
    return files
