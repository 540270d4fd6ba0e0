"""What went wrong in all projects, and what mended it: one page to search by symptom."""

from __future__ import annotations

import datetime as dt
import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from coursekit.course import Course, Project
from coursekit.model import Output
from coursekit.tips import Part, Tip, TipsPage

if TYPE_CHECKING:
    from coursekit.render import Renderer

_ID = re.compile(r' id="[^"]*"')


@dataclass(frozen=True, slots=True)
class Collected:
    """A tip with where it was written; `anchor` is its place on the common page."""

    tip: Tip
    source: str
    project: Project

    @property
    def anchor(self) -> str:
        """Lasting: made of the project's slug and the heading's words."""
        return f"{self.project.slug}-{self.tip.anchor}"


def outputs(renderer: Renderer) -> Iterable[Output]:
    """The one page 'tips.md'."""
    # sorting keeps the order in which a group wrote what happened on one day
    found = sorted(collected(renderer.course), key=lambda one: one.tip.date or dt.date.min, reverse=True)
    yield renderer.page(
        "tips.md",
        "tips.html",
        title="Tips and tricks",
        description="What went wrong in the projects, by symptom, cause and fix",
        section=("Projects",),
        hide=("toc",),
        order=2,
        found=found,
        projects=len({one.project.slug for one in found}),
    )


def collected(course: Course) -> Iterator[Collected]:
    """The tips of all projects, project by project."""
    for project in course.projects:
        for page in project.documents:
            for tip in page.tips if isinstance(page, TipsPage) else ():
                parts = tuple(_elsewhere(part, posixpath.basename(page.path)) for part in tip.parts)
                yield Collected(replace(tip, parts=parts), page.path, project)


def _elsewhere(part: Part, home: str) -> Part:
    """A part as another page shows it: it brings no ids along, and links inside its page lead there."""
    return replace(part, html=_ID.sub("", part.html).replace('href="#', f'href="{home}#'))
