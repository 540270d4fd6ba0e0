"""What is inside a scribe note: questions and answers, notes and what became of them."""

from __future__ import annotations

from collections.abc import Iterator

from coursekit.checks import Check
from coursekit.course import Course, week_of
from coursekit.model import Diagnostic, Severity
from coursekit.scribe_note import ScribeNote, ShownEntry

_LONGEST = 80


def quoted(text: str) -> str:
    """The beginning of a text in quotation marks, cut between words."""
    if len(text) <= _LONGEST:
        return f"“{text}”"
    return f"“{text[:_LONGEST].rpartition(' ')[0] or text[:_LONGEST]} …”"


def _discussed(course: Course) -> Iterator[ScribeNote]:
    """The notes of those sessions that are over."""
    for note in course.notes:
        week = week_of(note.path)
        if week is not None and course.is_over(week):
            yield note


class ScribeAnswerOrphan(Check):
    """An answer (`A:`) does not stand below a question.

    An answer belongs to the question right above it. A heading, a rule or a paragraph between them ends the
    question.

    Why: On the site the question would stay open, although it was answered.

    Bad:
        Q (Dan): Why is the mean taken twice?

        We looked at slide 4 again.

        A (Ada): Once per axis.

    Good:
        Q (Dan): Why is the mean taken twice?

        A (Ada): Once per axis. We looked at slide 4 again.

    Mend: Move the line right below its question, and start the question with `Q:` or `Q (name):`.
    """

    id = "scribe-answer-orphan"
    severity = Severity.WARNING


class ScribeDoneOrphan(Check):
    """A `Done:` does not stand below a `Note:`.

    `Note:` says what the presenters should mend, `Done:` right below it says that they did.

    Why: On the site the note would still be owed, although it was done.

    Bad:
        Done: slide 7 now says what W is.

    Good:
        Note: say on slide 7 what W is.

        Done: slide 7 now says it.

    Mend: Move the line right below its `Note:`, or write down as a `Note:` what was asked for.
    """

    id = "scribe-done-orphan"
    severity = Severity.WARNING


class QuestionOpen(Check):
    """A question has no answer yet.

    Looked at are the notes of sessions that are over.

    Why: Questions that were hard in the session are answered later; nobody should forget them. The page of
    questions lists them too.

    Bad:
        Q (Dan): Does it work for three speakers?

    Good:
        Q (Dan): Does it work for three speakers?

        A (Ada): Yes: the paper's Table 4 has them.

    Mend: Presenters: write the answer below the question as `A (name): …`. If nobody knows, say so; that is an
    answer too.
    """

    id = "question-open"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each open question, at its line."""
        for note in _discussed(course):
            for question in _open(note.questions):
                help = "write below it, or in front of the answer that stands there:  A (name): the answer"
                yield self.at(note.path, f"no answer yet: {quoted(question.text)}", question.place, help)


class NoteOpen(Check):
    """A note for the presenters has not been done yet.

    Looked at are the notes of sessions that are over: a `Note:` without a `Done:` below it.

    Why: These lines are what a session asked for to make the material better.

    Bad:
        Note: say on slide 7 what W is.

    Good:
        Note: say on slide 7 what W is.

        Done: slide 7 now says it.

    Mend: Presenters: mend the material, and write below the note `Done: what you did`. If you decide against it,
    `Done:` and the reason will do.
    """

    id = "note-open"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each note that is still owed, at its line."""
        for note in _discussed(course):
            for owed in _open(note.notes):
                help = "write below it:  Done: what you did, with a link to the change"
                yield self.at(note.path, f"not done yet: {quoted(owed.text)}", owed.place, help)


def _open(entries: tuple[ShownEntry, ...]) -> Iterator[ShownEntry]:
    return (entry for entry in entries if entry.open)


class ScribeEmpty(Check):
    """A scribe note holds no question and no note that could be read.

    Four line starts mean something: `Q (name):`, `A (name):`, `Note:` and `Done:`. Numbered questions, and lines
    such as `Dan: why?`, are understood too. All other text is shown as it is.

    Why: Only what is understood appears in the list of questions, and can be found from the presentation.

    Bad:
        Somebody wanted to know why the matrix is never built. It is too large.

    Good:
        Q (Dan): Why is the matrix never built?

        A (Ada): It is too large.

    Mend: Start each line with one of the four words; the name in brackets may be left out.
    """

    id = "scribe-empty"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Notes in which nothing but prose was found."""
        for note in course.notes:
            if not note.questions and not note.notes:
                message = (
                    "no question and no note was found in this text"
                    if note.body.strip()
                    else "this note has no text yet"
                )
                help = "start lines with\nQ (name): the question\nA (name): the answer\nNote: what the presenters should mend\nDone: what they did"
                yield self.at(
                    note.path, message, note.entries[0].place if note.entries else note.place(), help
                )


class ScribeUnnamed(Check):
    """Nobody is named as the scribe of a note.

    The note has no `scribes` in its front matter, and the rota of course.yml names nobody either. A note with an
    empty list, `scribes: []`, says that this is meant.

    Why: The site thanks the scribe, and what each week still owes is counted by it.

    Bad:
        ---
        date: 2020-04-08
        ---

    Good:
        ---
        scribes: [cleo]
        date: 2020-04-08
        ---

    Mend: Add `scribes: [your-id]` to the front matter; the ids stand in course.yml under `people`.
    """

    id = "scribe-unnamed"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Notes of which neither they themselves nor the rota say who wrote them."""
        unplanned = {talk.note_path for talk in course.presentations if not (talk.slot and talk.slot.scribe)}
        for note in course.notes:
            if note.meta is not None and note.path in unplanned and not _says_scribes(note):
                help = "start the file with\n---\nscribes: [your-id]\n---"
                yield self.at(note.path, "nobody is named as the scribe of this note", note.place(), help)


def _says_scribes(note: ScribeNote) -> bool:
    return note.node is not None and isinstance(note.node.value, dict) and "scribes" in note.node.value
