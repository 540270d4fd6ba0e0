"""All questions of the course, the open ones first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.model import Output

if TYPE_CHECKING:
    from coursekit.render import Renderer


def outputs(renderer: Renderer) -> Iterable[Output]:
    """The one page 'questions.md'."""
    course = renderer.course
    asked = [
        (note, course.presentation_of(note.path), question)
        for note in course.notes
        for question in note.questions
    ]
    unanswered = [entry for entry in asked if entry[2].open]
    answered = [entry for entry in asked if not entry[2].open]
    yield renderer.page(
        "questions.md",
        "questions.html",
        title="Questions",
        hide=("toc",),
        unanswered=unanswered,
        answered=answered,
    )
