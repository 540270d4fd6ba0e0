"""The claims of a reproducibility report, judged by what the course's runs say.

A value is confirmed where it is within the claim's tolerance of the paper's, or, without a tolerance, where
the paper's lies within the 95 % interval of ours; an order of magnitude where the two differ by less
than half a power of ten; a ranking where at least 90 % of its pairs stand in the paper's order. The whole follows
Raff (A Step Toward Quantifying Independently Reproducible Machine Learning Research, NeurIPS 2019): a paper
is reproduced where at least 75 % of its claims are confirmed, and every ranking is.

What can't be judged, because the claim has a fault or because its run is unverified, is not confirmed: no
verdict gets better by a mistake. Only a value on another corpus than the paper's carries none.
"""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from coursekit.claimfaults import HARMLESS, OPEN, Bench, ClaimFault, faults_of, folder_of
from coursekit.measured import (
    Measured,
    Neighbours,
    apart,
    directions,
    discordant,
    measure,
    near,
    neighbours,
    same_magnitude,
)
from coursekit.runfolder import Run
from coursekit.schema import Claim

_MARK = re.compile(r"\s*\[¬?Re\]\s*")
_MOST_DIGITS = 6


class Verdict(StrEnum):
    """What came out for a claim. OPEN is one that nothing was measured for yet; it counts as not confirmed."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not confirmed"
    OPEN = "open"
    NONE = "no verdict"


@dataclass(frozen=True, slots=True)
class Ranking:
    """The paper's order and ours, each best first, and how far they agree.

    `turned` are the pairs of the paper's order that don't stand so in ours, `neighbours` those that stand
    beside each other in ours. `one_corpus` is False where the runs name different data.
    """

    paper: tuple[str, ...]
    ours: tuple[tuple[str, Measured], ...]
    turned: tuple[tuple[str, str], ...]
    neighbours: tuple[Neighbours, ...]
    one_corpus: bool = True

    @property
    def pairs(self) -> int:
        """How many pairs of names there are."""
        return len(self.paper) * (len(self.paper) - 1) // 2

    @property
    def concordant(self) -> int:
        """How many of them stand in the same order in both."""
        return self.pairs - len(self.turned)

    @property
    def share(self) -> float:
        """The share of concordant pairs: (tau + 1) / 2 of Kendall's tau where nothing is tied."""
        return self.concordant / self.pairs

    @property
    def agrees(self) -> bool:
        """Whether at least 90 % of the pairs do."""
        return self.concordant * 10 >= self.pairs * 9

    @property
    def inseparable(self) -> tuple[Neighbours, ...]:
        """The neighbours in our order whose difference might as well be zero."""
        return tuple(pair for pair in self.neighbours if not pair.separable)


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """A claim with its verdict; `reason` says in words what the numbers beside it don't."""

    claim: Claim
    verdict: Verdict
    reason: str = ""
    ours: Measured | None = None
    ranking: Ranking | None = None

    @property
    def paper(self) -> float | None:
        """The paper's value, None where it is an order or missing."""
        return self.claim.paper if isinstance(self.claim.paper, float) else None

    @property
    def unit(self) -> str:
        """The claim's unit, else the run's."""
        return self.claim.unit or (self.ours.unit if self.ours else "")

    @property
    def difference(self) -> float | None:
        """Ours minus the paper's."""
        return None if self.paper is None or self.ours is None else self.ours.mean - self.paper

    @property
    def digits(self) -> int:
        """One decimal more than the paper gives, and as many more as it takes to see which side of the tolerance."""
        given = [value for value in (self.paper, self.claim.tolerance) if value is not None]
        digits = min(max(map(_decimals, given), default=1) + 1, _MOST_DIGITS)
        if self.difference is not None and self.claim.tolerance is not None:
            inside = near(0.0, self.difference, self.claim.tolerance)
            while digits < _MOST_DIGITS and inside != near(0.0, round(self.difference, digits), self.claim.tolerance):  # fmt: skip
                digits += 1
        return digits

    def number(self, value: float) -> str:
        """A number of ours with as many decimals as say something."""
        return shown_number(value, self.digits)

    def change(self, value: float) -> str:
        """A difference, with its sign."""
        shown = self.number(value)
        return f"+{shown}" if value > 0 else shown


