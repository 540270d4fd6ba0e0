"""The slots of the rota: what is written in each, and what is still open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from coursekit.config import Config, Slot
from coursekit.rota.roster import Roster, roster, talk_weeks


@dataclass(frozen=True, slots=True)
class Talk:
    """A slot and where it stands: `rota[entry].presentations[index]` of course.yml, the `number`th of its week."""

    week: int
    number: int
    entry: int
    index: int
    slot: Slot

    @property
    def key(self) -> tuple[int, int]:
        """Where it stands, the same before and after it is filled."""
        return self.entry, self.index

    @property
    def path(self) -> tuple[str | int, ...]:
        """The keys that lead to it in course.yml."""
        return "rota", self.entry, "presentations", self.index

    @property
    def duties(self) -> Iterator[tuple[str, tuple[str | int, ...]]]:
        """Who has something to do in it, and where it says so."""
        for index, id in enumerate(self.slot.presenters):
            yield id, (*self.path, "presenters", index)
        if self.slot.scribe:
            yield self.slot.scribe, (*self.path, "scribe")


def all_talks(config: Config) -> tuple[Talk, ...]:
    """Every slot of the rota, as it stands there."""
    found: list[Talk] = []
    count: Counter[int] = Counter()
    for at, entry in enumerate(config.rota):
        for index, slot in enumerate(entry.presentations):
            count[entry.week] += 1
            found.append(Talk(entry.week, count[entry.week], at, index, slot))
    return tuple(found)


def team_size(config: Config) -> tuple[int, int]:
    """How many present together, at least and at most."""
    low, high = config.policy.presenters
    return max(1, low), max(1, low, high)


def wants_presenters(config: Config, people: Roster, talk: Talk) -> bool:
    """Whether fewer present in it than have to; a whole presenting group is enough, whatever its size."""
    team = set(talk.slot.presenters)
    whole = any(unit.is_group and team.issuperset(unit.members) for unit in people.units)
    return len(team) < team_size(config)[0] and not whole


def open_talks(config: Config, first: int, last: int) -> tuple[Talk, ...]:
    """The slots of those weeks that students can fill and that lack presenters or a scribe."""
    people = roster(config)
    weeks = {week for week in talk_weeks(config) if first <= week <= last}
    return tuple(
        talk
        for talk in all_talks(config)
        if talk.week in weeks and (wants_presenters(config, people, talk) or not talk.slot.scribe)
    )


@dataclass(frozen=True, slots=True)
class Openness:
    """How many talks students give in all, and how many of them still lack presenters, or a scribe."""

    talks: int
    no_presenters: int
    no_scribe: int

    @property
    def mostly_open(self) -> bool:
        """Whether it is too early to judge who has how much to do: an unfilled rota is normal."""
        return 2 * self.no_presenters >= self.talks


def openness(config: Config) -> Openness:
    """Of the weeks in which students present; slots of the policy that a week does not name are open."""
    written = all_talks(config)
    wanted = presented = noted = 0
    for week in talk_weeks(config):
        slots = [talk.slot for talk in written if talk.week == week]
        wanted += max(len(slots), config.policy.presentations_per_week)
        presented += sum(1 for slot in slots if slot.presenters)
        noted += sum(1 for slot in slots if slot.scribe)
    return Openness(wanted, wanted - presented, wanted - noted)
