"""A scribe note: scribe_notes/week-NN/<slug>.md, the questions of a session and what became of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields

from coursekit.kinds import Kind
from coursekit.model import Document
from coursekit.page import Page, read_page
from coursekit.schema import ScribeMeta
from coursekit.scribe import Entry, Question, read_note

PATH = re.compile(r"scribe_notes/week-(\d\d)/([^/]+)\.md\Z")


@dataclass(frozen=True, slots=True)
class ScribeNote(Page):
    """A page whose body is also read as questions, answers, notes and prose."""

    entries: tuple[Entry, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """The questions in the order in which they were asked."""
        return tuple(entry for entry in self.entries if isinstance(entry, Question))


def _read(path: str, data: bytes) -> Document:
    page = read_page(path, data, ScribeMeta, "scribe_note")
    entries, faults = read_note(page.body, page.body_line)
    values = {field.name: getattr(page, field.name) for field in fields(page)}
    return ScribeNote(**{**values, "faults": (*page.faults, *faults)}, entries=entries)


KIND = Kind("scribe_note", claims=lambda path, data: bool(PATH.match(path)), read=_read)
