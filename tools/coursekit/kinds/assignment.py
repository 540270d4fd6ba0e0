"""An assignment: a folder in its week with a handout (index.md), starter code and tests."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from coursekit.kinds import Kind
from coursekit.model import AssetOutput, Document, Output, PageOutput
from coursekit.page import Page
from coursekit.page_reader import read_page
from coursekit.schema import AssignmentMeta

if TYPE_CHECKING:
    from coursekit.render import Renderer

PATH = re.compile(r"weeks/week-(\d\d)/([^/]+)/(index|README)\.md\Z")
_ALWAYS_THE_SAME_DAY = (
    1980,
    1,
    1,
    0,
    0,
    0,
)  # the first that an archive can name: the same files, the same bytes


def _read(path: str, data: bytes) -> Document:
    return read_page(path, data, AssignmentMeta, "assignment")


def _outputs(renderer: Renderer) -> Iterable[Output]:
    for page in renderer.course.of(Page):
        if page.kind == "assignment":
            folder = page.folder
            sound = [doc for doc in renderer.course.below(folder) if not doc.faults]
            paths = [doc.path for doc in sound if doc.path in renderer.course.data]
            packed = archive(folder, paths, renderer.course.data)
            files = [doc for doc in renderer.course.below(folder) if doc is not page]
            if files:
                yield AssetOutput(_archive_path(folder), packed)
            yield _page(renderer, page, files, len(packed))


def _page(renderer: Renderer, page: Page, files: Sequence[Document], packed: int) -> PageOutput:
    entries = renderer.course.config.assignments
    meta = page.meta if isinstance(page.meta, AssignmentMeta) else None
    return renderer.page(
        renderer.site.targets[page.path].path,
        "assignment.html",
        title=page.title or page.folder.rpartition("/")[2].capitalize(),
        source=page.path,
        description=(meta.summary if meta else None) or "",
        section=("Weeks",),
        page=page,
        entry=next((entry for entry in entries if entry.path.strip("/") == page.folder), None),
        files=files,
        targets=renderer.site.targets,
        sizes={doc.path: len(renderer.course.data.get(doc.path, b"")) for doc in files},
        archive=_archive_path(page.folder),
        packed=packed,
    )


def _archive_path(folder: str) -> str:
    return f"{folder}/{folder.rpartition('/')[2]}.zip"


def archive(folder: str, paths: Sequence[str], data: Mapping[str, bytes]) -> bytes:
    """A zip archive of files below `folder`, which is its only folder; the same bytes for the same files."""
    above = folder.rpartition("/")[0] + "/"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(paths):
            entry = zipfile.ZipInfo(path.removeprefix(above), _ALWAYS_THE_SAME_DAY)
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, data[path], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


KIND = Kind("assignment", claims=lambda path, data: bool(PATH.match(path)), read=_read, outputs=_outputs)
