"""The links that people wrote, in texts and in front matter, and what was meant where one leads nowhere."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from urllib.parse import unquote

from coursekit.course import Course
from coursekit.model import Document, Link, Place
from coursekit.notebook import Notebook
from coursekit.page import Page
from coursekit.schema import Reference
from coursekit.site import Site, split

_HOST = re.compile(r"(?:www\.|(?:[a-z0-9-]+\.)+(?:com|org|net|edu|io|ai|gov)(?:/|\Z))", re.IGNORECASE)
_LASTING = re.compile(r"[0-9a-f]{7,40}\Z|v?\d+(?:\.\d+)+[\w.+-]*\Z", re.IGNORECASE)


def judged_texts(course: Course) -> Iterator[Page | Notebook]:
    """The documents with text, of those that are judged; sorted by path."""
    for document in course.judged(Document):
        if isinstance(document, Page | Notebook):
            yield document


def written_links(course: Course) -> Iterator[tuple[str, Link]]:
    """Every link and picture of the texts that are judged, with the file that it stands in."""
    for document in judged_texts(course):
        for link in document.prose.links:
            yield document.path, link


def references(page: Page) -> Iterator[tuple[str, Reference, Place]]:
    """The papers, code-bases and links of a front matter: key, reference and the place of its address."""
    for key in ("papers", "code", "links", "reading"):
        for index, reference in enumerate(page.said(key, ())):
            yield key, reference, page.place(key, index, "url")
    for key in ("discuss", "paper"):
        reference = page.said(key)
        if isinstance(reference, Reference):
            yield key, reference, page.place(key, "url")


def is_elsewhere(target: str) -> bool:
    """Whether an address leads out of the course."""
    return bool(split(target).scheme) or target.startswith("//")


def lasting(ref: str) -> bool:
    """Whether a git reference keeps its meaning: a commit, or a version's tag."""
    return bool(_LASTING.match(ref))


# Comparing names is dear; where hundreds of links are dead, a guess for each helps nobody.
MOST_GUESSES = 50


@dataclass(frozen=True)
class Finder:
    """What links of a course lead to, and what was probably meant where they lead nowhere."""

    site: Site

    @property
    def course(self) -> Course:
        """The course that the site is of."""
        return self.site.course

    @cached_property
    def by_lower_path(self) -> dict[str, str]:
        """Paths as they are, by their lower case."""
        return {path.lower(): path for path in self.site.targets}

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """Paths by the name of their file in lower case."""
        return _grouped((path.rpartition("/")[2].lower(), path) for path in self.site.targets)

    @cached_property
    def by_folder(self) -> dict[str, list[str]]:
        """The names of the files in each folder."""
        return _grouped(posixpath.split(path) for path in self.site.targets)

    @cached_property
    def _guesses(self) -> Iterator[int]:
        return count()

    def wanted(self, source: str, target: str) -> str:
        """The path that a link asks for, whether or not it is there; it starts with `..` outside of the tree."""
        path = unquote(split(target).path).replace("\\", "/")
        base = "" if path.startswith("/") else posixpath.dirname(source)
        return posixpath.normpath(posixpath.join(base, path.lstrip("/")))

    def missing(self, source: str, target: str) -> bool:
        """Whether a link leads to nothing that stays in the tree. A file with a finding of its own counts as there."""
        if not target.strip() or is_elsewhere(target) or self.site.lookup(source, target):
            return False
        wanted = self.wanted(source, target)
        document = self.course.documents.get(wanted)
        return (
            not wanted.startswith("..")
            and wanted not in self.course.refused
            and not (document and document.faults)
        )

    def problem(self, source: str, target: str, nowhere: str) -> tuple[str, str]:
        """Message and help for a link that leads nowhere; `nowhere` says so: 'leads to nothing'."""
        wanted = self.wanted(source, target)
        inside = self.by_folder.get(wanted, [])
        if "\\" in target:
            return (
                f"`{target}` {nowhere}: a path is written with `/`",
                f"write `{target.replace(chr(92), '/')}`",
            )
        if wanted in self.course.data:
            return (
                f"`{target}` is kept in the tree but not published",
                "link to what is made from it, or to the file on GitHub",
            )
        if inside:
            return (
                f"`{target}` is a folder without a page of its own",
                f"link to a file in it, for example `{relative(source, posixpath.join(wanted, inside[0]))}`",
            )
        if _HOST.match(target):
            return (
                f"`{target}` {nowhere}: an address starts with `https://`",
                f"did you mean `https://{target}`?",
            )
        meant = self.meant(source, wanted)
        if not meant:
            return f"`{target}` {nowhere}", ""
        if meant.lower() == wanted.lower() and meant != wanted:
            return (
                f"`{target}` {nowhere}: its capitals differ from the file's name",
                f"write `{relative(source, meant)}`",
            )
        return f"`{target}` {nowhere}", f"did you mean `{relative(source, meant)}`?"

    def meant(self, source: str, wanted: str) -> str | None:
        """The path that was probably meant: the same but for capitals, the same name elsewhere, a similar name."""
        if wanted.lower() in self.by_lower_path:
            return self.by_lower_path[wanted.lower()]
        folder, name = posixpath.split(wanted)
        if name == "index.md":  # every folder has one
            return None
        alike = self.by_name.get(name.lower(), [])
        if alike:
            return max(alike, key=lambda path: len(posixpath.commonprefix([path, source])))
        if next(self._guesses) >= MOST_GUESSES:
            return None
        for where in dict.fromkeys((folder, posixpath.dirname(source))):
            if close := difflib.get_close_matches(name, self.by_folder.get(where, []), n=1, cutoff=0.75):
                return posixpath.join(where, close[0])
        return None


def _grouped(pairs: Iterator[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def relative(source: str, path: str) -> str:
    """A path as a link in the file `source` says it."""
    return posixpath.relpath(path, posixpath.dirname(source) or ".")
