"""What is known of an address on another host; who asks them is `coursekit.external`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How an address stands. UNKNOWN is what nobody could tell yet; DEAD takes several nights."""

    OK = "ok"
    MOVED = "moved"
    UNKNOWN = "unknown"
    DEAD = "dead"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out for an address without its fragment.

    `nights` counts those on which nothing was there, `unsure` those in a row that told nothing. `final` is where
    it has moved to, `missing` the fragments that its page does not have.
    """

    state: State
    why: str = ""
    nights: int = 0
    unsure: int = 0
    final: str = ""
    last_ok: dt.date | None = None
    missing: tuple[str, ...] = ()
