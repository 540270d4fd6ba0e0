"""What is wrong in the claims of a report, each fault under the rule that tells of it.

Nothing here is dear: the checks ask for the faults of all reports, the pages for the verdicts.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from coursekit.measured import MODEL, directions, entry_of, groups_of, item_means, metrics_of, unit_of
from coursekit.runfolder import Run
from coursekit.schema import Claim, nearest

OPEN = "claim-open"
# a claim with one of these can still be judged
HARMLESS = frozenset({OPEN, "claim-duplicate", "claim-ours-twice"})


@dataclass(frozen=True, slots=True)
class ClaimFault:
    """Something wrong in claim number `claim`; `path` leads to the value in the front matter."""

    rule: str
    claim: int
    message: str
    path: tuple[int | str, ...]
    help: str = ""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where a report's claims find their runs: all runs of the course by their folder."""

    report: str
    runs: Mapping[str, Run]

    def run(self, written: str) -> Run | None:
        """The run that a claim names by a path relative to the report, or from the course's root with a `/`."""
        return self.runs.get(folder_of(self.report, written))

    def nearest(self, written: str) -> str | None:
        """How the run that was probably meant is written."""
        project = posixpath.dirname(self.report) + "/"
        known = {
            path.removeprefix(project) if path.startswith(project) else f"/{path}": path for path in self.runs
        }
        name = posixpath.basename(folder_of(self.report, written))
        alike = [spoken for spoken, path in known.items() if posixpath.basename(path) == name]
        return alike[0] if alike else nearest(written, known)


def folder_of(report: str, written: str) -> str:
    """The folder of a run as a claim of `report` names it."""
    base = "" if written.startswith("/") else posixpath.dirname(report)
    return posixpath.normpath(posixpath.join(base, written.lstrip("/")))


def faults_of(claims: Sequence[Claim], bench: Bench) -> Iterator[ClaimFault]:
    """Every fault of a report's claims, in their order."""
    first: dict[str, int] = {}
    for at, claim in enumerate(claims):
        if first.setdefault(claim.id, at) != at:
            message = f"`{claim.id}` is the id of claim {first[claim.id] + 1} already"
            help = f"give one of the two another id, for example `{claim.id}-2`, or delete it"
            yield ClaimFault("claim-duplicate", at, message, ("claims", at, "id"), help)
        yield from _Faults(at, claim, bench).all()


