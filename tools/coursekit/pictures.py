"""A figure as checks and pages see it. `picture_reader` looks into the file."""

from __future__ import annotations

from dataclasses import dataclass

from coursekit.model import Document

SVG = "image/svg+xml"
MEDIA = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": SVG,
}


@dataclass(frozen=True, slots=True)
class Figure(Document):
    """A picture: `width` and `height` in CSS pixels as it is shown, 0 where unknown; `size` in bytes."""

    width: int = 0
    height: int = 0
    media: str = ""
    size: int = 0

    @property
    def served(self) -> bool:
        return self.safe

    @property
    def safe(self) -> bool:
        """May it be published?"""
        return not self.faults


def claims(path: str, data: bytes) -> bool:
    """Every file with the suffix of a picture."""
    return suffix_of(path) in MEDIA


def suffix_of(path: str) -> str:
    """The suffix in lower case, without its dot."""
    return path.lower().rpartition(".")[2] if "." in path else ""
