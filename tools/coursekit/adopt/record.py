"""The records that pass between the steps of adopting: old files, what was taken for what, the new tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Sureness(StrEnum):
    """How sure a decision is: what the old text says, what fits it, or what merely may be."""

    SURE = "sure"
    LIKELY = "likely"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class OldFile:
    """A file of the old repository. `data` is None where it must not be read; then `refused` says why."""

    path: str
    data: bytes | None
    digest: str = ""
    refused: str = ""

    @property
    def folder(self) -> str:
        """The folder that it lies in, '' for the root."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """Its name without its folder."""
        return self.path.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """'.pdf', in lower case; '' where there is none."""
        return f".{self.name.rpartition('.')[2].lower()}" if "." in self.name[1:] else ""


@dataclass(frozen=True, slots=True)
class Taken:
    """One decision: what stands where in the old repository, what it was taken for, where it went, and why."""

    source: str
    line: int | None
    target: str
    what: str
    sureness: Sureness
    why: str


class Fate(StrEnum):
    """What becomes of a file."""

    PLACED = "placed"
    REWRITTEN = "rewritten"
    LEFT_OVER = "left over"
    NOT_COPIED = "not copied"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one old file: `kept` is where its bytes are, '' where it was not copied."""

    file: OldFile
    fate: Fate
    target: str
    kept: str
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """The whole of the new tree, with every decision and the outcome of every old file."""

    files: Mapping[str, bytes]
    taken: tuple[Taken, ...]
    outcomes: tuple[Outcome, ...]
    remarks: tuple[str, ...] = field(default=())

    @property
    def settled(self) -> bool:
        """Whether everything has its place and nothing was merely guessed."""
        lost = any(one.fate in {Fate.LEFT_OVER, Fate.NOT_COPIED} for one in self.outcomes)
        return not lost and all(one.sureness is not Sureness.GUESS for one in self.taken)
