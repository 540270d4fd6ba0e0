"""Code reviews in turn: who can review whom, what is planned, and which group still waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coursekit.config import Config
from coursekit.rota.roster import session_weeks


@dataclass(frozen=True, slots=True)
class Circle:
    """Who reviews whom: the groups with a student in them, and the projects of such groups."""

    reviewers: tuple[str, ...]
    owner: Mapping[str, str]  # of each project
    groups: tuple[str, ...]  # that own one

    def others(self, reviewer: str) -> tuple[str, ...]:
        """The groups whose projects a group can review."""
        return tuple(group for group in self.groups if group != reviewer)


def circle(config: Config) -> Circle:
    """As the groups and projects of course.yml say."""
    students = {id for id, person in config.people.items() if person.role == "student"}
    reviewers = {name: None for name, ids in config.groups.project.items() if not students.isdisjoint(ids)}
    owner = {name: entry.group for name, entry in config.projects.items() if entry.group in reviewers}
    return Circle(tuple(reviewers), owner, tuple(dict.fromkeys(owner.values())))


def review_loads(config: Config) -> dict[str, int]:
    """How often each project is reviewed."""
    reviewed = Counter(review.project for review in config.reviews)
    return {project: reviewed[project] for project in circle(config).owner}


def reviewed_groups(config: Config) -> dict[str, int]:
    """How often the projects of each group are reviewed."""
    round, reviewed = circle(config), Counter[str]()
    for project, load in review_loads(config).items():
        reviewed[round.owner[project]] += load
    return {group: reviewed[group] for group in round.groups}


def wanted_reviews(config: Config) -> tuple[tuple[int, str], ...]:
    """Week and group of every review that there should be; a group without another's project has none."""
    round = circle(config)
    able = [group for group in round.reviewers if round.others(group)]
    return tuple(
        (week, group) for week in session_weeks(config, config.policy.reviews_from_week) for group in able
    )


def open_reviews(config: Config, first: int = 1, last: int = 53) -> tuple[tuple[int, str], ...]:
    """Those of some weeks that nobody has planned yet."""
    written = {(review.week, review.reviewer) for review in config.reviews}
    return tuple(one for one in wanted_reviews(config) if one not in written and first <= one[0] <= last)


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
