"""A code review as checks and pages see it: its findings, and what the group answered to each."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from coursekit.model import Small
from coursekit.page import Page
from coursekit.plaintext import plain_text

_GRADE = re.compile(r"(must|should|question)\b\s*[.:]", re.IGNORECASE)
_PINNED = re.compile(r'href="https?://[^"]*[/=][0-9a-f]{7,40}(?=[/#?"])')


@dataclass(frozen=True, slots=True)
class Finding(Small):
    """Something that the reviewers found, as sanitised HTML, and the answers to it; `done` where it was ticked."""

    number: int
    html: str
    answers: tuple[str, ...] = ()
    done: bool = False

    @property
    def anchor(self) -> str:
        """Its place on the page."""
        return f"finding-{self.number}"

    @property
    def open(self) -> bool:
        """Whether nobody has answered or ticked it."""
        return not (self.answers or self.done)

    @property
    def text(self) -> str:
        """Its words."""
        return plain_text(self.html)

    @property
    def grade(self) -> str:
        """'must', 'should' or 'question' where it starts with one of these words, else ''."""
        found = _GRADE.match(self.text)
        return found[1].lower() if found else ""

    @property
    def pinned(self) -> bool:
        """Whether it links to a certain commit, so that its lines can be found for good."""
        return bool(_PINNED.search(self.html))


@dataclass(frozen=True, slots=True)
class Review:
    """A review taken apart: the findings in their order, the prose, and the answers that belong to no finding."""

    findings: tuple[Finding, ...] = ()
    prose: str = ""
    orphans: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReviewPage(Page):
    """projects/<slug>/reviews/week-NN.md"""

    review: Review = field(default_factory=Review)

    @property
    def open(self) -> tuple[Finding, ...]:
        """The findings that wait for an answer."""
        return tuple(finding for finding in self.review.findings if finding.open)

    @property
    def week(self) -> int:
        """The week that it was written in."""
        return int(self.stem.removeprefix("week-"))
