"""What a family of mends gives back."""

from __future__ import annotations

from dataclasses import dataclass

from coursekit.model import Fault


@dataclass(frozen=True, slots=True)
class Mended:
    """One thing that was untidy, and in words what is done about it."""

    fault: Fault
    done: str


@dataclass(frozen=True, slots=True)
class Tidied:
    """A file's bytes as they should be, and what was mended to get there; nothing where they were so before."""

    data: bytes
    mended: tuple[Mended, ...] = ()
