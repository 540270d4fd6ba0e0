"""Learning curves of several runs on common axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from coursekit.results.comparison import labels
from coursekit.results.scales import Scale, scale, span
from coursekit.runfolder import Run

MAX_POINTS = 400  # of a line: a screen shows no more


@dataclass(frozen=True, slots=True)
class Line:
    """One run's curve, as points in per cent of the axes, y counted from the top as in SVG."""

    run: Run
    label: str
    points: tuple[tuple[float, float], ...]
    last: float


@dataclass(frozen=True, slots=True)
class Curves:
    """The curves that share a column; `lacking` are the labels of runs without it."""

    column: str
    along: str  # step or epoch
    x: Scale
    y: Scale
    lines: tuple[Line, ...]
    lacking: tuple[str, ...] = ()


def curves(runs: Sequence[Run], metric: str = "") -> Curves | None:
    """The curves of `metric` or of `valid_<metric>`; without a metric, of the first validation column."""
    column = _column(runs, metric)
    named = list(zip(runs, labels(runs), strict=True))
    read = [(run, label, _points(run, column)) for run, label in named]
    drawn = [(run, label, points) for run, label, points in read if points]
    if not drawn:
        return None
    xs = [x for _, _, points in drawn for x, _ in points]
    ys = [y for _, _, points in drawn for _, y in points]
    x, y = span(max(xs)), scale(min(ys), max(ys))
    lines = tuple(
        Line(
            run,
            label,
            tuple((x.at(at), round(100 - y.at(value), 2)) for at, value in _thinned(points)),
            points[-1][1],
        )
        for run, label, points in drawn
    )
    along = next((run.history[0].name for run, _, _ in drawn), "step")
    return Curves(column, along, x, y, lines, tuple(label for _, label, points in read if not points))


def _column(runs: Sequence[Run], metric: str) -> str:
    names = list(dict.fromkeys(column.name for run in runs for column in run.history[1:]))
    wanted = [metric, f"valid_{metric}"] if metric else []
    usual = [name for name in names if name.startswith("valid_si")] + [
        n for n in names if n.startswith("valid")
    ]
    return next((name for name in [*wanted, *usual, *names] if name in names), "")


def _points(run: Run, column: str) -> list[tuple[float, float]]:
    found = next((c for c in run.history[1:] if c.name == column), None)
    if found is None:
        return []
    pairs = zip(run.history[0].values, found.values, strict=True)
    return [(x, y) for x, y in pairs if x is not None and y is not None]


def _thinned(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    every = -(-len(points) // MAX_POINTS)
    return points if every <= 1 else [*points[:-1:every], points[-1]]
