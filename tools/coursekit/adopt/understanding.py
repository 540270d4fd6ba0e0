"""What an old repository says: its course, its weeks and talks, its notes. Nothing is placed or written yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from coursekit.adopt.facts import CourseFacts, Fact, date_in, facts_of
from coursekit.adopt.intake import origin_of, read_old
from coursekit.adopt.notes import MOST_BYTES, OldNote, is_note, notes_of
from coursekit.adopt.outline import Section, outline
from coursekit.adopt.people import speakers
from coursekit.adopt.record import OldFile
from coursekit.adopt.schedule import Schedule, schedule
from coursekit.adopt.talks import Reader, Talk, week_sections
from coursekit.adopt.texts import OldText, read_text
from coursekit.adopt.tree import OldTree, repository_of
from coursekit.jobs import Failure, run_all
from coursekit.kinds import kind_named
from coursekit.model import CannotStart, Document
from coursekit.pdf import Pdf


@dataclass(frozen=True, slots=True)
class Old:
    """All that was understood. `root` is the README's tree of sections, `wide` the PDFs that look like slides."""

    tree: OldTree
    readme: OldText
    root: Section
    facts: CourseFacts
    schedule: Schedule
    notes: tuple[OldNote, ...]
    wide: frozenset[str]

    @property
    def lines(self) -> list[str]:
        """The README's lines."""
        return self.readme.text.split("\n")


def understand(folder: Path) -> Old:
    """Read an old repository whole.

    Raises:
        CannotStart: it can't be read, or its README can't be taken apart.
    """
    files = {file.path: file for file in read_old(folder)}
    tree = OldTree(files, None)
    readme = _readme(tree)
    root = _outline(readme.text)
    origin = _origin(folder, files, root=root)
    tree = replace(tree, origin=origin.value if origin else None)
    source = tree.readme.path if tree.readme else "README.md"
    reader = Reader(source, tuple(readme.text.split("\n")), _speakers(tree), tree.local)
    plan = schedule(tree, reader.weeks(root))
    notes = notes_of(tree, plan.talks)
    talks = tuple(
        _with_people(talk, [note for note in notes if note.talk == at]) for at, talk in enumerate(plan.talks)
    )
    facts = _facts(readme.text, root, origin=origin)
    return Old(tree, readme, root, facts, replace(plan, talks=talks), tuple(notes), _wide(files))


def _readme(tree: OldTree) -> OldText:
    """The text of the README; empty where there is none."""
    file = tree.readme
    if file is None or not file.data:
        return OldText("")
    if len(file.data) > MOST_BYTES:
        most = f"{MOST_BYTES / 1e6:g} MB are the most that can be taken apart"
        raise CannotStart(f"{file.path} has {len(file.data) / 1e6:.1f} MB; {most}")
    text = read_text("README.md", file.data)
    if text is None:
        raise CannotStart(f"{file.path} is no text: neither UTF-8 nor another encoding fits it")
    return text


def _outline(text: str) -> Section:
    found = next(iter(run_all(outline, [(text,)])))
    if isinstance(found, Failure):
        raise CannotStart(f"the README can't be taken apart: {found.reason}")
    return found


def _origin(folder: Path, files: Mapping[str, OldFile], *, root: Section) -> Fact | None:
    """The repository's address: as git's settings have it, else as links to files of this tree name it."""
    if address := origin_of(folder):
        return Fact(address, None, address, ".git/config")
    rows = (row for section in root.walk() for block in section.blocks for row in block.rows)
    for mention in (mention for row in rows for mention in row.mentions):
        if named := repository_of(mention.target, files):
            return Fact(named, mention.line, mention.target)
    return None


def _speakers(tree: OldTree) -> frozenset[str]:
    """Names that stand before colons in scribe notes."""
    found: set[str] = set()
    for file in tree.files.values():
        if is_note(file) and file.data:
            text = read_text(file.path, file.data)
            found |= speakers(text.text) if text else set()
    return frozenset(found)


def _with_people(talk: Talk, notes: Sequence[OldNote]) -> Talk:
    """A talk with those presenters whom only its note names; the README's word goes before."""
    if any(one.task == "presenters" for one in talk.people):
        return talk
    said = tuple(one for note in notes for one in note.people if one.task == "presenters")
    return replace(talk, people=(*talk.people, *said))


def _facts(text: str, root: Section, *, origin: Fact | None) -> CourseFacts:
    first = root.parts[0] if root.parts and root.parts[0].level == 1 else None
    days: dict[int, dt.date] = {}
    for _, number, theme in week_sections(root):
        if day := date_in(theme or ""):
            days.setdefault(number, day)
    title, line = (first.title, first.line) if first else ("", 1)
    return replace(facts_of(text, days, heading=title, line=line), repository=origin)


def _wide(files: Mapping[str, OldFile]) -> frozenset[str]:
    """The PDFs whose first page is wider than it is high."""
    paths = [path for path, file in files.items() if file.suffix == ".pdf" and file.data]
    found = run_all(_pdf, [(files[path].data,) for path in paths])
    return frozenset(
        path
        for path, document in zip(paths, found, strict=True)
        if isinstance(document, Pdf) and document.width > document.height
    )


def _pdf(data: bytes) -> Document:
    """Runs in a worker."""
    return kind_named("pdf").read("slides.pdf", data)
