"""Finds what stands on a page in the texts that the page was made of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from coursekit.model import Place

_FORMULA_SIGN = r"(?:\$|\\[(\[])\s*"


class Written:
    """Texts, each with its start; what is looked for comes in the order in which it was written."""

    def __init__(self, texts: Sequence[tuple[str, Place]]) -> None:
        self.texts = texts
        self.index, self.offset = 0, 0

    def formula(self, tex: str) -> Place:
        """Where a formula's first line is written next, else for the first time, else the last place known."""
        words = next((line.strip() for line in tex.split("\n") if line.strip()), "")
        found = self.find(words, behind=_FORMULA_SIGN) or self.find(words)
        return found or (self.texts[self.index][1] if self.texts else Place())

    def find(self, words: str, *, behind: str = "", whole: bool = False) -> Place | None:
        """Where the words stand next, behind a pattern; from the beginning again if they don't; None if nowhere.

        With `whole`, the place is where that pattern begins.
        """
        pattern = re.compile(behind + re.escape(words)) if words else None
        start = self.offset
        for index in (*range(self.index, len(self.texts)), *range(self.index + 1)):
            if pattern and index < len(self.texts):
                text, place = self.texts[index]
                if found := pattern.search(text, start):
                    self.index, self.offset = index, found.end()
                    return _moved(place, text, found.start() if whole else found.end() - len(words))
            start = 0
        return None


def _moved(place: Place, text: str, at: int) -> Place:
    row = text.count("\n", 0, at)
    column = at - text.rfind("\n", 0, at)
    return Place(place.line + row, column if row else place.column + column - 1, place.cell)
