"""Reads the body of a scribe note: questions with answers, promises with their keeping, and prose.

Four line starts are agreed: `Q (name): `, `A (name): `, `Note: ` and `Done: `. Beside them the forms
that scribes fall into on their own are read where that takes no guess: a numbered, listed or `Name: ` line
that ends in a question mark is a question, and the list items below such a line are its answers. All else
stays a `Passage` as it was written. HTML lists become Markdown lists first, so that one reader serves both.

The way: body -> lines (scribe_lines: code, mathematics and HTML lists) -> pieces (scribe_pieces: what each
line is) -> entries.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from coursekit.model import Fault, Place, Small
from coursekit.scribe_lines import Line, markdown_lists, read_lines
from coursekit.scribe_pieces import MARKS, Piece, read_piece, read_pieces, trimmed


@dataclass(frozen=True, slots=True)
class Answer(Small):
    """What was answered to a question, or how a promise was kept; `who` is '' where nobody is named."""

    text: str
    who: str
    place: Place


@dataclass(frozen=True, slots=True)
class Question(Small):
    """A question with its answers; without answers it is open."""

    text: str
    who: str
    place: Place
    answers: tuple[Answer, ...] = ()

    @property
    def id(self) -> str:
        """The question's stable id; two questions of the same words share it."""
        return question_id(self.text)


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the presenters owe; with `done` it was kept."""

    text: str
    who: str
    place: Place
    done: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """Any other Markdown, as it was written."""

    text: str
    place: Place


Entry = Question | Note | Passage


def question_id(text: str) -> str:
    """`q-` and 8 hex digits; case, punctuation, line breaks and what stands around don't change it."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    kept = "".join(c for c in folded if c != "`" and not unicodedata.category(c).startswith("P"))
    return "q-" + hashlib.sha256(" ".join(kept.split()).encode("utf-8", "replace")).hexdigest()[:8]


def read_note(body: str, first_line: int = 1) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """The entries of a note's body in their order, and the answers and `Done:`s that belong to nothing.

    `first_line` is the line of the file that the body starts on. Never raises; linear in the body's length.
    """
    reader = _Reader()
    for piece in read_pieces(markdown_lists(read_lines(body, first_line), _holds_marks)):
        reader.take(piece)
    reader.flush()
    return tuple(reader.entries), tuple(reader.faults)


def _holds_marks(lines: Sequence[Line]) -> bool:
    return any(piece.kind in MARKS for piece in read_pieces(lines))


_ORPHANS = {
    "a": (
        "scribe-answer-orphan",
        "this answer stands below no question",
        "Put it right below its question, and write `Q:` in front of that:\nQ (Ada): Why is the mean taken twice?\nA (Ben): Once per axis.",
    ),
    "done": (
        "scribe-done-orphan",
        "this `Done:` stands below no `Note:`",
        "Put it right below its note:\nNote: say on slide 7 what W is.\nDone: slide 7 now says it.",
    ),
}


@dataclass(slots=True)
class _Part:
    """A question, note, answer or `Done:` that may still grow by further lines."""

    piece: Piece
    more: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return trimmed(self.piece.text + "\n" + textwrap.dedent("\n".join(self.more)))

    def answer(self) -> Answer:
        return Answer(self.text, self.piece.who, self.piece.lines[0].place)


@dataclass(slots=True)
class _Reader:
    """Puts pieces together: `parts` is the open question or note with its answers.

    `gap` holds the blank lines since its last line, `passage` the lines of the passage before it or now.
    """

    entries: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    passage: list[Line] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)
    gap: list[Line] = field(default_factory=list)

    def take(self, piece: Piece) -> None:
        """Gives the next piece to the open entry, to a new one or to a passage."""
        if piece.kind == "blank":
            (self.gap if self.parts else self.passage).extend(piece.lines)
        elif piece.kind in ("q", "note"):
            self._start(piece)
        elif piece.kind in ("a", "done"):
            self._reply(piece)
        elif self._answers(piece):
            self._add(piece)
        elif self._continues(piece):
            self.parts[-1].more += (line.text for line in (*self.gap, *piece.lines))
            self.gap.clear()
        elif piece.kind == "ask":
            self._start(piece)
        else:
            self._close()
            self.passage += piece.lines

    def flush(self) -> None:
        """Ends the open entry and the passage."""
        self._close()
        text = "\n".join(line.text for line in self.passage)
        first = next((line for line in self.passage if not line.blank), None)
        if first:
            stripped = re.sub(r"\A(?:[^\S\n]*\n)+", "", text).rstrip()
            # the rest of a list whose head became a question must not look like indented code
            cut = first.depth >= 4 and read_piece(first).marker
            self.entries.append(Passage(textwrap.dedent(stripped) if cut else stripped, first.place))
        self.passage.clear()

    def _start(self, piece: Piece) -> None:
        self.flush()
        self._add(piece)

    def _add(self, piece: Piece) -> None:
        self.gap.clear()
        self.parts.append(_Part(piece))

    def _close(self) -> None:
        if self.parts:
            head, *others = self.parts
            place = head.piece.lines[0].place
            answers = tuple(answer for answer in (part.answer() for part in others) if answer.text)
            make = Note if head.piece.kind == "note" else Question
            self.entries.append(make(head.text, head.piece.who, place, answers))
        self.passage += self.gap
        self.parts.clear()
        self.gap.clear()

    def _reply(self, piece: Piece) -> None:
        heads = ("note",) if piece.kind == "done" else ("q", "ask")
        if self.parts and self.parts[0].piece.kind in heads:
            self._add(piece)
            return
        self._close()
        self.passage += piece.lines
        if piece.marker or piece.depth < 4:  # else it is an indented code block
            rule, message, example = _ORPHANS[piece.kind]
            self.faults.append(Fault(rule, message, piece.lines[0].place, example))

    def _answers(self, piece: Piece) -> bool:
        """Whether a list item is an answer by standing below a question that has no mark."""
        if not piece.marker or not self.parts or self.parts[0].piece.kind != "ask":
            return False
        head, last = self.parts[0].piece, self.parts[-1].piece
        beside = piece.depth == head.depth and piece.marker != head.marker and not self.gap
        first = last is head or (last.marker != "" and piece.depth <= last.depth)
        return first and (piece.depth > head.depth or beside)

    def _continues(self, piece: Piece) -> bool:
        """Whether a piece belongs to the text of the open question, note or answer."""
        if not self.parts or piece.kind == "break" or (piece.kind == "ask" and piece.who):
            return False
        head, last = self.parts[0].piece, self.parts[-1].piece
        if last.kind == "ask" and last is head:
            return False  # its question mark ended it
        if piece.kind == "code":
            return True  # its first line was taken before
        if self.gap:
            return piece.depth > max(1, last.depth)
        if not piece.marker:
            return True
        if last.marker:
            return piece.depth > last.depth
        return head.marker != piece.marker or piece.depth > head.depth