@dataclass(frozen=True, slots=True)
class _Faults:
    """The faults of one claim."""

    at: int
    claim: Claim
    bench: Bench

    def fault(self, rule: str, message: str, *path: int | str, help: str = "") -> ClaimFault:
        return ClaimFault(rule, self.at, message, ("claims", self.at, *path), help)

    def all(self) -> Iterator[ClaimFault]:
        claim = self.claim
        if claim.tolerance is not None and claim.tolerance < 0:
            message = f"the tolerance {claim.tolerance:g} is negative"
            yield self.fault("claim-no-value", message, "tolerance", help="a distance is 0 or more, for example  tolerance: 0.5")  # fmt: skip
        yield from self._ranking() if claim.kind == "ranking" else self._value()

    # --- one value ---------------------------------------------------------------------------------------

    def _value(self) -> Iterator[ClaimFault]:
        claim = self.claim
        if claim.paper is None:
            yield self.fault(
                "claim-no-value", "the paper's value is missing", help="for example  paper: 10.2"
            )
        elif isinstance(claim.paper, tuple):
            help = "write one number, for example  paper: 10.2  or, if the order is what is claimed,  kind: ranking"
            yield self.fault("claim-no-value", "`paper` is a list, which only a ranking has", "paper", help=help)  # fmt: skip
        elif claim.kind == "magnitude" and claim.paper == 0:
            yield self.fault("claim-no-value", "0 has no order of magnitude", "paper", help="write  kind: value  and a `tolerance`")  # fmt: skip
        if claim.run is not None:
            yield from self._of_run(claim.run, "run")
        elif claim.ours is not None:
            yield from self._by_hand()
        elif claim.why is None:
            yield self._open("run: runs/…")

    def _of_run(self, written: str, *path: int | str) -> Iterator[ClaimFault]:
        claim, run = self.claim, self.bench.run(written)
        if claim.ours is not None:
            message = f"`ours` is given by hand beside the run `{written}`; the run counts"
            yield self.fault(
                "claim-ours-twice", message, "ours", help="delete `ours`: it is read from the run"
            )
        if run is None:
            yield self._run_missing(written, *path)
        elif run.record is None:
            return  # run-invalid has told it
        elif (missing := self._metric_missing(run, written)) is not None:
            yield missing
        else:
            yield from self._other_unit(run, *path)
            if claim.kind == "value" and claim.corpus == "same" and claim.tolerance is None:
                yield from self._no_measure(run)

    def _by_hand(self) -> Iterator[ClaimFault]:
        claim = self.claim
        if claim.evidence is None:
            message = f"`ours` is {claim.ours:g}, and nothing shows where the number comes from"
            help = "name the run,  run: runs/…  or where else the number can be seen,  evidence: https://…"
            yield self.fault("claim-no-evidence", message, "ours", help=help)
        if claim.kind == "value" and claim.corpus == "same" and claim.tolerance is None:
            message = "without a `tolerance` nothing says how near is near enough"
            yield self.fault("claim-no-value", message, "ours", help="for example  tolerance: 0.5")

    def _no_measure(self, run: Run) -> Iterator[ClaimFault]:
        entry = entry_of(run, self.claim.metric, self.claim.group)
        if not (entry and entry.ci95) and len(item_means(run, self.claim.metric, self.claim.group)) < 2:
            message = "neither a `tolerance` nor an interval of the run says how near is near enough"
            yield self.fault("claim-no-value", message, help="for example  tolerance: 0.5")

    def _other_unit(self, run: Run, *path: int | str) -> Iterator[ClaimFault]:
        theirs = unit_of(run, self.claim.metric)
        if self.claim.unit and theirs and self.claim.unit != theirs:
            message = f"the claim is in `{self.claim.unit}`, the run in `{theirs}`"
            help = "bring the paper's value and the tolerance into the run's unit, and name that"
            yield self.fault("claim-unit", message, "unit", help=help)

    def _open(self, example: str) -> ClaimFault:
        message = f"nothing says what came out for `{self.claim.id}`"
        help = f"name the run,  {example}  or, if it can't be measured,  ours: null, why: …"
        if self.claim.kind != "ranking" and self.claim.runs:
            help = f"`runs` are for a ranking; write  run: {self.claim.runs[0]}"
        return self.fault(OPEN, message, help=help)

    # --- what both kinds have ----------------------------------------------------------------------------

    def _run_missing(self, written: str, *path: int | str) -> ClaimFault:
        close = self.bench.nearest(written)
        help = f"did you mean `{close}`?" if close else "runs lie in `runs/` beside the report"
        return self.fault("claim-run-missing", f"there is no run in `{written}`", *path, help=help)

    def _metric_missing(self, run: Run, written: str) -> ClaimFault | None:
        metric, group = self.claim.metric, self.claim.group
        if entry_of(run, metric, group) or run.scores.values(metric, MODEL, group):
            return None
        known = metrics_of(run)
        if metric not in known:
            close = _same_word(metric, known) or nearest(metric, known)
            help = f"did you mean `{close}`?" if close else f"its metrics: {', '.join(known)}"
            message = f"the run `{written}` has no metric `{metric}`"
            return self.fault("claim-metric-missing", message, "metric", help=help)
        if group is not None and group not in groups_of(run):
            close, groups = nearest(group, groups_of(run)), ", ".join(groups_of(run))
            help = f"did you mean `{close}`?" if close else f"its groups: {groups or 'none'}"
            message = f"the run `{written}` has no group `{group}`"
            return self.fault("claim-metric-missing", message, "group", help=help)
        message = f"the run `{written}` has no `{metric}` of the estimator `{MODEL}`"
        help = f"rows of the trained model are those whose estimator is `{MODEL}`"
        return self.fault("claim-metric-missing", message, "metric", help=help)

    # --- an order ----------------------------------------------------------------------------------------

    def _ranking(self) -> Iterator[ClaimFault]:
        claim = self.claim
        if not isinstance(claim.paper, tuple):
            message = "the paper's order is missing: a ranking's `paper` is a list of names, best first"
            path = ("paper",) if claim.paper is not None else ()
            yield self.fault(
                "claim-no-value", message, *path, help="for example  paper: [chimera, wkm, dc, mi]"
            )
        elif len(claim.paper) < 2:
            yield self.fault("claim-ranking", "an order has at least two names", "paper", help="for example  paper: [chimera, wkm, dc, mi]")  # fmt: skip
        elif twice := _twice(claim.paper):
            yield self.fault("claim-ranking", f"`{twice}` stands twice in the paper's order", "paper", help="name each once")  # fmt: skip
        if claim.run is not None:
            message = "a ranking is read from several `runs`, not from one `run`"
            yield self.fault("claim-ranking", message, "run", help=f"write  runs: [{claim.run}, …]")
        elif claim.runs:
            yield from self._of_runs(claim.runs)
        elif claim.why is None:
            yield self._open("runs: [runs/…, runs/…]")

    def _of_runs(self, written: tuple[str, ...]) -> Iterator[ClaimFault]:
        names = [posixpath.basename(folder_of(self.bench.report, path)) for path in written]
        if twice := _twice(names):
            help = "a run stands for the name that its folder has"
            yield self.fault("claim-ranking", f"two of the runs are named `{twice}`", "runs", help=help)
        elif isinstance(self.claim.paper, tuple):
            yield from self._unlike(self.claim.paper, names)
        found = [(at, path, self.bench.run(path)) for at, path in enumerate(written)]
        for at, path, run in found:
            if run is None:
                yield self._run_missing(path, "runs", at)
            elif run.record and (missing := self._metric_missing(run, path)) is not None:
                yield missing
        said = frozenset[str]().union(*(directions(run, self.claim.metric) for _, _, run in found if run))
        if len(said) > 1:
            message = f"the runs do not agree whether a higher or a lower `{self.claim.metric}` is better"
            yield self.fault("claim-ranking", message, "runs", help="mend `better` in one of the run.json")

    def _unlike(self, paper: tuple[str, ...], names: list[str]) -> Iterator[ClaimFault]:
        for name in paper:
            if name not in names:
                close = nearest(name, [other for other in names if other not in paper])
                help = f"is it `{close}`? A run stands for the name that its folder has" if close else "add its run to `runs`, or take the name out of `paper`"  # fmt: skip
                yield self.fault("claim-ranking", f"none of the runs is named `{name}`", "paper", help=help)
        for at, name in enumerate(names):
            if name not in paper:
                message = f"the run `{name}` is not in the paper's order"
                help = f"the paper's order is {', '.join(paper)}; take the run out, or rename its folder"
                yield self.fault("claim-ranking", message, "runs", at, help=help)


def _twice(names: Sequence[str]) -> str | None:
    return next((name for at, name in enumerate(names) if name in names[:at]), None)


def _same_word(word: str, known: Sequence[str]) -> str | None:
    """The known name that differs by case and punctuation only: 'SI-SDRi' and 'si_sdri'."""

    def bare(text: str) -> str:
        return re.sub(r"[\W_]+", "", text).casefold()

    return next((name for name in known if bare(name) == bare(word)), None)
