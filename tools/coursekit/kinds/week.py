"""A week: weeks/week-NN/index.md, what everybody reads and does."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.kinds import Kind
from coursekit.model import Document, Output
from coursekit.page_reader import read_page
from coursekit.schema import WeekMeta

if TYPE_CHECKING:
    from coursekit.render import Renderer

PATH = re.compile(r"weeks/week-(\d\d)/index\.md\Z")


def _read(path: str, data: bytes) -> Document:
    return read_page(path, data, WeekMeta, "week")


def _outputs(renderer: Renderer) -> Iterable[Output]:
    """A page for every week of the term, also for one that nobody has written about yet."""
    for week in renderer.course.weeks:
        title = f"Week {week.number}" + (f": {week.title}" if week.title else "")
        source = week.page.path if week.page else None
        yield renderer.page(
            f"{week.folder}/index.md",
            "week.html",
            title=title,
            source=source,
            section=("Weeks",),
            week=week,
            pictures=renderer.pictures,
        )


KIND = Kind("week", claims=lambda path, data: bool(PATH.match(path)), read=_read, outputs=_outputs)
