"""Which findings follow from a set of changes: those in changed files, and those that the changes cause elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from coursekit.changes import Changes
from coursekit.course import Course
from coursekit.embed import read_embed, run_path
from coursekit.kinds.run import run_folder
from coursekit.linking import Finder, is_elsewhere
from coursekit.model import Diagnostic, Document
from coursekit.notebook import Notebook
from coursekit.page import Page
from coursekit.schema import ReportMeta
from coursekit.site import candidates, site_of, split


@dataclass(frozen=True)
class Affected:
    """What follows from changes. From one of course.yml, which everything depends on, everything does."""

    course: Course
    changes: Changes

    @cached_property
    def documents(self) -> frozenset[str] | None:
        """The documents that a finding may be in which follows from the changes; None: all."""
        if "course.yml" in self.changes.present:
            return None
        return frozenset(
            path
            for path in self.course.documents
            if path in self.changes.present or _unit(path) in self._units or self._lines(path)
        )

    def narrowed(self) -> Course:
        """The course, of which only these documents are judged."""
        return self.course if self.documents is None else self.course.narrowed(self.documents)

    def concerns(self, finding: Diagnostic) -> bool:
        """In a changed file, of a changed talk, about a changed file, or where a link leads to one."""
        return (
            self.documents is None
            or finding.path in self.changes.present
            or finding.path in self.changes.gone
            or _unit(finding.path) in self._units
            or any(path in self.changed for path in finding.about)
            or finding.place.line in self._lines(finding.path)
        )

    @cached_property
    def changed(self) -> frozenset[str]:
        """Paths that are not what they were, and the run folders that any of them lies in."""
        paths = self.changes.present | self.changes.gone
        return paths | {inside[0] for path in paths if (inside := run_folder(path))}

    @cached_property
    def _units(self) -> frozenset[str]:
        """A talk's page and its note are judged together."""
        return frozenset(filter(None, (_unit(path) for path in self.changed if path.endswith(".md"))))

    @cached_property
    def _finder(self) -> Finder:
        return Finder(site_of(self.course))

    @cached_property
    def _known_lines(self) -> dict[str, frozenset[int]]:
        return {}

    def _lines(self, path: str) -> frozenset[int]:
        """The lines of an unchanged file that lead to something that changed."""
        if path not in self._known_lines:
            document = self.course.documents.get(path)
            self._known_lines[path] = frozenset(self._leading(document)) if document else frozenset()
        return self._known_lines[path]

    def _leading(self, document: Document) -> Iterator[int]:
        if not isinstance(document, Page | Notebook):
            return
        for link in document.prose.links:
            if not is_elsewhere(link.target) and self._leads_to_change(document.path, link.target):
                yield link.place.line
        for fence in document.prose.fences:
            embed, _ = read_embed(fence.text)
            if embed and any(run_path(name, document.path) in self.changed for name in embed.runs):
                first = fence.place.line - 1
                yield from range(first, first + fence.text.count("\n") + 2)
        if isinstance(document, Page) and isinstance(document.meta, ReportMeta):
            yield from self._claims(document)

    def _leads_to_change(self, source: str, target: str) -> bool:
        found = self._finder.site.lookup(source, target)
        if found:
            return found[0] in self.changed
        wanted = self._finder.wanted(source, target)
        return split(target).path != "" and any(path in self.changes.gone for path in candidates(wanted))

    def _claims(self, page: Page) -> Iterator[int]:
        """The lines of the claims whose run changed."""
        for index, claim in enumerate(page.meta.claims):
            runs = (claim.run, *(claim.runs or ()))
            if any(run and _claimed(run, page) in self.changed for run in runs):
                first = page.place("claims", index).line
                after = page.place("claims", index + 1).line if index + 1 < len(page.meta.claims) else 0
                yield from range(first, after if after > first else page.body_line)


def _claimed(run: str, page: Page) -> str:
    return run.lstrip("/") if run.startswith("/") else f"{page.folder}/{run}"


def _unit(path: str) -> str:
    """What belongs together: the talk of a presentation's folder and of its note; '' for all else."""
    parts = path.split("/")
    if len(parts) >= 3 and parts[0] in {"presentations", "scribe_notes"}:
        return f"{parts[1]}/{parts[2].removesuffix('.md')}"
    return ""
