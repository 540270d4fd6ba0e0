"""PDFs: the slides of presentations mostly. What they hold is read by `coursekit.pdf_reader`."""

from __future__ import annotations

from coursekit.kinds import Kind
from coursekit.pdf import Pdf


def read(path: str, data: bytes) -> Pdf:
    """What the PDF holds. The libraries are slow to import, and most commands meet only PDFs that they know."""
    from coursekit.pdf_reader import read_pdf

    return read_pdf(path, data)


def claims(path: str, data: bytes) -> bool:
    """Every file named .pdf."""
    return path.lower().endswith(".pdf")


KIND = Kind("pdf", claims=claims, read=read)
