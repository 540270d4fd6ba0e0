"""The course for other programs: a calendar of its sessions, and a feed of what is new and improved.

The same tree gives the same bytes: every date comes from course.yml or from git, none from the clock.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

from feedgen.feed import FeedGenerator
from icalendar import Calendar, Event, Timezone, vText

from coursekit.course import Course, Presentation, Week
from coursekit.sessions import Session, sessions

PRODUCT = "-//coursekit//course calendar//EN"
NEWEST = 50  # entries of the feed
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def clean(text: str) -> str:
    """Text without what XML and calendars don't allow."""
    return " ".join(_CONTROL.sub("", text).split())


def site_host(base: str) -> str:
    """What stands behind the `@` of an event's UID: it stays the same while the site keeps its address."""
    found = re.match(r"https://([^/]+)/(.*?)/?\Z", base)
    return ".".join(
        filter(None, [*(found[2].split("/") if found else ()), found[1] if found else "course.invalid"])
    )


def calendar(course: Course, base: str) -> bytes:
    """calendar.ics: one event for each session and each assignment's due day.

    An event's UID is made from the week, not from its day: a session that moves stays the same event. Sessions in
    a break are told as cancelled, so that calendars which had them strike them out.
    """
    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    made.add("name", clean(course.config.title))
    made["X-WR-CALNAME"] = vText(clean(course.config.title))
    made.add_component(_zone(course))
    for session in sessions(course):
        made.add_component(_session(course, session, base))
    for index, assignment in enumerate(course.config.assignments):
        event = _event(course, f"due-{assignment.path.replace('/', '-')}-{index}", base)
        event.add("summary", clean(f"Due: {assignment.path.rpartition('/')[2].replace('-', ' ')}"))
        event.add("dtstart", assignment.due)
        event.add("dtend", assignment.due + dt.timedelta(days=1))
        event.add("url", f"{base}{assignment.path}/")
        made.add_component(event)
    return bytes(made.to_ical())


def _zone(course: Course) -> Timezone:
    """The clock changes of the years that the term touches."""
    last = course.config.session(course.config.term.weeks)
    years = dt.date(course.config.term.start.year, 1, 1), dt.date(last.year + 1, 1, 1)
    return Timezone.from_tzid(course.config.term.timezone, first_date=years[0], last_date=years[1])


def _event(course: Course, name: str, base: str) -> Event:
    event = Event()
    term = re.sub(r"[^a-z0-9]+", "-", course.config.term.name.lower()).strip("-")
    event.add("uid", f"{term}-{name}@{site_host(base)}")
    event.add("dtstamp", _stamp(course))
    return event


def _stamp(course: Course) -> dt.datetime:
    """When the plan was last changed, as git knows it; else the term's first day."""
    changes = course.history.files.get("course.yml")
    start = dt.datetime.combine(course.config.term.start, dt.time(), dt.UTC)
    return (changes.last if changes else start).astimezone(dt.UTC)


def _session(course: Course, session: Session, base: str) -> Event:
    week = session.week
    event = _event(course, f"week-{week.number:02d}", base)
    event.add(
        "summary", clean(f"{course.config.code or course.config.title}: week {week.number}{_theme(week)}")
    )
    event.add("dtstart", session.start)
    event.add("dtend", session.end)
    event.add("url", f"{base}{week.folder}/")
    event.add("description", "\n".join(_lines(course, week, base)))
    if course.config.meeting.video:
        event.add("location", course.config.meeting.video)
    event.add("status", "CANCELLED" if week.pause else "CONFIRMED")
    return event


def _theme(week: Week) -> str:
    return f", no session: {week.pause}" if week.pause else f", {week.title}" if week.title else ""


