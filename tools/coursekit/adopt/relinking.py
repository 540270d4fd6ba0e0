"""Links that follow the files: each text is read as the site reads it, in a process that can be ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote

from coursekit.jobs import Failure, run_all
from coursekit.kinds import all_kinds, kind_named
from coursekit.linking import relative
from coursekit.mends.links import Edit, Spot, apply
from coursekit.model import Document
from coursekit.notebook import Notebook
from coursekit.page import Page
from coursekit.site import split

Local = Callable[[str, str], str | None]  # (old file, target) -> the old file or folder that is meant


@dataclass(frozen=True, slots=True)
class Piece:
    """A text on its way: the old file whose links it holds, its new path, its bytes as they are now."""

    source: str
    path: str
    data: bytes


def read_pieces(pieces: Sequence[Piece]) -> list[Document | None]:
    """What is in each text; None where that can't be found out."""
    calls = [
        (next(kind.name for kind in all_kinds() if kind.claims(one.path, one.data)), one.path, one.data)
        for one in pieces
    ]
    return [None if isinstance(found, Failure) else found for found in run_all(_read, calls)]


def _read(kind: str, path: str, data: bytes) -> Document:
    """Runs in a worker."""
    return kind_named(kind).read(path, data)


def targets(document: Document | None) -> list[str]:
    """Every address in a text."""
    if not isinstance(document, Page | Notebook):
        return []
    return [link.target for link in document.prose.links]


def relinked(
    piece: Piece, document: Document | None, *, local: Local, moved: Callable[[str], str | None]
) -> Piece:
    """The text with every link to a file of the old tree leading to where that file is now."""
    if not isinstance(document, Page | Notebook):
        return piece
    found = []
    for link in document.prose.links:
        old = local(piece.source, link.target)
        new = moved(old) if old is not None else None
        if new is not None and (written := _written(link.target, new, source=piece.path)) != link.target:
            found.append(Edit(Spot(link.target, link.place), written, ()))
    data = apply(piece.path, piece.data, document, found) if found else piece.data
    return piece if data is None else replace(piece, data=data)


def _written(target: str, path: str, *, source: str) -> str:
    fragment = split(target).fragment
    return quote(relative(source, path), safe="/") + (f"#{fragment}" if fragment else "")
