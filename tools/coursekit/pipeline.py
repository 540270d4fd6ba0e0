"""The one way through: discover, parse, assemble, check, convert, render. Orchestration only."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from pathlib import Path

from coursekit.cache import Cache
from coursekit.checks import checks_by_id, run_checks
from coursekit.config import Config, read_config
from coursekit.course import Course
from coursekit.history import read_history
from coursekit.inventory import inventory
from coursekit.jobs import Failure, run_all
from coursekit.kinds import all_kinds
from coursekit.model import CannotStart, Diagnostic, Fault, Output
from coursekit.pages import all_pages
from coursekit.pdf import MAX_PICTURES, Pdf
from coursekit.reading import read_documents
from coursekit.render import Renderer, unique
from coursekit.site import Site
from coursekit.source import Contents, discover
from coursekit.tree_index import tree_index
from coursekit.typesetting import formula_faults
from coursekit.yamltext import Node

PICTURES_A_JOB = 6
PICTURE_WIDTH = 1280  # pixels: sharp on a phone, good on a desk, and a third of the time that 1600 takes


@dataclass(frozen=True, slots=True)
class Build:
    """What a build makes before any shell has seen it."""

    course: Course
    findings: tuple[Diagnostic, ...]
    outputs: tuple[Output, ...]


def find_root(start: Path) -> Path:
    """The nearest folder from `start` upwards that holds a course.yml.

    Raises:
        CannotStart: there is none.
    """
    for folder in (start, *start.resolve().parents):
        if (folder / "course.yml").is_file():
            return folder
    raise CannotStart(
        f"no course.yml in {start} or above it; run this in a course's folder, or name it with --root"
    )


def load(root: Path, *, as_of: dt.date | None = None, cache: Cache | None = None) -> Course:
    """Read a course whole.

    Raises:
        CannotStart: course.yml is missing or broken.
    """
    config, node = load_config(root)
    cache = cache or Cache()
    with tree_index(cache, root) as index:
        sources = discover(
            root,
            max_bytes=int(config.policy.max_file_mb * 1e6),
            max_text_bytes=int(config.policy.max_text_kb * 1e3),
            index=index,
        )
    contents = Contents(root, sources)
    documents, failed = read_documents(sources, contents, cache, pack=str(root.resolve()))
    return Course(
        root,
        config,
        node,
        documents,
        {**{source.path: source.faults for source in sources if source.faults}, **failed},
        contents,
        as_of or dt.datetime.now(tz=config.zone).date(),
        read_history(root, cache),
        typeset=formula_faults(documents, cache, pack=str(root.resolve())),
    )


def load_config(root: Path) -> tuple[Config, Node]:
    """course.yml and the places of its values.

    Raises:
        CannotStart: it is missing or broken.
    """
    file = root / "course.yml"
    if file.is_symlink() or not file.is_file():
        raise CannotStart("course.yml is missing")
    config, node, faults = read_config(file.read_bytes())
    if config is None or node is None:
        found = tuple(checks_by_id()[f.rule]().at("course.yml", f.message, f.place, f.help) for f in faults)
        raise CannotStart(f"course.yml has {len(found)} problem{'s' if len(found) != 1 else ''}", found)
    return config, node


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
    renderer = Renderer(course, Site(course, directory_urls), found, shown)
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
