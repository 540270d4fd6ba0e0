"""Files that can't be written down as text: small PDFs, pictures and notebooks, good and bad."""

from __future__ import annotations

import io

from PIL import Image
from pypdf import PdfWriter


def pdf() -> bytes:
    """A PDF of one empty page."""
    writer = PdfWriter()
    writer.add_blank_page(320, 180)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def png() -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "PNG")
    return out.getvalue()
