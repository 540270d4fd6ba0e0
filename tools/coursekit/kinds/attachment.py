"""Everything else that may lie beside the material: sound, tables, code. Downloads, without a page.

Types that browsers would run or that nobody can open are not published.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from coursekit.kinds import Kind
from coursekit.model import AssetOutput, Document, Fault, Output
from coursekit.source import BINARY_SUFFIXES, TEXT_SUFFIXES

if TYPE_CHECKING:
    from coursekit.render import Renderer

AUDIO = frozenset({".wav", ".flac", ".mp3", ".ogg"})
# Sources that are kept in the tree for their authors; readers get what is made from them.
_KEPT = frozenset({".typ", ".tex", ".yml", ".yaml", ".toml", ".cfg", ".sh"})
_INSTEAD = {
    ".pptx": "export it as slides.pdf",
    ".ppt": "export it as slides.pdf",
    ".key": "export it as slides.pdf",
    ".odp": "export it as slides.pdf",
    ".docx": "export it as a PDF, or write Markdown",
    ".html": "write Markdown (.md) instead; the site is made from it",
    ".htm": "write Markdown (.md) instead; the site is made from it",
    ".js": "put the code into a fenced block",
    ".zip": "add the files themselves",
    ".mp4": "link to the video under `links:`",
    ".mov": "link to the video under `links:`",
}


@dataclass(frozen=True, slots=True)
class Attachment(Document):
    """A file that is offered as it is; `published` says whether readers get it."""

    size: int = 0
    published: bool = True

    @property
    def served(self) -> bool:
        return self.published

    @property
    def audio(self) -> bool:
        """Whether it is a sound that a page can play."""
        return PurePosixPath(self.path).suffix.lower() in AUDIO


def _read(path: str, data: bytes) -> Document:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in TEXT_SUFFIXES | BINARY_SUFFIXES:
        return Attachment(path, "attachment", size=len(data), published=suffix not in _KEPT)
    what = f"{suffix} files are" if suffix else "files without a suffix are"
    help = _INSTEAD.get(
        suffix, "a note is a .md file; slides are a .pdf; results are .csv, .png or a run folder"
    )
    return Attachment(
        path,
        "attachment",
        (Fault("file-type", f"{what} not published", help=help),),
        size=len(data),
        published=False,
    )


def _outputs(renderer: Renderer) -> Iterable[Output]:
    """Every file that is offered as it is: these, and the PDFs and figures that are safe."""
    for path, document in renderer.course.documents.items():
        if document.served:
            yield AssetOutput(renderer.site.targets[path].path, renderer.course.data[path])


KIND = Kind("attachment", claims=lambda path, data: True, read=_read, outputs=_outputs, order=99)
