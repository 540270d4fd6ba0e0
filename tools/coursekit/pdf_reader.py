"""PDFs: looked through for active content with pypdf, read and drawn with PDFium.

Both libraries may hang, crash or ask for gigabytes on a hostile file, so `read_pdf` and `pictures` are
meant for `coursekit.jobs.run_all`, whose processes have limits of time and memory.
"""

from __future__ import annotations

import io
import logging
import math
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing

import pypdfium2
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from coursekit.model import Fault
from coursekit.pdf import MAX_PAGES, MAX_PICTURES, SIGNATURE, Pdf

MAX_TITLE = 200
MAX_TEXT = 200_000  # characters, all pages together
MAX_OBJECTS = 500_000  # visited while looking for active content
MAX_PIXELS = 4_000_000
MAX_SIDE = 8_000  # pixels; WebP itself ends at 16383

_TAIL = 1024  # bytes before the end in which the end mark has to stand (ISO 32000-1, annex H, note 18)
_MAX_NAMED = 8  # findings that a message names

# An action's /S, and what people call it. Links (/GoTo, /URI, /Named) are no active content.
_ACTIONS = {
    "/JavaScript": "JavaScript",
    "/Launch": "a Launch action (it starts a program)",
    "/SubmitForm": "a SubmitForm action (it sends data away)",
    "/ImportData": "an ImportData action",
}
# No viewer runs an action from below these, and they are most of a large file.
_NOT_SEARCHED = {"/Resources", "/StructTreeRoot", "/Contents"}

# C0 and C1 controls but tab and newline, bidi embeddings, overrides and isolates, noncharacters.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]")
_HYPHEN = re.compile("[\x02\ufffe](?:\r?\n)?")  # PDFium's mark for a hyphen that only breaks a line

_EXPORT_HELP = "export the document again as an unprotected PDF, for example with `typst compile slides.typ`"
_ACTIVE_HELP = "print the document into a new PDF: pages, links and pictures stay, scripts and attachments go"


def read_pdf(path: str, data: bytes) -> Pdf:
    """What the PDF holds. Other content under this name gets no fault here: the intake gate reports it."""
    if not data.startswith(SIGNATURE):
        return Pdf(path, "pdf", size=len(data))
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # its warnings are about files, not for people
    try:
        faults = _examine(data)
        if any(fault.rule != "pdf-active-content" for fault in faults):
            return Pdf(path, "pdf", faults, size=len(data))
        return _show(path, data, faults)
    except Exception as error:  # two parsers on hostile input: any exception means a broken file
        return Pdf(path, "pdf", (_broken(error),), size=len(data))


def _broken(error: Exception) -> Fault:
    words = clean(f"{type(error).__name__}: {error}")[:200]
    return Fault("pdf-invalid", f"this PDF is damaged and cannot be read ({words})", help=_EXPORT_HELP)


def _examine(data: bytes) -> tuple[Fault, ...]:
    """Faults of the structure; raises whatever pypdf raises."""
    if b"%%EOF" not in data.rstrip(b"\0\t\r\n ")[-_TAIL:]:
        message = "this PDF has no end mark (%%EOF): it is cut off, or other data follows it"
        return (Fault("pdf-invalid", message, help="copy or download the file again; " + _EXPORT_HELP),)
    reader = PdfReader(io.BytesIO(data))
    if reader.is_encrypted:
        message = "this PDF is encrypted or protected by a password, so it cannot be shown or checked"
        return (Fault("pdf-encrypted", message, help=_EXPORT_HELP),)
    found = sorted({*_active_content(reader), *(["a ZIP archive"] if _is_archive(data) else [])})
    if not found:
        return ()
    more = f" and {len(found) - _MAX_NAMED} more" if len(found) > _MAX_NAMED else ""
    message = (
        f"this PDF holds {', '.join(found[:_MAX_NAMED])}{more}; it is shown, but not offered for download"
    )
    return (Fault("pdf-active-content", message, help=_ACTIVE_HELP),)


