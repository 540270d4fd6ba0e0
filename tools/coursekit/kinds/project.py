"""A project: projects/<slug>/ with its index, tips and tricks, reproducibility report and reviews."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pydantic import BaseModel

from coursekit.kinds import Kind
from coursekit.model import Document, Output
from coursekit.page import Page, read_page
from coursekit.schema import ProjectDocumentMeta, ProjectMeta, ReportMeta, ReviewMeta

if TYPE_CHECKING:
    from coursekit.claims import ReportVerdict
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
    verdicts = renderer.course.verdicts
    for project in renderer.course.projects:
        titles = {document.path: _title(document, verdicts) for document in project.documents}
        source = project.page.path if project.page else None
        section = ("Projects", project.title)
        yield renderer.page(
            f"{project.folder}/index.md",
            "project.html",
            title=project.title,
            source=source,
            section=section,
            project=project,
            titles=titles,
            verdict=verdicts.get(f"{project.folder}/reproducibility-report.md"),
        )
        for document in project.documents:
            path = renderer.site.targets[document.path].path
            yield renderer.page(
                path,
                "project_document.html",
                title=titles[document.path],
                source=document.path,
                section=section,
                page=document,
                project=project,
                verdict=verdicts.get(document.path),
            )


def _title(document: Page, verdicts: Mapping[str, ReportVerdict]) -> str:
    """A document's title, or its name as words; a report's has its verdict in front."""
    title = document.title or document.stem.replace("-", " ").capitalize()
    return verdicts[document.path].titled(title) if document.path in verdicts else title


KIND = Kind("project", claims=lambda path, data: bool(PATH.match(path)), read=_read, outputs=_outputs)
