"""The author's folder: what `split` writes there, never over what the author changed."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dripline.campaign import change_campaign, format_campaign, parse_campaign
from dripline.errors import DriplineError
from dripline.files import (
    digest,
    explained,
    format_record,
    free_path,
    lock,
    read_record,
    sweep,
    write_file,
)
from dripline.lesson import format_lesson
from dripline.model import Article, Campaign, Schedule
from dripline.phrase import load_phrases
from dripline.service import list_services
from dripline.split import Split, split_article
from dripline.workspace import UTF8_MARK, Workspace, lesson_paths, load_campaign, read_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitReport:
    """What `write_course` did to the author's folder."""

    written: tuple[str, ...]
    removed: tuple[str, ...]
    backups: tuple[str, ...]
    """Where edited files went that the author agreed to replace."""
    kept_campaign: bool
    """Whether the campaign file is the author's and stayed as it was."""


def plan_course(  # noqa: PLR0913 - what a person can ask of a split, each by its name
    workspace: Workspace,
    article: Article,
    *,
    name: str | None = None,
    per_week: int | None = None,
    lessons: int | None = None,
    weeks: int | None = None,
) -> Split:
    """Return *article* as a course of *lessons*, or of *weeks* of them.

    A course that is in the workspace already keeps its rhythm, unless
    *per_week* asks for another.
    """

    def plan(schedule: Schedule) -> Split:
        return split_article(
            article,
            load_phrases("en"),
            services=list_services(),
            name=name,
            schedule=schedule,
            lessons=weeks * schedule.per_week if weeks else lessons,
        )

    if per_week:
        return plan(Schedule(per_week=per_week))
    split = plan(Schedule())
    if not workspace.campaign_path(split.campaign.name).is_file():
        return split
    known = load_campaign(workspace, split.campaign.name).schedule
    return split if known == split.plan.schedule else plan(known)


def write_course(
    workspace: Workspace, split: Split, *, per_week: int | None, force: bool
) -> SplitReport:
    """Write a *split* article: the source, its lessons, its campaign.

    A file is written over only if dripline wrote it and it is unchanged since;
    otherwise DriplineError names it, and nothing is written. With *force* the
    edited files go to a backup first. A campaign file that the author changed
    stays, but for the rhythm when *per_week* asks for one.
    """
    campaign, article = split.campaign, split.plan.outline.article
    name = campaign.name
    folder = workspace.content(name)
    source = workspace.shown(folder / campaign.article)
    wanted = {source: article.data} | {
        workspace.shown(folder / f"{lesson.name}.md"): format_lesson(lesson).encode()
        for lesson in split.lessons
    }
    with lock(workspace.state), explained(folder):
        record = read_record(workspace.record(name))
        present = {
            workspace.shown(path): path.read_bytes()
            for path in [*lesson_paths(folder), workspace.root / source]
            if path.is_file()
        }
        edited = [
            path
            for path, data in present.items()
            if wanted.get(path) != data and digest(data) not in record.get(path, ())
        ]
        if edited and not force:
            raise _refusal(edited)
        for touched in (folder, workspace.campaign_path(name).parent, workspace.state):
            sweep(touched)
        own, authors = _campaign_file(workspace, campaign, record, per_week)
        wanted |= own
        stale = [path for path in present if path not in wanted]
        backups = _back_up(workspace, edited)
        _write_wanted(workspace, name, wanted, record)
        for path, data in authors.items():
            _renew(workspace.root / path, data)
        for path in stale:
            (workspace.root / path).unlink(missing_ok=True)
        finished = {path: [digest(data)] for path, data in wanted.items()}
        write_file(workspace.record(name), format_record(finished))
    return SplitReport(
        written=tuple(path for path in {**wanted, **authors} if path != source),
        removed=tuple(stale),
        backups=backups,
        kept_campaign=not own,
    )


def _write_wanted(
    workspace: Workspace, name: str, wanted: Mapping[str, bytes], record: Mapping[str, list[str]]
) -> None:
    """Write the files *wanted*; before the first, note that both old and new are ours."""
    noted = {path: [*record.get(path, ())] for path in {*record, *wanted}}
    for path, data in wanted.items():
        noted[path].append(digest(data))
    write_file(workspace.record(name), format_record(noted, complete=False))
    for path, data in wanted.items():
        _renew(workspace.root / path, data)


def _renew(place: Path, data: bytes) -> None:
    """Write *data* to *place*, unless that is what is there."""
    if not place.is_file() or place.read_bytes() != data:
        write_file(place, data)


def _campaign_file(
    workspace: Workspace,
    campaign: Campaign,
    record: Mapping[str, list[str]],
    per_week: int | None,
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the campaign file to write: as one of ours, or as one that stays the author's.

    The author's is never recorded as ours, or the next split would replace it.
    """
    path = workspace.campaign_path(campaign.name)
    shown = workspace.shown(path)
    if not path.is_file() or digest(path.read_bytes()) in record.get(shown, ()):
        return {shown: format_campaign(campaign).encode()}, {}
    kept = parse_campaign(read_text(path, shown), name=campaign.name, path=shown)
    if per_week is None and kept.article in ("", campaign.article):
        return {}, {}
    data = path.read_bytes()
    bare = data.removeprefix(UTF8_MARK)  # the author's, and the line ends, stay as they are
    text = re.sub(r"\r(?!\n)", "\n", bare.decode())  # a CR alone ends no line in TOML
    changed = change_campaign(text, article=campaign.article, per_week=per_week)
    return {}, {shown: data[: len(data) - len(bare)] + changed.encode()}


def _refusal(edited: Sequence[str]) -> DriplineError:
    names = "\n    ".join(edited)
    return DriplineError(
        f"these files are yours, and a split would replace them:\n    {names}",
        hint="Nothing was written. Split under another name with --name, "
        "or replace them with --force; the old ones are then kept in .dripline/backup/.",
    )


def _back_up(workspace: Workspace, paths: Sequence[str]) -> tuple[str, ...]:
    """Copy the files *paths* to a backup folder; return where the copies are."""
    folder = workspace.backup()
    backups = {path: free_path(folder / path) for path in paths}
    for path, place in backups.items():
        write_file(place, (workspace.root / path).read_bytes())
    return tuple(map(workspace.shown, backups.values()))
