"""Which of the old files are scribe notes, and of which talk."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coursekit.adopt.matching import Matcher
from coursekit.adopt.naming import plain
from coursekit.adopt.people import said_in_note
from coursekit.adopt.record import OldFile, Sureness
from coursekit.adopt.schedule import NOTE_SHELVES, PROJECTS
from coursekit.adopt.talks import Named, Talk
from coursekit.adopt.texts import OldText, read_text
from coursekit.adopt.tree import OldTree
from coursekit.adopt.vocabulary import week_in_name

_SUFFIXES = frozenset({".md", ".markdown", ".txt", ""})
_LIKE_A_NOTE = re.compile(r"(?:\A|[^a-z])(?:scribe|notes?)(?![a-z])|scribe", re.IGNORECASE)
_NO_NOTES = frozenset({"readme", "license", "licence", "makefile", "contributing", "index"})
_HEAD = 12  # lines in which a note says of what it is
MOST_BYTES = 512_000


@dataclass(frozen=True, slots=True)
class OldNote:
    """A scribe note: its file and text, its talk's place in the list (None where it is not known), and why."""

    file: OldFile
    text: OldText
    talk: int | None
    sureness: Sureness
    why: str
    people: tuple[Named, ...] = ()


def is_note(file: OldFile) -> bool:
    """Whether a file is a scribe note by its name or by the folder that it lies in."""
    stem = file.name.rpartition(".")[0] or file.name
    elsewhere = file.path.split("/")[0].lower() in PROJECTS or "/." in f"/{file.path}"
    if file.suffix not in _SUFFIXES or stem.lower() in _NO_NOTES or elsewhere:
        return False
    on_shelf = any(part.lower() in NOTE_SHELVES for part in file.folder.split("/"))
    return on_shelf or bool(_LIKE_A_NOTE.search(stem))


def notes_of(tree: OldTree, talks: Sequence[Talk]) -> list[OldNote]:
    """Every scribe note; of two for the same talk, the one that is surer comes first."""
    finder = _Finder(talks, Matcher([(talk.week, talk.about) for talk in talks]))
    found = [note for file in tree.files.values() if is_note(file) for note in _read(file, finder)]
    order = list(Sureness)
    found.sort(key=lambda note: (order.index(note.sureness), note.file.path))
    return list(_by_what_is_left(found, talks))


def _read(file: OldFile, finder: _Finder) -> Iterator[OldNote]:
    if not file.data or len(file.data) > MOST_BYTES:
        return
    text = read_text(f"{file.path}.md", file.data)
    if text is not None:
        at, sureness, why = finder.talk_of(file, text.text)
        yield OldNote(file, text, at, sureness, why, tuple(_people(file, text.text)))


def _people(file: OldFile, text: str) -> Iterator[Named]:
    for task in ("presenters", "scribes"):
        names, line = said_in_note(text, task)
        for name in names:
            yield Named(name, task, file.path, line, Sureness.SURE, "the note says so")


@dataclass(frozen=True)
class _Finder:
    talks: Sequence[Talk]
    matcher: Matcher

    def talk_of(self, file: OldFile, text: str) -> tuple[int | None, Sureness, str]:
        """The talk that a note belongs to: a link to it, its place, its heading, its name, in this order."""
        for at, talk in enumerate(self.talks):
            if link := next((one for one in talk.links if one.local == file.path), None):
                return at, Sureness.SURE, f"line {link.line} of {talk.source} links to it"
            if talk.folder and file.path.startswith(f"{talk.folder}/"):
                return at, Sureness.SURE, f"it lies in {talk.folder}/"
        week = week_in_name(file.path)
        said = _folded("\n".join(text.split("\n")[:_HEAD]))
        named = [
            at
            for at, talk in enumerate(self.talks)
            if _folded(talk.title) in said and week in {None, talk.week} and len(_folded(talk.title)) > 3
        ]
        if len(named) == 1:
            return named[0], Sureness.SURE, f"its first lines say `{self.talks[named[0]].title}`"
        match = self.matcher.best(file.name.removesuffix(file.suffix), week)
        if match:
            return match.at, match.sureness, match.why
        return None, Sureness.GUESS, "nothing in its name or its first lines names a talk"


def _folded(text: str) -> str:
    return " ".join(plain(word) for word in re.findall(r"[^\W_]+", text))


def _by_what_is_left(notes: Sequence[OldNote], talks: Sequence[Talk]) -> Iterator[OldNote]:
    """The notes, those that name only their week with the one talk of it that has no note."""
    noted = {note.talk for note in notes if note.talk is not None}
    for note in notes:
        week = week_in_name(note.file.path)
        free = [at for at, talk in enumerate(talks) if talk.week == week and at not in noted]
        if note.talk is None and len(free) == 1:
            noted.add(free[0])
            why = f"it names week {week}, and only this talk of that week has no note"
            yield OldNote(note.file, note.text, free[0], Sureness.GUESS, why, note.people)
        else:
            yield note
