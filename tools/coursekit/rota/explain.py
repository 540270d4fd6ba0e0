"""Says in sentences what a rota lacks, and why, by the names of those who could have done it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from coursekit.config import Config
from coursekit.rota.ledger import note_loads, spread, talk_loads
from coursekit.rota.roster import Roster, roster, talk_weeks
from coursekit.rota.rounds import circle, repeats, reviewed_groups
from coursekit.rota.slots import Talk, all_talks, open_talks, team_size, wants_presenters
from coursekit.rota.words import by_load, listed, times


def why_open(config: Config, first: int, last: int) -> Iterator[str]:
    """Each slot of those weeks that lacks somebody: 'week 5 has no scribe: ada and ben present, cleo is absent'."""
    people = roster(config)
    for talk in open_talks(config, first, last):
        where = f"week {talk.week} has no {{}}{_which(config, talk)}: "
        if wants_presenters(config, people, talk):
            found = [*_roles(config, talk.week), *_who_can_not(config, people, talk)]
            yield where.format("presenters") + ", ".join(found)
        else:
            yield where.format("scribe") + ", ".join(_roles(config, talk.week))


def _which(config: Config, talk: Talk) -> str:
    if talk.slot.slug:
        return f" for `{talk.slot.slug}`"
    alone = sum(other.week == talk.week for other in all_talks(config)) == 1
    return "" if alone else f" for its presentation {talk.number}"


def _roles(config: Config, week: int) -> Iterator[str]:
    """What students do in a week."""
    students = [id for id, person in config.people.items() if person.role == "student"]
    slots = [talk.slot for talk in all_talks(config) if talk.week == week]
    presenting = [id for id in students if any(id in slot.presenters for slot in slots)]
    noting = [id for id in students if any(id == slot.scribe for slot in slots)]
    away = {entry.who for entry in config.absences if week in entry.weeks}
    absent = [id for id in students if id in away and id not in (*presenting, *noting)]
    yield from _said(presenting, "presents", "present")
    yield from _said(noting, "takes notes", "take notes")
    yield from _said(absent, "is absent", "are absent")


def _said(names: list[str], one: str, many: str) -> Iterator[str]:
    if names:
        yield f"{listed(names)} {one if len(names) == 1 else many}"


def _who_can_not(config: Config, people: Roster, talk: Talk) -> Iterator[str]:
    """Why those who have nothing to do in the week don't present in a slot."""
    low = team_size(config)[0]
    if talk.slot.presenters:
        started = [unit for unit in people.units if set(unit.members) & set(talk.slot.presenters)]
        mates = [f"`{unit.name}`" for unit in started if unit.is_group]
        yield f"{low} have to present together, and nobody else{' of ' * bool(mates)}{listed(mates)} can"
        return
    busy = {id for other in all_talks(config) if other.week == talk.week for id, _ in other.duties}
    missing = {
        unit.name: [id for id in unit.members if id in busy or (id, talk.week) in people.away]
        for unit in people.units
    }
    for unit in people.units:
        if unit.is_group and 0 < len(missing[unit.name]) < len(unit.members):
            yield f"`{unit.name}` can't present without {listed(missing[unit.name])}"
    single = [unit.name for unit in people.units if not unit.is_group and not missing[unit.name]]
    if single:
        yield f"{listed(single)} {'is' if len(single) == 1 else 'are'} free, and {low} have to present together"


def why_uneven(before: Config, after: Config) -> Iterator[str]:
    """Talks or notes that differ by more than one: who has how many, and what keeps those with few from more."""
    people = roster(after)
    members = {unit.name: unit.members for unit in people.units}
    kinds = (
        ("talks", talk_loads(after, people), talk_loads(before, people)),
        ("notes", note_loads(after, people), note_loads(before, people)),
    )
    for what, loads, written in kinds:
        if spread(loads) > 1:
            most = max(loads.values())
            few = [id for name, load in loads.items() if load < most - 1 for id in members.get(name, (name,))]
            by_hand = [name for name, load in loads.items() if load == most == written[name]]
            reasons = [*_absences(after, few)]
            reasons += [f"what {listed(by_hand)} {_has(by_hand)} is written by hand"] if by_hand else []
            yield f"{uneven(what, loads)}" + (f"; {', '.join(reasons)}" if reasons else "")


def _has(names: list[str]) -> str:
    return "has" if len(names) == 1 else "have"


def _absences(config: Config, ids: Iterable[str]) -> Iterator[str]:
    weeks = talk_weeks(config)
    for id in dict.fromkeys(ids):
        away = sorted(
            {week for entry in config.absences if entry.who == id for week in entry.weeks} & set(weeks)
        )
        if away:
            yield f"{id} is absent in week{'s' if len(away) > 1 else ''} {listed(away)}"


def uneven(what: str, loads: Mapping[str, int]) -> str:
    """'talks differ by 2: ada 3 times, ben and cleo once'."""
    shares = [f"{listed(names)} {times(load)}" for load, names in by_load(loads)]
    return f"{what} differ by {spread(loads)}: {', '.join(shares)}"


def why_repeated(before: Config, after: Config) -> Iterator[str]:
    """Reviews that are planned though another group waits; those that were written by hand are not judged here."""
    for index, waiting in repeats(after):
        review = after.reviews[index]
        if index >= len(before.reviews):
            yield (
                f"`{review.reviewer}` reviews `{review.project}` again in week {review.week} before it has reviewed "
                f"`{waiting}`: the reviews that are written by hand leave no other order"
            )


def remarks(before: Config, after: Config) -> Iterator[str]:
    """What is worth knowing and no fault: who and what is not planned."""
    people, round = roster(after), circle(after)
    yield from (f"{id} is absent in all weeks of the rota and is left out" for id in people.left_out)
    yield from _not_filled(after)
    if round.reviewers and not round.owner:
        yield "reviews are not planned, since `projects` names no project of a group with students"
    elif round.owner:
        idle = [group for group in round.reviewers if not round.others(group)]
        yield from (f"`{group}` has no other group's project to review" for group in idle)
        loads = reviewed_groups(after)
        if spread(loads) > 1:
            yield uneven("reviews", loads)
    if not any(talk.week in talk_weeks(before) for talk in all_talks(before)):
        yield "the rota has no slots to fill; give each week some:  - {week: 3, presentations: [{}, {}]}"


def _not_filled(config: Config) -> Iterator[str]:
    first = config.policy.presentations_from_week
    for week in sorted({talk.week for talk in all_talks(config) if not talk.slot.presenters}):
        pause = config.break_on(config.session(week))
        if pause:
            yield f"week {week} stays open: there is no session ({pause.what})"
        elif week < first:
            yield f"week {week} stays open: students present from week {first} on (policy.presentations_from_week)"
