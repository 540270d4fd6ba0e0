"""The commands of the handout and what it says they print, as they stand in its fenced blocks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```(sh|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COUNT = re.compile(r"\d+ (?:passed|failed|files|metrics|to train|to validate|to test)")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Step:
    """A block of commands, and the lines that its text block shows."""

    commands: str
    shown: tuple[str, ...] = ()


def steps(page: Path) -> list[Step]:
    """Every block of commands, in order."""
    found: list[Step] = []
    for kind, text in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if kind == "sh":
            found.append(Step(text))
        else:
            found[-1] = Step(found[-1].commands, tuple(filter(None, text.splitlines())))
    return found


def likeness(line: str) -> tuple[str, tuple[str, ...]]:
    """What of a printed line is the same everywhere: its words, and the numbers that count something."""
    words = " ".join(_NUMBER.sub("#", line).split())
    return words, tuple(_COUNT.findall(line))