def _lines(course: Course, week: Week, base: str) -> Iterator[str]:
    for talk in week.presentations:
        by = ", ".join(course.person(one) for one in talk.presenters) or "open"
        notes = ", ".join(course.person(one) for one in talk.scribes) or "open"
        yield clean(f"{talk.title} (presented by {by}; notes by {notes})")
    for slot in week.promised:
        by = ", ".join(course.person(one) for one in slot.presenters) or "open"
        notes = course.person(slot.scribe) if slot.scribe else "open"
        yield clean(f"Topic open (presented by {by}; notes by {notes})")
    if week.open_slots:
        yield f"{week.open_slots} open slot{'s' if week.open_slots != 1 else ''}"
    for review in course.config.reviews:
        if review.week == week.number:
            yield f"Code review: group {review.reviewer} reads {review.project}"
    yield f"{base}{week.folder}/"


@dataclass(frozen=True, slots=True)
class News:
    """Something new or improved: what feed readers and the Slack channel get to see."""

    id: str
    title: str
    text: str
    path: str  # of the page that shows it, with the place in it
    when: dt.datetime
    authors: tuple[str, ...] = ()
    week: int | None = None


def news(course: Course) -> list[News]:
    """Presentations, notes, reports and announced improvements, the newest first; nothing without git's dates."""
    found = [*_of_talks(course), *_of_projects(course)]
    return sorted(found, key=lambda one: (one.when, one.id), reverse=True)[:NEWEST]


def _of_talks(course: Course) -> Iterator[News]:
    for talk in course.presentations:
        names = tuple(course.person(one) for one in talk.presenters)
        page = f"{talk.folder}/index.md"
        if changed := course.history.folders.get(talk.folder):
            summary = (talk.page.meta.summary if talk.page and talk.page.meta else None) or ""
            yield News(talk.folder, talk.title, summary, page, changed.last, names, talk.week)
        if talk.note and (changed := course.history.files.get(talk.note_path)):
            count = len(talk.note.questions)
            text = f"{count} question{'s' if count != 1 else ''} from the session"
            scribes = tuple(course.person(one) for one in talk.scribes)
            yield News(
                talk.note_path,
                f"Notes on {talk.title}",
                text,
                talk.note_path,
                changed.last,
                scribes,
                talk.week,
            )
        yield from _improvements(course, talk, names)


def _improvements(course: Course, talk: Presentation, names: tuple[str, ...]) -> Iterator[News]:
    for change in talk.page.meta.changes if talk.page and talk.page.meta else ():
        when = dt.datetime.combine(change.date, dt.time(12), course.config.zone)
        digest = hashlib.sha256(change.what.encode()).hexdigest()[:8]
        id = f"{talk.folder}#change-{change.date.isoformat()}-{digest}"
        page = f"{talk.folder}/index.md#changes"
        yield News(id, f"Improved: {talk.title}", change.what, page, when, names, talk.week)


def _of_projects(course: Course) -> Iterator[News]:
    for project in course.projects:
        for document in (*((project.page,) if project.page else ()), *project.documents):
            if changed := course.history.files.get(document.path):
                title = document.title or document.stem.replace("-", " ").capitalize()
                shown = title if document is project.page else f"{project.title}: {title}"
                yield News(document.path, shown, "", document.path, changed.last)


def atom(course: Course, base: str, address: Callable[[str], str]) -> bytes:
    """feed.xml; `address(path)` gives a page's address below the site's root."""
    feed = FeedGenerator()
    feed.id(base)
    feed.title(clean(course.config.title))
    feed.subtitle("New and improved material")
    feed.link(href=base, rel="alternate")
    feed.link(href=f"{base}feed.xml", rel="self")
    feed.author({"name": clean(course.config.institution or course.config.title)})
    entries = news(course)
    stamp = entries[0].when if entries else dt.datetime.combine(course.config.term.start, dt.time(), dt.UTC)
    feed.updated(stamp)
    for one in entries:
        page, sign, place = one.path.partition("#")
        entry = feed.add_entry(order="append")
        entry.id(f"{base}{quote(one.id, safe='/#')}")
        entry.title(clean(one.title))
        entry.link(href=f"{base}{address(page)}{sign}{place}")
        entry.updated(one.when)
        for name in one.authors or (course.config.title,):
            entry.author({"name": clean(name)})
        if one.text:
            entry.summary(clean(one.text))
    return bytes(feed.atom_str(pretty=True))
