"""The files of a course as they are called on the disk, also those that their name keeps out of it."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from coursekit.course import Course
from coursekit.jobs import Failure, run_all
from coursekit.kinds import all_kinds, kind_named
from coursekit.kinds.run import run_folder
from coursekit.model import Document, Source
from coursekit.naming import Renames, renames_among
from coursekit.source import discover, is_safe_name

Wanted = Callable[[str], bool]


@dataclass(frozen=True)
class Tree:
    """A course's files with their bytes, by the names that they have on the disk."""

    course: Course
    _read: dict[tuple[str, bytes], Document | None] = field(default_factory=dict)

    @cached_property
    def misnamed(self) -> dict[str, bytes]:
        """The files that a bad name keeps out, and that are good but for that."""
        return {source.path: source.data for source in self._kept_out if source.data is not None}

    @cached_property
    def _kept_out(self) -> list[Source]:
        if not self.course.faults.get("file-name"):
            return []
        policy = self.course.config.policy
        return discover(
            self.course.root,
            max_bytes=int(policy.max_file_mb * 1e6),
            max_text_bytes=int(policy.max_text_kb * 1e3),
            misnamed=True,
        )

    @cached_property
    def paths(self) -> set[str]:
        """Every file that has a name of its own, also one that can't be read."""
        clean = {path for path in self.course.refused if _is_clean(path)}
        return {*self.data, *clean, *(source.path for source in self._kept_out)}

    @cached_property
    def data(self) -> Mapping[str, bytes]:
        """Every file that can be read."""
        return ChainMap(self.misnamed, self.course.data)  # type: ignore[arg-type]  # only ever read

    def names(self, wanted: Wanted, blocked: Mapping[str, str]) -> Renames:
        """The names to be changed among those that were asked for; `blocked` has what must stay, and why."""
        found = renames_among(self.course, self.paths)

        def asked(path: str) -> bool:
            inside = [file for file in self.data if file.startswith(f"{path}/")]
            known = path in self.data or bool(inside)
            return known and (wanted(path) or (bool(inside) and all(map(wanted, inside))))

        done = {path: one for path, one in found.done.items() if path not in blocked and asked(path)}
        left = {path: why for path, why in {**found.left, **blocked}.items() if asked(path)}
        return Renames(done, left)

    def documents(self, names: Renames) -> dict[str, Document]:
        """What was read from each file, under the name that it gets where its own is bad."""
        moved = {names.moved(path): path for path in self.misnamed}
        read = self.read({new: self.misnamed[path] for new, path in moved.items()})
        return {**self.course.documents, **{moved[new]: document for new, document in read.items()}}

    def read(self, files: Mapping[str, bytes]) -> dict[str, Document]:
        """Read contents as if they lay at these paths, in processes that can be ended; without what can't be read."""
        new = {
            path: data
            for path, data in files.items()
            if (path, data) not in self._read and not run_folder(path) and _is_clean(path)
        }
        for (path, data), result in zip(new.items(), run_all(_read_one, _calls(new)), strict=True):
            self._read[path, data] = None if isinstance(result, Failure) else result
        found = {path: self._read.get((path, data)) for path, data in files.items()}
        return {path: document for path, document in found.items() if document is not None}


def _is_clean(path: str) -> bool:
    return all(map(is_safe_name, path.split("/")))


def _calls(files: Mapping[str, bytes]) -> list[tuple[Any, ...]]:
    return [
        (next(kind.name for kind in all_kinds() if kind.claims(path, data)), path, data)
        for path, data in files.items()
    ]


def _read_one(kind: str, path: str, data: bytes) -> Document:
    return kind_named(kind).read(path, data)
