"""A project: projects/<slug>/ with its index, tips and tricks, reproducibility report and reviews."""

from __future__ import annotations

import re

from pydantic import BaseModel

from coursekit.kinds import Kind
from coursekit.model import Document
from coursekit.page import read_page
from coursekit.schema import ProjectDocumentMeta, ProjectMeta, ReportMeta, ReviewMeta

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


KIND = Kind("project", claims=lambda path, data: bool(PATH.match(path)), read=_read)
