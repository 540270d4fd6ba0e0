"""The course as a whole: documents assembled into weeks, presentations, notes and projects.

Nothing here opens a file. What is missing is None or empty, and is shown as open; the checks say more.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from coursekit.config import Config, Slot
from coursekit.history import History
from coursekit.kinds.attachment import Attachment
from coursekit.model import Document, Fault
from coursekit.notebook import Notebook
from coursekit.outside import Verdict
from coursekit.page import Page
from coursekit.pdf import Pdf
from coursekit.pictures import Figure
from coursekit.request import Request
from coursekit.runfolder import Run
from coursekit.schema import ReportMeta
from coursekit.scribe_note import ScribeNote
from coursekit.yamltext import Node

if TYPE_CHECKING:
    from coursekit.claims import ReportVerdict

D = TypeVar("D", bound=Document)
T = TypeVar("T")
_WEEK_FOLDER = re.compile(r"(?:weeks|presentations|scribe_notes)/week-(\d\d)(?:/|\Z)")


@dataclass(frozen=True, slots=True)
class Material:
    """What lies in one folder, by kind, each sorted by path."""

    folder: str
    notebooks: tuple[Notebook, ...] = ()
    pdfs: tuple[Pdf, ...] = ()
    figures: tuple[Figure, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    pages: tuple[Page, ...] = ()
    runs: tuple[Run, ...] = ()


@dataclass(frozen=True, slots=True)
class Presentation:
    """A presentation that is planned (`slot`), or handed in (`page`), or both."""

    week: int
    slug: str
    slot: Slot | None
    page: Page | None
    note: ScribeNote | None
    material: Material

    @property
    def folder(self) -> str:
        """Where its material lies."""
        return f"presentations/week-{self.week:02d}/{self.slug}"

    @property
    def note_path(self) -> str:
        """Where its scribe note lies."""
        return f"scribe_notes/week-{self.week:02d}/{self.slug}.md"

    @property
    def title(self) -> str:
        """Its title, or its slug as words."""
        return (self.page.title if self.page else "") or self.slug.replace("-", " ").capitalize()

    @property
    def presenters(self) -> tuple[str, ...]:
        """Ids of the people who present: as the page says, else the rota."""
        own = self.page.meta.presenters if self.page and self.page.meta else None
        return own if own is not None else self.slot.presenters if self.slot else ()

    @property
    def scribes(self) -> tuple[str, ...]:
        """Ids of the people who take notes: as the note says, else the rota."""
        own: tuple[str, ...] = self.note.meta.scribes if self.note and self.note.meta else ()
        return own or ((self.slot.scribe,) if self.slot and self.slot.scribe else ())

    @property
    def slides(self) -> Pdf | None:
        """The deck: what `slides:` names, or the only PDF named slides*."""
        named = self.page.meta.slides if self.page and self.page.meta else None
        if named:
            return next((pdf for pdf in self.material.pdfs if pdf.path == f"{self.folder}/{named}"), None)
        decks = [
            pdf for pdf in self.material.pdfs if pdf.folder == self.folder and pdf.name.startswith("slides")
        ]
        return decks[0] if len(decks) == 1 else None

    @property
    def notebooks(self) -> tuple[Notebook, ...]:
        """One notebook for each pair: the .ipynb, which carries the outputs, stands for its text twin."""
        return tuple(
            book
            for book in self.material.notebooks
            if not (book.is_text and twin_of(book, self.material.notebooks))
        )


def twin_of(book: Notebook, among: tuple[Notebook, ...]) -> Notebook | None:
    """The other half of a jupytext pair: the same path but for the suffix."""
    stem = book.path.rpartition(".")[0]
    return next(
        (other for other in among if other is not book and other.path.rpartition(".")[0] == stem), None
    )


@dataclass(frozen=True, slots=True)
class Week:
    """A week of the term: its day, its page, what is presented."""

    number: int
    day: dt.date
    page: Page | None
    presentations: tuple[Presentation, ...]
    assignments: tuple[Page, ...]
    open_slots: int
    pause: str = ""
    promised: tuple[Slot, ...] = ()  # people are named for them, and no topic yet

    @property
    def folder(self) -> str:
        """'weeks/week-01'"""
        return f"weeks/week-{self.number:02d}"

    @property
    def title(self) -> str:
        """The week's theme, or ''."""
        return self.page.title if self.page else ""


@dataclass(frozen=True, slots=True)
class Project:
    """A project's folder and its group."""

    slug: str
    page: Page | None
    documents: tuple[Page, ...]
    material: Material
    group: str | None = None

    @property
    def folder(self) -> str:
        """'projects/<slug>'"""
        return f"projects/{self.slug}"

    @property
    def title(self) -> str:
        """Its title, or its slug as words."""
        return (self.page.title if self.page else "") or self.slug.replace("-", " ").capitalize()


