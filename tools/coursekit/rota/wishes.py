"""Wishes: which slots would keep one, and whether one is kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from coursekit.config import Config, Wish
from coursekit.naming import as_slug
from coursekit.rota.roster import Roster
from coursekit.rota.slots import Talk
from coursekit.rota.words import listed

MOST_WISHES = 500


def wished_talks(talks: Iterable[Talk], wish: Wish) -> tuple[Talk, ...]:
    """The slots that would keep it: of its week, about its topic; where none is, those whose topic is still open."""
    timely = tuple(talk for talk in talks if wish.week in {None, talk.week})
    if not wish.topic:
        return timely
    topic = f"-{as_slug(wish.topic)}-"
    named = tuple(talk for talk in timely if topic in f"-{talk.slot.slug or ''}-")
    return named or tuple(talk for talk in timely if not talk.slot.slug)


def student_wishes(config: Config, roster: Roster) -> tuple[tuple[int, Wish], ...]:
    """The wishes that a rota can keep, with their place in `wishes`; no course has more than the first so many."""
    known = frozenset(roster.students)
    return tuple(
        (index, wish)
        for index, wish in enumerate(config.wishes[:MOST_WISHES])
        if wish.who in known and (wish.week or wish.topic)
    )


def is_kept(talks: Iterable[Talk], wish: Wish) -> bool:
    """Whether who wished presents in one of these slots, which are those that keep it."""
    return any(wish.who in talk.slot.presenters for talk in talks)


def shown_wish(wish: Wish) -> str:
    """'the wish of ada for week 6, about attention'"""
    parts = [f"for week {wish.week}"] if wish.week else []
    parts += [f"about {wish.topic}"] if wish.topic else []
    return f"the wish of {wish.who} {', '.join(parts)}"


def why_not(config: Config, roster: Roster, wish: Wish, talks: Sequence[Talk]) -> str:
    """What keeps a wish from being kept, as far as one thing does; `talks` are those that would keep it."""
    weeks = sorted({wish.week} if wish.week else {talk.week for talk in talks})
    together = {id for unit in roster.units if wish.who in unit.members for id in unit.members} | {wish.who}
    away = sorted(id for id in together if weeks and all((id, week) in roster.away for week in weeks))
    pause = config.break_on(config.session(wish.week)) if wish.week else None
    if pause:
        return f"there is no session ({pause.what})"
    if away:
        return f"{listed(away)} {'is' if len(away) == 1 else 'are'} absent"
    if not talks:
        return "no slot is left for it" if not wish.week else f"week {wish.week} has no such slot"
    return "its slots are given to others"
