"""Writes a suggestion into course.yml: only the slots and reviews that are new, and only if the file is as it was."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from coursekit.config import Config, Review, Slot, read_config
from coursekit.model import CannotStart
from coursekit.rota.suggestion import Suggestion
from coursekit.rota.yamledit import Edit, YamlText, applied, scalar

BOM = b"\xef\xbb\xbf"
CHANGED = "course.yml changed meanwhile; nothing was written, run it again"


def edited(data: bytes, suggestion: Suggestion) -> bytes:
    """course.yml with the suggestion in it.

    Raises:
        CannotStart: it is not the course that was planned for, or its form is one that can't be changed in place.
    """
    if _meaning(data) != suggestion.before:
        raise CannotStart(CHANGED)
    start = BOM if data.startswith(BOM) else b""
    document = YamlText(data[len(start) :].decode())
    new = (
        start
        + applied(document.text, [*_slots(document, suggestion), *_reviews(document, suggestion)]).encode()
    )
    if _meaning(new) != suggestion.after:
        raise CannotStart("course.yml has a form that can't be changed in place; fill the slots by hand")
    return new


def _meaning(data: bytes) -> Config | None:
    return read_config(data)[0]


def _slots(document: YamlText, suggestion: Suggestion) -> Iterator[Edit]:
    for (entry, index), slot in suggestion.slots.items():
        old = suggestion.before.rota[entry].presentations[index]
        yield from _slot(document, ("rota", entry, "presentations", index), old, slot)


def _slot(document: YamlText, path: tuple[str | int, ...], old: Slot, new: Slot) -> Iterator[Edit]:
    """The presenters and the scribe that are new; a slot that was `{}` says that its topic is open."""
    node = document.at(path)
    assert isinstance(node, yaml.MappingNode), "the config has this slot, so the text has it"
    missing = [] if node.value else ["slug: null"]
    more = [scalar(id) for id in new.presenters[len(old.presenters) :]]
    presenters, scribe = document.at((*path, "presenters")), document.at((*path, "scribe"))
    if more and isinstance(presenters, yaml.SequenceNode):
        yield document.add_items(presenters, more)
    elif more:
        missing.append(f"presenters: [{', '.join(more)}]")
    if new.scribe != old.scribe and new.scribe:
        if scribe is not None:
            yield document.replace(scribe, scalar(new.scribe))
        else:
            missing.append(f"scribe: {scalar(new.scribe)}")
    if missing:
        yield document.add_keys(node, missing)


def _reviews(document: YamlText, suggestion: Suggestion) -> Iterator[Edit]:
    items = [_review(review) for review in suggestion.reviews]
    if not items:
        return
    root, written = document.root, document.at(("reviews",))
    assert isinstance(root, yaml.MappingNode), "a config is a mapping"
    if isinstance(written, yaml.SequenceNode) and (written.value or root.flow_style):
        yield document.add_items(written, items)
    elif isinstance(written, yaml.SequenceNode):
        key = next(key for key, value in root.value if value is written)
        yield from document.fill_list(key, written, items)
    elif root.flow_style:
        yield document.add_keys(root, [f"reviews: [{', '.join(items)}]"])
    else:
        lines = "".join(f"{document.line_end}  - {item}" for item in items)
        yield document.add_keys(root, [f"reviews:{lines}"])


def _review(review: Review) -> str:
    return f"{{week: {review.week}, reviewer: {scalar(review.reviewer)}, project: {scalar(review.project)}}}"


def write(file: Path, old: bytes, new: bytes) -> None:
    """Put the new content in the place of the old in one move.

    Raises:
        CannotStart: the file is not the one that was read, or can't be written.
    """
    beside = ""
    try:
        if file.is_symlink() or file.read_bytes() != old:
            raise CannotStart(CHANGED)
        handle, beside = tempfile.mkstemp(prefix=".course-", dir=file.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(new)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(file, beside)
        Path(beside).replace(file)
    except OSError as error:
        if beside:
            Path(beside).unlink(missing_ok=True)
        raise CannotStart(f"course.yml can't be written: {error.strerror}") from None
