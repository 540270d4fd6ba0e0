"""A hand-written page: those of site_src/, and any other Markdown file that lies beside the material."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import BaseModel

from coursekit.kinds import Kind
from coursekit.model import Document, Output
from coursekit.page import Page
from coursekit.page_reader import read_page
from coursekit.schema import (
    AssignmentMeta,
    PageMeta,
    PresentationMeta,
    ProjectDocumentMeta,
    ReviewMeta,
    ScribeMeta,
    WeekMeta,
)

if TYPE_CHECKING:
    from coursekit.render import Renderer

GUIDE = "Taking part"
# What a page is in a folder with a wrong name ("Week1"): that it is misplaced is told once, not for each key of it.
_MEANT: tuple[tuple[str, type[BaseModel]], ...] = (
    (r"site_src/", PageMeta),  # needs a title for the navigation; elsewhere the first heading will do
    (r"presentations/[^/]+/[^/]+/index\.md\Z", PresentationMeta),
    (r"weeks/[^/]+/index\.md\Z", WeekMeta),
    (r"weeks/[^/]+/[^/]+/index\.md\Z", AssignmentMeta),
    (r"scribe_notes/", ScribeMeta),
    (r"projects/[^/]+/reviews/", ReviewMeta),
)


def _read(path: str, data: bytes) -> Document:
    model = next((model for pattern, model in _MEANT if re.match(pattern, path)), ProjectDocumentMeta)
    return read_page(path, data, model, "page")


def _outputs(renderer: Renderer) -> Iterable[Output]:
    for page in renderer.course.of(Page):
        if page.kind != "page" or page.path == "site_src/index.md":
            continue
        path = renderer.site.targets[page.path].path
        section = (GUIDE,) if page.path.startswith("site_src/") else _section(renderer, page)
        title = page.title or page.stem.replace("-", " ").capitalize()
        description = page.said("description") or ""
        yield renderer.page(
            path,
            "page.html",
            title=title,
            source=page.path,
            section=section,
            description=description,
            order=page.said("order"),
            page=page,
        )


def _section(renderer: Renderer, page: Page) -> tuple[str, ...]:
    if presentation := renderer.course.presentation_of(page.path):
        return ("Presentations", f"Week {presentation.week}", presentation.title)
    return ("Projects",) if page.path.startswith("projects/") else ("Weeks",)


KIND = Kind("page", claims=lambda path, data: path.endswith(".md"), read=_read, outputs=_outputs, order=90)
