"""The scoreboard: every claim of every project, the paper's value, ours, and what follows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from coursekit.claims import JudgedClaim, ReportVerdict, Verdict
from coursekit.course import Course, Project
from coursekit.model import Output

if TYPE_CHECKING:
    from coursekit.render import Renderer


@dataclass(frozen=True, slots=True)
class Score:
    """A project with the verdict on its report; `verdict` is None where there is no report yet."""

    project: Project
    verdict: ReportVerdict | None

    @property
    def judged(self) -> tuple[JudgedClaim, ...]:
        """Its claims, what counts first: in the order of the report otherwise."""
        claims = self.verdict.claims if self.verdict else ()
        order = (Verdict.CONFIRMED, Verdict.NOT_CONFIRMED, Verdict.OPEN, Verdict.NONE)
        return tuple(sorted(claims, key=lambda judged: order.index(judged.verdict)))

    @property
    def needed(self) -> float:
        """The share of the picture's row that has to be confirmed: 75 % of the claims that count."""
        return (
            0.75 * len(self.verdict.counted) / len(self.verdict.claims)
            if self.judged and self.verdict
            else 0.0
        )


def outputs(renderer: Renderer) -> Iterable[Output]:
    """The one page 'reproducibility.md'."""
    found = scores(renderer.course)
    verdicts = [score.verdict for score in found if score.verdict]
    yield renderer.page(
        "reproducibility.md",
        "reproducibility.html",
        title="Reproducibility",
        description="Every claim of every project: the paper's value, ours, and the verdict",
        section=("Projects",),
        order=1,
        scores=[score for score in found if score.judged],
        waiting=[score for score in found if not score.judged],
        claims=sum(len(verdict.counted) for verdict in verdicts),
        unjudged=sum(verdict.count(Verdict.NONE) for verdict in verdicts),
        confirmed=sum(verdict.count(Verdict.CONFIRMED) for verdict in verdicts),
        reproduced=sum(verdict.reproduced is True for verdict in verdicts),
        refuted=sum(verdict.reproduced is False for verdict in verdicts),
    )


def scores(course: Course) -> list[Score]:
    """All projects, by title."""
    return [
        Score(project, course.verdicts.get(f"{project.folder}/reproducibility-report.md"))
        for project in sorted(course.projects, key=lambda project: project.title.casefold())
    ]
