"""Plans presenters and scribes for the open slots."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from coursekit.config import Config, Slot
from coursekit.rota.ledger import note_loads, talk_loads
from coursekit.rota.roster import Roster, Unit
from coursekit.rota.slots import Talk, all_talks, team_size, wants_presenters
from coursekit.rota.solver import Model, Term, Variable
from coursekit.rota.wishes import is_kept, student_wishes, wished_talks

MOST_TALKS = 1000


@dataclass(frozen=True, slots=True)
class Offer:
    """Students who could present in a slot; `is_more` where their unit presents there already."""

    talk: Talk
    unit: Unit
    members: tuple[str, ...]
    take: Variable
    is_more: bool

    @property
    def is_whole_group(self) -> bool:
        """Whether they fill the slot by themselves."""
        return self.unit.is_group and not self.is_more


@dataclass(frozen=True, slots=True)
class Note:
    """A student who could take the notes of a slot."""

    talk: Talk
    student: str
    take: Variable


@dataclass(frozen=True, slots=True)
class Gap:
    """What a slot may have to do without."""

    talk: Talk
    no_team: Variable | None
    no_scribe: Variable | None


def plan_talks(
    config: Config, roster: Roster, talks: tuple[Talk, ...], seed: int
) -> dict[tuple[int, int], Slot]:
    """The slots that get presenters or a scribe, by where they stand; what can't be filled stays open."""
    model, free = Model(seed), _Free(config, roster)
    offers = [one for talk in talks for one in _offers(model, config, roster, free, talk)]
    notes = [one for talk in talks for one in _notes(model, roster, free, talk)]
    gaps = [_gap(model, config, roster, talk) for talk in talks]
    _one_role(model, offers, notes)
    for gap in gaps:
        _team(model, config, gap, [one for one in offers if one.talk is gap.talk])
        _scribe(model, gap, [one for one in notes if one.talk is gap.talk])
    uneven = _even_loads(model, config, roster, offers, notes)
    model.least(_missing(gaps))
    model.least(uneven)
    model.least(_wishes(model, config, roster, offers))
    model.least((-1.0, one.take) for one in offers if not one.is_whole_group)
    lots = random.Random(seed)  # noqa: S311 - lots are drawn, nothing is kept secret
    takes = [*(one.take for one in offers), *(one.take for one in notes)]
    model.least(((1 + lots.random(), take) for take in takes), near=0.02)
    return _filled(model, talks, offers, notes)


class _Free:
    """Whether a student is there in a week and has nothing to do in it yet."""

    def __init__(self, config: Config, roster: Roster) -> None:
        busy = {(id, talk.week) for talk in all_talks(config) for id, _ in talk.duties}
        self._not_free = roster.away | busy

    def __call__(self, id: str, week: int) -> bool:
        return (id, week) not in self._not_free


def _offers(model: Model, config: Config, roster: Roster, free: _Free, talk: Talk) -> Iterator[Offer]:
    """Whole groups and single students for an empty slot, for a team that was begun who is missing in it."""
    if not wants_presenters(config, roster, talk):
        return
    written = set(talk.slot.presenters)
    started = [unit for unit in roster.units if written & set(unit.members)]
    if any(unit.is_group for unit in started):
        mates = ((unit, id) for unit in started for id in unit.members if id not in written)
        yield from (
            Offer(talk, unit, (id,), model.choice(), is_more=True)
            for unit, id in mates
            if free(id, talk.week)
        )
        return
    for unit in roster.units:
        fits = unit not in started and not (written and unit.is_group)
        if fits and all(free(id, talk.week) for id in unit.members):
            yield Offer(talk, unit, unit.members, model.choice(), is_more=False)


def _notes(model: Model, roster: Roster, free: _Free, talk: Talk) -> Iterator[Note]:
    for id in () if talk.slot.scribe else roster.students:
        if free(id, talk.week):
            yield Note(talk, id, model.choice())


def _gap(model: Model, config: Config, roster: Roster, talk: Talk) -> Gap:
    no_team = model.choice() if wants_presenters(config, roster, talk) else None
    return Gap(talk, no_team, None if talk.slot.scribe else model.choice())


