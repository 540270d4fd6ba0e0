"""The old repository as a tree: its files by path, and what a link in one of them leads to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import unquote

from coursekit.adopt.record import OldFile
from coursekit.site import split

_ON_GITHUB = re.compile(
    r"https?://(?:www\.)?(?:github\.com/([\w.-]+)/([\w.-]+)/(?:blob|tree|raw)|raw\.githubusercontent\.com/([\w.-]+)/([\w.-]+))"
    r"/[^/?#]+/([^?#]+)"
)


@dataclass(frozen=True)
class OldTree:
    """All old files by path; `origin` is the repository's own address on GitHub, if it is known."""

    files: Mapping[str, OldFile]
    origin: str | None

    @cached_property
    def folders(self) -> frozenset[str]:
        """Every folder that holds a file, at whatever depth."""
        found = set()
        for path in self.files:
            while path := posixpath.dirname(path):
                found.add(path)
        return frozenset(found)

    @cached_property
    def readme(self) -> OldFile | None:
        """The README of the root, the Markdown one first."""
        named = {path.lower(): file for path, file in sorted(self.files.items()) if "/" not in path}
        return next(
            (
                named[name]
                for name in ("readme.md", "index.md", "readme.markdown", "readme", "readme.txt")
                if name in named and named[name].data
            ),
            None,
        )

    def local(self, source: str, target: str) -> str | None:
        """The old file or folder that a link in the file `source` leads to; None where it leads to none."""
        address = split(target)
        if address.scheme or target.startswith("//"):
            found = _ON_GITHUB.match(target)
            if not found or self.origin is None or _repository(found).lower() != self.origin.lower():
                return None
            wanted = posixpath.normpath(unquote(found[5]))
        else:
            path = unquote(address.path).replace("\\", "/")
            base = "" if path.startswith("/") else posixpath.dirname(source)
            wanted = posixpath.normpath(posixpath.join(base, path.lstrip("/"))) if path else ""
        return wanted if wanted in self.files or wanted in self.folders else None

    def below(self, folder: str) -> list[OldFile]:
        """The files in a folder and all folders in it, sorted by path."""
        return [file for path, file in sorted(self.files.items()) if path.startswith(f"{folder}/")]


def _repository(found: re.Match[str]) -> str:
    return f"https://github.com/{found[1] or found[3]}/{found[2] or found[4]}"


def repository_of(target: str, files: Mapping[str, OldFile]) -> str | None:
    """The repository of a link that names a file in a folder of this very tree: it can hardly be another."""
    found = _ON_GITHUB.match(target)
    return _repository(found) if found and "/" in found[5] and unquote(found[5]) in files else None
