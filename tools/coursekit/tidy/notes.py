"""Scribe notes in the agreed form: `Q (name): …`, `A (name): …`, `Note: …`, `Done: …`, each at a line's start.

The reader of notes understands more forms than that. What it understood is written anew, word for word; what it
took for prose stays as it was, where it was. The new text counts only if the reader finds the same in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from coursekit.model import Fault, Place
from coursekit.page_reader import split_front_matter
from coursekit.scribe import Answer, Entry, Note, Passage, Question, read_note
from coursekit.source import decode
from coursekit.tidy.record import Mended, Tidied

_PATH = re.compile(r"scribe_notes/week-\d\d/[^/]+\.md\Z")
_AGREED = re.compile(r"(?:Q|A|Note|Done)(?: \([^()\n]+\))?: \S")


def tidy_note(path: str, data: bytes) -> Tidied:
    """A scribe note whose every question, answer, note and promise has the agreed form."""
    if not _PATH.match(path):
        return Tidied(data)
    text = decode(data)
    parts = split_front_matter(text)
    body = None if parts.faults else agreed_form(parts.body)
    if body is None:
        return Tidied(data)
    head = text[: len(text) - len(parts.body)]
    return Tidied((head + body).encode(), (Mended(_fault(parts.body, parts.body_line), _DONE),))


_DONE = "questions and answers have the agreed form, word for word as they were"


def _fault(body: str, first_line: int) -> Fault:
    lines = body.split("\n")
    others = [entry for entry in read_note(body)[0] if not _is_agreed(entry, lines)]
    what = "question or note is" if len(others) == 1 else "questions and notes are"
    place = Place(others[0].place.line + first_line - 1, others[0].place.column)
    example = _written(others[0]).split("\n")[0]
    return Fault(
        "scribe-form",
        f"{len(others)} {what} written in another form than the agreed one",
        place,
        f"let `course check --fix` write it, or write yourself:  {example}",
    )


def agreed_form(body: str) -> str | None:
    """A note's body in the agreed form; None where it has that form, or where that can't be done for sure."""
    entries, faults = read_note(body)
    lines = body.split("\n")
    starts = [entry.place.line for entry in entries]
    if all(_is_agreed(entry, lines) for entry in entries) or starts != sorted(set(starts)):
        return None
    new = "\n".join(_rewritten(entries, lines))
    found, found_faults = read_note(new)
    same = list(map(_bare, found)) == list(map(_bare, entries))
    same_faults = [fault.rule for fault in found_faults] == [fault.rule for fault in faults]
    now = new.split("\n")
    return new if same and same_faults and all(_is_agreed(entry, now) for entry in found) else None


def _rewritten(entries: Sequence[Entry], lines: Sequence[str]) -> Iterator[str]:
    """The lines of a body, those of entries in another form written anew, with an empty line around."""
    starts = [entry.place.line - 1 for entry in entries]
    yield from lines[: starts[0]]
    last = lines[starts[0] - 1] if starts[0] else ""
    for entry, start, stop in zip(entries, starts, [*starts[1:], len(lines)], strict=True):
        block = list(lines[start:stop])
        if not _is_agreed(entry, lines):
            if last.strip():
                yield ""
            blank = next((n for n, line in enumerate(reversed(block)) if line.strip()), len(block))
            more = [""] if stop < len(lines) else []
            block = [*_written(entry).split("\n"), *(block[len(block) - blank :] or more)]
        yield from block
        last = block[-1]


def _is_agreed(entry: Entry, lines: Sequence[str]) -> bool:
    if isinstance(entry, Passage):
        return True
    replies = entry.answers if isinstance(entry, Question) else entry.done
    return all(_AGREED.match(lines[part.place.line - 1]) for part in (entry, *replies))


def _written(entry: Entry) -> str:
    """A question or note with its replies, a paragraph each."""
    assert not isinstance(entry, Passage)
    question = isinstance(entry, Question)
    replies = entry.answers if isinstance(entry, Question) else entry.done
    parts = [("Q" if question else "Note", entry), *(("A" if question else "Done", one) for one in replies)]
    return "\n\n".join(_marked(mark, part) for mark, part in parts)


def _marked(mark: str, part: Question | Note | Answer) -> str:
    first, *rest = part.text.split("\n")
    indent = "" if all(line.strip() for line in rest) else "  "  # keeps a later paragraph with its mark
    head = f"{mark} ({part.who}): {first}" if part.who else f"{mark}: {first}"
    return "\n".join([head, *(indent + line if line.strip() else "" for line in rest)])


def _bare(entry: Entry) -> Entry:
    """An entry without its places."""
    if isinstance(entry, Question):
        answers = tuple(replace(answer, place=Place()) for answer in entry.answers)
        return replace(entry, place=Place(), answers=answers)
    if isinstance(entry, Note):
        return replace(entry, place=Place(), done=tuple(replace(one, place=Place()) for one in entry.done))
    return replace(entry, place=Place())
