"""What a presentation or a project has to bring, what is there, and since when the rest is owed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from coursekit.claims import ReportVerdict
from coursekit.course import Course, Presentation, Project
from coursekit.schema import ProjectMeta, ReportMeta


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing that is to be handed in, by `who` (ids), at `path`; nothing is owed before `since`."""

    what: str
    done: bool
    path: str
    who: tuple[str, ...] = ()
    since: dt.date | None = None
    how: str = ""

    def owed(self, today: dt.date) -> bool:
        """Whether it is missing although its day has come."""
        return not self.done and self.since is not None and today >= self.since


def talk_duties(course: Course, talk: Presentation) -> Iterator[Duty]:
    """From the page to the last promise. All of it is due from the day after the session on."""
    day = _day_after(course, talk.week)
    meta = talk.page.meta if talk.page else None
    index, by = f"{talk.folder}/index.md", talk.presenters
    command = f"course new presentation {talk.week} {talk.slug}"
    yield Duty("a page for the talk", talk.page is not None, index, by, day, command)
    yield Duty(
        "the paper, or a topic",
        bool(meta and (meta.papers or meta.topic)),
        index,
        by,
        day,
        "`papers:` in the front matter",
    )
    yield Duty("the code-base", bool(meta and meta.code), index, by, day, "`code:` in the front matter")
    yield Duty(
        "the slides as a PDF",
        talk.slides is not None,
        f"{talk.folder}/slides.pdf",
        by,
        day,
        "put slides.pdf beside it",
    )
    yield Duty(
        "the scribe's note",
        talk.note is not None,
        talk.note_path,
        talk.scribes,
        day,
        f"course new scribe {talk.week} {talk.slug}",
    )
    if talk.note:
        for what, how, entries in (
            ("answers to questions", "`A:` below the question", talk.note.questions),
            ("promises kept", "`Done:` below the note", talk.note.notes),
        ):
            left = sum(entry.open for entry in entries)
            counted = f"{what}: {len(entries) - left} of {len(entries)}"
            if entries:
                yield Duty(counted, left == 0, talk.note_path, by, day, how)


def project_duties(course: Course, project: Project) -> Iterator[Duty]:
    """Page and tips from the middle of the term on, the report from its end on."""
    weeks = course.config.term.weeks
    middle, end = course.config.session((weeks + 1) // 2), course.config.session(weeks)
    who = course.config.groups.project.get(project.group or "", ())
    meta = project.page.meta if project.page and isinstance(project.page.meta, ProjectMeta) else None
    names = {document.name for document in project.documents}
    index = f"{project.folder}/index.md"
    yield Duty(
        "a page for the project",
        project.page is not None,
        index,
        who,
        middle,
        f"course new project {project.slug}",
    )
    yield Duty(
        "the paper that is reproduced",
        bool(meta and meta.paper),
        index,
        who,
        middle,
        "`paper:` in the front matter",
    )
    entry = course.config.projects.get(project.slug)
    known = bool((meta and meta.repository) or (entry and entry.repository))
    yield Duty("the repository of the code", known, index, who, middle, "`repository:` in the front matter")
    tips = f"{project.folder}/tips-and-tricks.md"
    yield Duty(
        "tips and tricks",
        "tips-and-tricks.md" in names,
        tips,
        who,
        middle,
        "one `## YYYY-MM-DD …` section for each trouble",
    )
    report = f"{project.folder}/reproducibility-report.md"
    claims = _claims(course, report)
    yield Duty(
        "the reproducibility report",
        "reproducibility-report.md" in names,
        report,
        who,
        end,
        "claims with their source",
    )
    if claims:
        open_ = sum(
            1
            for claim in claims.written
            if claim.ours is None and not claim.run and not claim.runs and not claim.why
        )
        counted = f"claims with a result, or with why there is none: {len(claims.written) - open_} of {len(claims.written)}"
        yield Duty(counted, open_ == 0, report, who, end, "`run:` or `why:` at the claim")


def _claims(course: Course, path: str) -> ReportVerdict | None:
    document = course.documents.get(path)
    has_claims = isinstance(getattr(document, "meta", None), ReportMeta)
    return course.verdicts.get(path) if has_claims else None


def _day_after(course: Course, week: int) -> dt.date | None:
    if not 1 <= week <= course.config.term.weeks:
        return None
    day = course.config.session(week)
    return None if course.config.break_on(day) else day + dt.timedelta(days=1)
