"""A scribe note: scribe_notes/week-NN/<slug>.md, the questions of a session and what became of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal

from coursekit.kinds import Kind
from coursekit.markup import plain_text, render_markdown
from coursekit.model import Document, Output, Place, Small
from coursekit.page import Page, demote, read_page
from coursekit.schema import ScribeMeta
from coursekit.scribe import Answer, Entry, Note, Question, read_note

if TYPE_CHECKING:
    from coursekit.render import Renderer

_FIRST_HEADING = re.compile(r"\s*<h2[^>]*>(.*?)</h2>", re.DOTALL)  # demoted from the first level
PATH = re.compile(r"scribe_notes/week-(\d\d)/([^/]+)\.md\Z")


@dataclass(frozen=True, slots=True)
class Said(Small):
    """An answer, or what was done: sanitised HTML and who said it."""

    html: str
    who: str
    place: Place


@dataclass(frozen=True, slots=True)
class ShownEntry(Small):
    """An entry of a note, ready to be shown; `id` is a question's lasting anchor."""

    kind: Literal["question", "note", "passage"]
    html: str
    text: str
    place: Place
    who: str = ""
    id: str = ""
    replies: tuple[Said, ...] = ()

    @property
    def open(self) -> bool:
        """Whether a question has no answer yet, or a note is not done yet."""
        return self.kind != "passage" and not self.replies


@dataclass(frozen=True, slots=True)
class ScribeNote(Page):
    """A page whose body is also read as questions, answers, notes and prose."""

    entries: tuple[ShownEntry, ...] = ()

    @property
    def questions(self) -> tuple[ShownEntry, ...]:
        """The questions in the order in which they were asked."""
        return tuple(entry for entry in self.entries if entry.kind == "question")

    @property
    def notes(self) -> tuple[ShownEntry, ...]:
        """What the presenters are asked to mend, and whether they did."""
        return tuple(entry for entry in self.entries if entry.kind == "note")


def _shown(entry: Entry) -> ShownEntry:
    html = demote(render_markdown(entry.text).html)
    text = plain_text(html)
    if isinstance(entry, Question):
        return ShownEntry(
            "question", html, text, entry.place, entry.who, entry.id, tuple(map(_said, entry.answers))
        )
    if isinstance(entry, Note):
        return ShownEntry("note", html, text, entry.place, entry.who, "", tuple(map(_said, entry.done)))
    return ShownEntry("passage", html, text, entry.place)


def _said(answer: Answer) -> Said:
    return Said(demote(render_markdown(answer.text).html), answer.who, answer.place)


def _read(path: str, data: bytes) -> Document:
    page = read_page(path, data, ScribeMeta, "scribe_note")
    entries, faults = read_note(page.body, page.body_line)
    values = {field.name: getattr(page, field.name) for field in fields(page)}
    shown = _numbered(_without_title(map(_shown, entries), page.title))
    return ScribeNote(**{**values, "faults": (*page.faults, *faults)}, entries=shown)


def _without_title(entries: Iterable[ShownEntry], title: str) -> Iterable[ShownEntry]:
    """The entries without a first heading that only says the page's title again."""
    for number, entry in enumerate(entries):
        found = _FIRST_HEADING.match(entry.html) if number == 0 and entry.kind == "passage" else None
        if found and plain_text(found[1]).casefold() == title.casefold():
            rest = entry.html[found.end() :]
            if rest.strip():
                yield replace(entry, html=rest)
        else:
            yield entry


def _numbered(entries: Iterable[ShownEntry]) -> tuple[ShownEntry, ...]:
    """A question that is asked twice in the same words gets a number behind its id."""
    seen: dict[str, int] = {}
    out = []
    for entry in entries:
        seen[entry.id] = seen.get(entry.id, 0) + 1
        again = entry.kind == "question" and seen[entry.id] > 1
        out.append(replace(entry, id=f"{entry.id}-{seen[entry.id]}") if again else entry)
    return tuple(out)


def _outputs(renderer: Renderer) -> Iterable[Output]:
    for note in renderer.course.notes:
        talk = renderer.course.presentation_of(note.path)
        title = note.title or (
            f"Questions: {talk.title}" if talk else note.stem.replace("-", " ").capitalize()
        )
        section = ("Presentations", f"Week {talk.week}", talk.title) if talk else ("Presentations",)
        yield renderer.page(
            note.path,
            "scribe_note.html",
            title=title,
            source=note.path,
            section=section,
            note=note,
            talk=talk,
        )


KIND = Kind("scribe_note", claims=lambda path, data: bool(PATH.match(path)), read=_read, outputs=_outputs)
