"""What is still owed, by role and group: a page that reminds and never shames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.model import Output
from coursekit.status import everything

if TYPE_CHECKING:
    from coursekit.render import Renderer


def outputs(renderer: Renderer) -> Iterable[Output]:
    """The one page 'owed.md'."""
    today = renderer.course.as_of
    items = everything(renderer.course)
    owing = [(item, item.owed(today)) for item in items if item.owed(today)]
    coming = [
        (item, later)
        for item in items
        if (later := [duty for duty in item.duties if not duty.done and duty.since and duty.since > today])
    ]
    yield renderer.page(
        "owed.md",
        "owed.html",
        title="What is still owed",
        description="What each week, project and group still owes",
        hide=("toc",),
        owing=owing,
        coming=coming[:12],
        total=sum(len(duties) for _, duties in owing),
    )
