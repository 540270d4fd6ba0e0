"""What changed in a notebook, cell by cell and as text: nobody reads the JSON."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coursekit.notebook import Cell, Notebook


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell that is new, gone or other than before; `diff` is a unified diff of its source."""

    number: int
    kind: str
    what: str
    diff: str = ""


def cell_changes(old: Notebook | None, new: Notebook | None) -> tuple[CellChange, ...]:
    """The changed cells in their order; numbers are those of the new notebook, for a deleted cell of the old one."""
    before, after = (old.cells if old else ()), (new.cells if new else ())
    matcher = difflib.SequenceMatcher(
        None, [_key(cell) for cell in before], [_key(cell) for cell in after], autojunk=False
    )
    return tuple(
        change
        for tag, start, end, first, last in matcher.get_opcodes()
        for change in _changes(tag, before, after, (start, end), (first, last))
    )


def _key(cell: Cell) -> tuple[str, str]:
    return cell.kind, cell.source


def _changes(
    tag: str, before: Sequence[Cell], after: Sequence[Cell], old: tuple[int, int], new: tuple[int, int]
) -> Iterator[CellChange]:
    shared = min(old[1] - old[0], new[1] - new[0])
    for offset in range(shared):
        was, now, number = before[old[0] + offset], after[new[0] + offset], new[0] + offset + 1
        if tag == "equal":
            if was.output_text != now.output_text:
                yield CellChange(number, now.kind, "other output", _diff(was.output_text, now.output_text))
        else:
            yield CellChange(number, now.kind, "changed", _diff(was.source, now.source))
    for index in range(old[0] + shared, old[1]):
        yield CellChange(index + 1, before[index].kind, "deleted", _diff(before[index].source, ""))
    for index in range(new[0] + shared, new[1]):
        yield CellChange(index + 1, after[index].kind, "new", _diff("", after[index].source))


def _diff(old: str, new: str) -> str:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2)
    return "\n".join(line for line in lines if not line.startswith(("--- ", "+++ ", "@@")))
