"""A PDF as checks and pages see it."""

from __future__ import annotations

from dataclasses import dataclass

from coursekit.model import Document

MAX_PAGES = 300
MAX_PICTURES = 80
SIGNATURE = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Pdf(Document):
    """A PDF: `pages` is 0 where nothing can be shown; `width` and `height` of page 1 are in points."""

    pages: int = 0
    title: str = ""
    size: int = 0
    texts: tuple[str, ...] = ()
    width: float = 0.0
    height: float = 0.0

    @property
    def served(self) -> bool:
        return self.safe

    @property
    def safe(self) -> bool:
        """May the file itself be offered for download?"""
        return self.pages > 0 and not self.faults
