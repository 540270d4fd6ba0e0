"""A suggestion as tables for people and as JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from coursekit.config import Config, Review, Slot
from coursekit.rota.ledger import note_loads, talk_loads
from coursekit.rota.roster import roster
from coursekit.rota.rounds import review_loads
from coursekit.rota.slots import Talk, all_talks
from coursekit.rota.suggestion import Suggestion
from coursekit.rota.wishes import shown_wish
from coursekit.rota.words import by_load, listed

NEW = "+"


def as_json(suggestion: Suggestion, *, written: bool) -> str:
    """The suggestion; the same course and seed give the same bytes."""
    after = suggestion.after
    shown = {
        "schema": 1,
        "seed": suggestion.seed,
        "complete": not suggestion.broken,
        "written": written,
        "slots": [_slot(suggestion, talk) for talk in all_talks(after)],
        "reviews": [
            {"week": one.week, "reviewer": one.reviewer, "project": one.project, "new": new}
            for one, new in _reviews(suggestion)
        ],
        "loads": _loads(after),
        "broken": list(suggestion.broken),
        "wishes": [
            {
                "who": one.wish.who,
                "week": one.wish.week,
                "topic": one.wish.topic,
                "kept": not one.why,
                "why": one.why,
            }
            for one in suggestion.wishes
        ],
        "remarks": list(suggestion.remarks),
    }
    return json.dumps(shown, indent=2, ensure_ascii=False)


def _slot(suggestion: Suggestion, talk: Talk) -> dict[str, Any]:
    old = suggestion.before.rota[talk.entry].presentations[talk.index]
    return {
        "week": talk.week,
        "slug": talk.slot.slug,
        "presenters": list(talk.slot.presenters),
        "scribe": talk.slot.scribe,
        "new": [*_added(old, talk.slot)],
    }


def _added(old: Slot, new: Slot) -> Iterator[str]:
    yield from (id for id in new.presenters if id not in old.presenters)
    if new.scribe and new.scribe != old.scribe:
        yield new.scribe


def _reviews(suggestion: Suggestion) -> list[tuple[Review, bool]]:
    """Every review with whether it is new, in the order of weeks."""
    count = len(suggestion.before.reviews)
    marked = [(review, index >= count) for index, review in enumerate(suggestion.after.reviews)]
    return sorted(marked, key=lambda one: one[0].week)


def _loads(config: Config) -> dict[str, dict[str, int]]:
    people = roster(config)
    return {
        "talks": talk_loads(config, people),
        "notes": note_loads(config, people),
        "reviews": review_loads(config),
    }


def print_tables(suggestion: Suggestion, console: Console) -> None:
    """What is planned by week, with what is new marked, and who has how much to do."""
    console.print(_rota(suggestion))
    if suggestion.after.reviews:
        console.print(_review_table(suggestion))
    for what, loads in _loads(suggestion.after).items():
        if loads:
            low, high = min(loads.values()), max(loads.values())
            shares = "; ".join(f"{load}: {listed(names)}" for load, names in by_load(loads))
            console.print(
                Text(f"{what}: {low} to {high} each ({shares})" if low != high else f"{what}: {low} each")
            )


def print_words(suggestion: Suggestion, console: Console) -> None:
    """What is not fulfilled, and what else is worth knowing."""
    for sentence in suggestion.broken:
        console.print(Text.assemble(("can't: ", "bold red"), sentence))
    for one in suggestion.wishes:
        if one.why:
            console.print(Text(f"not kept: {shown_wish(one.wish)}: {one.why}", style="yellow"))
    for sentence in suggestion.remarks:
        console.print(Text(f"note: {sentence}", style="dim"))


def _rota(suggestion: Suggestion) -> Table:
    table = Table("week", "day", "presentation", "presenters", "scribe", title=f"The rota ({NEW} is new)")
    config, shown = suggestion.after, 0
    for talk in sorted(all_talks(config), key=lambda one: (one.week, one.number)):
        old = suggestion.before.rota[talk.entry].presentations[talk.index]
        new = {*_added(old, talk.slot)}
        first = talk.week != shown
        day = f"{config.session(talk.week):%d %b}"
        shown = talk.week
        table.add_row(
            str(talk.week) if first else "",
            day if first else "",
            talk.slot.slug or "topic open",
            _names(talk.slot.presenters, new),
            _names([talk.slot.scribe] if talk.slot.scribe else [], new),
        )
    return table


def _names(ids: Iterable[str], new: set[str]) -> Text:
    names = [Text(f"{NEW}{id}", style="green") if id in new else Text(id) for id in ids]
    return Text(", ").join(names) if names else Text("open", style="dim")


def _review_table(suggestion: Suggestion) -> Table:
    table = Table("week", "reviews", title=f"Code reviews ({NEW} is new)")
    weeks: dict[int, list[Text]] = {}
    for review, new in _reviews(suggestion):
        words = f"{review.reviewer} → {review.project}"
        shown = Text(f"{NEW}{words}", style="green") if new else Text(words)
        weeks.setdefault(review.week, []).append(shown)
    for week, shown_reviews in weeks.items():
        table.add_row(str(week), Text(", ").join(shown_reviews))
    return table
