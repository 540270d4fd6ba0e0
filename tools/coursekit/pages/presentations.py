"""The gallery of presentations: a poster, a title and what there is, week by week."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.model import Output

if TYPE_CHECKING:
    from coursekit.render import Renderer


def outputs(renderer: Renderer) -> Iterable[Output]:
    """The one page 'presentations/index.md'."""
    weeks = [week for week in renderer.course.weeks if week.presentations]
    yield renderer.page(
        "presentations/index.md",
        "presentations.html",
        title="Presentations",
        section=("Presentations",),
        hide=("toc",),
        weeks=weeks,
        pictures=renderer.pictures,
    )
