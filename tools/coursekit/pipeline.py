"""The one way through: check, convert, render what `loading` has read. Orchestration only."""

from __future__ import annotations

from dataclasses import dataclass, replace

from coursekit.cache import Cache
from coursekit.checks import run_checks
from coursekit.course import Course
from coursekit.inventory import inventory
from coursekit.jobs import Failure, run_all
from coursekit.kinds import all_kinds
from coursekit.model import Diagnostic, Fault, Output
from coursekit.pages import all_pages
from coursekit.pdf import MAX_PICTURES, Pdf
from coursekit.render import Renderer, unique
from coursekit.reportpdf import report_pdfs
from coursekit.site import Site

PICTURES_A_JOB = 6
PICTURE_WIDTH = 1280  # pixels: sharp on a phone, good on a desk, and a third of the time that 1600 takes


@dataclass(frozen=True, slots=True)
class Build:
    """What a build makes before any shell has seen it."""

    course: Course
    findings: tuple[Diagnostic, ...]
    outputs: tuple[Output, ...]


def build(
    course: Course,
    *,
    directory_urls: bool = True,
    cache: Cache | None = None,
    findings: tuple[Diagnostic, ...] | None = None,
) -> Build:
    """Check a course and make all of its pages and files."""
    shown, faults = page_pictures(course, cache or Cache())
    if faults:
        course = replace(course, refused={**course.refused, **faults})
    found = tuple(run_checks(course)) if findings is None or faults else findings
    site = Site(course, directory_urls)
    renderer = Renderer(course, site, found, shown, report_pdfs(site, cache or Cache()))
    makers = [*(kind.outputs for kind in all_kinds()), *all_pages()]
    outputs = tuple(unique(output for make in makers for output in make(renderer)))
    return Build(course, found, (*outputs, inventory(course, renderer.site, outputs)))


def page_pictures(
    course: Course, cache: Cache
) -> tuple[dict[str, tuple[bytes, ...]], dict[str, tuple[Fault, ...]]]:
    """Pictures of the pages of every PDF, in pieces that are drawn side by side; and which can't be drawn."""
    pieces = [
        (pdf.path, first, cache.key("pictures", course.data[pdf.path], str(first)))
        for pdf in course.of(Pdf)
        for first in range(0, min(pdf.pages, MAX_PICTURES), PICTURES_A_JOB)
    ]
    drawn: dict[tuple[str, int], tuple[bytes, ...] | Failure] = {}
    for path, first, key in pieces:
        if (value := cache.get(key)) is not None:
            drawn[path, first] = value
    missing = [piece for piece in pieces if piece[:2] not in drawn]
    calls = [(course.data[path], PICTURE_WIDTH, first, first + PICTURES_A_JOB) for path, first, _ in missing]
    for (path, first, key), result in zip(missing, run_all(_pictures, calls), strict=True):
        drawn[path, first] = result
        if not isinstance(result, Failure):
            cache.put(key, result)
    shown: dict[str, tuple[bytes, ...]] = {}
    failed: dict[str, tuple[Fault, ...]] = {}
    for path, first, _ in pieces:
        result = drawn[path, first]
        if isinstance(result, Failure):
            failed[path] = (
                Fault(
                    "page-too-heavy",
                    f"its pages can't be drawn: {result.reason}",
                    help="export it again with simpler figures",
                ),
            )
        elif path not in failed:
            shown[path] = (*shown.get(path, ()), *result)
    return {path: found for path, found in shown.items() if path not in failed}, failed


def _pictures(data: bytes, width: int, first: int, last: int) -> tuple[bytes, ...]:
    """Runs in a worker."""
    from coursekit.pdf_reader import pictures  # PDFium is slow to import, and only needed for a new PDF

    return pictures(data, width, first, last)