def _missing(gaps: Iterable[Gap]) -> Iterator[Term]:
    """A slot without presenters counts twice, since it has no scribe then either."""
    for gap in gaps:
        yield from ((2.0, one) for one in (gap.no_team,) if one is not None)
        yield from ((1.0, one) for one in (gap.no_scribe,) if one is not None)


def _one_role(model: Model, offers: list[Offer], notes: list[Note]) -> None:
    """Nobody has two things to do in one week."""
    roles: dict[tuple[str, int], list[Variable]] = {}
    for offer in offers:
        for id in offer.members:
            roles.setdefault((id, offer.talk.week), []).append(offer.take)
    for note in notes:
        roles.setdefault((note.student, note.talk.week), []).append(note.take)
    for takes in roles.values():
        model.require(model.total(takes) <= 1)


def _team(model: Model, config: Config, gap: Gap, offers: list[Offer]) -> None:
    """One whole group, or as many single students as the policy says, or nobody."""
    if gap.no_team is None:
        return
    low, high = (size - len(gap.talk.slot.presenters) for size in team_size(config))
    whole = model.total([gap.no_team, *(one.take for one in offers if one.is_whole_group)])
    single = model.total([one.take for one in offers if not one.is_whole_group])
    model.require(whole <= 1)
    model.require(single + low * whole >= low)
    model.require(single + high * whole <= high)


def _scribe(model: Model, gap: Gap, notes: list[Note]) -> None:
    """One scribe where somebody presents."""
    if gap.no_scribe is not None:
        none = [one for one in (gap.no_team, gap.no_scribe) if one is not None]
        model.require(model.total([*none, *(one.take for one in notes)]) == 1)


def _even_loads(
    model: Model, config: Config, roster: Roster, offers: list[Offer], notes: list[Note]
) -> list[Term]:
    """Talks, and notes, that differ by one at most; what they differ by more is to be least."""
    presented: dict[str, list[Variable]] = {unit.name: [] for unit in roster.units}
    for offer in offers:
        if not offer.is_more:
            presented[offer.unit.name].append(offer.take)
    noted: dict[str, list[Variable]] = {id: [] for id in roster.students}
    for note in notes:
        noted[note.student].append(note.take)
    return [
        *_even(model, talk_loads(config, roster), presented),
        *_even(model, note_loads(config, roster), noted),
    ]


def _even(model: Model, written: Mapping[str, int], more: Mapping[str, list[Variable]]) -> Iterator[Term]:
    low = model.amount(MOST_TALKS)
    for name, takes in more.items():
        under, over = model.amount(MOST_TALKS), model.amount(MOST_TALKS)
        load = model.total([*takes, under]) + written[name]
        model.require(load >= low)
        model.require(model.total(takes) + written[name] <= low + over + 1)
        yield from ((1.0, under), (1.0, over))


def _wishes(model: Model, config: Config, roster: Roster, offers: list[Offer]) -> Iterator[Term]:
    """Each wish that is not written into the rota already, and may be kept."""
    written = all_talks(config)
    for _, wish in student_wishes(config, roster):
        talks = wished_talks(written, wish)
        keys = {talk.key for talk in talks}
        takes = [one.take for one in offers if one.talk.key in keys and wish.who in one.members]
        if takes and not is_kept(talks, wish):
            kept = model.choice()
            model.require(model.total(takes) >= 1 * kept)
            yield -1.0, kept


def _filled(
    model: Model, talks: tuple[Talk, ...], offers: list[Offer], notes: list[Note]
) -> dict[tuple[int, int], Slot]:
    filled: dict[tuple[int, int], Slot] = {}
    for talk in talks:
        team = [id for one in offers if one.talk is talk and model.chosen(one.take) for id in one.members]
        scribe = next((one.student for one in notes if one.talk is talk and model.chosen(one.take)), None)
        presenters = (*talk.slot.presenters, *team)
        slot = talk.slot.model_copy(update={"presenters": presenters, "scribe": scribe or talk.slot.scribe})
        if slot != talk.slot:
            filled[talk.key] = slot
    return filled
