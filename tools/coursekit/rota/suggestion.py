"""A suggestion for what is open in a rota, with all that it can't fulfil."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coursekit.config import Config, Review, Slot, Wish
from coursekit.model import CannotStart
from coursekit.rota.explain import remarks, why_open, why_repeated, why_uneven
from coursekit.rota.reviews import plan_reviews
from coursekit.rota.roster import Roster, roster
from coursekit.rota.rounds import open_reviews
from coursekit.rota.slots import all_talks, open_talks
from coursekit.rota.talks import plan_talks
from coursekit.rota.wishes import is_kept, student_wishes, why_not, wished_talks

MOST_CHOICES = 60_000  # people by slots: 60 people with 100 talks are a tenth of it, and take seconds


@dataclass(frozen=True, slots=True)
class JudgedWish:
    """A wish, and why it is not kept ('' where it is)."""

    wish: Wish
    why: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The course before and after; `broken` says what the rota asks for and nobody can do, `remarks` what is no fault."""

    seed: int
    before: Config
    after: Config
    slots: Mapping[tuple[int, int], Slot]  # what is new, by entry of the rota and place in it
    reviews: tuple[Review, ...]
    broken: tuple[str, ...]
    remarks: tuple[str, ...]
    wishes: tuple[JudgedWish, ...]

    @property
    def is_new(self) -> bool:
        """Whether anything was open that is filled now."""
        return bool(self.slots or self.reviews)


def suggest(config: Config, *, seed: int = 0, first: int = 1, last: int = 53) -> Suggestion:
    """Fill what is open in the weeks from `first` to `last`; what is written stays as it is."""
    people = roster(config)
    talks = open_talks(config, first, last)
    if talks and not people.students:
        told = "there is nobody to plan in: `people` has no students who are there"
        return Suggestion(seed, config, config, {}, (), (told,), tuple(remarks(config, config)), ())
    wanted = open_reviews(config, first, last)
    if max(len(people.students) * len(talks), len(config.projects) * len(wanted)) > MOST_CHOICES:
        raise CannotStart(
            "the rota is too large to be planned at once; plan a few weeks at a time:  --weeks 3-4"
        )
    slots = plan_talks(config, people, talks, seed) if talks else {}
    reviews = plan_reviews(config, wanted, seed) if wanted else ()
    after = filled(config, slots, reviews)
    broken = (*why_open(after, first, last), *why_uneven(config, after), *why_repeated(config, after))
    wishes = tuple(_judged(after, people))
    return Suggestion(seed, config, after, slots, reviews, broken, tuple(remarks(config, after)), wishes)


def _judged(config: Config, people: Roster) -> Iterator[JudgedWish]:
    written = all_talks(config)
    for _, wish in student_wishes(config, people):
        talks = wished_talks(written, wish)
        yield JudgedWish(wish, "" if is_kept(talks, wish) else why_not(config, people, wish, talks))


def filled(config: Config, slots: Mapping[tuple[int, int], Slot], reviews: tuple[Review, ...]) -> Config:
    """The course with these slots in the place of the old ones, and these reviews behind those that it has."""
    rota = tuple(
        entry.model_copy(
            update={
                "presentations": tuple(
                    slots.get((at, index), slot) for index, slot in enumerate(entry.presentations)
                )
            }
        )
        for at, entry in enumerate(config.rota)
    )
    return config.model_copy(update={"rota": rota, "reviews": (*config.reviews, *reviews)})
