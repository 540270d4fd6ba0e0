"""Plans code reviews: each group reviews one other group's project a week."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from coursekit.config import Config, Review
from coursekit.rota.rounds import Circle, circle, review_loads
from coursekit.rota.solver import Model, Term, Variable

MOST_REVIEWS = 10_000


@dataclass(frozen=True, slots=True)
class Offer:
    """A review that a group could do in a week."""

    review: Review
    take: Variable


def plan_reviews(config: Config, wanted: tuple[tuple[int, str], ...], seed: int) -> tuple[Review, ...]:
    """One review for each week and group that is wanted, in that order."""
    model, round = Model(seed), circle(config)
    offers = [
        Offer(Review(week=week, reviewer=group, project=project), model.choice())
        for week, group in wanted
        for project, owner in round.owner.items()
        if owner != group
    ]
    for week, group in wanted:
        takes = [one.take for one in offers if (one.review.week, one.review.reviewer) == (week, group)]
        model.require(model.total(takes) == 1)
    repeated = list(_in_turn(model, config, round, offers))
    uneven = [*_even(model, config, offers), *_even_weeks(model, config, round, offers)]
    model.least(repeated)
    model.least(uneven)
    model.least(_round_robin(round, offers, seed), near=0.2)
    return tuple(one.review for one in offers if model.chosen(one.take))


def _in_turn(model: Model, config: Config, round: Circle, offers: list[Offer]) -> Iterator[Term]:
    """Up to any week a group has reviewed all others equally often, or some once more; what breaks this counts."""
    weeks = sorted({one.review.week for one in offers})
    for group in round.reviewers:
        others = round.others(group)
        for week in weeks:
            written = Counter(
                round.owner.get(review.project)
                for review in config.reviews
                if review.reviewer == group and review.week <= week
            )
            own = [one for one in offers if one.review.reviewer == group and one.review.week <= week]
            done = sum(written[other] for other in others) + len({one.review.week for one in own})
            for other in others if own else ():
                takes = [one.take for one in own if round.owner[one.review.project] == other]
                under, over = model.amount(MOST_REVIEWS), model.amount(MOST_REVIEWS)
                model.require(model.total([*takes, under]) + written[other] >= done // len(others))
                model.require(model.total(takes) + written[other] <= over - (-done // len(others)))
                yield from ((1.0, under), (1.0, over))


def _even(model: Model, config: Config, offers: list[Offer]) -> Iterator[Term]:
    """Projects are reviewed equally often, or some once more."""
    low = model.amount(MOST_REVIEWS)
    for project, written in review_loads(config).items():
        takes = [one.take for one in offers if one.review.project == project]
        under, over = model.amount(MOST_REVIEWS), model.amount(MOST_REVIEWS)
        model.require(model.total([*takes, under]) + written >= low)
        model.require(model.total(takes) + written <= low + over + 1)
        yield from ((1.0, under), (1.0, over))


def _even_weeks(model: Model, config: Config, round: Circle, offers: list[Offer]) -> Iterator[Term]:
    """The reviews of one week go to as many projects as they can."""
    share = -(-len(round.reviewers) // max(1, len(round.owner)))
    written = Counter((review.week, review.project) for review in config.reviews)
    for week in sorted({one.review.week for one in offers}):
        for project in round.owner:
            takes = [one.take for one in offers if (one.review.week, one.review.project) == (week, project)]
            over = model.amount(MOST_REVIEWS)
            model.require(model.total(takes) + written[week, project] <= over + share)
            yield 1.0, over


def _round_robin(round: Circle, offers: list[Offer], seed: int) -> Iterator[Term]:
    """The groups sit in a circle drawn by lot, and each reviews the one so many places on: another number each week.

    That is a plan without repeats from the start, so what is written by hand only has to bend it.
    """
    lots = random.Random(seed)  # noqa: S311 - lots are drawn, nothing is kept secret
    seats = list(dict.fromkeys((*round.reviewers, *round.owner.values())))
    steps = list(range(1, len(seats)))
    lots.shuffle(seats)
    lots.shuffle(steps)
    weeks = sorted({one.review.week for one in offers})
    for one in offers:
        step = seats.index(round.owner[one.review.project]) - seats.index(one.review.reviewer)
        planned = steps[weeks.index(one.review.week) % len(steps)]
        yield (0.0 if step % len(seats) == planned else 1.0), one.take
