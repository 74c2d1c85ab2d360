"""`Article` → everything that `split` writes: plan, lessons, campaign, and the proof."""

from dataclasses import dataclass
from pathlib import Path

from dripline.campaign import is_name
from dripline.coverage import Coverage, check_coverage, measure_coverage
from dripline.draft import draft_lessons, make_slug
from dripline.model import Article, CallToAction, Campaign, Lesson, Plan, Schedule, Sender
from dripline.outline import make_outline
from dripline.phrase import Phrases
from dripline.plan import make_plan
from dripline.suggest import short_title


# What a file is called when its name says nothing of what is in it.
_PLAIN_NAMES = ("article", "-", "text", "untitled", "index", "readme")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """An article planned as a course, not yet written."""

    campaign: Campaign
    plan: Plan
    lessons: tuple[Lesson, ...]
    coverage: Coverage


def split_article(  # noqa: PLR0913 - what a person can ask of a split
    article: Article,
    phrases: Phrases,
    *,
    services: tuple[str, ...],
    name: str | None = None,
    schedule: Schedule,
    lessons: int | None = None,
) -> Split:
    """Return *article* as a course of *lessons*, or as many as its length asks for.

    Raises DriplineError when there is nothing to split, when *lessons* are too
    many, and when a word of the article would be in no lesson.
    """
    plan = make_plan(make_outline(article, phrases), schedule, lessons)
    campaign = _draft_campaign(plan, name or _choose_name(plan), phrases, services)
    drafts = draft_lessons(plan, short_title(campaign.title), phrases)
    coverage = measure_coverage(plan, drafts)
    check_coverage(coverage, article)
    return Split(campaign=campaign, plan=plan, lessons=drafts, coverage=coverage)


def _choose_name(plan: Plan) -> str:
    """Return a name for the course: the folder's in `content/`, the file's, the title's."""
    path = Path(plan.outline.article.name)
    folder = path.resolve().parent
    if path.name != "-" and folder.parent.name == "content":
        name = make_slug(folder.name)
    elif path.stem.casefold() in _PLAIN_NAMES:
        name = make_slug(short_title(plan.outline.title) or "course")
    else:
        name = make_slug(path.stem)
    return name if is_name(name) else f"{name}-course"


def _draft_campaign(plan: Plan, name: str, phrases: Phrases, services: tuple[str, ...]) -> Campaign:
    """Return the campaign of a new course; the pitch at its end gives the button its words."""
    outline = plan.outline
    pitch = [section.title for section in outline.sections if section.is_pitch]
    return Campaign(
        name=name,
        title=outline.title or name.replace("-", " ").capitalize(),
        article=f"article{outline.article.suffix}",
        language=phrases.language,
        sender=Sender(name=outline.author, credentials=outline.credentials),
        schedule=plan.schedule,
        call_to_action=CallToAction(label=pitch[-1] if pitch else ""),
        services=services,
    )
