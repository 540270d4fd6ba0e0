"""A notebook and its text twin brought in step, from the text to the .ipynb, where no output can become wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise, zip_longest
from typing import Any

from coursekit.history import History
from coursekit.notebook import Cell, Notebook
from coursekit.tidy.notebooks import loaded, new_id, set_source, source_of, written

_Raw = dict[str, Any]


def in_step(data: bytes, twin: Notebook) -> bytes | None:
    """The .ipynb with the cells of its text twin, None where it has them or where that isn't safe.

    Safe are other words around the same code, as the outputs stay right, and any change of a notebook that was
    never run. Pictures that were pasted into a text cell, and raw cells, have no sure place in the twin: they stay.
    """
    raw = loaded(data)
    if raw is None or not twin.cells:
        return None
    ours = [cell for cell in raw["cells"] if source_of(cell).strip()]
    theirs = [cell for cell in twin.cells if cell.source.strip()]
    if [_content(cell) for cell in ours] == [(cell.kind, _plain(cell.source)) for cell in theirs]:
        return None
    if _code(ours) != [_plain(cell.source) for cell in theirs if cell.kind == "code"] and _was_run(ours):
        return None
    cells = list(_merged(ours, theirs))
    lost = [cell for cell in ours if not any(cell is kept for kept in cells)]
    if any(cell.get("attachments") or cell.get("cell_type") == "raw" for cell in lost):
        return None
    _give_ids(cells)
    return written({**raw, "cells": cells, "nbformat_minor": max(5, raw["nbformat_minor"])})


def _plain(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.strip().split("\n"))


def _content(cell: _Raw) -> tuple[str, str]:
    return str(cell.get("cell_type")), _plain(source_of(cell))


def _code(cells: Sequence[_Raw]) -> list[str]:
    return [_plain(source_of(cell)) for cell in cells if cell.get("cell_type") == "code"]


def _was_run(cells: Sequence[_Raw]) -> bool:
    return any(cell.get("outputs") or cell.get("execution_count") is not None for cell in cells)


def _merged(ours: Sequence[_Raw], theirs: Sequence[Cell]) -> Iterator[_Raw]:
    """Their cells: those that are ours as they are, of the others the text in a cell of ours or in a new one."""
    for old, new in _matched(ours, theirs):
        if old is not None and _content(old) == (new.kind, _plain(new.source)):
            yield old
            continue
        keeps = old is not None and not old.get("attachments")
        cell: _Raw = dict(old) if old is not None and keeps else {"metadata": _tags(new)}
        cell["cell_type"] = new.kind
        set_source(cell, new.source)
        if new.kind == "code":
            cell |= {"execution_count": None, "outputs": []}
        yield cell


def _tags(cell: Cell) -> _Raw:
    return {"tags": list(cell.tags)} if cell.tags else {}


def _matched(ours: Sequence[_Raw], theirs: Sequence[Cell]) -> Iterator[tuple[_Raw | None, Cell]]:
    """Each of their cells with the one of ours that it was: between two pieces of code, one after the other."""
    for old, new in zip_longest(
        _stretches([c.get("cell_type") for c in ours]), _stretches([c.kind for c in theirs])
    ):
        mine, other = ours[slice(*old)] if old else (), theirs[slice(*new)] if new else ()
        same = [cell.get("cell_type") for cell in mine] == [cell.kind for cell in other]
        left = list(mine)
        for cell in other:
            twin = next((c for c in left if _content(c) == (cell.kind, _plain(cell.source))), None)
            twin = left[0] if twin is None and same and left else twin
            left = [c for c in left if c is not twin]
            yield twin, cell


def _stretches(kinds: Sequence[object]) -> list[tuple[int, int]]:
    """Start and stop of each run of cells up to and with a code cell."""
    stops = [index + 1 for index, kind in enumerate(kinds) if kind == "code"]
    bounds = [0, *stops, *([len(kinds)] if not stops or stops[-1] < len(kinds) else [])]
    return list(pairwise(bounds))


def _give_ids(cells: Sequence[_Raw]) -> None:
    taken: set[str] = {str(cell["id"]) for cell in cells if "id" in cell}
    for number, cell in enumerate(cells, 1):
        if "id" not in cell:
            cell["id"] = new_id(number, cell, taken)
            taken.add(cell["id"])


def text_is_newer(history: History, notebook: str, twin: str) -> bool:
    """Whether the text may be the source: the .ipynb was not committed after it, as far as git knows."""
    ours, theirs = history.files.get(notebook), history.files.get(twin)
    return ours is None or theirs is None or ours.last <= theirs.last
