"""Where a course stands: every week, talk, project and group with what is in and what is still owed."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from coursekit.course import Course, Week
from coursekit.owed import Duty, State, project_duties, review_duties, slot_duties, state_of, talk_duties


@dataclass(frozen=True, slots=True)
class Item:
    """A talk, a project or a group; `path` is where its page is, '' for a group."""

    kind: str
    name: str
    title: str
    path: str
    duties: tuple[Duty, ...]
    week: int | None = None
    state: State | None = None

    def owed(self, today: dt.date) -> tuple[Duty, ...]:
        """What is missing although its day has come."""
        return tuple(duty for duty in self.duties if duty.owed(today))


def talks(course: Course, weeks: Iterable[Week]) -> Iterator[Item]:
    """The talks of these weeks, those without a topic too."""
    for week in weeks:
        for talk in week.presentations:
            path, duties = f"{talk.folder}/index.md", tuple(talk_duties(course, talk))
            state = state_of(course, talk)
            yield Item("presentation", talk.slug, talk.title, path, duties, week.number, state)
        for place, slot in enumerate(week.promised, 1):
            name, duties = f"week-{week.number:02d}-{place}", tuple(slot_duties(course, week.number, slot))
            yield Item("slot", name, "A talk without a topic yet", "", duties, week.number)


def projects(course: Course) -> Iterator[Item]:
    """Every project."""
    for project in course.projects:
        duties = tuple(project_duties(course, project))
        yield Item("project", project.slug, project.title, f"{project.folder}/index.md", duties)


def groups(course: Course) -> Iterator[Item]:
    """The project groups that the rota asks for reviews."""
    for group in course.config.groups.project:
        if duties := tuple(review_duties(course, group)):
            yield Item("group", group, f"Group {group}", "", duties)


def everything(course: Course) -> tuple[Item, ...]:
    """Talks in the order of the weeks, then projects, then groups."""
    return (*talks(course, course.weeks), *projects(course), *groups(course))


def as_json(course: Course) -> str:
    """The status for programs (schema 1); the same tree and day give the same bytes."""
    items = everything(course)
    record = {
        "schema": 1,
        "as_of": course.as_of.isoformat(),
        "summary": {
            "owed": sum(len(item.owed(course.as_of)) for item in items),
            "open_slots": sum(week.open_slots for week in course.weeks),
        },
        "weeks": [_week(week) for week in course.weeks],
        "items": [_item(course, item) for item in items],
    }
    return json.dumps(record, ensure_ascii=False, indent=2)


def _week(week: Week) -> dict[str, Any]:
    return {
        "week": week.number,
        "day": week.day.isoformat(),
        "title": week.title,
        "pause": week.pause or None,
        "open_slots": week.open_slots,
    }


def _item(course: Course, item: Item) -> dict[str, Any]:
    return {
        "kind": item.kind,
        "name": item.name,
        "title": item.title,
        "week": item.week,
        "path": item.path or None,
        "state": item.state.value if item.state else None,
        "duties": [
            {
                "what": duty.what,
                "done": duty.done,
                "owed": duty.owed(course.as_of),
                "since": duty.since.isoformat() if duty.since else None,
                "role": duty.role,
                "who": list(duty.who),
                "path": duty.path,
                "how": duty.how,
            }
            for duty in item.duties
        ],
    }
