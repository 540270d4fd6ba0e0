"""Who is planned in: the students, who of them present together, and when they are away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coursekit.config import Config


@dataclass(frozen=True, slots=True)
class Unit:
    """Who presents together: the students of a presenting group, or one student who is in none."""

    name: str
    members: tuple[str, ...]
    is_group: bool


@dataclass(frozen=True, slots=True)
class Roster:
    """The people of a rota, in the order of course.yml; `left_out` are students who are away in all of its weeks."""

    students: tuple[str, ...]
    units: tuple[Unit, ...]
    away: frozenset[tuple[str, int]]
    left_out: tuple[str, ...]


def session_weeks(config: Config, first: int = 1) -> tuple[int, ...]:
    """The weeks from `first` on that have a session."""
    weeks = range(first, config.term.weeks + 1)
    return tuple(week for week in weeks if not config.break_on(config.session(week)))


def talk_weeks(config: Config) -> tuple[int, ...]:
    """The weeks in which students present and take notes."""
    return session_weeks(config, config.policy.presentations_from_week)


def roster(config: Config) -> Roster:
    """Who is planned in. Instructors, assistants and guests are not."""
    away = frozenset((entry.who, week) for entry in config.absences for week in entry.weeks)
    weeks = {entry.week for entry in config.rota if entry.presentations} & set(talk_weeks(config))
    everybody = tuple(id for id, person in config.people.items() if person.role == "student")
    there = tuple(id for id in everybody if not weeks or any((id, week) not in away for week in weeks))
    known = frozenset(there)
    left_out = tuple(id for id in everybody if id not in known)
    return Roster(there, tuple(_units(config, there)), away, left_out)


def _units(config: Config, students: tuple[str, ...]) -> Iterator[Unit]:
    grouped: set[str] = set()
    known = frozenset(students)
    for name, ids in config.groups.presenting.items():
        members = tuple(dict.fromkeys(id for id in ids if id in known))
        grouped |= set(members)
        if members:
            yield Unit(f"group {name}" if name in config.people else name, members, is_group=True)
    yield from (Unit(id, (id,), is_group=False) for id in students if id not in grouped)
