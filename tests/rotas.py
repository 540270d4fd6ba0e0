"""Courses with an open rota, drawn by lot, and a judge of rotas that knows nothing of the package under test.

Both work on what stands in course.yml, read by PyYAML alone.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import yaml

HEAD: dict[str, Any] = {
    "title": "A small course",
    "meeting": {"weekday": "wednesday", "start": "14:00", "end": "17:00"},
}


def drawn_course(seed: int, size: int | None = None) -> dict[str, Any]:
    """Some people, groups or none, absences, wishes, a break, and a rota of which some is filled by hand."""
    lots = random.Random(seed)
    size = size or lots.choice([4, 5, 6, 8, 8, 11, 12, 12, 17, 24, 60])
    students = [f"s{number:02d}" for number in range(size)]
    weeks = lots.randint(4, 10)
    start = dt.date(2020, 4, 8)
    course: dict[str, Any] = {
        **HEAD,
        "term": {"name": "Spring", "start": start, "weeks": weeks, "timezone": "America/Chicago"},
        "people": {"ina": {"name": "Ina", "role": "instructor"}, "gus": {"name": "Gus", "role": "guest"}},
        "policy": {"presenters": lots.choice([[1, 2], [1, 2], [2, 2], [1, 1], [2, 3]])},
    }
    course["people"] |= {id: {"name": id.upper()} for id in students}
    if lots.random() < 0.5:
        course["policy"]["presentations_from_week"] = lots.randint(1, 3)
    if lots.random() < 0.4:
        day = start + dt.timedelta(days=7 * lots.randrange(weeks))
        course["term"]["breaks"] = [{"from": day, "to": day + dt.timedelta(days=0), "what": "A holiday"}]
    course["groups"] = {"project": groups(lots, students, 3, 4)}
    if lots.random() < 0.5:
        course["groups"]["presenting"] = groups(lots, students[: size - lots.choice([0, 0, 1])], 1, 2)
    with_project = [name for name in course["groups"]["project"] if lots.random() < 0.9]
    course["projects"] = {f"about-{name}": {"group": name} for name in with_project}
    slots = max(1, min(4, size // 6))
    course["rota"] = [
        {"week": week, "presentations": [slot(lots, week) for _ in range(slots)]}
        for week in range(1, weeks + 1)
        if lots.random() < 0.95
    ]
    course["absences"] = [
        {"who": id, "weeks": sorted(lots.sample(range(1, weeks + 1), lots.choice([1, 1, 2])))}
        for id in students
        if lots.random() < 0.25
    ]
    course["wishes"] = [wish(lots, students, weeks) for _ in range(lots.randint(0, 5))]
    by_hand(lots, course, students)
    return course


def groups(lots: random.Random, students: list[str], low: int, high: int) -> dict[str, list[str]]:
    """The students in groups of some size."""
    found: dict[str, list[str]] = {}
    rest = list(students)
    while rest:
        count = lots.randint(low, high)
        found[f"g{len(found)}"] = rest[:count]
        rest = rest[count:]
    return found


def slot(lots: random.Random, week: int) -> dict[str, Any]:
    return lots.choice(
        [{}, {}, {}, {"slug": None}, {"slug": f"topic-{lots.randrange(10**6)}"}, {"scribe": None}]
    )


def wish(lots: random.Random, students: list[str], weeks: int) -> dict[str, Any]:
    who = lots.choice(students)
    return lots.choice([{"who": who, "week": lots.randint(1, weeks)}, {"who": who, "topic": "Topic"}])


def by_hand(lots: random.Random, course: dict[str, Any], students: list[str]) -> None:
    """Fill a few slots and reviews as a careful person would."""
    away = absences(course)
    for entry in course["rota"]:
        free = [id for id in students if (id, entry["week"]) not in away]
        lots.shuffle(free)
        for one in entry["presentations"]:
            if lots.random() < 0.1 and len(free) > 3:
                one["presenters"] = [free.pop()]
            if lots.random() < 0.1 and len(free) > 3:
                one["scribe"] = free.pop()
            elif lots.random() < 0.05:
                one |= {"slug": f"staff-{lots.randrange(10**6)}", "presenters": ["ina", "gus"]}
    owners = {name: entry["group"] for name, entry in course["projects"].items()}
    if len(owners) > 1 and lots.random() < 0.3:
        reviewer = lots.choice(sorted(course["groups"]["project"]))
        others = [name for name in owners if owners[name] != reviewer]
        course["reviews"] = [
            {"week": lots.randint(1, 4), "reviewer": reviewer, "project": lots.choice(others)}
        ]


def written(course: dict[str, Any]) -> bytes:
    """course.yml as PyYAML writes it."""
    return yaml.safe_dump(course, sort_keys=False, default_flow_style=None).encode()


def absences(course: dict[str, Any]) -> set[tuple[str, int]]:
    return {(one["who"], week) for one in course.get("absences", ()) for week in one["weeks"]}


def sessions(course: dict[str, Any], first: int) -> list[int]:
    days = {
        week: dt.date(2020, 4, 8) + dt.timedelta(days=7 * (week - 1))
        for week in range(1, course["term"]["weeks"] + 1)
    }
    breaks = course["term"].get("breaks", ())
    return [
        week
        for week, day in days.items()
        if week >= first and not any(b["from"] <= day <= b["to"] for b in breaks)
    ]


class Judge:
    """Looks at course.yml before and after, and lists what is wrong with what was added."""

    def __init__(self, before: dict[str, Any], after: dict[str, Any]) -> None:
        self.before, self.after = before, after
        self.away = absences(after)
        policy = after.get("policy", {})
        self.low, self.high = policy.get("presenters", [1, 2])
        self.talk_weeks = sessions(after, policy.get("presentations_from_week", 3))
        self.review_weeks = sessions(after, policy.get("reviews_from_week", 4))
        weeks = {one["week"] for one in after["rota"] if one["presentations"]} & set(self.talk_weeks)
        everybody = [id for id, one in after["people"].items() if one.get("role", "student") == "student"]
        gone = {id for id in everybody if weeks and all((id, week) in self.away for week in weeks)}
        self.students = [id for id in everybody if id not in gone]
        named = after["groups"].get("presenting", {})
        self.teams = [frozenset(members) & set(self.students) for members in named.values()]
        self.single = set(self.students) - set().union(*self.teams)

    def slots(self) -> Iterator[tuple[int, dict[str, Any], dict[str, Any]]]:
        """Week, slot before, slot after."""
        assert len(self.before["rota"]) == len(self.after["rota"])
        for old, new in zip(self.before["rota"], self.after["rota"], strict=True):
            assert old["week"] == new["week"]
            for pair in zip(old["presentations"], new["presentations"], strict=True):
                yield old["week"], *pair

    def new_reviews(self) -> list[dict[str, Any]]:
        old = self.before.get("reviews", [])
        assert self.after.get("reviews", [])[: len(old)] == old
        return list(self.after.get("reviews", [])[len(old) :])

    def wrong(self) -> list[str]:
        """Every hard rule that something new breaks."""
        return [*self.changed(), *self.people(), *self.sizes(), *self.reviews()]

    def changed(self) -> Iterator[str]:
        for week, old, new in self.slots():
            if new.get("slug") != old.get("slug"):
                yield f"week {week}: another slug"
            if new.get("presenters", [])[: len(old.get("presenters", []))] != old.get("presenters", []):
                yield f"week {week}: other presenters"
            if old.get("scribe") and new["scribe"] != old["scribe"]:
                yield f"week {week}: another scribe"
        rest = [
            {k: v for k, v in one.items() if k not in {"rota", "reviews"}}
            for one in (self.before, self.after)
        ]
        if rest[0] != rest[1]:
            yield "something else"

    def people(self) -> Iterator[str]:
        roles: Counter[tuple[str, int]] = Counter()
        added: set[tuple[str, int]] = set()
        for week, old, new in self.slots():
            now = [*new.get("presenters", []), *([new["scribe"]] if new.get("scribe") else [])]
            was = [*old.get("presenters", []), *([old["scribe"]] if old.get("scribe") else [])]
            roles.update((id, week) for id in now)
            added |= {(id, week) for id in now if id not in was}
        for id, week in sorted(added):
            if id not in self.students:
                yield f"week {week}: {id} is no student"
            if (id, week) in self.away:
                yield f"week {week}: {id} is absent"
            if week not in self.talk_weeks:
                yield f"week {week}: no session, or too early"
            if roles[id, week] != 1:
                yield f"week {week}: {id} has {roles[id, week]} roles"

    def sizes(self) -> Iterator[str]:
        for week, old, new in self.slots():
            team, start = frozenset(new.get("presenters", [])), old.get("presenters", [])
            if team == frozenset(start) or start:
                if len(start) < len(team) and not self.low <= len(team) <= self.high:
                    yield f"week {week}: {len(team)} in a team that was begun"
            elif team not in self.teams and not (team <= self.single and self.low <= len(team) <= self.high):
                yield f"week {week}: {sorted(team)} are no team"

    def reviews(self) -> Iterator[str]:
        owner = {name: entry["group"] for name, entry in self.after.get("projects", {}).items()}
        once = Counter((one["week"], one["reviewer"]) for one in self.after.get("reviews", []))
        for one in self.new_reviews():
            if one["week"] not in self.review_weeks or once[one["week"], one["reviewer"]] > 1:
                yield f"week {one['week']}: a review too many of {one['reviewer']}"
            if owner[one["project"]] == one["reviewer"]:
                yield f"{one['reviewer']} reviews itself"

    def lacking(self) -> list[str]:
        """What a complete rota may not lack."""
        return [*self.open(), *self.uneven(), *self.out_of_turn()]

    def open(self) -> Iterator[str]:
        for week, _, new in self.slots():
            if week in self.talk_weeks:
                team = set(new.get("presenters", []))
                if len(team) < self.low and not any(one and one <= team for one in self.teams):
                    yield f"week {week} has no presenters"
                if not new.get("scribe"):
                    yield f"week {week} has no scribe"

    def talks(self) -> dict[frozenset[str], int]:
        units = [team for team in self.teams if team] + [frozenset([id]) for id in sorted(self.single)]
        return {
            unit: sum(bool(unit & set(new.get("presenters", []))) for _, _, new in self.slots())
            for unit in units
        }

    def notes(self) -> dict[str, int]:
        return {id: sum(new.get("scribe") == id for _, _, new in self.slots()) for id in self.students}

    def uneven(self) -> Iterator[str]:
        for loads in (self.talks(), self.notes()):
            if max(loads.values()) - min(loads.values()) > 1:
                yield f"uneven: {loads}"

    def out_of_turn(self) -> Iterator[str]:
        """One review a group and week, and nobody a second time before all others had their first, and so on."""
        owner = {name: entry["group"] for name, entry in self.after.get("projects", {}).items()}
        for group in self.after["groups"]["project"]:
            others = set(owner.values()) - {group}
            done: Counter[str] = Counter()
            own = [one for one in self.after.get("reviews", []) if one["reviewer"] == group]
            missing = set(self.review_weeks) - {one["week"] for one in own}
            if others and missing:
                yield f"{group} reviews nobody in weeks {missing}"
            for one in sorted(own, key=lambda one: one["week"]):
                again = done[owner[one["project"]]] > min(done[other] for other in others)
                if again and one in self.new_reviews():
                    yield f"{group} repeats {one}"
                done[owner[one["project"]]] += 1


def could_be_complete(course: dict[str, Any]) -> bool:
    """Whether there is any complete rota at all, by trying all of them; for a handful of people and slots."""
    empty = Judge(course, course)
    places = [
        (at, index, entry["week"])
        for at, entry in enumerate(course["rota"])
        for index, _ in enumerate(entry["presentations"])
        if entry["week"] in empty.talk_weeks
    ]
    choices = [list(_fillings(empty, week)) for _, _, week in places]
    for filling in itertools.product(*choices):
        rota = [
            {**entry, "presentations": [dict(one) for one in entry["presentations"]]}
            for entry in course["rota"]
        ]
        for (at, index, _), (team, scribe) in zip(places, filling, strict=True):
            rota[at]["presentations"][index] |= {"presenters": sorted(team), "scribe": scribe}
        judge = Judge(course, {**course, "rota": rota})
        if not any(judge.people()) and not any(judge.uneven()):
            return True
    return False


def _fillings(judge: Judge, week: int) -> Iterator[tuple[frozenset[str], str]]:
    free = [id for id in judge.students if (id, week) not in judge.away]
    single = [id for id in free if id in judge.single]
    sizes = range(judge.low, judge.high + 1)
    teams = [frozenset(team) for size in sizes for team in itertools.combinations(single, size)]
    teams += [team for team in judge.teams if team and team <= set(free)]
    yield from ((team, scribe) for team in teams for scribe in free if scribe not in team)
