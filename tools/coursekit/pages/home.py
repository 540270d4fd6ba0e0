"""The home page: site_src/index.md, with the coming session, the weeks and what is new around it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.course import Course
from coursekit.model import Output
from coursekit.page import Page
from coursekit.sessions import sessions

if TYPE_CHECKING:
    from coursekit.render import Renderer

NEWEST = 5


def outputs(renderer: Renderer) -> Iterable[Output]:
    """The one page 'index.md'."""
    course = renderer.course
    page = course.documents.get("site_src/index.md")
    own = page if isinstance(page, Page) else None
    description = (own.meta.description if own and own.meta else None) or ""
    yield renderer.page(
        "index.md",
        "home.html",
        title=course.config.title,
        source=own.path if own else None,
        description=description,
        hide=("navigation", "toc"),
        page=own,
        sessions=sessions(course),
        pictures=renderer.pictures,
        newest=_newest(course),
    )


def _newest(course: Course) -> list[dict[str, object]]:
    """The presentations that changed last, from git; nothing where its history isn't known."""
    changed = [
        (changes, talk)
        for talk in course.presentations
        if (changes := course.history.folders.get(talk.folder))
    ]
    changed.sort(key=lambda pair: pair[0].last, reverse=True)
    return [{"talk": talk, "changes": changes} for changes, talk in changed[:NEWEST]]