def _is_archive(data: bytes) -> bool:
    """Is the file a ZIP archive too? Unpackers look at the end of a file only."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return bool(archive.infolist())
    except Exception:  # zipfile raises a good many types on what is no archive
        return False


def _active_content(reader: PdfReader) -> Iterator[str]:
    """Names of the active content anywhere below the catalogue: forms, annotations, outlines, name trees."""
    for node in _dictionaries(reader):
        # by key, since actions need no /Type; values may be indirect, and of any type
        action = str(node.get("/S", ""))
        if action in _ACTIONS:
            yield _ACTIONS[action]
        elif "/JS" in node:
            yield _ACTIONS["/JavaScript"]
        if "/EF" in node:
            name = clean(str(node.get("/UF") or node.get("/F") or ""))[:60]
            yield f"the embedded file {name}".rstrip()
        if str(node.get("/URI", "")).lstrip().lower().startswith(("javascript:", "file:")):
            yield "a link to a script or to a local file"


def _dictionaries(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every dictionary below the catalogue, each once; raises ValueError when there are far too many."""
    stack: list[object] = [reader.trailer["/Root"]]
    seen: set[tuple[int, int]] = set()
    for _ in range(MAX_OBJECTS):
        if not stack:
            return
        node = stack.pop()
        if isinstance(node, IndirectObject):
            if (node.idnum, node.generation) in seen:
                continue
            seen.add((node.idnum, node.generation))
            node = node.get_object()
        if isinstance(node, DictionaryObject):
            yield node
        stack.extend(_children(node))
    raise ValueError(f"more than {MAX_OBJECTS} objects")


def _children(node: object) -> Iterator[object]:
    if isinstance(node, DictionaryObject):
        values = [dict.__getitem__(node, key) for key in node if key not in _NOT_SEARCHED]
    elif isinstance(node, ArrayObject):
        values = list(list.__iter__(node))
    else:
        values = []
    return (value for value in values if isinstance(value, IndirectObject | DictionaryObject | ArrayObject))


def _show(path: str, data: bytes, faults: tuple[Fault, ...]) -> Pdf:
    """What PDFium makes of the file; raises its errors."""
    with closing(pypdfium2.PdfDocument(data)) as document:
        pages = len(document)
        if not 0 < pages <= MAX_PAGES:
            return Pdf(path, "pdf", (*faults, _page_fault(pages)), size=len(data))
        width, height = document[0].get_size()
        return Pdf(
            path,
            "pdf",
            faults,
            pages=pages,
            title=" ".join(clean(document.get_metadata_value("Title")).split())[:MAX_TITLE],
            size=len(data),
            texts=tuple(_texts(document)),
            width=round(width, 2),
            height=round(height, 2),
        )


def _page_fault(pages: int) -> Fault:
    if pages == 0:
        return Fault("pdf-invalid", "this PDF has no pages", help=_EXPORT_HELP)
    message = f"this PDF says that it has {pages:,} pages; at most {MAX_PAGES} are shown"
    return Fault("pdf-pages", message, help="split the document, or keep the pages of the talk only")


def _texts(document: pypdfium2.PdfDocument) -> Iterator[str]:
    """The text of each page; '' for the pages after the cap."""
    left = MAX_TEXT
    for number in range(len(document)):
        text = _page_text(document, number)[:left] if left else ""
        left -= len(text)
        yield text


def _page_text(document: pypdfium2.PdfDocument, number: int) -> str:
    with closing(document[number]) as page, closing(page.get_textpage()) as text:
        return clean(text.get_text_range()).strip()


def clean(text: str) -> str:
    """`text` in which nothing can steer a terminal or turn the direction of writing; lines end in \\n."""
    joined = _HYPHEN.sub("", text)
    return _CONTROLS.sub("", joined.replace("\r\n", "\n").replace("\r", "\n"))


def pictures(data: bytes, width: int = 1280, first: int = 0, last: int | None = None) -> tuple[bytes, ...]:
    """Pages first..last-1 (of the first MAX_PICTURES) as WebP, `width` pixels wide where the shape allows.

    Some 0.2-0.6 s a page, so long documents are best cut into calls that run side by side. The same data
    gives the same bytes. Raises pypdfium2.PdfiumError for what is no PDF.
    """
    with closing(pypdfium2.PdfDocument(data)) as document:
        end = min(len(document), MAX_PICTURES, MAX_PICTURES if last is None else last)
        return tuple(_picture(document, number, width) for number in range(first, end))


def _picture(document: pypdfium2.PdfDocument, number: int, width: int) -> bytes:
    with closing(document[number]) as page:
        across, down = page.get_size()
        scale = _scale(across, down, width)
        with closing(page.render(scale=scale, rev_byteorder=True)) as bitmap:
            buffer = io.BytesIO()
            bitmap.to_pil().convert("RGB").save(buffer, "WEBP", quality=80, method=2)
            return buffer.getvalue()


def _scale(page_width: float, page_height: float, width: int) -> float:
    """Pixels per point: `width` pixels across, less where the bitmap would be too large or too long."""
    across, down = max(page_width, 1e-3), max(page_height, 1e-3)
    return min(width / across, MAX_SIDE / max(across, down), math.sqrt(MAX_PIXELS / (across * down)))