@dataclass(frozen=True)
class Course:
    """All that is known of a course at one moment. `as_of` is the day that 'past' is measured from."""

    root: Path
    config: Config
    config_node: Node
    documents: Mapping[str, Document]
    refused: Mapping[
        str, tuple[Fault, ...]
    ]  # files that the gate kept out, or that could not be read, with why
    data: Mapping[str, bytes]  # the bytes of every file that was let in
    as_of: dt.date
    history: History = field(default_factory=History)
    outside: Mapping[str, Verdict] = field(default_factory=dict)  # of addresses on other hosts, once asked
    request: Request | None = None  # the pull request that brings this tree, when it is judged as one
    typeset: Mapping[str, tuple[Fault, ...]] = field(default_factory=dict)  # what KaTeX can't read
    only: frozenset[str] | None = None  # the documents that are judged, where that is not all of them

    @cached_property
    def _of_kind(self) -> dict[type[Document], tuple[Document, ...]]:
        return {}

    @cached_property
    def _paths(self) -> list[str]:
        return sorted(self.documents)

    def below(self, folder: str) -> list[Document]:
        """The documents in a folder and all folders in it, sorted by path."""
        first, last = (
            bisect_left(self._paths, folder + "/"),
            bisect_left(self._paths, folder + "0"),
        )  # '0' comes after '/'
        return [self.documents[path] for path in self._paths[first:last]]

    def of(self, kind: type[D]) -> tuple[D, ...]:
        """The documents of a kind, sorted by path."""
        if kind not in self._of_kind:
            self._of_kind[kind] = _only(kind, (self.documents[path] for path in self._paths))
        return cast("tuple[D, ...]", self._of_kind[kind])

    def judged(self, kind: type[D]) -> tuple[D, ...]:
        """The documents of a kind for a rule that looks at each by itself: all, or those that are asked about."""
        if self.only is None:
            return self.of(kind)
        return _only(kind, (self.documents[path] for path in sorted(self.only)))

    def judges(self, path: str) -> bool:
        """Whether findings in this document are asked for."""
        return self.only is None or path in self.only

    def narrowed(self, only: frozenset[str]) -> Course:
        """The same course, with all that is known of it, for who asks about some of its documents only."""
        narrow = replace(self, only=only)
        vars(narrow).update({**vars(self), "only": only})
        return narrow

    def person(self, id: str) -> str:
        """A person's name, or the id where course.yml knows nobody of that id."""
        return self.config.people[id].name if id in self.config.people else id

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every file that somebody put here, also one that was refused for what is in it; sorted.

        Left out is what has no usable path: a name that had to be escaped, a link, a pipe.
        """
        unusable = {"file-name", "file-irregular"}
        refused = {
            path for path, faults in self.refused.items() if not unusable & {fault.rule for fault in faults}
        }
        return tuple(sorted(refused | set(self.data)))

    def is_over(self, week: int) -> bool:
        """Whether a week of the term had its session before today; a week without a session never had."""
        if not 1 <= week <= self.config.term.weeks:
            return False
        day = self.config.session(week)
        return day < self.as_of and not self.config.break_on(day)

    @cached_property
    def presentations(self) -> tuple[Presentation, ...]:
        """Every presentation, in the order of weeks and then of the rota."""
        return tuple(_presentations(self))

    @cached_property
    def weeks(self) -> tuple[Week, ...]:
        """Every week of the term."""
        return tuple(_week(self, number) for number in range(1, self.config.term.weeks + 1))

    @cached_property
    def projects(self) -> tuple[Project, ...]:
        """Every project that is in the tree or in course.yml."""
        found = {
            path.split("/")[1]
            for path in self.documents
            if path.startswith("projects/") and path.count("/") >= 2
        }
        return tuple(_project(self, slug) for slug in sorted(found | set(self.config.projects)))

    def repository_of(self, project: Project) -> str | None:
        """Where a project's code lies: as its page says, else course.yml."""
        own: str | None = project.page.meta.repository if project.page and project.page.meta else None
        entry = self.config.projects.get(project.slug)
        return own or (entry.repository if entry else None)

    @cached_property
    def verdicts(self) -> Mapping[str, ReportVerdict]:
        """What the claims of each reproducibility report come to, by the report's path."""
        reports = [page for page in self.of(Page) if isinstance(page.meta, ReportMeta)]
        if not reports:
            return {}
        from coursekit.claims import ReportVerdict  # with its statistics, which many a course needs not yet

        runs = {run.path: run for run in self.of(Run)}
        return {page.path: ReportVerdict(page.path, page.meta.claims, runs) for page in reports}

    @cached_property
    def notes(self) -> tuple[ScribeNote, ...]:
        """Every scribe note, also one whose presentation is missing."""
        return self.of(ScribeNote)

    @cached_property
    def faults(self) -> Mapping[str, tuple[tuple[str, Fault], ...]]:
        """What the readers found wrong, by rule: (path, fault)."""
        found: dict[str, list[tuple[str, Fault]]] = {}
        for path, document in self.documents.items():
            where = f"{path}/run.json" if isinstance(document, Run) else path
            for fault in (*document.faults, *document.untidy):
                found.setdefault(fault.rule, []).append((fault.path or where, fault))
        for path, faults in (*self.refused.items(), *self.typeset.items()):
            for fault in faults:
                found.setdefault(fault.rule, []).append((path, fault))
        return {rule: tuple(faults) for rule, faults in found.items()}

    @cached_property
    def _presentation_at(self) -> dict[str, Presentation]:
        return {key: talk for talk in self.presentations for key in (talk.folder, talk.note_path)}

    def presentation_of(self, path: str) -> Presentation | None:
        """The presentation that a path of its folder, or its note, belongs to."""
        return self._presentation_at.get("/".join(path.split("/")[:3]))


