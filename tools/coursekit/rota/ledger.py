"""Who has how much to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TypeVar

from coursekit.config import Config
from coursekit.rota.roster import Roster
from coursekit.rota.slots import all_talks

K = TypeVar("K")


def talk_loads(config: Config, roster: Roster) -> dict[str, int]:
    """In how many slots each group, or student in none, presents."""
    units: dict[str, list[str]] = {}
    for unit in roster.units:
        for id in unit.members:
            units.setdefault(id, []).append(unit.name)
    presented: Counter[str] = Counter()
    for talk in all_talks(config):
        presented.update({name for id in talk.slot.presenters for name in units.get(id, ())})
    return {unit.name: presented[unit.name] for unit in roster.units}


def note_loads(config: Config, roster: Roster) -> dict[str, int]:
    """How many notes each student takes."""
    noted = Counter(talk.slot.scribe for talk in all_talks(config))
    return {id: noted[id] for id in roster.students}


def spread(loads: Mapping[K, int]) -> int:
    """The difference of the largest load and the smallest."""
    return max(loads.values(), default=0) - min(loads.values(), default=0)


def can_be_even(loads: Mapping[K, int], places: int) -> bool:
    """Whether so many more places are enough to bring all loads within one of the largest."""
    most = max(loads.values(), default=0)
    return sum(max(0, most - 1 - load) for load in loads.values()) <= places
