"""Where every old file goes: beside its talk, into a week, a project or the site's own pages, or left over."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from coursekit.adopt.fitness import unfit
from coursekit.adopt.matching import Matcher
from coursekit.adopt.naming import safe_path, slug_of
from coursekit.adopt.notes import OldNote
from coursekit.adopt.record import OldFile, Sureness, Taken
from coursekit.adopt.schedule import PROJECTS, Schedule
from coursekit.adopt.shelf import Shelf
from coursekit.adopt.talks import Talk
from coursekit.adopt.tree import OldTree
from coursekit.adopt.vocabulary import Role, week_in_name

_PAGES = frozenset({".md", ".markdown"})
_HOUSEKEEPING = frozenset(
    "license licence contributing changelog changes code_of_conduct security authors pull_request_template".split()
)
_OF_A_TALK = frozenset({".pdf", ".ipynb", ".wav", ".mp3", ".flac", ".ogg"})
_DECK = re.compile(r"(?:\A|[^a-z])(?:slides?|presentation|deck)(?![a-z])|slides", re.IGNORECASE)


def talk_folder(talk: Talk) -> str:
    """Where a talk's material goes."""
    return f"presentations/week-{talk.week:02d}/{talk.slug}"


@dataclass(slots=True)
class Placer:
    """Takes one kind of file after the other, the surest first; what it has not placed at the end is left over."""

    tree: OldTree
    schedule: Schedule
    wide: frozenset[str]  # PDFs whose first page is wider than it is high, as slides are
    shelf: Shelf = field(default_factory=Shelf)
    taken: list[Taken] = field(default_factory=list)
    readmes: dict[int, OldFile] = field(
        default_factory=dict
    )  # of a talk's folder: it becomes the talk's own text
    why_not: dict[str, str] = field(default_factory=dict)
    decks: dict[int, str] = field(default_factory=dict)

    def free(self, file: OldFile) -> bool:
        """Whether a file is still to be placed, and may be."""
        if file.path in self.shelf.at or file.path in self.why_not:
            return False
        reason = unfit(file)
        if reason:
            self.why_not[file.path] = reason
        return not reason

    def place(self, file: OldFile, path: str, *, what: str, sureness: Sureness, why: str) -> str:
        """Give a file its new path, and say so."""
        target = self.shelf.put(file.path, path)
        self.taken.append(Taken(file.path, None, target, what, sureness, why))
        return target

    def notes(self, notes: Sequence[OldNote]) -> dict[str, OldNote]:
        """Each note to its talk; a second one of the same talk lies beside the talk's material."""
        placed: dict[str, OldNote] = {}
        done: set[int] = set()
        for note in notes:
            if note.talk is None:
                self.why_not[note.file.path] = f"a scribe note, but {note.why}"
                continue
            talk = self.schedule.talks[note.talk]
            first = note.talk not in done
            done.add(note.talk)
            second = f"{talk_folder(talk)}/{slug_of(posixpath.splitext(note.file.name)[0])}.md"
            path = f"scribe_notes/week-{talk.week:02d}/{talk.slug}.md" if first else second
            what = "scribe note" if first else "a second scribe note"
            target = self.place(note.file, path, what=what, sureness=note.sureness, why=note.why)
            placed[target] = note
        return placed

    def folders(self) -> None:
        """All that lies in the folder of a talk, under its name there; the folder's README becomes the talk's text."""
        for at, talk in enumerate(self.schedule.talks):
            inside = self.tree.below(talk.folder) if talk.folder else []
            inside = [file for file in inside if self.free(file) and not _hidden(file.path)]
            why = f"it lies in {talk.folder}/, the folder of this talk"
            for file in sorted(inside, key=self._no_deck):
                below = file.path[len(talk.folder) + 1 :]
                if below.lower() in {"readme.md", "index.md"} and at not in self.readmes:
                    self.readmes[at] = file
                    target = self.shelf.at[file.path] = f"{talk_folder(talk)}/index.md"
                    self.taken.append(
                        Taken(file.path, None, target, "the talk's own text", Sureness.SURE, why)
                    )
                else:
                    self._beside(at, file, below, sureness=Sureness.SURE, why=why)

    def _no_deck(self, file: OldFile) -> bool:
        """Sorts what is surely slides before all else, so that it gets their name."""
        return not (file.path in self.wide and _DECK.search(file.name))

    def linked(self) -> None:
        """Files elsewhere in the tree that a talk links to."""
        for at, talk in enumerate(self.schedule.talks):
            for link in talk.links:
                file = self.tree.files.get(link.local)
                if file and self.free(file):
                    why = f"line {link.line} of {talk.source} links to it"
                    self._beside(at, file, file.name, sureness=Sureness.SURE, why=why, role=link.role)

    def alike(self) -> None:
        """PDFs, notebooks and sounds whose names name one talk."""
        matcher = Matcher([(talk.week, talk.about) for talk in self.schedule.talks])
        for file in self.tree.files.values():
            if file.suffix in _OF_A_TALK and not _hidden(file.path) and self.free(file):
                week = week_in_name(file.path)
                match = matcher.best(posixpath.splitext(file.name)[0], week)
                if match:
                    self._beside(match.at, file, file.name, sureness=match.sureness, why=match.why)
                elif week is not None:
                    self._in_week(file, week)

    def _in_week(self, file: OldFile, week: int) -> None:
        talks = [at for at, talk in enumerate(self.schedule.talks) if talk.week == week]
        if len(talks) == 1:
            why = f"its path names week {week}, which has only this talk"
            self._beside(talks[0], file, file.name, sureness=Sureness.GUESS, why=why)
        elif not talks and file.suffix == ".ipynb":
            path = f"weeks/week-{week:02d}/{safe_path(file.name)}"
            why = f"its path names week {week}"
            self.place(file, path, what="notebook of a week", sureness=Sureness.LIKELY, why=why)

    def _beside(
        self, at: int, file: OldFile, below: str, *, sureness: Sureness, why: str, role: Role | None = None
    ) -> None:
        """Put a file into the folder of a talk, its deck under the name that the site looks for."""
        folder = talk_folder(self.schedule.talks[at])
        what, name = _what(file), safe_path(below)
        said = role is Role.SLIDES or bool(_DECK.search(file.name))
        if file.suffix == ".pdf" and (said or file.path in self.wide):
            what = "slides" if at not in self.decks else "more slides"
            likely = Sureness.SURE if said and file.path in self.wide else Sureness.LIKELY
            sureness = max(sureness, likely, key=list(Sureness).index)
            tells = "its name or its link says slides" if said else "its pages are wide, as slides are"
            why = f"{why}; {tells}"
            name = "slides.pdf" if at not in self.decks else name
        target = self.place(file, f"{folder}/{name}", what=what, sureness=sureness, why=why)
        if what == "slides":
            self.decks[at] = target.rpartition("/")[2]

    def pages(self, home: str) -> None:
        """The README at its path, other Markdown of the tree, and all that belongs to projects."""
        readme = self.tree.readme
        if readme is not None and readme.path not in self.shelf.at:
            self.shelf.at[readme.path] = home
            why = "the README of the root, without the weeks"
            self.taken.append(Taken(readme.path, None, home, "the course's own text", Sureness.SURE, why))
        for file in self.tree.files.values():
            parts = file.path.split("/")
            if _hidden(file.path) or not self.free(file):
                continue
            if len(parts) > 2 and parts[0].lower() in PROJECTS:
                self._in_project(file, parts)
            elif file.suffix in _PAGES and posixpath.splitext(file.name)[0].lower() not in _HOUSEKEEPING:
                below = safe_path(posixpath.splitext(file.path)[0].removeprefix("docs/"))
                why = "Markdown that belongs to no talk and no project"
                self.place(
                    file, f"site_src/{below}.md", what="a page of the site", sureness=Sureness.LIKELY, why=why
                )

    def _in_project(self, file: OldFile, parts: Sequence[str]) -> None:
        below = safe_path("/".join(parts[2:]))
        below = "index.md" if below.lower() in {"readme.md", "index.md"} else below
        why = f"it lies in {'/'.join(parts[:2])}/"
        path = f"projects/{slug_of(parts[1])}/{below}"
        self.place(file, path, what="part of a project", sureness=Sureness.LIKELY, why=why)

    def shown(self, source: str, page: str, *, targets: Sequence[str]) -> None:
        """Files that a placed text shows or links to: beside the page. `targets` are old paths."""
        for path in targets:
            file = self.tree.files.get(path)
            if file and not _hidden(path) and self.free(file):
                below = posixpath.relpath(path, posixpath.dirname(source) or ".")
                inside = file.name if below.startswith("..") else below
                why = f"{source} shows it or links to it"
                target = f"{posixpath.dirname(page)}/{safe_path(inside)}"
                self.place(file, target, what=_what(file), sureness=Sureness.SURE, why=why)


def _hidden(path: str) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in path.split("/"))


def _what(file: OldFile) -> str:
    names = {
        ".pdf": "a PDF beside the talk",
        ".ipynb": "notebook",
        ".md": "a page beside the talk",
        ".py": "code",
    }
    figure = file.suffix in {".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"}
    return "figure" if figure else names.get(file.suffix, "a file beside it")
