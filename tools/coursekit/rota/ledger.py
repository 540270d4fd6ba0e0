"""Who has how much to do, and which group has reviewed which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from coursekit.config import Config
from coursekit.rota.roster import Roster
from coursekit.rota.slots import all_talks

K = TypeVar("K")


def talk_loads(config: Config, roster: Roster) -> dict[str, int]:
    """In how many slots each group, or student in none, presents."""
    slots = [set(talk.slot.presenters) for talk in all_talks(config)]
    return {unit.name: sum(bool(slot & set(unit.members)) for slot in slots) for unit in roster.units}


def note_loads(config: Config, roster: Roster) -> dict[str, int]:
    """How many notes each student takes."""
    noted = Counter(talk.slot.scribe for talk in all_talks(config))
    return {id: noted[id] for id in roster.students}


def spread(loads: Mapping[K, int]) -> int:
    """The difference of the largest load and the smallest."""
    return max(loads.values(), default=0) - min(loads.values(), default=0)


@dataclass(frozen=True, slots=True)
class Circle:
    """Who reviews whom: the groups with a student in them, and the projects of such groups."""

    reviewers: tuple[str, ...]
    owner: Mapping[str, str]  # of each project

    def others(self, reviewer: str) -> tuple[str, ...]:
        """The groups whose projects a group can review."""
        return tuple(dict.fromkeys(group for group in self.owner.values() if group != reviewer))


def circle(config: Config) -> Circle:
    """As the groups and projects of course.yml say."""
    students = {id for id, person in config.people.items() if person.role == "student"}
    groups = tuple(name for name, members in config.groups.project.items() if students & set(members))
    owner = {name: entry.group for name, entry in config.projects.items() if entry.group in groups}
    return Circle(groups, owner)


def review_loads(config: Config) -> dict[str, int]:
    """How often each project is reviewed."""
    reviewed = Counter(review.project for review in config.reviews)
    return {project: reviewed[project] for project in circle(config).owner}


def repeats(config: Config) -> Iterator[tuple[int, str]]:
    """Reviews of a group that was reviewed before, while another one waits: (index in `reviews`, who waits)."""
    round = circle(config)
    done: Counter[tuple[str, str]] = Counter()
    for index, review in sorted(enumerate(config.reviews), key=lambda one: (one[1].week, one[0])):
        group = round.owner.get(review.project)
        if review.reviewer not in round.reviewers or group is None or group == review.reviewer:
            continue
        waiting = min(round.others(review.reviewer), key=lambda other: done[review.reviewer, other])
        if done[review.reviewer, group] > done[review.reviewer, waiting]:
            yield index, waiting
        done[review.reviewer, group] += 1
