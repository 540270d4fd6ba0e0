"""Projects: their pages, their tips and tricks, their reports."""

from __future__ import annotations

from collections.abc import Iterator

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.model import Diagnostic, Severity
from coursekit.page import Page
from coursekit.schema import ReportMeta
from coursekit.tips import Tip, TipsPage


def second_half(course: Course) -> bool:
    """Whether the second half of the term has begun."""
    return course.as_of >= course.config.session(course.config.term.weeks // 2 + 1)


class ProjectUnlinked(Check):
    """A project names no paper, or no repository, though half of the term is over.

    `paper` and `repository` stand in the project's index.md; the repository may stand in course.yml too.

    Why: Who reviews the code has to find it, and a reproduction is one of a certain paper.

    Bad:
        title: Alternative objectives

    Good:
        title: Alternative objectives
        paper: {title: Alternative objective functions, url: https://www.merl.com/publications/TR2018-005}
        repository: https://github.com/example/objectives

    Mend: Add the key to the front matter of the project's index.md.
    """

    id = "project-unlinked"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each project with a page, from the middle of the term on."""
        for project in course.projects if second_half(course) else ():
            if not (project.page and project.page.meta):
                continue
            if not project.page.meta.paper:
                help = "add  paper: {title: …, url: https://…}"
                yield self.at(project.page.path, "the project names no paper", project.page.place(), help)
            if not course.repository_of(project):
                help = "add  repository: https://github.com/…"
                yield self.at(
                    project.page.path, "the project names no repository", project.page.place(), help
                )


class ReportNoClaims(Check):
    """A reproducibility report has no claims.

    The `claims` of its front matter say what the paper reports, and what came out here.

    Why: The verdict on a reproduction is computed from its claims. Without any there is none.

    Bad:
        ---
        title: A report
        ---

    Good:
        ---
        title: A report
        claims:
          - {id: dc, source: "Table 1, row 2", metric: si_sdri, unit: dB, paper: 10.2, tolerance: 0.5, run: runs/dc}
        ---

    Mend: Write down each number of the paper that you try to reproduce, even before you have yours.
    """

    id = "report-no-claims"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each report whose front matter can be read."""
        for page in course.of(Page):
            if isinstance(page.meta, ReportMeta) and not page.meta.claims:
                yield self.at(page.path, "the report has no claims, so it comes to no verdict", page.place())


def _tips(course: Course) -> Iterator[tuple[Page, Tip]]:
    for page in course.of(TipsPage):
        for tip in page.tips:
            yield page, tip


class TipsIncomplete(Check):
    """A trouble in tips and tricks lacks its symptom, its cause or its fix.

    Each section has three paragraphs, which start with `Symptom:`, `Cause:` and `Fix:`. Sections that have none
    of them and no date are left alone.

    Why: The next group searches for the symptom that they see; the fix alone finds nobody.

    Bad:
        ## 2020-05-01 The loss became NaN

        Fix: clip the gradient.

    Good:
        ## 2020-05-01 The loss became NaN

        Symptom: after 300 steps the loss is NaN.

        Cause: a mixture with a silent voice.

        Fix: leave such mixtures out.

    Mend: Add the part that the message names; `Cause: not known` is an answer too.
    """

    id = "tips-incomplete"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each section that is about a trouble."""
        for page, tip in _tips(course):
            if tip.missing:
                listed = ", ".join(f"`{part}:`" for part in tip.missing)
                yield self.at(page.path, f"this section lacks {listed}", tip.place)


class TipsDate(Check):
    """A trouble in tips and tricks does not say when it happened.

    The heading of each section starts with a date, YYYY-MM-DD.

    Why: Libraries change; a fix of two years ago may be wrong today, and only the date tells.

    Bad:
        ## The loss became NaN

    Good:
        ## 2020-05-01 The loss became NaN

    Mend: Write the day in front of the heading.
    """

    id = "tips-date"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each section that has one of the three parts."""
        for page, tip in _tips(course):
            if not tip.date:
                help = f"write  ## YYYY-MM-DD {tip.title[:60]}"
                yield self.at(page.path, "the heading does not start with a date", tip.place, help)
