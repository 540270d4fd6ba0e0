"""A scribe note as checks and pages see it: the questions of a session and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from coursekit.model import Place, Small
from coursekit.page import Page


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
