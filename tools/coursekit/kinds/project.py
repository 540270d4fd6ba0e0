"""A project: projects/<slug>/ with its index, tips and tricks, reproducibility report and reviews."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from coursekit.kinds import Kind
from coursekit.model import AssetOutput, Document, Output
from coursekit.page import Page
from coursekit.page_reader import read_page
from coursekit.review_reader import read_review
from coursekit.reviews import ReviewPage
from coursekit.schema import ProjectDocumentMeta, ProjectMeta, ReportMeta, ReviewMeta
from coursekit.tips import TipsPage
from coursekit.tips_reader import read_tips

if TYPE_CHECKING:
    from coursekit.claims import ReportVerdict
    from coursekit.course import Course, Project
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
    page = read_page(path, data, _MODELS.get(found[2], ReviewMeta), "project")
    values: dict[str, Any] = {field.name: getattr(page, field.name) for field in fields(page)}
    if found[2] == "tips-and-tricks":
        return TipsPage(**values, entries=read_tips(page.html, page.prose.headings))
    if found[2].startswith("reviews/"):
        return ReviewPage(**values, review=read_review(page.html))
    return page


def _outputs(renderer: Renderer) -> Iterable[Output]:
    verdicts = renderer.course.verdicts
    for project in renderer.course.projects:
        titles = {document.path: _title(document, verdicts) for document in project.documents}
        tips = [tip for page in project.documents if isinstance(page, TipsPage) for tip in page.tips]
        yield renderer.page(
            f"{project.folder}/index.md",
            "project.html",
            title=project.title,
            source=project.page.path if project.page else None,
            section=("Projects", project.title),
            project=project,
            titles=titles,
            tips=tips,
            reviews=[page for page in project.documents if isinstance(page, ReviewPage)],
            verdict=verdicts.get(f"{project.folder}/reproducibility-report.md"),
        )
        for document in project.documents:
            yield from _document(renderer, project, document, titles[document.path])


def _document(renderer: Renderer, project: Project, document: Page, title: str) -> Iterable[Output]:
    """The page of one document of a project, and for a report its PDF."""
    pdf = f"{document.path.removesuffix('.md')}.pdf"
    if document.path in renderer.reports:
        yield AssetOutput(pdf, renderer.reports[document.path])
    yield renderer.page(
        renderer.site.targets[document.path].path,
        "review.html" if isinstance(document, ReviewPage) else "project_document.html",
        title=title,
        source=document.path,
        section=("Projects", project.title),
        page=document,
        project=project,
        entries=document.entries if isinstance(document, TipsPage) else (),
        verdict=renderer.course.verdicts.get(document.path),
        pdf=pdf if document.path in renderer.reports or pdf in renderer.course.documents else None,
        commit_url=_commit_url(renderer.course, project, document),
    )


def _commit_url(course: Course, project: Project, document: Page) -> str | None:
    """Where the commit that a review is about can be read, if the project's repository is known."""
    commit = document.meta.commit if isinstance(document.meta, ReviewMeta) else None
    repository = course.repository_of(project)
    return f"{repository.rstrip('/').removesuffix('.git')}/tree/{commit}" if commit and repository else None


def _title(document: Page, verdicts: Mapping[str, ReportVerdict]) -> str:
    """A document's title, or its name as words; a report's has its verdict in front."""
    review = f"Review in week {document.week}" if isinstance(document, ReviewPage) else ""
    title = document.title or review or document.stem.replace("-", " ").capitalize()
    return verdicts[document.path].titled(title) if document.path in verdicts else title


KIND = Kind("project", claims=lambda path, data: bool(PATH.match(path)), read=_read, outputs=_outputs)
