"""Addresses: where each source appears on the site, and how one page links to another.

Pages are named by their Markdown path ('weeks/week-01/index.md'), files by their own. Every link of a
finished page is relative, so the site works below any prefix and from a zip.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from urllib.parse import SplitResult, quote, unquote, urlsplit

from coursekit.addresses import unsafe_scheme
from coursekit.course import Course, Presentation, remembered, twin_of
from coursekit.kinds.run import SERVED, run_folder
from coursekit.model import Document
from coursekit.notebook import Notebook
from coursekit.page import Page
from coursekit.reviews import ReviewPage
from coursekit.runfolder import Run

# Pages that are made from all of the course; people link to them as if they lay in site_src/.
COURSE_PAGES = (
    "index.md",
    "schedule.md",
    "papers.md",
    "questions.md",
    "weeks/index.md",
    "presentations/index.md",
    "projects/index.md",
    "rules/index.md",
    "owed.md",
    "reproducibility.md",
    "tips.md",
    "reviews.md",
)
COURSE_FILES = ("calendar.ics", "feed.xml", "course.json", "papers.bib")  # fmt: skip


_RULE_PAGE = re.compile(r"site_src/rules/[a-z0-9-]+\.md\Z")


@dataclass(frozen=True, slots=True)
class Target:
    """What a link leads to: a page or a file of the site, and the anchors that it has, if they are known."""

    path: str
    anchors: frozenset[str] | None = None


def page_path(document: Document) -> str | None:
    """The page that shows a document, None where it is a file or part of another page."""
    if isinstance(document, Notebook):
        return document.path.rpartition(".")[0] + ".md"
    if isinstance(document, Page):
        path = document.path.removeprefix("site_src/")
        return re.sub(r"(^|/)README\.md$", r"\1index.md", path)
    return None


@dataclass(frozen=True)
class Site:
    """The addresses of one course. `directory_urls` is MkDocs' use_directory_urls: `a/` or `a.html`."""

    course: Course
    directory_urls: bool = True

    @cached_property
    def targets(self) -> dict[str, Target]:
        """Every source path that can be linked to, with where it is on the site."""
        found: dict[str, Target] = {}
        shown = self._anchors_of_talks() | self._anchors_of_reports()
        for path, document in self.course.documents.items():
            if isinstance(document, Notebook):
                found[path] = self._notebook_target(document)
            elif isinstance(document, Page):
                anchors = document.prose.anchors | template_anchors() | shown.get(path, frozenset())
                found[path] = Target(page_path(document) or "", anchors)
            elif isinstance(document, Run):
                found[f"{path}/run.json"] = Target(f"{path}/run.json")
            elif document.served:
                found[path] = Target(path.removeprefix("site_src/"))
        for path in self._generated():
            found.setdefault(path, Target(path.removeprefix("site_src/")))
        return found

    def _anchors_of_talks(self) -> dict[str, frozenset[str]]:
        """What the pages of presentations and notes show beside their own text: slides and questions."""
        found: dict[str, frozenset[str]] = {}
        for talk in self.course.presentations:
            questions = {question.id for question in talk.note.questions} if talk.note else set()
            slides = {
                f"{pdf.stem}-{number}" for pdf in talk.material.pdfs for number in range(1, pdf.pages + 1)
            }
            found[talk.note_path] = frozenset(questions)
            found[f"{talk.folder}/index.md"] = frozenset(
                {*questions, *slides, *(pdf.stem for pdf in talk.material.pdfs)}
            )
        return found

    def _anchors_of_reports(self) -> dict[str, frozenset[str]]:
        """Each claim has a place of its own on the page of its report, each finding on that of its review."""
        findings = {
            page.path: frozenset(finding.anchor for finding in page.review.findings)
            for page in self.course.of(ReviewPage)
        }
        claims = {
            path: frozenset(f"claim-{claim.id}" for claim in verdict.written)
            for path, verdict in self.course.verdicts.items()
        }
        return findings | claims

    def _generated(self) -> Iterator[str]:
        """The paths of pages that the site has without a source, and of the files in run folders."""
        yield from (f"site_src/{path}" for path in (*COURSE_PAGES, *COURSE_FILES))
        yield from (f"{week.folder}/index.md" for week in self.course.weeks)
        yield from (f"{project.folder}/index.md" for project in self.course.projects)
        yield from (f"{talk.folder}/index.md" for talk in self.course.presentations if has_page(talk))
        yield from (f"{report.removesuffix('.md')}.pdf" for report in self.course.verdicts)
        for book in self.course.of(Notebook):
            yield from (f"{book.path.rpartition('.')[0]}-files/{name}" for name in book.pictures)
        for path in self.course.data:
            inside = run_folder(path)
            if inside and inside[0] in self.course.documents and path.lower().endswith(SERVED):
                yield path

    def _notebook_target(self, book: Notebook) -> Target:
        twin = twin_of(book, self.course.of(Notebook)) if book.is_text else None
        return Target(page_path(book) or "", (twin or book).prose.anchors)

    def lookup(self, source: str, href: str) -> tuple[str, Target] | None:
        """What a relative link in the file `source` leads to: its source path and its target."""
        if (source, href) not in self._looked_up:
            self._looked_up[source, href] = self._lookup(source, href)
        return self._looked_up[source, href]

    @cached_property
    def _looked_up(self) -> dict[tuple[str, str], tuple[str, Target] | None]:
        return {}  # several rules ask for each link

    def _lookup(self, source: str, href: str) -> tuple[str, Target] | None:
        path = unquote(split(href).path)
        base = "" if path.startswith("/") else posixpath.dirname(source)
        joined = posixpath.normpath(posixpath.join(base, path.lstrip("/"))) if path else source
        if joined.startswith(".."):
            return None
        for candidate in candidates(joined):
            if candidate in self.targets:
                return candidate, self.targets[candidate]
            if _RULE_PAGE.match(
                candidate
            ):  # made from the checks, which know the addresses and not the other way round
                return candidate, Target(candidate.removeprefix("site_src/"))
        return None

    def resolve(self, source: str, page: str, attribute: str, href: str) -> str | None:
        """The final address of a link that was written in `source` and stands on `page`; None where dead."""
        if not href or href.startswith("#"):
            return href or None
        if unsafe_scheme(href):
            return None
        if split(href).scheme or href.startswith("//"):
            return href if attribute == "href" else None
        found = self.lookup(source, href)
        if found is None:
            return None
        fragment = split(href).fragment
        return self.url(page, found[1].path) + (f"#{fragment}" if fragment else "")

    def url(self, page: str, target: str) -> str:
        """The relative address of a page or file, seen from a page."""
        here = self.address(page)
        folder = here if here.endswith("/") or not here else posixpath.dirname(here)
        there = self.address(target)
        relative = posixpath.relpath("/" + there, "/" + folder)
        slash = "/" if there.endswith("/") or not there else ""
        return quote(relative) + ("" if relative.endswith("/") else slash)

    def address(self, path: str) -> str:
        """The address below the site's root: 'weeks/week-01/' for 'weeks/week-01/index.md'."""
        if not path.endswith(".md"):
            return path
        if not self.directory_urls:
            return path[:-3] + ".html"
        return re.sub(r"(^|/)index$", r"\1", path[:-3]) if path.endswith("index.md") else path[:-3] + "/"


