"""The schedule: every week with its day, talks, people and what is still open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.model import Output
from coursekit.sessions import sessions

if TYPE_CHECKING:
    from coursekit.render import Renderer


def outputs(renderer: Renderer) -> Iterable[Output]:
    """'schedule.md' and 'weeks/index.md', two views of the same weeks."""
    found = sessions(renderer.course)
    yield renderer.page(
        "schedule.md",
        "schedule.html",
        title="Schedule",
        source=None,
        description="Every week of the course",
        hide=("toc",),
        sessions=found,
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
