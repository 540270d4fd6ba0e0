"""The one way through: discover, parse, assemble, check, convert, render. Orchestration only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from coursekit.cache import Cache
from coursekit.checks import checks_by_id, run_checks
from coursekit.config import Config, read_config
from coursekit.course import Course
from coursekit.history import read_history
from coursekit.jobs import Failure, run_all
from coursekit.kinds import all_kinds, kind_named
from coursekit.kinds.pdf import MAX_PICTURES, Pdf, pictures
from coursekit.kinds.run import run_folder
from coursekit.model import Diagnostic, Document, Fault, Output, Source
from coursekit.pages import all_pages
from coursekit.render import Renderer, unique
from coursekit.runfolder import read_run
from coursekit.site import Site
from coursekit.source import discover
from coursekit.yamltext import Node

PICTURES_A_JOB = 6
PICTURE_WIDTH = 1280  # pixels: sharp on a phone, good on a desk, and a third of the time that 1600 takes


class CannotStart(Exception):  # noqa: N818 - read as a sentence where it is raised
    """There is no course here, or course.yml is broken; `diagnostics` holds all that is wrong with it."""

    def __init__(self, message: str, diagnostics: tuple[Diagnostic, ...] = ()) -> None:
        super().__init__(message)
        self.diagnostics = diagnostics


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
    policy = config.policy
    sources = discover(
        root, max_bytes=int(policy.max_file_mb * 1e6), max_text_bytes=int(policy.max_text_kb * 1e3)
    )
    documents, failed = _read(sources, cache or Cache())
    return Course(
        root,
        config,
        node,
        documents,
        {**{source.path: source.faults for source in sources if source.faults}, **failed},
        {source.path: source.data for source in sources if source.data is not None},
        as_of or dt.datetime.now(tz=config.zone).date(),
        read_history(root),
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


def _read(sources: list[Source], cache: Cache) -> tuple[dict[str, Document], dict[str, tuple[Fault, ...]]]:
    """Parse every file that was let in, run folders as one; and say which could not be parsed."""
    runs: dict[str, dict[str, bytes]] = {}
    calls: dict[str, tuple[str, tuple[Any, ...]]] = {}
    for source in sources:
        if source.data is None:
            continue
        if inside := run_folder(source.path):
            runs.setdefault(inside[0], {})[inside[1]] = source.data
        else:
            kind = next(kind for kind in all_kinds() if kind.claims(source.path, source.data or b""))
            calls[source.path] = (
                cache.key("read", kind.name, source.path, source.digest),
                ("kind", kind.name, source.path, source.data),
            )
    for folder, files in runs.items():
        parts = [part for name in sorted(files) for part in (name.encode(), files[name])]
        calls[folder] = (cache.key("run", folder, *parts), ("run", "", folder, files))
    documents: dict[str, Document] = {}
    failed: dict[str, tuple[Fault, ...]] = {}
    for path, result in _cached(calls, cache):
        if isinstance(result, Failure):
            failed[path] = (
                Fault(
                    "page-too-heavy",
                    f"it could not be read: {result.reason}",
                    help="make it smaller or simpler; split it in two",
                ),
            )
        else:
            documents[path] = result
    return dict(sorted(documents.items())), failed


def _read_one(what: str, kind: str, path: str, content: Any) -> Document:
    return read_run(path, content) if what == "run" else kind_named(kind).read(path, content)


def _cached(calls: Mapping[str, tuple[str, tuple[Any, ...]]], cache: Cache) -> Iterator[tuple[str, Any]]:
    """The results of `_read_one` by name, from the cache where they are there."""
    missing: list[str] = []
    for name, (key, _) in calls.items():
        if (value := cache.get(key)) is not None:
            yield name, value
        else:
            missing.append(name)
    for name, result in zip(missing, run_all(_read_one, [calls[name][1] for name in missing]), strict=True):
        if not isinstance(result, Failure):
            cache.put(calls[name][0], result)
        yield name, result


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
    return Build(course, found, tuple(unique(output for make in makers for output in make(renderer))))


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
    for (path, first, key), result in zip(missing, run_all(pictures, calls), strict=True):
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
