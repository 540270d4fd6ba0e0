"""Projects: their pages, their tips and tricks, their reports and reviews."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.model import Diagnostic, Heading, Place, Severity
from coursekit.page import Page
from coursekit.schema import ReportMeta, ReviewMeta

_PARTS = ("Symptom", "Cause", "Fix")
_PART = re.compile(rf"^\W{{0,6}}({'|'.join(_PARTS)})\W{{0,3}}:", re.MULTILINE | re.IGNORECASE)
_DATE = re.compile(r"\d{4}-\d\d-\d\d\b")
_PERMALINK = re.compile(
    r"(https?://(?:www\.)?github\.com/[^/]+/[^/]+)/(?:blob|tree|commit)/([0-9a-f]{7,40})\b"
)


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
            entry = course.config.projects.get(project.slug)
            if not project.page.meta.paper:
                help = "add  paper: {title: …, url: https://…}"
                yield self.at(project.page.path, "the project names no paper", project.page.place(), help)
            if not project.page.meta.repository and not (entry and entry.repository):
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


@dataclass(frozen=True, slots=True)
class _Trouble:
    """A section of tips and tricks, and which of its three parts it has."""

    heading: Heading
    parts: frozenset[str]

    @property
    def dated(self) -> bool:
        return bool(_DATE.match(self.heading.text))


def _troubles(course: Course) -> Iterator[tuple[Page, _Trouble]]:
    for page in course.of(Page):
        if page.kind == "project" and page.name == "tips-and-tricks.md":
            lines = page.body.split("\n")
            headings = [heading for heading in page.prose.headings if heading.level <= 2]
            ends = [heading.place.line for heading in headings[1:]] + [page.body_line + len(lines)]
            for heading, end in zip(headings, ends, strict=True):
                inside = "\n".join(lines[heading.place.line - page.body_line + 1 : end - page.body_line])
                parts = frozenset(found[1].capitalize() for found in _PART.finditer(inside))
                if heading.level == 2:
                    yield page, _Trouble(heading, parts)


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
        for page, trouble in _troubles(course):
            missing = [part for part in _PARTS if part not in trouble.parts]
            if missing and (trouble.parts or trouble.dated):
                listed = ", ".join(f"`{part}:`" for part in missing)
                yield self.at(page.path, f"this section lacks {listed}", trouble.heading.place)


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
        for page, trouble in _troubles(course):
            if trouble.parts and not trouble.dated:
                help = f"write  ## YYYY-MM-DD {trouble.heading.text[:60]}"
                yield self.at(
                    page.path, "the heading does not start with a date", trouble.heading.place, help
                )


def _reviews(course: Course) -> Iterator[tuple[Page, ReviewMeta]]:
    for page in course.of(Page):
        if isinstance(page.meta, ReviewMeta):
            yield page, page.meta


class ReviewIncomplete(Check):
    """A code review does not say who reviewed, or which commit.

    `reviewer` is the id of the group, `commit` what `git rev-parse --short HEAD` prints, in quotes.

    Why: A finding is about one state of the code. Without the commit nobody can tell whether it was mended.

    Bad:
        ---
        title: Review in week 5
        ---

    Good:
        ---
        title: Review in week 5
        reviewer: p2
        commit: "17368d4"
        ---

    Mend: Add the two lines to the front matter.
    """

    id = "review-incomplete"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each review whose front matter can be read."""
        for page, meta in _reviews(course):
            if not meta.reviewer:
                yield self.at(page.path, "the review names no `reviewer`", page.place(), "add  reviewer: p1")
            if not meta.commit:
                help = 'add  commit: "1234567"'
                yield self.at(page.path, "the review names no `commit`", page.place(), help)


class ReviewOwnProject(Check):
    """A group reviews its own project.

    Looked at are `reviews` of course.yml, and the `reviewer` of each review, against the groups of `projects`.

    Why: A review is worth something because somebody else reads the code.

    Bad:
        projects: {objectives: {group: p1}}
        reviews: [{week: 5, reviewer: p1, project: objectives}]

    Good:
        reviews: [{week: 5, reviewer: p2, project: objectives}]

    Mend: Name another group.
    """

    id = "review-own-project"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """The plan first, then the reviews themselves."""
        groups = {slug: entry.group for slug, entry in course.config.projects.items()}
        for at, review in enumerate(course.config.reviews):
            if groups.get(review.project) == review.reviewer:
                place = course.config_node.locate(("reviews", at, "reviewer"))
                message = (
                    f"week {review.week}: `{review.reviewer}` reviews its own project `{review.project}`"
                )
                yield self.at("course.yml", message, place)
        for page, meta in _reviews(course):
            project = page.path.split("/")[1]
            if meta.reviewer and groups.get(project) == meta.reviewer:
                message = f"`{meta.reviewer}` reviews its own project"
                yield self.at(page.path, message, page.place("reviewer"))


class ReviewOtherCommit(Check):
    """A review links to another commit of the project than the one that it reviewed.

    Looked at are links to files of the project's repository on GitHub at a commit. A link to a commit as such, which
    an answer may give, is fine.

    Why: The lines that a finding is about may stand elsewhere, or be gone, in that commit.

    Bad:
        commit: "17368d4"
        …
        1. The order is chosen bin by bin: https://github.com/example/objectives/blob/99aabbc/loss.py#L66

    Good:
        1. The order is chosen bin by bin: https://github.com/example/objectives/blob/17368d4/loss.py#L66

    Mend: Open the file at the reviewed commit, click on the line, and copy that address.
    """

    id = "review-other-commit"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each permalink to lines of the project's own code."""
        homes = {project.slug: _home(course, project.slug, project.page) for project in course.projects}
        for page, meta in _reviews(course):
            home = homes.get(page.path.split("/")[1])
            for link in page.prose.links if home and meta.commit else ():
                found = _PERMALINK.match(link.target)
                if (
                    found
                    and found[1].lower() == home
                    and "/blob/" in link.target
                    and not _same(found[2], meta.commit)
                ):
                    yield self.at(page.path, *self._told(found[2], meta.commit, link.place))

    def _told(self, linked: str, reviewed: str | None, place: Place) -> tuple[str, Place]:
        return f"this is about the commit {linked[:7]}; reviewed was {(reviewed or '')[:7]}", place


def _home(course: Course, slug: str, page: Page | None) -> str | None:
    entry = course.config.projects.get(slug)
    url = (page.meta.repository if page and page.meta else None) or (entry.repository if entry else None)
    return url.rstrip("/").removesuffix(".git").lower() if url else None


def _same(one: str, other: str | None) -> bool:
    return bool(other) and (one.startswith(other or "") or (other or "").startswith(one))