def remembered(find: Callable[[Course], T]) -> Callable[[Course], T]:
    """Find something out once for a course, however many checks ask.

    It must not depend on which documents are judged: a narrowed course answers as the whole one.
    """
    name = f"{find.__module__}.{find.__qualname__}"

    @wraps(find)
    def found(course: Course) -> T:
        known: dict[str, Any] = vars(course)  # where cached properties lie too
        if name not in known:
            known[name] = find(course)
        answer: T = known[name]
        return answer

    return found


def material_of(course: Course, folder: str) -> Material:
    """Everything below a folder, by kind; parts of run folders belong to their run."""
    inside = course.below(folder)
    return Material(
        folder,
        notebooks=_only(Notebook, inside),
        pdfs=_only(Pdf, inside),
        figures=_only(Figure, inside),
        attachments=_only(Attachment, inside),
        pages=tuple(page for page in _only(Page, inside) if page.kind == "page"),
        runs=_only(Run, inside),
    )


def _only(kind: type[D], documents: Iterable[Document]) -> tuple[D, ...]:
    return tuple(document for document in documents if isinstance(document, kind))


def _presentations(course: Course) -> Iterator[Presentation]:
    in_tree: dict[int, list[str]] = {}
    for path in course.documents:
        if found := re.match(r"presentations/week-(\d\d)/([^/]+)/", path):
            slugs = in_tree.setdefault(int(found[1]), [])
            if found[2] not in slugs:
                slugs.append(found[2])
    planned = {entry.week for entry in course.config.rota}
    for week in sorted(set(in_tree) | planned):
        rota = [slot.slug for slot in course.config.slots(week) if slot.slug]
        for slug in dict.fromkeys([*rota, *sorted(in_tree.get(week, []))]):
            yield _presentation(course, week, slug)


def _presentation(course: Course, week: int, slug: str) -> Presentation:
    folder = f"presentations/week-{week:02d}/{slug}"
    page = course.documents.get(f"{folder}/index.md")
    note = course.documents.get(f"scribe_notes/week-{week:02d}/{slug}.md")
    return Presentation(
        week,
        slug,
        course.config.slot(week, slug),
        page if isinstance(page, Page) else None,
        note if isinstance(note, ScribeNote) else None,
        material_of(course, folder),
    )


def _week(course: Course, number: int) -> Week:
    folder = f"weeks/week-{number:02d}"
    page = course.documents.get(f"{folder}/index.md")
    presentations = tuple(p for p in course.presentations if p.week == number)
    slots = course.config.slots(number)
    named = sum(1 for slot in slots if slot.slug)
    promised = tuple(slot for slot in slots if not slot.slug and (slot.presenters or slot.scribe))
    extra = sum(1 for p in presentations if p.slot is None)
    day = course.config.session(number)
    pause = course.config.break_on(day)
    return Week(
        number,
        day,
        page if isinstance(page, Page) else None,
        presentations,
        tuple(doc for doc in _only(Page, course.below(folder)) if doc.kind == "assignment"),
        0 if pause else max(0, course.config.policy.presentations_per_week - named - extra - len(promised)),
        pause.what if pause else "",
        () if pause else promised,
    )


def _project(course: Course, slug: str) -> Project:
    folder = f"projects/{slug}"
    page = course.documents.get(f"{folder}/index.md")
    documents = tuple(
        doc for doc in _only(Page, course.below(folder)) if doc.kind == "project" and doc is not page
    )
    entry = course.config.projects.get(slug)
    return Project(
        slug,
        page if isinstance(page, Page) else None,
        documents,
        material_of(course, folder),
        entry.group if entry else None,
    )


def week_of(path: str) -> int | None:
    """The week that a path lies in."""
    found = _WEEK_FOLDER.match(path)
    return int(found[1]) if found else None
