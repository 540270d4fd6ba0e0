"""Reads tips and tricks: each section that tells of a trouble, with its symptom, its cause and its fix.

It reads the page's sanitised HTML, where links and notes that are defined elsewhere have found their place.
What is not understood stays prose at its place, and nothing is lost.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from coursekit.htmlblocks import Block, blocks, labelled, paragraphs, sections, starts_with
from coursekit.model import Heading, Place
from coursekit.plaintext import plain_text
from coursekit.tips import PARTS, Part, Tip

_DATE = re.compile(r"\s*(\d{4}-\d\d-\d\d)\b[\s:,.–—-]*")


def read_tips(clean: str, headings: Iterable[Heading] = ()) -> tuple[Tip | Part, ...]:
    """The tips of a page's HTML and what stands between them; `headings` say where in the file they are."""
    places = iter([(_letters(heading.text), heading.place) for heading in headings])
    return tuple(
        replace(entry, place=_place(entry, places)) if isinstance(entry, Tip) else entry
        for entry in _entries(clean)
    )


def _entries(clean: str) -> Iterator[Tip | Part]:
    for head, below in _troubles(clean):
        parts = tuple(_joined(_parts(below))) if head else ()
        found = _DATE.match(head.text) if head else None
        date = _day(found[1]) if found else None
        if head and (date or any(part.label for part in parts)):
            stripped = _DATE.sub("", head.inner, count=1) if date and _DATE.match(head.inner) else head.inner
            yield Tip(head.id, plain_text(stripped), stripped.strip(), date, parts)
        elif text := (head.html if head else "") + "".join(block.html for block in below).strip():
            yield Part(text)


def _troubles(clean: str) -> Iterator[tuple[Block | None, list[Block]]]:
    """Sections of the second level; a date makes one of the third level a section of its own."""
    for head, below in sections(clean):
        now, inside = head, list[Block]()
        for block in below:
            if block.level == 3 and _DATE.match(block.text):
                yield now, inside
                now, inside = block, []
            else:
                inside.append(block)
        yield now, inside


def _parts(below: Iterable[Block]) -> Iterator[Part]:
    for block in below:
        word = block.text.rstrip(":").capitalize()
        if block.level and word in PARTS:
            yield Part("", word)
        elif block.tag == "p":
            for piece in labelled(block.inner, PARTS):
                yield Part(f"<p>{piece.html}</p>" if piece.html else "", piece.label)
        elif block.tag in {"ul", "ol"} and any(
            starts_with(item.inner, PARTS) for item in blocks(block.inner)
        ):
            yield from _listed(block)
        elif block.html.strip():
            yield Part(block.html)


def _listed(block: Block) -> Iterator[Part]:
    """A list whose items are the parts; an item that is none stays a list item."""
    for item in blocks(block.inner):
        if starts_with(item.inner, PARTS):
            yield from _parts(paragraphs(item.inner))
        elif item.html.strip():
            yield Part(f"<ul>{item.html}</ul>")


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    """What stands behind a labelled part belongs to it."""
    now = Part("")
    for part in parts:
        if part.label:
            if now.html or now.label:
                yield now
            now = part
        else:
            now = replace(now, html=now.html + part.html)
    if now.html or now.label:
        yield now


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _place(tip: Tip, places: Iterator[tuple[str, Place]]) -> Place:
    """Where its heading stands: they come in the same order in the file as on the page."""
    wanted = _letters(tip.title)
    return next((place for text, place in places if text.endswith(wanted)), Place())


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)
