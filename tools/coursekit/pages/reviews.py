"""Code reviews across the course: who reads whose code in which week, and which findings wait for an answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coursekit.course import Course
from coursekit.model import Output
from coursekit.reviews import ReviewPage

if TYPE_CHECKING:
    from coursekit.render import Renderer


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One review that is planned, or written, or both."""

    week: int
    project: str  # the slug
    title: str
    group: str | None  # who wrote the code
    reviewer: str | None
    page: ReviewPage | None

    @property
    def path(self) -> str:
        """Where it lies, or will lie."""
        return f"projects/{self.project}/reviews/week-{self.week:02d}.md"


def outputs(renderer: Renderer) -> Iterable[Output]:
    """The one page 'reviews.md'."""
    rows = review_rows(renderer.course)
    yield renderer.page(
        "reviews.md",
        "reviews.html",
        title="Code reviews",
        description="Who reads whose code in which week, and what is still open",
        section=("Projects",),
        hide=("toc",),
        order=3,
        weeks=sorted({row.week for row in rows}),
        rows=rows,
        waiting=_waiting(rows),
    )


def review_rows(course: Course) -> list[ReviewRow]:
    """All reviews by week and project; what a review itself says of its reviewer goes before the plan."""
    planned = {(one.week, one.project): one.reviewer for one in course.config.reviews}
    written = {
        (page.week, project.slug): page
        for project in course.projects
        for page in project.documents
        if isinstance(page, ReviewPage)
    }
    projects = {project.slug: project for project in course.projects}
    rows = []
    for week, slug in sorted(planned.keys() | written.keys()):
        page, project = written.get((week, slug)), projects[slug]
        said = page.meta.reviewer if page and page.meta else None
        reviewer = said or planned.get((week, slug))
        rows.append(ReviewRow(week, slug, project.title, project.group, reviewer, page))
    return rows


def _waiting(rows: Iterable[ReviewRow]) -> list[tuple[str, list[ReviewRow]]]:
    """The reviews with open findings, by the group that is to answer them; by project where it has no group."""
    found: dict[str, list[ReviewRow]] = {}
    for row in rows:
        if row.page and row.page.open:
            found.setdefault(f"Group {row.group}" if row.group else row.title, []).append(row)
    return sorted(found.items())
