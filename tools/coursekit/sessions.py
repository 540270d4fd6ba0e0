"""When each week's session begins and ends."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from coursekit.course import Course, Week


@dataclass(frozen=True, slots=True)
class Session:
    """A week's session; `start` and `end` carry the course's zone, the `_utc` forms are for browsers."""

    week: Week
    start: dt.datetime
    end: dt.datetime

    @property
    def start_utc(self) -> str:
        """'2020-04-08T19:00:00Z'"""
        return _utc(self.start)

    @property
    def end_utc(self) -> str:
        """'2020-04-08T22:00:00Z'"""
        return _utc(self.end)


def sessions(course: Course) -> list[Session]:
    """One session for each week of the term."""
    meeting, zone = course.config.meeting, course.config.zone
    begin, end = dt.time.fromisoformat(meeting.start), dt.time.fromisoformat(meeting.end)
    return [
        Session(week, dt.datetime.combine(week.day, begin, zone), dt.datetime.combine(week.day, end, zone))
        for week in course.weeks
    ]


def _utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
