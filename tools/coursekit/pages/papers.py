"""Every paper and code-base of the course, and where it was discussed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from coursekit.course import Course
from coursekit.model import Output
from coursekit.schema import Reference

if TYPE_CHECKING:
    from coursekit.render import Renderer


@dataclass(slots=True)
class Work:
    """A paper or a code-base; `places` are the pages that bring it: (title, page's path, week)."""

    reference: Reference
    kind: str
    places: list[tuple[str, str, int]] = field(default_factory=list)


def outputs(renderer: Renderer) -> Iterable[Output]:
    """The one page 'papers.md'."""
    works: dict[str, Work] = {}
    for kind, reference, place in _references(renderer.course):
        work = works.setdefault(reference.url.rstrip("/"), Work(reference, kind))
        if place not in work.places:
            work.places.append(place)
    papers = [work for work in works.values() if work.kind == "paper"]
    code = [work for work in works.values() if work.kind == "code"]
    weeks = sorted({place[2] for work in works.values() for place in work.places})
    yield renderer.page(
        "papers.md",
        "papers.html",
        title="Papers and code",
        hide=("toc",),
        papers=papers,
        code=code,
        weeks=weeks,
    )


def _references(course: Course) -> Iterator[tuple[str, Reference, tuple[str, str, int]]]:
    for week in course.weeks:
        if week.page and week.page.meta:
            place = (f"Week {week.number}", f"{week.folder}/index.md", week.number)
            for reference in (
                *week.page.meta.reading,
                *((week.page.meta.discuss,) if week.page.meta.discuss else ()),
            ):
                yield reference.kind or "paper", reference, place
        for talk in week.presentations:
            if talk.page and talk.page.meta:
                place = (talk.title, f"{talk.folder}/index.md", talk.week)
                for reference in talk.page.meta.papers:
                    yield "paper", reference, place
                for reference in talk.page.meta.code:
                    yield "code", reference, place
