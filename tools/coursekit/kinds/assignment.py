"""An assignment: a folder in its week with a handout (index.md), starter code and tests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.kinds import Kind
from coursekit.model import Document, Output
from coursekit.page import Page, read_page
from coursekit.schema import AssignmentMeta

if TYPE_CHECKING:
    from coursekit.render import Renderer

PATH = re.compile(r"weeks/week-(\d\d)/([^/]+)/(index|README)\.md\Z")


def _read(path: str, data: bytes) -> Document:
    return read_page(path, data, AssignmentMeta, "assignment")


def _outputs(renderer: Renderer) -> Iterable[Output]:
    course = renderer.course
    for page in course.of(Page):
        if page.kind != "assignment":
            continue
        entry = next(
            (entry for entry in course.config.assignments if entry.path.strip("/") == page.folder), None
        )
        files = [
            doc
            for path, doc in course.documents.items()
            if path.startswith(page.folder + "/") and doc is not page
        ]
        title = page.title or page.folder.rpartition("/")[2].capitalize()
        path = renderer.site.targets[page.path].path
        yield renderer.page(
            path,
            "assignment.html",
            title=title,
            source=page.path,
            section=("Weeks",),
            page=page,
            entry=entry,
            files=files,
            targets=renderer.site.targets,
        )


KIND = Kind("assignment", claims=lambda path, data: bool(PATH.match(path)), read=_read, outputs=_outputs)
