"""What the course's chat is told: what is new since a commit, and what the coming session still needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coursekit.addresses import site_address
from coursekit.changes import Changes
from coursekit.course import Course, Presentation, Project
from coursekit.page import Page
from coursekit.sessions import Session, sessions
from coursekit.site import site_of
from coursekit.status import everything

MOST_LINES = 20  # of one message


@dataclass(frozen=True, slots=True)
class Message:
    """A message for one channel, as Slack's mrkdwn. `key` names what it is about: it is sent once for a key."""

    channel: str
    text: str
    key: str


def escaped(text: str) -> str:
    """Students' text in mrkdwn: it calls nobody, links nowhere and stays on its line."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass(frozen=True)
class Writer:
    """Writes messages about one course."""

    course: Course

    def channel(self, week: int | None) -> str:
        """'#week-4', '' where the course has no channels of weeks."""
        name = self.course.config.slack_channel
        return f"#{name.replace('{number}', str(week))}" if name and week else ""

    def link(self, path: str, title: str) -> str:
        """A title that leads to a page, or the title alone where the site's address isn't known."""
        base, site = site_address(self.course.config), site_of(self.course)
        target = site.targets.get(path)
        if not base.startswith("https://") or target is None:
            return escaped(title)
        return f"<{base}{site.address(target.path)}|{escaped(title).replace('|', '¦')}>"

    # what is new

    def announcements(self, changes: Changes, commit: str) -> tuple[Message, ...]:
        """One message for each week in which something came in, and one for the projects."""
        by_week: dict[int, list[str]] = {}
        for talk in self.course.presentations:
            by_week.setdefault(talk.week, []).extend(self._of_talk(talk, changes))
        messages = [
            self._message(week, f"*Week {week}*", lines, f"{commit}:week-{week}")
            for week, lines in sorted(by_week.items())
            if lines
        ]
        projects = [line for project in self.course.projects for line in self._of_project(project, changes)]
        if projects:
            messages.append(self._message(None, "*Projects*", projects, f"{commit}:projects"))
        return tuple(messages)

    def _message(self, week: int | None, head: str, lines: Sequence[str], key: str) -> Message:
        channel = self.channel(week)
        shown = [f"• {line}" for line in lines[:MOST_LINES]]
        if len(lines) > MOST_LINES:
            shown.append(f"• and {len(lines) - MOST_LINES} more")
        return Message(channel, "\n".join([f"{head}{f' ({channel})' if channel else ''}", *shown]), key)

    def _of_talk(self, talk: Presentation, changes: Changes) -> Iterator[str]:
        index = f"{talk.folder}/index.md"
        inside = {path for path in changes.present if path.startswith(f"{talk.folder}/")}
        title, by = self.link(index, talk.title), self._names(talk.presenters)
        if index in changes.added:
            yield f"New: {title}{f' by {by}' if by else ''}{self._contents(talk)}"
        elif inside:
            news = self._improvements(talk, changes)
            yield f"Improved: {title}: {'; '.join(news)}" if news else f"Changed: {title}"
        if talk.note_path in changes.present and talk.note:
            asked = len(talk.note.questions)
            left = sum(question.open for question in talk.note.questions)
            count = f"{asked} question{'s' if asked != 1 else ''}" + (f", {left} still open" if left else "")
            state = "in" if talk.note_path in changes.added else "changed"
            yield f"Notes on {title} are {state}: {self.link(talk.note_path, count)}"

    def _contents(self, talk: Presentation) -> str:
        parts = [
            *(["slides"] if talk.slides else []),
            *(
                [f"{len(talk.notebooks)} notebook{'s' if len(talk.notebooks) > 1 else ''}"]
                if talk.notebooks
                else []
            ),
            *(["results"] if talk.material.runs else []),
        ]
        return f" ({', '.join(parts)})" if parts else ""

    def _improvements(self, talk: Presentation, changes: Changes) -> list[str]:
        """What the presenters say of the change: the entries of `changes:` on lines that are new."""
        page = talk.page
        if page is None or page.meta is None:
            return []
        return [
            escaped(change.what)
            for index, change in enumerate(page.meta.changes)
            if changes.touched(page.path, page.place("changes", index).line)
        ]

    def _of_project(self, project: Project, changes: Changes) -> Iterator[str]:
        pages: tuple[Page, ...] = (*((project.page,) if project.page else ()), *project.documents)
        for page in pages:
            if page.path in changes.present:
                state = "New" if page.path in changes.added else "Changed"
                name = page.title or page.stem.replace("-", " ")
                title = project.title if page is project.page else f"{project.title}: {name}"
                yield f"{state}: {self.link(page.path, title)}"

    def _names(self, ids: Sequence[str]) -> str:
        return escaped(", ".join(self.course.person(one) for one in ids))

    # what is coming

    def reminders(self) -> tuple[Message, ...]:
        """One message about the session of the next seven days, none where there is none."""
        today = self.course.as_of
        coming = [
            session
            for session in sessions(self.course)
            if 0 <= (session.week.day - today).days < 7 and not session.week.pause
        ]
        return tuple(self._reminder(session) for session in coming[:1])

    def _reminder(self, session: Session) -> Message:
        week = session.week
        when = f"{session.start:%A %-d %B, %H:%M}–{session.end:%H:%M} {session.start:%Z}"
        lines = [*self._plan(session), *self._owed(), *self._due()]
        head = f"*Week {week.number}: {when}*"
        key = f"remind:{self.course.config.term.name}:week-{week.number}:{self.course.history.head}"
        return self._message(week.number, head, lines, key)

    def _plan(self, session: Session) -> Iterator[str]:
        for talk in session.week.presentations:
            presenters = self._names(talk.presenters) or "*nobody yet*"
            scribes = self._names(talk.scribes) or "*nobody yet*"
            yield f"{self.link(f'{talk.folder}/index.md', talk.title)}: presented by {presenters}, notes by {scribes}"
        for slot in session.week.promised:
            presenters = self._names(slot.presenters) or "*nobody yet*"
            scribe = self._names((slot.scribe,) if slot.scribe else ()) or "*nobody yet*"
            yield f"Topic open: presented by {presenters}, notes by {scribe}"
        if slots := session.week.open_slots:
            yield f"{slots} slot{'s are' if slots > 1 else ' is'} still open"
        for review in self.course.config.reviews:
            if review.week == session.week.number:
                yield f"Code review: group {review.reviewer} reads {escaped(review.project)}"

    def _owed(self) -> Iterator[str]:
        """By role and group, never by name."""
        for item in everything(self.course):
            if duties := item.owed(self.course.as_of):
                what = "; ".join(f"{duty.what} ({duty.role})" for duty in duties)
                yield f"Still to come for {self.link(item.path, item.title) if item.path else item.title}: {escaped(what)}"

    def _due(self) -> Iterator[str]:
        for one in self.course.config.assignments:
            if 0 <= (one.due - self.course.as_of).days < 7:
                name = one.path.rpartition("/")[2].replace("-", " ")
                yield f"Due on {_day(one.due)}: {self.link(f'{one.path}/index.md', name)}"


def _day(day: dt.date) -> str:
    return f"{day:%A %-d %B}"
