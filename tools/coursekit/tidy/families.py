"""All families of mends, one after the other: what is untidy in a file, and the file tidied."""

from __future__ import annotations

from coursekit.kinds.run import run_folder
from coursekit.model import Document, Fault
from coursekit.tidy.notebooks import tidy_notebook
from coursekit.tidy.notes import tidy_note
from coursekit.tidy.record import Tidied
from coursekit.tidy.texts import tidy_text

_BROKEN = frozenset({"notebook-invalid", "file-conflict-markers", "yaml-syntax"})
_FAMILIES = (tidy_text, tidy_note, tidy_notebook)


def tidied(path: str, data: bytes) -> Tidied:
    """A file's bytes as they should be. What lies in a run folder stays: its digests cover every byte."""
    if run_folder(path):
        return Tidied(data)
    found = Tidied(data)
    for family in _FAMILIES:
        next_ = family(path, found.data)
        found = Tidied(next_.data, (*found.mended, *next_.mended))
    return found


def untidy(document: Document, data: bytes) -> tuple[Fault, ...]:
    """What `tidied` would take away, as faults of the rules that own it; nothing of what can't be read."""
    if is_broken(document):
        return ()
    return tuple(one.fault for one in tidied(document.path, data).mended)


def is_broken(document: Document) -> bool:
    """Whether somebody has to mend a file by hand before it is worth tidying."""
    return any(fault.rule in _BROKEN for fault in document.faults)
