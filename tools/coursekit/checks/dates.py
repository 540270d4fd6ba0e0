"""Dates against the term: what is said to have been on a day, and the day that it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import pairwise

from coursekit.checks import Check
from coursekit.course import Course, week_of
from coursekit.model import Diagnostic, Severity
from coursekit.page import Page

AFTERWARDS = dt.timedelta(weeks=3)  # examinations, and what is handed in late


class ScribeDate(Check):
    """A scribe note's date is not the day of its session.

    The day of a session follows from `term` and `meeting` of course.yml and from the folder of the note's week.

    Why: The note lies in the wrong week, or its date is the day on which it was written.

    Bad:
        scribe_notes/week-02/attention.md with  date: 2020-04-08      (week 2 is on 2020-04-15)

    Good:
        date: 2020-04-15

    Mend: Write the day of the session, or leave `date` out. If the note is of another week, move it there.
    """

    id = "scribe-date"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each note that has a date."""
        for note in course.notes:
            week = week_of(note.path)
            if not (note.meta and note.meta.date and week and 1 <= week <= course.config.term.weeks):
                continue
            day = course.config.session(week)
            if note.meta.date != day:
                message = f"the session of week {week} was on {day}, not on {note.meta.date}"
                yield self.at(note.path, message, note.place("date"), f"write  date: {day}")


class ChangesDate(Check):
    """A change of a presentation's material is dated in the future, or before its session.

    `changes` lists what was improved after the session.

    Why: The home page shows the newest changes first; one from next year would stand there for a year.

    Bad:
        changes: [{date: 2200-04-15, what: Clearer figure of the loss}]

    Good:
        changes: [{date: 2020-04-15, what: Clearer figure of the loss}]

    Mend: Write the day on which the change was made.
    """

    id = "changes-date"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each entry of each presentation."""
        for page in course.judged(Page):
            week = week_of(page.path) or 0
            for at, change in enumerate(page.said("changes", ())):
                place = page.place("changes", at, "date")
                if change.date > course.as_of:
                    yield self.at(page.path, f"the change of {change.date} is in the future", place)
                elif 1 <= week <= course.config.term.weeks and change.date < course.config.session(week):
                    day = course.config.session(week)
                    message = f"the change of {change.date} is older than the session of {day}"
                    yield self.at(page.path, message, place)


class ChangesOrder(Check):
    """The changes of a presentation don't stand with the newest first.

    Looked at are the dates of `changes` in their order.

    Why: Readers come back to see what is new, and look at the first line.

    Bad:
        changes:
          - {date: 2020-04-15, what: Clearer figure of the loss}
          - {date: 2020-04-20, what: A notebook}

    Good:
        changes:
          - {date: 2020-04-20, what: A notebook}
          - {date: 2020-04-15, what: Clearer figure of the loss}

    Mend: Put the newest change on top.
    """

    id = "changes-order"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """The first entry that is newer than the one above it."""
        for page in course.judged(Page):
            for at, (above, below) in enumerate(pairwise(page.said("changes", ())), 1):
                if below.date > above.date:
                    message = f"the change of {below.date} stands below that of {above.date}"
                    yield self.at(page.path, message, page.place("changes", at, "date"))
                    break


class AssignmentDue(Check):
    """An assignment is due on a day that can't be meant.

    It is due neither before the session of its week nor long after the term, and on the same day in course.yml
    and in its handout.

    Why: A wrong day in the plan is the day that somebody hands in too late.

    Bad:
        assignments: [{week: 2, path: weeks/week-02/quickstart, due: 2020-04-10}]      (week 2 is on 2020-04-15)

    Good:
        assignments: [{week: 2, path: weeks/week-02/quickstart, due: 2020-04-22}]

    Mend: Write the right day in course.yml; in the handout, `due` can be left out.
    """

    id = "assignment-due"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """What course.yml says, and each handout that says another day."""
        config = course.config
        end = config.session(config.term.weeks) + AFTERWARDS
        for at, entry in enumerate(config.assignments):
            given = config.session(entry.week)
            place = course.config_node.locate(("assignments", at, "due"))
            if entry.due < given:
                message = f"due on {entry.due}, before the session of week {entry.week} on {given}"
                yield self.at("course.yml", message, place)
            elif entry.due > end:
                yield self.at("course.yml", f"due on {entry.due}, long after the term's end", place)
            yield from self._handout(course, entry.path.strip("/"), entry.due)

    def _handout(self, course: Course, folder: str, due: dt.date) -> Iterator[Diagnostic]:
        for name in ("index.md", "README.md"):
            page = course.documents.get(f"{folder}/{name}")
            told = page.said("due") if isinstance(page, Page) else None
            if isinstance(page, Page) and told and told != due:
                message = f"the handout says {told}, course.yml says {due}"
                yield self.at(page.path, message, page.place("due"))


class TermBreak(Check):
    """A break lies outside of the term, or ends before it begins.

    Looked at are the `breaks` of `term` in course.yml.

    Why: A break that never comes is a slip in a date, and then a session is planned on a holiday.

    Bad:
        term: {start: 2020-04-08, weeks: 10, breaks: [{from: 2021-05-25, to: 2021-05-25, what: Memorial Day}]}

    Good:
        term: {start: 2020-04-08, weeks: 10, breaks: [{from: 2020-05-25, to: 2020-05-25, what: Memorial Day}]}

    Mend: Mend the dates; `from` is the first day without a session and `to` the last.
    """

    id = "term-break"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each break."""
        config = course.config
        last = config.session(config.term.weeks) + dt.timedelta(days=6)
        for at, pause in enumerate(config.term.breaks):
            place = course.config_node.locate(("term", "breaks", at, "from"))
            if pause.end < pause.start:
                message = f"the break `{pause.what}` ends on {pause.end}, before it begins"
                yield self.at("course.yml", message, place)
            elif pause.end < config.term.start or pause.start > last:
                message = f"the break `{pause.what}` lies outside of the term, {config.term.start} to {last}"
                yield self.at("course.yml", message, place)