@dataclass(frozen=True)
class ReportVerdict:
    """A report's claims and what follows from the runs of the course; computed when it is asked for."""

    report: str  # the report's path
    written: tuple[Claim, ...]
    runs: Mapping[str, Run]  # every run of the course by its folder

    @cached_property
    def faults(self) -> tuple[ClaimFault, ...]:
        """What is wrong in the claims, in their order."""
        return tuple(faults_of(self.written, self._bench))

    @cached_property
    def claims(self) -> tuple[JudgedClaim, ...]:
        """Every claim with its verdict, as they stand in the report."""
        return tuple(self._judged(at, claim) for at, claim in enumerate(self.written))

    @cached_property
    def _bench(self) -> Bench:
        return Bench(self.report, self.runs)

    # --- one claim ---------------------------------------------------------------------------------------

    def _judged(self, at: int, claim: Claim) -> JudgedClaim:
        faults = [fault for fault in self.faults if fault.claim == at]
        if stop := next((fault for fault in faults if fault.rule not in HARMLESS), None):
            ours = self._ours(claim) if claim.kind != "ranking" else None
            return JudgedClaim(claim, Verdict.NOT_CONFIRMED, stop.message, ours)
        if any(fault.rule == OPEN for fault in faults):
            return JudgedClaim(claim, Verdict.OPEN, "nothing was measured yet")
        return self._ranking(claim) if claim.kind == "ranking" else self._value(claim)

    def _ours(self, claim: Claim) -> Measured | None:
        if claim.run is not None:
            run = self._bench.run(claim.run)
            return measure(run, claim.metric, claim.group) if run else None
        return None if claim.ours is None else Measured(claim.ours, unit=claim.unit or "")

    def _value(self, claim: Claim) -> JudgedClaim:
        ours = self._ours(claim)
        if ours is None:
            unread = "the run is unverified" if claim.run is not None else ""
            return JudgedClaim(claim, Verdict.NOT_CONFIRMED, unread)
        if claim.corpus == "other":
            return JudgedClaim(claim, Verdict.NONE, "measured on another corpus than the paper's", ours)
        if ours.run and not ours.run.verified:
            return JudgedClaim(claim, Verdict.NOT_CONFIRMED, "the run is unverified", ours)
        assert isinstance(claim.paper, float), "claim-no-value has told it"
        confirmed, reason = _compared(claim, claim.paper, ours)
        return JudgedClaim(claim, Verdict.CONFIRMED if confirmed else Verdict.NOT_CONFIRMED, reason, ours)

    def _ranking(self, claim: Claim) -> JudgedClaim:
        ranking = self._order(claim)
        if ranking is None:
            unread = "a run is unverified" if claim.runs else ""
            return JudgedClaim(claim, Verdict.NOT_CONFIRMED, unread)
        unverified = [name for name, ours in ranking.ours if ours.run and not ours.run.verified]
        if unverified:
            runs = f"the run{'s' if len(unverified) > 1 else ''} {_listed(unverified)}"
            reason = f"{runs} {'are' if len(unverified) > 1 else 'is'} unverified"
            return JudgedClaim(claim, Verdict.NOT_CONFIRMED, reason, ranking=ranking)
        verdict = Verdict.CONFIRMED if ranking.agrees else Verdict.NOT_CONFIRMED
        return JudgedClaim(claim, verdict, ranking=ranking)

    def _order(self, claim: Claim) -> Ranking | None:
        """Both orders; None where nothing was run, or a run can't be read at all."""
        runs = {
            posixpath.basename(folder_of(self.report, path)): run
            for path in claim.runs
            if (run := self._bench.run(path)) is not None
        }
        means = {
            name: ours for name, run in runs.items() if (ours := measure(run, claim.metric, claim.group))
        }
        if not isinstance(claim.paper, tuple) or set(means) != set(claim.paper):
            return None
        lower = any("lower" in directions(run, claim.metric) for run in runs.values())
        sign = -1 if lower else 1
        scores = {name: sign * ours.mean for name, ours in means.items()}
        order = sorted(claim.paper, key=lambda name: -scores[name])
        papers = {name: -float(place) for place, name in enumerate(claim.paper)}
        data = {run.record.data.digest for run in runs.values() if run.record and run.record.data.digest}
        return Ranking(
            claim.paper,
            tuple((name, means[name]) for name in order),
            discordant(papers, scores),
            neighbours(order, runs, claim.metric, claim.group, sign),
            len(data) < 2,
        )

    # --- the whole ---------------------------------------------------------------------------------------

    @property
    def counted(self) -> tuple[JudgedClaim, ...]:
        """The claims that carry a verdict."""
        return tuple(judged for judged in self.claims if judged.verdict is not Verdict.NONE)

    @property
    def values(self) -> tuple[JudgedClaim, ...]:
        """The claims that are about one number."""
        return tuple(judged for judged in self.claims if judged.claim.kind != "ranking")

    @property
    def rankings(self) -> tuple[JudgedClaim, ...]:
        """The claims that are about an order."""
        return tuple(judged for judged in self.claims if judged.claim.kind == "ranking")

    def count(self, verdict: Verdict) -> int:
        """How many claims have a verdict."""
        return sum(1 for judged in self.claims if judged.verdict is verdict)

    @property
    def reproduced(self) -> bool | None:
        """Whether Raff's criterion is met; None where that isn't decided: open claims could still turn it."""
        total, confirmed, still = len(self.counted), self.count(Verdict.CONFIRMED), self.count(Verdict.OPEN)
        if not total:
            return None
        orders = {judged.verdict for judged in self.rankings}
        if confirmed * 4 >= total * 3 and orders <= {Verdict.CONFIRMED}:
            return True
        lost = (confirmed + still) * 4 < total * 3 or Verdict.NOT_CONFIRMED in orders
        return False if lost else None

    @property
    def mark(self) -> str:
        """'[Re]' or '[¬Re]', as ReScience C marks its titles; '' where the claims don't decide it."""
        return {True: "[Re]", False: "[¬Re]", None: ""}[self.reproduced]

    def titled(self, title: str) -> str:
        """A title with the mark in front; one that somebody wrote there by hand makes room."""
        return f"{self.mark} {_MARK.sub('', title, count=1) if _MARK.match(title) else title}".strip()

    @property
    def sentence(self) -> str:
        """'3 of 4 claims confirmed; the order `objectives` agrees in 5 of 6 pairs.'"""
        if not self.claims:
            return "No claims yet."
        return f"{'; '.join(self._parts())}."

    def _parts(self) -> Iterator[str]:
        total, still, none = len(self.counted), self.count(Verdict.OPEN), self.count(Verdict.NONE)
        if total:
            yield f"{self.count(Verdict.CONFIRMED)} of {total} claim{'s' if total > 1 else ''} confirmed"
        if still:
            yield f"{still} still open"
        measured = [(judged.claim.id, judged.ranking) for judged in self.rankings if judged.ranking]
        agree = [f"{ranking.concordant} of {ranking.pairs}" for _, ranking in measured]
        if len(measured) == 1:
            yield f"the order `{measured[0][0]}` agrees in {agree[0]} pair{'s' if measured[0][1].pairs > 1 else ''}"
        elif measured:
            yield f"the orders agree in {', '.join(agree[:-1])} and {agree[-1]} of their pairs"
        if none:
            more = f"{none} more" if total else f"{none} claim{'s' if none > 1 else ''}"
            yield f"{more} without a verdict, being measured on another corpus than the paper's"


