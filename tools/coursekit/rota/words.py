"""How the rota speaks of people and numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

MOST_NAMED = 12


def listed(names: Iterable[object]) -> str:
    """'ada', 'ada and ben', 'ada, ben and 9 others'."""
    words = [str(name) for name in names]
    if len(words) > MOST_NAMED:
        words = [*words[: MOST_NAMED - 1], f"{len(words) - MOST_NAMED + 1} others"]
    return ", ".join(words[:-1]) + (" and " if words[1:] else "") + (words[-1] if words else "")


def times(number: int) -> str:
    """'never', 'once', 'twice', '3 times'."""
    return ("never", "once", "twice")[number] if number < 3 else f"{number} times"


def by_load(loads: Mapping[str, int]) -> list[tuple[int, list[str]]]:
    """Who has which load, the largest first."""
    return [
        (load, [name for name, one in loads.items() if one == load])
        for load in sorted(set(loads.values()), reverse=True)
    ]
