"""From admitted files to documents: each is parsed once, in a process of its own, and kept by its content."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from coursekit.cache import Cache
from coursekit.jobs import Failure, run_all
from coursekit.kinds import all_kinds
from coursekit.kinds.run import run_folder
from coursekit.model import Document, Fault, Kept, Source

# Looks on as the items, of which there are so many, go by
Watch = Callable[[Iterable[Any], int], Iterable[Any]]


def unwatched(items: Iterable[Any], total: int) -> Iterable[Any]:
    """Nobody looks on."""
    return items


@dataclass(frozen=True, slots=True)
class _Task:
    """A document to be: its path, the files that it is made of, and what is the same for as long as they are."""

    path: str
    files: tuple[str, ...]
    content: str
    is_run: bool = False

    def key(self, cache: Cache, part: str = "read") -> str:
        """Where it lies in the cache by itself, or a part of it."""
        return cache.key(part, self.content)


def read_documents(
    sources: Sequence[Source],
    contents: Mapping[str, bytes],
    cache: Cache,
    *,
    pack: str,
    whole: bool = True,
    watch: Watch = unwatched,
) -> tuple[dict[str, Document], dict[str, tuple[Fault, ...]]]:
    """Parse every file that was let in, run folders as one; and say which could not be parsed.

    `pack` names where the documents of this tree lie together in the cache. Unless they are to be `whole`, what only
    a build needs stays there. `watch` gets to see how the reading of what is not known yet goes on.
    """
    documents: dict[str, Document] = {}
    failed: dict[str, tuple[Fault, ...]] = {}
    with _without_collector():
        for path, result in _cached(list(_tasks(sources)), contents, cache, pack, whole, watch):
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


def _tasks(sources: Sequence[Source]) -> Iterator[_Task]:
    runs: dict[str, list[Source]] = {}
    for source in sources:
        if source.faults:
            continue
        if inside := run_folder(source.path):
            runs.setdefault(inside[0], []).append(source)
        else:
            yield _Task(source.path, (source.path,), f"{source.digest} {source.path}")
    for folder, files in runs.items():
        content = "\n".join(f"{file.digest} {file.path}" for file in files)
        yield _Task(folder, tuple(file.path for file in files), content, is_run=True)


def _cached(
    tasks: Sequence[_Task], contents: Mapping[str, bytes], cache: Cache, pack: str, whole: bool, watch: Watch
) -> Iterator[tuple[str, Any]]:
    """What each task comes to, from the cache where it is there.

    What a document shows lies there by itself: it is most of the bytes, and a check needs none of it.
    """
    together = cache.get_pack(pack)
    missing: list[_Task] = []
    found: dict[str, Any] = {}
    for task in tasks:
        known = task.content in together
        value = together.get(task.content) if known else cache.get(task.key(cache))
        if value is None or (taken := _whole(value, task, cache) if whole else value) is None:
            missing.append(task)
        else:
            found[task.content] = value
            yield task.path, taken
    for task, result in watch(_read(missing, contents), len(missing)):
        if isinstance(result, Failure):
            yield task.path, result
            continue
        found[task.content] = _without_shown(result, task, cache)
        cache.put(task.key(cache), found[task.content])
        yield task.path, result
    cache.renew_pack(pack, together, found)


def _whole(document: Document, task: _Task, cache: Cache) -> Document | None:
    """A document with what it shows; None where the cache has lost that."""
    if document.shown is not Kept.APART:
        return document
    shown = cache.get(task.key(cache, "shown"))
    return replace(document, shown=shown) if shown is not None else None


def _without_shown(document: Document, task: _Task, cache: Cache) -> Document:
    """A document without what it shows, which is put into the cache by itself."""
    if document.shown is None:
        return document
    cache.put(task.key(cache, "shown"), document.shown)
    return replace(document, shown=Kept.APART)


def _read(tasks: Sequence[_Task], contents: Mapping[str, bytes]) -> Iterator[tuple[_Task, Any]]:
    if not tasks:
        return
    # slow to load with all that it needs; the workers share what is loaded here
    from coursekit.reader import read_one

    yield from zip(tasks, run_all(read_one, _calls(tasks, contents)), strict=True)


def _calls(tasks: Sequence[_Task], contents: Mapping[str, bytes]) -> Iterator[tuple[Any, ...]]:
    for task in tasks:
        if task.is_run:
            yield ("", task.path, {path[len(task.path) + 1 :]: contents[path] for path in task.files})
        else:
            data = contents[task.path]
            kind = next(kind for kind in all_kinds() if kind.claims(task.path, data))
            yield (kind.name, task.path, data)
