"""Whether a mended file still says what it said: both are read as the site reads them, and compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from coursekit.mends.links import spots
from coursekit.model import Document
from coursekit.notebook import Notebook
from coursekit.page import Page
from coursekit.plaintext import plain_text
from coursekit.scribe_note import ScribeNote

Leads = Callable[[str], str]  # from a link as it is written to the path that it asks for


def says_the_same(before: Document, after: Document) -> bool:
    """Whether two readings of a file show the same words, the same code, the same questions and answers."""
    return _said(before) == _said(after)


def _said(document: Document) -> object:
    if isinstance(document, ScribeNote):
        return document.title, [
            (one.kind, one.text, one.who, [(plain_text(reply.html), reply.who) for reply in one.replies])
            for one in document.entries
        ]
    if isinstance(document, Page):
        return document.title, plain_text(document.html)
    if isinstance(document, Notebook):
        return (
            document.title,
            plain_text(document.page.html) if document.page else "",
            [(c.kind, c.source) for c in document.cells if c.kind == "code"],
        )
    return None


def has_no_new_fault(before: Document, after: Document) -> bool:
    """Whether every fault after a mend was there before it."""
    return not Counter(fault.rule for fault in after.faults) - Counter(fault.rule for fault in before.faults)


def leads_the_same(before: Document, after: Document, *, led: Leads, leads: Leads) -> bool:
    """Whether the links of a file lead to the same files under their new names, and none is gone."""
    return {led(spot.target) for spot in spots(before)} == {leads(spot.target) for spot in spots(after)}