def _compared(claim: Claim, paper: float, ours: Measured) -> tuple[bool, str]:
    """Whether a number of ours confirms the paper's, and why where the table doesn't show it."""
    if claim.kind == "magnitude":
        factor = apart(paper, ours.mean)
        if not math.isfinite(factor):
            return False, "not of one sign"
        same = same_magnitude(paper, ours.mean)
        return (
            same,
            f"a factor of {factor:.1f} apart, {'within' if same else 'more than'} half a power of ten",
        )
    if claim.tolerance is not None:
        return near(paper, ours.mean, claim.tolerance), ""
    assert ours.interval, "claim-no-value has told it"
    inside = ours.interval[0] <= paper <= ours.interval[1]
    where = "lies within" if inside else "is outside of"
    return inside, f"no tolerance was given: the paper's value {where} the 95 % interval of ours"


def shown_number(value: float, digits: int) -> str:
    """A number for people: so many decimals, thousands apart, a real minus.

    What is too large for that, or would become zero by it, has significant digits instead.
    """
    if abs(value) < 10.0**-9:
        value = 0.0
    if value and (abs(value) >= 1e9 or not round(value, digits)):
        shown = f"{value:.2g}"
    else:
        shown = f"{value:,.{digits if abs(value) < 1000 else 0}f}"
    return shown.replace("-", "−")


def exact_number(value: float) -> str:
    """A number as somebody gave it."""
    return shown_number(value, min(_decimals(value), _MOST_DIGITS)) if abs(value) < 1000 else f"{value:,.10g}"


def _decimals(value: float) -> int:
    exponent = Decimal(repr(value)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if names[1:] else "") + names[-1]
