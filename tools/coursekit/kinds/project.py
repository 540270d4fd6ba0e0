"""A project: projects/<slug>/ with its index, tips and tricks, reproducibility report and reviews."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from pydantic import BaseModel

from coursekit.kinds import Kind
from coursekit.model import Document, Output
from coursekit.page import read_page
from coursekit.schema import ProjectDocumentMeta, ProjectMeta, ReportMeta, ReviewMeta

if TYPE_CHECKING:
    from coursekit.render import Renderer

PATH = re.compile(r"projects/([^/]+)/(index|tips-and-tricks|reproducibility-report|reviews/week-\d\d)\.md\Z")
_MODELS: dict[str, type[BaseModel]] = {
    "index": ProjectMeta,
    "tips-and-tricks": ProjectDocumentMeta,
    "reproducibility-report": ReportMeta,
}


def _read(path: str, data: bytes) -> Document:
    found = PATH.match(path)
    assert found, path
    return read_page(path, data, _MODELS.get(found[2], ReviewMeta), "project")


def _outputs(renderer: Renderer) -> Iterable[Output]:
    for project in renderer.course.projects:
        source = project.page.path if project.page else None
        section = ("Projects", project.title)
        yield renderer.page(
            f"{project.folder}/index.md",
            "project.html",
            title=project.title,
            source=source,
            section=section,
            project=project,
        )
        for document in project.documents:
            title = document.title or document.stem.replace("-", " ").capitalize()
            path = renderer.site.targets[document.path].path
            yield renderer.page(
                path,
                "project_document.html",
                title=title,
                source=document.path,
                section=section,
                page=document,
                project=project,
            )


KIND = Kind("project", claims=lambda path, data: bool(PATH.match(path)), read=_read, outputs=_outputs)
