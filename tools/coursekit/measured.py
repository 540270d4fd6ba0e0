"""Numbers of ours: what a run says of a metric, and what the scores of several runs say of an order.

Rows of one item (the voices of one mixture, the seeds) are not independent: where an interval is computed
here, items are drawn and not rows.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, pairwise

from coursekit.cache import Cache
from coursekit.runfolder import Run
from coursekit.runrecord import Metric
from coursekit.runtables import bootstrap_ci

MODEL = "model"  # the estimator that a claim is about
RESAMPLES = 2_000  # a percentile interval moves by a hundredth of its width beyond that
OWN_METHOD = (
    f"percentile bootstrap over items, {RESAMPLES:,} resamples, seed 0, computed here from scores.csv"
)
_ROUNDING = 1e-9  # 10.7 - 10.2 is 0.5 to people

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Measured:
    """The mean of a metric, its 95 % interval with how that was computed, and how many scores it is of.

    `run` is None where somebody gave the number by hand.
    """

    mean: float
    interval: Interval | None = None
    n: int | None = None
    unit: str = ""
    group: str = ""
    method: str = ""
    run: Run | None = None

    @property
    def device(self) -> str:
        """'GPU', 'CPU', or '' where that isn't known."""
        return self.run.record.device.kind.upper() if self.run and self.run.record else ""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Two that stand beside each other in an order, and by how much the first is the better one.

    `gain` is the mean over the `items` that both were tested on; it is positive where the first is better,
    whichever direction is. The interval is of the paired differences, None with fewer than two such items.
    """

    first: str
    second: str
    items: int
    gain: float | None = None
    interval: Interval | None = None

    @property
    def separable(self) -> bool:
        """Whether the 95 % interval of the paired difference leaves out zero."""
        return self.interval is not None and self.interval[0] > 0


def measure(run: Run, metric: str, group: str | None = None) -> Measured | None:
    """What a run says of a metric; None where it says nothing.

    Without a group this is the run's only entry for the metric, else its entry over all groups, else the mean
    over all rows of scores.csv. The interval is the entry's own, else a bootstrap over items.
    """
    entry = entry_of(run, metric, group)
    group = group or (entry.group if entry else None)
    values = run.scores.values(metric, MODEL, group)
    if entry is None and not values:
        return None
    interval, method = (entry.ci95, entry.ci_method or "as the run gives it") if entry else (None, "")
    if interval is None:
        interval, method = interval_of(run, metric, group), OWN_METHOD
    return Measured(
        entry.mean if entry else statistics.fmean(values),
        interval,
        entry.n if entry and entry.n is not None else len(values) or None,
        (entry.unit if entry else unit_of(run, metric)) or "",
        group or "",
        method if interval else "",
        run,
    )


def entry_of(run: Run, metric: str, group: str | None = None) -> Metric | None:
    """The entry of run.json that says a metric of the model: the only one, else the one over all groups."""
    written = run.record.metrics if run.record else ()
    found = [m for m in written if m.name == metric and m.estimator == MODEL and group in (None, m.group)]
    return found[0] if len(found) == 1 else next((m for m in found if m.group is None), None)


def metrics_of(run: Run) -> tuple[str, ...]:
    """The names of all metrics that a run has."""
    written = (metric.name for metric in run.record.metrics) if run.record else ()
    return tuple(dict.fromkeys((*written, *run.scores.metrics)))


def groups_of(run: Run) -> tuple[str, ...]:
    """The names of all groups that a run has."""
    written = (metric.group or "" for metric in run.record.metrics) if run.record else ()
    return tuple(group for group in dict.fromkeys((*written, *(r.group for r in run.scores.rows))) if group)


def unit_of(run: Run, metric: str) -> str:
    """The unit that a run gives for a metric, '' where it gives none."""
    written = run.record.metrics if run.record else ()
    return next((entry.unit for entry in written if entry.name == metric and entry.unit), "")


def directions(run: Run, metric: str) -> frozenset[str]:
    """What a run says of which direction is better: 'higher', 'lower', or nothing."""
    written = run.record.metrics if run.record else ()
    return frozenset(entry.better for entry in written if entry.name == metric and entry.better)


def item_means(run: Run, metric: str, group: str | None = None) -> dict[str, float]:
    """The model's mean score of each item of scores.csv, over its sources and seeds."""
    return {item: statistics.fmean(values) for item, values in _by_item(run, metric, group).items()}


def _by_item(run: Run, metric: str, group: str | None) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {}
    if metric in run.scores.metrics:
        at = run.scores.metrics.index(metric)
        for row in run.scores.rows:
            value = row.values[at]
            if row.estimator == MODEL and group in (None, row.group) and value is not None:
                found.setdefault(row.item, []).append(value)
    return found


def interval_of(run: Run, metric: str, group: str | None) -> Interval | None:
    """A bootstrap over items; over rows where items have differently many, so that the mean stays the rows'."""
    items = list(_by_item(run, metric, group).values())
    even = len({len(values) for values in items}) == 1
    drawn = (
        [statistics.fmean(values) for values in items] if even else [v for values in items for v in values]
    )
    return _interval(tuple(drawn)) if len(drawn) > 1 else None


@lru_cache(maxsize=512)
def _interval(values: tuple[float, ...]) -> Interval:
    """The same numbers come back at every save of a preview and at every build, so they are kept."""
    cache = Cache()
    key = cache.key("interval", repr(values), str(RESAMPLES))
    return cache.kept(key, lambda: bootstrap_ci(values, RESAMPLES))


def near(paper: float, ours: float, tolerance: float) -> bool:
    """Whether two numbers differ by no more than the tolerance."""
    return abs(ours - paper) <= tolerance + _ROUNDING * max(1.0, abs(paper), abs(ours))


def apart(one: float, two: float) -> float:
    """By which factor two numbers of one sign differ, from 1 on; infinite where their signs differ or one is 0."""
    if _sign(one) != _sign(two) or not _sign(one):
        return math.inf
    return 10 ** abs(math.log10(abs(one)) - math.log10(abs(two)))


def same_magnitude(one: float, two: float) -> bool:
    """Whether two numbers have one order of magnitude: they differ by less than half a power of ten, a factor of 3.2.

    So 300 confirms 700, which is Raff's example.
    """
    return apart(one, two) < math.sqrt(10)


def discordant(one: Mapping[str, float], two: Mapping[str, float]) -> tuple[tuple[str, str], ...]:
    """The pairs of names that two rankings (name -> score, higher is better) put differently.

    The share of all other pairs is Kendall's: tau = 2 share - 1 where nothing is tied. A tie in one of the
    two only is a difference.
    """
    return tuple((a, b) for a, b in combinations(one, 2) if _sign(one[a] - one[b]) != _sign(two[a] - two[b]))


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def neighbours(
    order: Sequence[str], runs: Mapping[str, Run], metric: str, group: str | None = None, sign: int = 1
) -> tuple[Neighbours, ...]:
    """Each two that stand beside each other in an order, compared on the items that both were tested on.

    `sign` is 1 where higher is better, -1 where lower is.
    """
    means = {name: item_means(runs[name], metric, group) for name in order}
    return tuple(_compared(a, b, means[a], means[b], sign) for a, b in pairwise(order))


def _compared(
    first: str, second: str, one: Mapping[str, float], two: Mapping[str, float], sign: int
) -> Neighbours:
    gains = tuple(sign * (one[item] - two[item]) for item in sorted(one.keys() & two.keys()))
    interval = _interval(gains) if len(gains) > 1 else None
    return Neighbours(first, second, len(gains), statistics.fmean(gains) if gains else None, interval)
