"""From one night's answer to what is remembered, and from that to a verdict. Nothing here asks anybody."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from coursekit.external.memory import Entry
from coursekit.outside import State, Verdict

DEAD_FROM = 3  # nights; a host is often down for one, and seldom for three
_LEAST_DAYS, _SPREAD = 4, 7  # a success is good for four to ten days, a week in the middle


class Outcome(StrEnum):
    """What one night's asking came to."""

    THERE = "there"
    GONE = "gone"
    UNCLEAR = "unclear"
    PRIVATE = "private"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was heard of an address; `doubtful` where it looks the same if this machine has no network."""

    outcome: Outcome
    why: str = ""
    final: str = ""
    missing: frozenset[str] = frozenset()
    doubtful: bool = False


def is_fresh(address: str, entry: Entry, *, fragments: frozenset[str], today: dt.date) -> bool:
    """Whether an earlier success still stands; how long is spread by address, so that not all end in one night."""
    if entry.state not in {State.OK, State.MOVED} or not fragments <= set(entry.looked_for) - set(
        entry.missing
    ):
        return False
    spread = (
        int.from_bytes(hashlib.sha256(address.encode("utf-8", "surrogatepass")).digest()[:4], "big") % _SPREAD
    )
    return 0 <= (today - entry.checked).days < _LEAST_DAYS + spread


def remembered(before: Entry | None, answer: Answer, *, fragments: frozenset[str], today: dt.date) -> Entry:
    """The entry after a night; what is no clear answer leaves the count of failures as it was."""
    last_ok = before.last_ok if before else None
    if answer.outcome is Outcome.THERE:
        return Entry(
            state=State.MOVED if answer.final else State.OK,
            last_ok=today,
            checked=today,
            final=answer.final,
            looked_for=tuple(sorted(fragments)),
            missing=tuple(sorted(answer.missing)),
        )
    if answer.outcome is Outcome.PRIVATE:
        return Entry(state=State.PRIVATE, why=answer.why, last_ok=last_ok, checked=today)
    if answer.outcome is Outcome.GONE:
        return _gone(before, answer.why, today=today)
    return _unclear(before, answer.why, today=today)


def _gone(before: Entry | None, why: str, *, today: dt.date) -> Entry:
    nights = before.nights if before else 0
    counted = before.last_failure if before else None
    if counted is None or today > counted:  # asked twice in a day counts once
        nights, counted = nights + 1, today
    return Entry(
        state=State.DEAD if nights >= DEAD_FROM else State.UNKNOWN,
        why=why,
        nights=nights,
        first_failure=(before.first_failure if before else None) or today,
        last_failure=counted,
        last_ok=before.last_ok if before else None,
        checked=today,
    )


def _unclear(before: Entry | None, why: str, *, today: dt.date) -> Entry:
    if before is None:
        return Entry(state=State.UNKNOWN, why=why, unsure=1, checked=today)
    dead = before.state is State.DEAD
    return Entry(
        state=State.DEAD if dead else State.UNKNOWN,
        why=before.why if dead else why,
        nights=before.nights,
        unsure=before.unsure + (today > before.checked or not before.unsure),
        first_failure=before.first_failure,
        last_failure=before.last_failure,
        last_ok=before.last_ok,
        checked=today,
    )


def verdicts(entries: Mapping[str, Entry]) -> dict[str, Verdict]:
    """What follows from the memory, by address."""
    return {
        address: Verdict(
            entry.state, entry.why, entry.nights, entry.unsure, entry.final, entry.last_ok, entry.missing
        )
        for address, entry in entries.items()
    }
