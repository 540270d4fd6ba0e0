"""A hand-written page: those of site_src/, and any other Markdown file that lies beside the material."""

from __future__ import annotations

from coursekit.kinds import Kind
from coursekit.model import Document
from coursekit.page import read_page
from coursekit.schema import PageMeta, ProjectDocumentMeta


def _read(path: str, data: bytes) -> Document:
    # in site_src a page needs a title for the navigation; elsewhere its first heading will do
    return read_page(path, data, PageMeta if path.startswith("site_src/") else ProjectDocumentMeta, "page")


KIND = Kind("page", claims=lambda path, data: path.endswith(".md"), read=_read, order=90)
