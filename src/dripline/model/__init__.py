"""The values that flow from an article to packages: frozen, without any I/O."""

from dripline.model.article import (
    Article,
    Block,
    Outline,
    Part,
    Plan,
    Role,
    Schedule,
    Section,
)
from dripline.model.course import (
    LESSON_BEGIN,
    LESSON_END,
    CallToAction,
    Campaign,
    Course,
    Email,
    Lesson,
    Look,
    MergeTag,
    Picture,
    RenderedCourse,
    Sender,
)
from dripline.model.service import (
    Escape,
    Finding,
    PackageFile,
    Service,
    ServiceTag,
    Severity,
)


__all__ = [
    "LESSON_BEGIN",
    "LESSON_END",
    "Article",
    "Block",
    "CallToAction",
    "Campaign",
    "Course",
    "Email",
    "Escape",
    "Finding",
    "Lesson",
    "Look",
    "MergeTag",
    "Outline",
    "PackageFile",
    "Part",
    "Picture",
    "Plan",
    "RenderedCourse",
    "Role",
    "Schedule",
    "Section",
    "Sender",
    "Service",
    "ServiceTag",
    "Severity",
]
