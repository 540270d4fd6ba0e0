"""The projects of the course."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.model import Output

if TYPE_CHECKING:
    from coursekit.render import Renderer


def outputs(renderer: Renderer) -> Iterable[Output]:
    """The one page 'projects/index.md'."""
    yield renderer.page(
        "projects/index.md",
        "projects.html",
        title="Projects",
        section=("Projects",),
        hide=("toc",),
        projects=renderer.course.projects,
    )
