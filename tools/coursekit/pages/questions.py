"""All questions and promises of the course, the open ones first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.course import Course
from coursekit.model import Output
from coursekit.scribe_note import ScribeNote, ShownEntry

if TYPE_CHECKING:
    from coursekit.course import Presentation
    from coursekit.render import Renderer

Asked = tuple[ScribeNote, "Presentation | None", ShownEntry, bool]


def outputs(renderer: Renderer) -> Iterable[Output]:
    """The one page 'questions.md'."""
    course = renderer.course
    asked = list(_all(course, "question"))
    promised = list(_all(course, "note"))
    yield renderer.page(
        "questions.md",
        "questions.html",
        title="Questions",
        hide=("toc",),
        unanswered=[one for one in asked if one[2].open],
        answered=[one for one in asked if not one[2].open],
        promised=[one for one in promised if one[2].open],
        done=[one for one in promised if not one[2].open],
    )


def _all(course: Course, kind: str) -> Iterable[Asked]:
    """Every entry of a kind; the last value says whether its anchor is the first of its name on the page.

    Two notes may hold the same question, and an anchor must lead to one place.
    """
    seen: set[str] = set()
    for note in course.notes:
        for entry in note.questions if kind == "question" else note.notes:
            yield note, course.presentation_of(note.path), entry, bool(entry.id) and entry.id not in seen
            seen.add(entry.id)
