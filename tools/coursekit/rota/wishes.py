"""Wishes: which slots would keep one, and whether one is kept."""

from __future__ import annotations

from coursekit.config import Config, Wish
from coursekit.naming import as_slug
from coursekit.rota.roster import Roster
from coursekit.rota.slots import Talk, all_talks
from coursekit.rota.words import listed


def wished_talks(config: Config, wish: Wish) -> tuple[Talk, ...]:
    """The slots that would keep it: of its week, about its topic; where none is, those whose topic is still open."""
    talks = [talk for talk in all_talks(config) if wish.week in {None, talk.week}]
    if not wish.topic:
        return tuple(talks)
    topic = f"-{as_slug(wish.topic)}-"
    named = [talk for talk in talks if topic in f"-{talk.slot.slug}-"]
    return tuple(named or (talk for talk in talks if not talk.slot.slug))


def student_wishes(config: Config, roster: Roster) -> tuple[tuple[int, Wish], ...]:
    """The wishes that a rota can keep, with their place in `wishes`."""
    return tuple(
        (index, wish)
        for index, wish in enumerate(config.wishes)
        if wish.who in roster.students and (wish.week or wish.topic)
    )


def is_kept(config: Config, wish: Wish) -> bool:
    """Whether who wished presents in such a slot."""
    return any(wish.who in talk.slot.presenters for talk in wished_talks(config, wish))


def shown_wish(wish: Wish) -> str:
    """'the wish of ada for week 6, about attention'"""
    parts = [f"for week {wish.week}"] if wish.week else []
    parts += [f"about {wish.topic}"] if wish.topic else []
    return f"the wish of {wish.who} {', '.join(parts)}"


def why_not(config: Config, roster: Roster, wish: Wish) -> str:
    """What keeps a wish from being kept, as far as one thing does."""
    talks = wished_talks(config, wish)
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
