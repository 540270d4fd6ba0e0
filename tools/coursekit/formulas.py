"""The formulas of a text: what the site hands to KaTeX, each with its place in what was written."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from coursekit.model import Formula, Place

_ELEMENT = re.compile(r'<(span|div) class="arithmatex">(.*?)</\1>', re.DOTALL)
_FORMULA = re.compile(r"\s*\\([(\[])(.*)\\[)\]]\s*\Z", re.DOTALL)


def formulas_in(clean: str, texts: Sequence[tuple[str, Place]]) -> tuple[Formula, ...]:
    """The formulas of a page's HTML; `texts` are what it was made of, each with its start."""
    if "arithmatex" not in clean:
        return ()
    found = []
    finder = _Finder(texts)
    for element in _ELEMENT.finditer(clean):
        if inner := _FORMULA.match(html.unescape(element[2])):
            found.append(Formula(inner[2], inner[1] == "[", finder.place(inner[2])))
    return tuple(found)


class _Finder:
    """Finds formulas in the order in which they were written."""

    def __init__(self, texts: Sequence[tuple[str, Place]]) -> None:
        self.texts = texts
        self.index, self.offset = 0, 0

    def place(self, tex: str) -> Place:
        """Where the formula's first line is written next, else for the first time, else the last place known."""
        words = next((line.strip() for line in tex.split("\n") if line.strip()), "")
        start = self.offset
        for index in (*range(self.index, len(self.texts)), *range(self.index)):
            text, place = self.texts[index]
            at = _first(words, text, start) if words else -1
            start = 0
            if at >= 0:
                self.index, self.offset = index, at + len(words)
                return _moved(place, text, at)
        return self.texts[self.index][1] if self.texts else Place()


def _first(words: str, text: str, start: int) -> int:
    """Where the words stand behind a dollar or bracket, else at all; -1 where they don't."""
    opened = re.compile(r"(?:\$|\\[(\[])\s*" + re.escape(words)).search(text, start)
    return opened.end() - len(words) if opened else text.find(words, start)


def _moved(place: Place, text: str, at: int) -> Place:
    row = text.count("\n", 0, at)
    column = at - text.rfind("\n", 0, at)
    return Place(place.line + row, column if row else place.column + column - 1, place.cell)
