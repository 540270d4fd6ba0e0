"""The schedule: every week with its day, talks, people and what is still open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.course import Course
from coursekit.model import Output
from coursekit.owed import state_of
from coursekit.page import Page
from coursekit.sessions import sessions

if TYPE_CHECKING:
    from coursekit.render import Renderer


def outputs(renderer: Renderer) -> Iterable[Output]:
    """'schedule.md' and 'weeks/index.md', two views of the same weeks."""
    course = renderer.course
    found = sessions(course)
    yield renderer.page(
        "schedule.md",
        "schedule.html",
        title="Schedule",
        source=None,
        description="Every week of the course",
        hide=("toc",),
        sessions=found,
        states={talk.folder: state_of(course, talk) for talk in course.presentations},
        assignment_title=lambda path: _assignment_title(course, path),
    )
    yield renderer.page(
        "weeks/index.md",
        "weeks.html",
        title="Weeks",
        source=None,
        section=("Weeks",),
        hide=("toc",),
        sessions=found,
    )


def _assignment_title(course: Course, path: str) -> str:
    page = course.documents.get(f"{path}/index.md") or course.documents.get(f"{path}/README.md")
    title = page.title if isinstance(page, Page) else ""
    return title or path.rpartition("/")[2].replace("-", " ")