@remembered
def site_of(course: Course) -> Site:
    """The addresses of a course."""
    return Site(course)


def has_page(talk: Presentation) -> bool:
    """Whether a presentation is shown: it is planned, or there is something to show."""
    return bool(talk.page or talk.slot or talk.material.pdfs or talk.material.notebooks)


def split(href: str) -> SplitResult:
    """urlsplit for whatever people write: what is no address at all is taken for a path."""
    try:
        return urlsplit(href)
    except ValueError:  # a [ that is never closed, for example
        return SplitResult("", "", href, "", "")


@lru_cache(maxsize=1)
def template_anchors() -> frozenset[str]:
    """The anchors that the templates give their own headings ('slides', 'questions')."""
    files = sorted((Path(__file__).parent / "templates").rglob("*.html"))
    return frozenset(
        found for file in files for found in re.findall(r'\bid="([\w-]+)"', file.read_text(encoding="utf-8"))
    )


def candidates(path: str) -> Iterable[str]:
    """What a path may mean: the file, its folder's index, a page of the site's root."""
    path = "" if path == "." else path
    tries = [path, posixpath.join(path, "index.md"), path + ".md", posixpath.join(path, "run.json")]
    yield from tries
    yield from (f"site_src/{one}" for one in tries if not one.startswith("site_src/"))
