"""A scribe note: scribe_notes/week-NN/<slug>.md, the questions of a session and what became of them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.kinds import Kind
from coursekit.model import Output
from coursekit.scribe_note_reader import read_scribe_note

if TYPE_CHECKING:
    from coursekit.render import Renderer

PATH = re.compile(r"scribe_notes/week-(\d\d)/([^/]+)\.md\Z")


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


KIND = Kind(
    "scribe_note", claims=lambda path, data: bool(PATH.match(path)), read=read_scribe_note, outputs=_outputs
)
