"""The claims of reproducibility reports: whether each can be judged by what is in the course."""

from __future__ import annotations

from collections.abc import Iterator

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.model import Diagnostic, Place, Severity
from coursekit.page import Page


class _ClaimCheck(Check):
    """The faults of all reports' claims that stand under the rule's id."""

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each such fault, at the value of the front matter that it is about."""
        for path, verdict in course.verdicts.items():
            page = course.documents.get(path)
            for fault in verdict.faults:
                if fault.rule == self.id:
                    place = page.place(*fault.path) if isinstance(page, Page) else Place()
                    yield self.at(path, fault.message, place, fault.help)


class ClaimDuplicate(_ClaimCheck):
    """Two claims of a report have one id.

    Each claim of a report has an id of its own.

    Why: The id is the claim's name in the picture, in the table and in every link to it. A claim that stands
    twice would count twice.

    Bad:
        - {id: dc, source: "Table 1, row 1", metric: si_sdri, paper: 10.2, run: runs/dc}
        - {id: dc, source: "Table 1, row 2", metric: si_sdri, paper: 10.4, run: runs/wkm}

    Good:
        - {id: dc, source: "Table 1, row 1", metric: si_sdri, paper: 10.2, run: runs/dc}
        - {id: wkm, source: "Table 1, row 2", metric: si_sdri, paper: 10.4, run: runs/wkm}

    Mend: Give one of the two another id, or delete the one that was copied.
    """

    id = "claim-duplicate"


class ClaimRunMissing(_ClaimCheck):
    """A claim names a run that isn't there.

    `run` and each of `runs` lead to a run folder: relative to the report, or from the course's root with a
    leading `/`.

    Why: The number of ours is read from the run. Without it the claim counts as not confirmed.

    Bad:
        run: dc

    Good:
        run: runs/dc
        run: /presentations/week-01/deep-clustering/runs/dc

    Mend: Correct the path, or add the run's folder.
    """

    id = "claim-run-missing"


class ClaimMetricMissing(_ClaimCheck):
    """A claim's run has no such metric, or no such group.

    `metric` is a name of the run's `metrics` or a column of its scores.csv, letter by letter; `group`, where
    it is given, is a group of its rows. What counts are the rows whose estimator is `model`.

    Why: si_sdr and si_sdri differ by a letter and by ten decibels. Nothing here is guessed.

    Bad:
        metric: SI-SDRi

    Good:
        metric: si_sdri

    Mend: Write the name as the run's run.json does.
    """

    id = "claim-metric-missing"


class ClaimUnit(_ClaimCheck):
    """A claim is in another unit than its run.

    Where a claim and the metric of its run both name a unit, it is the same word.

    Why: 91.5 % and 0.915 are the same accuracy, and their difference is no news.

    Bad:
        metric: accuracy, unit: "%", paper: 91.5        (the run's accuracy has the unit "1")

    Good:
        metric: accuracy, unit: "1", paper: 0.915

    Mend: Bring the paper's value and the tolerance into the run's unit, and name that.
    """

    id = "claim-unit"


class ClaimNoEvidence(_ClaimCheck):
    """A number of ours has nothing that shows where it comes from.

    A claim with `ours` also has `evidence`, a link; a claim with a `run` needs neither.

    Why: A reproduction that can't be looked at is one more claim.

    Bad:
        ours: 10.1

    Good:
        run: runs/dc
        ours: 10.1, evidence: https://github.com/example/separation/blob/17368d4/results.csv

    Mend: Name the run. Where there is none, link to the log or table that holds the number, at a commit.
    """

    id = "claim-no-evidence"


class ClaimOursTwice(_ClaimCheck):
    """A claim gives a number by hand beside the run that it is read from.

    With a `run`, `ours` is left out. The run's number is the one that is shown and judged.

    Why: Two numbers for one thing will differ one day, and then nobody knows which one was meant.

    Bad:
        run: runs/dc, ours: 10.1

    Good:
        run: runs/dc

    Mend: Delete `ours`.
    """

    id = "claim-ours-twice"
    severity = Severity.WARNING


class ClaimOpen(_ClaimCheck):
    """Nothing says yet what came out for a claim.

    A claim names a `run` (a ranking: `runs`), or says `ours: null` and `why`.

    Why: A report may well begin with its claims, but it is not finished before each has an answer. Until then
    the claim counts as not confirmed.

    Bad:
        - {id: dc, source: Table 1, metric: si_sdri, unit: dB, paper: 10.2}

    Good:
        - {id: dc, source: Table 1, metric: si_sdri, unit: dB, paper: 10.2, tolerance: 0.5, run: runs/dc}
        - {id: three, source: Table 4, metric: sdr, unit: dB, paper: 7.1, ours: null, why: no data for three}

    Mend: Name the run when it is there. If it can't be measured, say so and why.
    """

    id = "claim-open"
    severity = Severity.WARNING


class ClaimNoValue(_ClaimCheck):
    """A claim lacks what it is to be compared with.

    `paper` is a number, or for a ranking a list of names, best first. `tolerance` is how far off still counts:
    0 or more. It may be left out where the run has a 95 % interval, which then has to hold the paper's value.

    Why: Without the paper's value and a distance, nothing can be confirmed.

    Bad:
        paper: [chimera, dc]
        tolerance: -0.5

    Good:
        paper: 10.2
        tolerance: 0.5

    Mend: Write the number as it stands in the paper, and decide on the tolerance before you look at yours.
    """

    id = "claim-no-value"


class ClaimRanking(_ClaimCheck):
    """A ranking's names don't match its runs.

    The names in `paper` are those of the run folders in `runs`, each once, and at least two. All the runs say
    the same of whether higher or lower is better.

    Why: The order of ours is read from the runs, and a run stands for the name that its folder has.

    Bad:
        kind: ranking, paper: [chimera, wkm, dc], runs: [runs/chimera, runs/deep-clustering]

    Good:
        kind: ranking, paper: [chimera, wkm, dc], runs: [runs/chimera, runs/wkm, runs/dc]

    Mend: Write each name of the paper's order as its run's folder is named, and list all the runs.
    """

    id = "claim-ranking"
