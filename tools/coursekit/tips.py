"""Tips and tricks as checks and pages see them: troubles, each with its symptom, its cause and its fix."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from coursekit.model import Place, Small
from coursekit.page import Page

PARTS = ("Symptom", "Cause", "Fix")


@dataclass(frozen=True, slots=True)
class Part(Small):
    """A piece of a tip: sanitised HTML, and which of the three parts it is; `label` is '' for what is none."""

    html: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Tip(Small):
    """A trouble: when it was met, what it looked like, why it was there and what mended it."""

    anchor: str
    title: str
    title_html: str
    date: dt.date | None
    parts: tuple[Part, ...] = ()
    place: Place = Place()

    @property
    def missing(self) -> tuple[str, ...]:
        """Which of the three parts it lacks."""
        return tuple(label for label in PARTS if label not in {part.label for part in self.parts})

    def part(self, label: str) -> str:
        """One of its parts, '' where it has none."""
        return "".join(part.html for part in self.parts if part.label == label)


@dataclass(frozen=True, slots=True)
class TipsPage(Page):
    """tips-and-tricks.md: its tips and the prose around them, in their order."""

    entries: tuple[Tip | Part, ...] = ()

    @property
    def tips(self) -> tuple[Tip, ...]:
        """The troubles only."""
        return tuple(entry for entry in self.entries if isinstance(entry, Tip))
