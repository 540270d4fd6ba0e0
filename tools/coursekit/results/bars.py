"""A comparison as bars: group by group, a bar a run, its interval, and the line that no mask gets over."""

from __future__ import annotations

from dataclasses import dataclass

from coursekit.results.comparison import ORACLES, Comparison, Entry
from coursekit.results.scales import Scale, scale
from coursekit.runrecord import Metric


@dataclass(frozen=True, slots=True)
class Bar:
    """One run's bar: its value, and places in per cent of the axis."""

    entry: Entry
    number: int  # of the run in the comparison, for its colour
    value: Metric
    start: float
    width: float
    interval: tuple[float, float] | None  # start and width


@dataclass(frozen=True, slots=True)
class Panel:
    """One group's bars, and where its oracle lies."""

    group: str
    bars: tuple[Bar, ...]
    ceiling: float | None
    ceiling_words: str
    n: int | None


@dataclass(frozen=True, slots=True)
class Bars:
    """The panels, on one axis."""

    x: Scale
    panels: tuple[Panel, ...]


def bars(comparison: Comparison) -> Bars | None:
    """The bars of a comparison; None where nothing was measured."""
    values = [m for entry in comparison.entries for m in entry.values.values()]
    if not values:
        return None
    ceilings = [m.mean for entry in comparison.entries for m in entry.ceilings.values()]
    ends = [end for m in values for end in (m.ci95 or (m.mean, m.mean))]
    x = scale(
        min(0.0, *ends, *(m.mean for m in values)), max(0.0, *ends, *ceilings, *(m.mean for m in values))
    )
    return Bars(x, tuple(_panel(comparison, group, x) for group in comparison.groups))


def _panel(comparison: Comparison, group: str, x: Scale) -> Panel:
    drawn = tuple(
        _bar(entry, number, entry.values[group], x)
        for number, entry in enumerate(comparison.entries)
        if group in entry.values
    )
    oracle = next((name for name in comparison.oracles if group in comparison.oracles[name]), None)
    ceiling = comparison.oracles[oracle][group] if oracle else None
    counts = {bar.value.n for bar in drawn}
    return Panel(
        group,
        drawn,
        x.at(ceiling.mean) if ceiling else None,
        f"{ORACLES[oracle]} {ceiling.mean:.1f}" if oracle and ceiling else "",
        counts.pop() if len(counts) == 1 else None,
    )


def _bar(entry: Entry, number: int, value: Metric, x: Scale) -> Bar:
    zero, end = x.at(0), x.at(value.mean)
    interval = None
    if value.ci95:
        low, high = (x.at(one) for one in value.ci95)
        interval = (low, round(high - low, 2))
    return Bar(entry, number, value, min(zero, end), round(abs(end - zero), 2), interval)
