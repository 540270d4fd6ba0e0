"""What a presentation, a project or a review has to bring, what is there, and since when the rest is owed.

All of it follows from the rota and the tree. Nothing is owed before its day, and nobody is named who isn't asked:
a duty has a role, and the ids of those who have it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from coursekit.claims import ReportVerdict
from coursekit.config import Slot
from coursekit.course import Course, Presentation, Project
from coursekit.schema import ProjectMeta, ReportMeta
from coursekit.scribe_note import ScribeNote


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that is to be handed in, by `who` (ids), at `path`; nothing is owed before `since`."""

    what: str
    done: bool
    path: str
    who: tuple[str, ...] = ()
    since: dt.date | None = None
    how: str = ""
    role: str = "the presenters"

    def owed(self, today: dt.date) -> bool:
        """Whether it is missing although its day has come."""
        return not self.done and self.since is not None and today >= self.since


class State(StrEnum):
    """How far a presentation has come."""

    PLANNED = "planned"
    PRESENTED = "presented"
    MATERIAL = "material in"
    NOTE = "note in"
    IMPROVED = "improved"


def state_of(course: Course, talk: Presentation) -> State:
    """The furthest that it has come: what was improved needs no note to be called so."""
    meta = talk.page.meta if talk.page else None
    if (meta and meta.changes) or (talk.note and any(not note.open for note in talk.note.notes)):
        return State.IMPROVED
    if talk.note and talk.page:
        return State.NOTE
    if talk.page or talk.material.pdfs:
        return State.MATERIAL
    return State.PRESENTED if course.is_over(talk.week) else State.PLANNED


def talk_duties(course: Course, talk: Presentation) -> Iterator[Duty]:
    """From the page to the last promise. All of it is due from the day after the session on."""
    day = _day_after(course, talk.week)
    meta = talk.page.meta if talk.page else None
    index, by = f"{talk.folder}/index.md", talk.presenters
    begin = f"course new presentation {talk.week} {talk.slug}"
    named = bool(meta and (meta.papers or meta.topic))
    yield Duty("a page for the talk", talk.page is not None, index, by, day, begin)
    yield Duty("the paper, or a topic", named, index, by, day, "`papers:` in the front matter")
    yield Duty("the code-base", bool(meta and meta.code), index, by, day, "`code:` in the front matter")
    deck = f"{talk.folder}/slides.pdf"
    yield Duty("the slides as a PDF", talk.slides is not None, deck, by, day, "put slides.pdf beside it")
    note = f"course new scribe {talk.week} {talk.slug}"
    yield Duty(
        "the scribe's note", talk.note is not None, talk.note_path, talk.scribes, day, note, "the scribe"
    )
    if talk.note:
        yield from _answers(talk, talk.note, day)


def slot_duties(course: Course, week: int, slot: Slot) -> Iterator[Duty]:
    """Of a talk that people are named for: its topic, from the day after the session on."""
    how = "write its `slug:` into the rota, and hand the talk in"
    yield Duty("the topic of the talk", False, "course.yml", slot.presenters, _day_after(course, week), how)


def _answers(talk: Presentation, note: ScribeNote, day: dt.date | None) -> Iterator[Duty]:
    for what, how, entries in (
        ("answers to questions", "`A:` below the question", note.questions),
        ("promises kept", "`Done:` below the note", note.notes),
    ):
        left = sum(entry.open for entry in entries)
        counted = f"{what}: {len(entries) - left} of {len(entries)}"
        if entries:
            yield Duty(counted, left == 0, talk.note_path, talk.presenters, day, how)


def project_duties(course: Course, project: Project) -> Iterator[Duty]:
    """Page and tips from the middle of the term on, the report from its end on; reviews after their week."""
    weeks = course.config.term.weeks
    middle, end = course.config.session((weeks + 1) // 2), course.config.session(weeks)
    who = course.config.groups.project.get(project.group or "", ())
    role = f"group {project.group}" if project.group else "the group"
    meta = project.page.meta if project.page and isinstance(project.page.meta, ProjectMeta) else None
    entry = course.config.projects.get(project.slug)
    code = bool((meta and meta.repository) or (entry and entry.repository))
    names = {document.name for document in project.documents}
    tips, report = "tips-and-tricks.md", "reproducibility-report.md"
    begin = f"course new project {project.slug}"
    for what, done, file, since, how in (
        ("a page for the project", project.page is not None, "index.md", middle, begin),
        ("the paper that is reproduced", bool(meta and meta.paper), "index.md", middle, "`paper:` in the front matter"),
        ("the repository of the code", code, "index.md", middle, "`repository:` in the front matter"),
        ("tips and tricks", tips in names, tips, middle, "one `## YYYY-MM-DD …` section for each trouble"),
        ("the reproducibility report", report in names, report, end, "claims with their source"),
    ):  # fmt: skip
        yield Duty(what, done, f"{project.folder}/{file}", who, since, how, role)
    if claims := _claims(course, f"{project.folder}/{report}"):
        without = [c for c in claims.written if c.ours is None and not (c.run or c.runs or c.why)]
        count = f"{len(claims.written) - len(without)} of {len(claims.written)}"
        what, path = f"claims with a result, or with why there is none: {count}", f"{project.folder}/{report}"
        yield Duty(what, not without, path, who, end, "`run:` or `why:` at the claim", role)


def review_duties(course: Course, group: str) -> Iterator[Duty]:
    """The code reviews that the rota asks of a project group, each due from the day after its week's session on."""
    who = course.config.groups.project.get(group, ())
    for review in course.config.reviews:
        if review.reviewer == group:
            path = f"projects/{review.project}/reviews/week-{review.week:02d}.md"
            what = f"the review of {review.project} in week {review.week}"
            begin = f"course new review {review.project} {review.week}"
            day = _day_after(course, review.week)
            yield Duty(what, path in course.documents, path, who, day, begin, f"group {group}")


def _claims(course: Course, path: str) -> ReportVerdict | None:
    document = course.documents.get(path)
    has_claims = isinstance(getattr(document, "meta", None), ReportMeta)
    return course.verdicts.get(path) if has_claims else None


def _day_after(course: Course, week: int) -> dt.date | None:
    if not 1 <= week <= course.config.term.weeks:
        return None
    day = course.config.session(week)
    return None if course.config.break_on(day) else day + dt.timedelta(days=1)
