"""Code reviews: who read whose code at which commit, what was found, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coursekit.checks import Check
from coursekit.course import Course, Project
from coursekit.model import Diagnostic, Place, Severity
from coursekit.page import Page
from coursekit.plaintext import plain_text
from coursekit.reviews import ReviewPage
from coursekit.schema import ReviewMeta

_PERMALINK = re.compile(
    r"(https?://(?:www\.)?github\.com/[^/]+/[^/]+)/(?:blob|tree|commit)/([0-9a-f]{7,40})\b"
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
        homes = {project.slug: _home(course, project) for project in course.projects}
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


class ReviewNoPermalink(Check):
    """A finding of a code review does not link to the code at a commit.

    Each finding needs one address that names a commit: of a file, of lines in it, or of the commit itself.

    Why: Code moves on. Without a permalink nobody can tell next week which lines were meant.

    Bad:
        ## Findings

        1. **Must.** The order is chosen bin by bin.

    Good:
        ## Findings

        1. **Must.** [The order is chosen bin by bin](https://github.com/example/code/blob/17368d4/loss.py#L66).

    Mend: On GitHub, click the line's number, press `y`, and copy the address into the finding.
    """

    id = "review-no-permalink"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each finding of each review."""
        for page in course.of(ReviewPage):
            for finding in page.review.findings:
                if not finding.pinned:
                    message = f"finding {finding.number} links to no code: {finding.text[:60]}"
                    yield self.at(page.path, message, line_of(page, finding.text))


class ReviewAnswerOrphan(Check):
    """An answer in a code review belongs to none of its findings.

    Answers share the numbers of their findings, or stand right below one as `Answer: …`.

    Why: The finding stays open on every page, though somebody took the trouble to answer it.

    Bad:
        ## Findings

        1. One finding.

        ## Answers of the group

        1. Mended.
        2. Kept, since silence is 0/0.

    Good:
        ## Answers of the group

        1. Mended, and kept for silence, which is 0/0.

    Mend: Give the answer the number of its finding, or move it below the finding.
    """

    id = "review-answer-orphan"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each answer that found no finding."""
        for page in course.of(ReviewPage):
            for answer in page.review.orphans:
                message = f"this answer is to no finding: {plain_text(answer)[:60]}"
                yield self.at(page.path, message, line_of(page, plain_text(answer)))


def line_of(page: Page, text: str) -> Place:
    """The line that has the first words of a text, else the front matter."""
    words = text.split()[:4]
    pattern = re.compile(r"\W+".join(re.escape(word.strip(".,:;")) for word in words)) if words else None
    lines = enumerate(page.body.split("\n"), page.body_line)
    return next((Place(row) for row, line in lines if pattern and pattern.search(line)), page.place())


def _home(course: Course, project: Project) -> str | None:
    """The address of a project's code, as others may have written it."""
    url = course.repository_of(project)
    return url.rstrip("/").removesuffix(".git").lower() if url else None


def _same(one: str, other: str | None) -> bool:
    return bool(other) and (one.startswith(other or "") or (other or "").startswith(one))
