"""From admitted files to documents: each is parsed once, in a process of its own, and kept by its content."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from coursekit.cache import Cache
from coursekit.ignores import read_ignores
from coursekit.jobs import Failure, run_all
from coursekit.kinds import all_kinds, kind_named
from coursekit.kinds.run import run_folder
from coursekit.model import Document, Fault, Source
from coursekit.runfolder import read_run
from coursekit.secrets import secret_faults
from coursekit.tidy import untidy


@dataclass(frozen=True, slots=True)
class _Task:
    """A document to be: its path, the key that its content has in the cache, and the files that it is made of."""

    path: str
    key: str
    files: tuple[str, ...]
    is_run: bool = False


def read_documents(
    sources: Sequence[Source], contents: Mapping[str, bytes], cache: Cache, *, pack: str
) -> tuple[dict[str, Document], dict[str, tuple[Fault, ...]]]:
    """Parse every file that was let in, run folders as one; and say which could not be parsed.

    `pack` names where the documents of this tree lie together in the cache.
    """
    documents: dict[str, Document] = {}
    failed: dict[str, tuple[Fault, ...]] = {}
    with _without_collector():
        for path, result in _cached(list(_tasks(sources, cache)), contents, cache, pack):
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


@contextmanager
def _without_collector() -> Iterator[None]:
    """Hundreds of thousands of new records that all stay make the garbage collector look through them in vain."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # what was read stays, so that nobody need look through it again
        if was_on:
            gc.enable()


def _tasks(sources: Sequence[Source], cache: Cache) -> Iterator[_Task]:
    runs: dict[str, list[Source]] = {}
    for source in sources:
        if source.faults:
            continue
        if inside := run_folder(source.path):
            runs.setdefault(inside[0], []).append(source)
        else:
            yield _Task(source.path, cache.key("read", source.path, source.digest), (source.path,))
    for folder, files in runs.items():
        parts = [part for file in files for part in (file.path, file.digest)]
        yield _Task(folder, cache.key("run", *parts), tuple(file.path for file in files), is_run=True)


def _cached(
    tasks: Sequence[_Task], contents: Mapping[str, bytes], cache: Cache, pack: str
) -> Iterator[tuple[str, Any]]:
    """What each task comes to, from the cache where it is there."""
    together = cache.get_pack(pack)
    missing: list[_Task] = []
    found: dict[str, Any] = {}
    for task in tasks:
        value = together.get(task.key) if task.key in together else cache.get(task.key)
        if value is None:
            missing.append(task)
        else:
            found[task.key] = value
            yield task.path, value
    for task, result in zip(missing, run_all(_read_one, _calls(missing, contents)), strict=True):
        if not isinstance(result, Failure):
            cache.put(task.key, result)
            found[task.key] = result
        yield task.path, result
    cache.renew_pack(pack, together, found)


def _calls(tasks: Sequence[_Task], contents: Mapping[str, bytes]) -> Iterator[tuple[Any, ...]]:
    for task in tasks:
        if task.is_run:
            yield ("", task.path, {path[len(task.path) + 1 :]: contents[path] for path in task.files})
        else:
            data = contents[task.path]
            kind = next(kind for kind in all_kinds() if kind.claims(task.path, data))
            yield (kind.name, task.path, data)


def _read_one(kind: str, path: str, content: Any) -> Document:
    """Runs in a worker. A run has no kind: it is many files."""
    document = kind_named(kind).read(path, content) if kind else read_run(path, content)
    files = {path: content} if kind else {f"{path}/{name}": data for name, data in content.items()}
    ignores = read_ignores(path, content) if kind else ()
    leaks = tuple(secret for file, data in files.items() for secret in secret_faults(file, data, document))
    loose = untidy(document, content) if kind else ()
    if not (leaks or loose or ignores):
        return document
    return replace(document, faults=(*document.faults, *leaks), untidy=loose, ignores=ignores)
