"""What was found in the tree the last time, so that a file that nobody touched is not read again.

As git's own index does it: a file is taken for unchanged while its size, its times and its inode are. One that
was written in the very moment of the last look might change once more within the same tick of the clock, so
it is not remembered before that moment is over.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from coursekit.cache import Cache
from coursekit.model import Source

_TICK_NS = 2_000_000_000  # file systems round times; two seconds is the coarsest that is in use

Signature = tuple[int, int, int, int]


def signature(status: os.stat_result) -> Signature:
    """What changes whenever a file's content does."""
    return (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


@dataclass(frozen=True, slots=True)
class TreeIndex:
    """Signature and digest of admitted files by path; `seen` is filled by one walk over the tree."""

    known: dict[str, tuple[Signature, str]] = field(default_factory=dict)
    seen: dict[str, tuple[Signature, str]] = field(default_factory=dict)
    since: int = field(default_factory=time.time_ns)

    def unchanged(self, path: str, status: os.stat_result) -> Source | None:
        """The file as it was the last time, without its bytes, if it is still the same."""
        found = self.known.get(path)
        if found is None or found[0] != signature(status):
            return None
        self.seen[path] = found
        return Source(path, status.st_size, None, found[1])

    def remember(self, source: Source, status: os.stat_result) -> None:
        """Keep a file that was just read and admitted."""
        if max(status.st_mtime_ns, status.st_ctime_ns) < self.since - _TICK_NS:
            self.seen[source.path] = (signature(status), source.digest)


@contextmanager
def tree_index(cache: Cache, root: Path) -> Iterator[TreeIndex]:
    """The index of a tree, kept in the cache when the walk is done."""
    key = cache.key("tree", str(root.resolve()))
    known = cache.get(key)
    index = TreeIndex(known if isinstance(known, dict) else {})
    yield index
    if index.seen != index.known:
        cache.put(key, index.seen)
