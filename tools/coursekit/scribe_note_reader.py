"""From a scribe note's entries to what is shown of them: HTML, lasting ids, no heading that only says the title."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields, replace

from coursekit.markup import render_markdown
from coursekit.page_reader import demote, read_page
from coursekit.plaintext import plain_text
from coursekit.schema import ScribeMeta
from coursekit.scribe import Answer, Entry, Note, Question, read_note
from coursekit.scribe_note import Said, ScribeNote, ShownEntry

_FIRST_HEADING = re.compile(r"\s*<h2[^>]*>(.*?)</h2>", re.DOTALL)  # demoted from the first level


def read_scribe_note(path: str, data: bytes) -> ScribeNote:
    """Read a note; whatever is wrong is among the faults."""
    page = read_page(path, data, ScribeMeta, "scribe_note")
    entries, faults = read_note(page.body, page.body_line)
    values = {field.name: getattr(page, field.name) for field in fields(page)}
    shown = _numbered(_without_title(map(_shown, entries), page.title))
    return ScribeNote(**{**values, "faults": (*page.faults, *faults)}, entries=shown)


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
