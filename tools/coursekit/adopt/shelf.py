"""The new tree while it fills: every file under a name of its own, and the address that a page takes up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from coursekit.adopt.naming import safe_path, unique

_PAGE = re.compile(r"(?:/index|/readme)?\.(?:md|ipynb)\Z")


class _Taken:
    """What is taken: files, folders and addresses of pages, without regard to capitals."""

    def __init__(self) -> None:
        self.files: set[str] = set()
        self.folders: set[str] = set()

    def __contains__(self, path: object) -> bool:
        return str(path).casefold() in self.folders or any(one in self.files for one in _claims(str(path)))

    def add(self, path: str) -> None:
        self.files.update(_claims(path))
        parts = path.casefold().split("/")
        self.folders.update("/".join(parts[:depth]) for depth in range(1, len(parts)))


def _claims(path: str) -> Iterator[str]:
    folded = path.casefold()
    yield folded
    if folded.endswith((".md", ".ipynb")):
        yield _PAGE.sub("/", folded.removeprefix("site_src/"))


@dataclass(slots=True)
class Shelf:
    """Gives every old file its new path; `at` is where each went."""

    at: dict[str, str] = field(default_factory=dict)
    taken: _Taken = field(default_factory=_Taken)

    def claim(self, path: str) -> str:
        """A path for something new, with a number in it where it is taken."""
        *folders, name = path.split("/")
        for depth in range(1, len(folders) + 1):
            while "/".join(folders[:depth]).casefold() in self.taken.files:  # a file has the folder's name
                folders[depth - 1] += "-2"
        path = unique("/".join([*folders, name]), self.taken)
        self.taken.add(path)
        return path

    def put(self, old: str, path: str) -> str:
        """A path for an old file."""
        self.at[old] = self.claim(path)
        return self.at[old]


def kept_path(path: str) -> str:
    """Where bytes are kept outside of the content: the old path, hidden names made visible, odd ones made safe."""
    return "/".join(_kept_name(part) for part in path.split("/"))


def _kept_name(name: str) -> str:
    name = (
        name if name.isprintable() else safe_path(name)
    )  # escapes of bytes that are no UTF-8 are not printable
    return f"_{name[1:]}" if name.startswith(".") else name
