"""Which line of the file each line of a notebook's cells stands in, for .ipynb and for text notebooks."""

from __future__ import annotations

import json
import re
from bisect import bisect, bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import Any

_BLANK = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


def lines_in_json(text: str) -> list[list[int]]:
    """For each cell the file's line of each line of its source; at least one, that of the cell itself.

    `text` is known to be JSON whose top level is an object.
    """
    starts = [0, *accumulate(len(row) + 1 for row in text.split("\n"))]
    cells = next((at for key, at, _ in _members(text, _after_blanks(text, 0)) if key == "cells"), None)
    if cells is None or text[cells] != "[":
        return []
    return [_source_lines(text, at, starts) for at, _ in _items(text, cells)]


def _source_lines(text: str, cell: int, starts: list[int]) -> list[int]:
    here = [bisect(starts, cell)]
    if text[cell] != "{":
        return here
    for key, at, value in _members(text, cell):
        if key == "source":
            strings = _items(text, at) if isinstance(value, list) else [(at, value)]
            # a string may hold several lines; the line end at its own end belongs to the next string
            return [
                bisect(starts, at) for at, part in strings for _ in str(part).removesuffix("\n").split("\n")
            ] or here
    return here


def _after_blanks(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _items(text: str, at: int) -> Iterator[tuple[int, Any]]:
    """Start and value of each item of the array that begins at `at`."""
    at = _after_blanks(text, at + 1)
    while text[at] != "]":
        value, end = _DECODER.raw_decode(text, at)
        yield at, value
        at = _after_blanks(text, end)
        at = _after_blanks(text, at + 1) if text[at] == "," else at


def _members(text: str, at: int) -> Iterator[tuple[str, int, Any]]:
    """Key, start and value of each member of the object that begins at `at`."""
    at = _after_blanks(text, at + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _after_blanks(text, _after_blanks(text, at) + 1)
        value, end = _DECODER.raw_decode(text, at)
        yield key, at, value
        at = _after_blanks(text, end)
        at = _after_blanks(text, at + 1) if text[at] == "," else at


def lines_in_text(text: str, cells: list[Any]) -> list[list[int]]:
    """The same for a text notebook: each line is looked for in the file, behind the one before it.

    A comment sign that jupytext put before a line does not count. Linear in the length of the file.
    """
    where: dict[str, list[int]] = {}
    for number, row in enumerate(text.split("\n"), 1):
        plain = row.strip()
        for form in {plain, re.sub(r"^#( |$)", "", plain).strip()}:
            where.setdefault(form, []).append(number)
    last, out = 0, []
    for cell in cells:
        lines = []
        for line in cell.source.split("\n"):
            numbers = where.get(line.strip(), []) if line.strip() else []
            at = bisect_left(numbers, last + 1)
            last = numbers[at] if at < len(numbers) else last + (not line.strip())
            lines.append(max(1, last))
        out.append(lines)
    return out
