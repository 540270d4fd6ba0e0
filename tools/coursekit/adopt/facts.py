"""What the old text says of the course itself: title, code, term, meeting. What it does not say stays open."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import available_timezones

from coursekit.adopt.classify import clean
from coursekit.config import WEEKDAYS

_CODE = re.compile(
    r"\s*([A-Z]{2,6}[ -]?\d{2,4}[A-Z]?(?:\s*/\s*(?:[A-Z]{2,6}[ -]?)?\d{2,4}[A-Z]?)*)\s*[:–—-]\s*(\S.*)"
)
_TERM = re.compile(
    r"\b(spring|summer|fall|autumn|winter)(?:\s+(?:term|quarter|semester))?,?\s+(20\d\d)\b", re.I
)
_TIME = r"(\d{1,2})(?::([0-5]\d))?\s*(am|pm|a\.m\.|p\.m\.)?"
_MEETING = re.compile(
    rf"\b(mon|tue|tues|wed|wednes|thu|thurs|fri|satur|sun)(?:day)?s?\b[^.\n]{{0,40}}?\b{_TIME}\s*(?:-|–|—|to|until)\s*{_TIME}"
    r"([^.\n]{0,40})",
    re.IGNORECASE,
)
_ZONES = {
    "CDT": "America/Chicago", "CST": "America/Chicago", "EDT": "America/New_York", "EST": "America/New_York",
    "PDT": "America/Los_Angeles", "PST": "America/Los_Angeles", "MDT": "America/Denver", "MST": "America/Denver",
}  # fmt: skip
_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = "|".join(f"{name[:3]}(?:{name[3:]})?" for name in _MONTHS)
_DATE = re.compile(
    rf"\b(?:(20\d\d)-(\d\d)-(\d\d)|({_MONTH})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(20\d\d)|(\d{{1,2}})\.?\s+({_MONTH})\.?,?\s+(20\d\d))\b",
    re.IGNORECASE,
)
_STARTS = re.compile(r"\b(?:starts?|begins?|first (?:session|class|meeting|day)|start of term)\b", re.I)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that a text says, and where it says so."""

    value: str
    line: int | None
    quoted: str
    source: str = ""  # the README where it is left out


@dataclass(frozen=True, slots=True)
class CourseFacts:
    """What is known of the course; None where no text says it."""

    title: Fact | None = None
    code: Fact | None = None
    term: Fact | None = None
    start: Fact | None = None
    weekday: Fact | None = None
    begins: Fact | None = None
    ends: Fact | None = None
    timezone: Fact | None = None
    repository: Fact | None = None


def facts_of(text: str, week_dates: Mapping[int, dt.date], *, heading: str, line: int) -> CourseFacts:
    """The facts in a README whose first heading is given; `week_dates` are days that headings of weeks name."""
    title, code = _title(heading, line)
    meeting = _MEETING.search(text)
    term = _TERM.search(text)
    weekday, begins, ends, zone = _meeting(meeting) if meeting else (None, None, None, None)
    start = _start(text, week_dates)
    return CourseFacts(
        title,
        code,
        _fact(term, f"{term[1].capitalize()} {term[2]}") if term else None,
        start,
        weekday or (_weekday_of(start) if start and week_dates else None),
        begins,
        ends,
        zone,
    )


def _title(heading: str, line: int) -> tuple[Fact | None, Fact | None]:
    if not clean(heading):
        return None, None
    found = _CODE.match(heading)
    if found:
        return Fact(clean(found[2]), line, found[0]), Fact(clean(found[1]), line, found[0])
    return Fact(clean(heading), line, heading), None


def _fact(found: re.Match[str], value: str) -> Fact:
    return Fact(value, found.string.count("\n", 0, found.start()) + 1, clean(found[0].strip("* ")))


def _meeting(found: re.Match[str]) -> tuple[Fact | None, Fact | None, Fact | None, Fact | None]:
    day = next(name for name in WEEKDAYS if name.startswith(found[1].lower()[:3]))
    half = (found[4] or found[7] or "").replace(".", "").lower()
    end = _clock(found[5], found[6], half=(found[7] or "").replace(".", "").lower())
    begin = _clock(found[2], found[3], half=half)
    zone = _zone(found[8])
    if begin is None or end is None or begin >= end:
        return _fact(found, day), None, None, None
    said = [_fact(found, value) for value in (day, begin, end)]
    return said[0], said[1], said[2], _fact(found, zone) if zone else None


def _clock(hour: str, minute: str | None, *, half: str) -> str | None:
    number = int(hour)
    if half:
        number = number % 12 + (12 if half == "pm" else 0)
    return f"{number:02d}:{minute or '00'}" if number < 24 else None


def _zone(text: str) -> str | None:
    """The time zone that a text names by a city or by its American letters."""
    cities = {name.rpartition("/")[2].replace("_", " "): name for name in sorted(available_timezones())}
    for word in re.findall(r"[A-Z][a-z]+(?: [A-Z][a-z]+)*", text):
        if word in cities:
            return cities[word]
    return next((_ZONES[word] for word in re.findall(r"\b[A-Z]{3}\b", text) if word in _ZONES), None)


def date_in(text: str) -> dt.date | None:
    """The first full date in a text, with its year."""
    found = _DATE.search(text)
    if not found:
        return None
    if found[1]:
        year, month, day = int(found[1]), int(found[2]), int(found[3])
    else:
        name, day_text, year_text = (
            (found[4], found[5], found[6]) if found[4] else (found[8], found[7], found[9])
        )
        month = next(at for at, full in enumerate(_MONTHS, 1) if full.startswith(name.lower()[:3]))
        year, day = int(year_text), int(day_text)
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _start(text: str, week_dates: Mapping[int, dt.date]) -> Fact | None:
    if week_dates:
        week, day = min(week_dates.items())
        return Fact(str(day - dt.timedelta(days=7 * (week - 1))), 1, f"week {week} is on {day}")
    for number, line in enumerate(text.split("\n"), 1):
        if _STARTS.search(line) and (found := date_in(line)):
            return Fact(str(found), number, clean(line)[:80])
    return None


def _weekday_of(start: Fact) -> Fact:
    return Fact(WEEKDAYS[dt.date.fromisoformat(start.value).weekday()], start.line, start.quoted)
