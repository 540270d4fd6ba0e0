"""The claims of a report as a picture: one axis a unit, one row a claim, the paper's value and ours on it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from coursekit.claims import JudgedClaim
from coursekit.results.scales import Scale, scale

_LARGEST = 1e100  # beyond it two numbers have no difference that a float could hold

Span = tuple[float, float]  # start and width


@dataclass(frozen=True, slots=True)
class Row:
    """One claim; all places are in per cent of the axis."""

    judged: JudgedClaim
    paper: float | None
    band: Span | None  # what is within the tolerance
    ours: float | None
    interval: Span | None


@dataclass(frozen=True, slots=True)
class Axis:
    """The claims of one unit."""

    unit: str
    x: Scale
    rows: tuple[Row, ...]


def claim_axes(claims: Iterable[JudgedClaim]) -> tuple[Axis, ...]:
    """What can be drawn of the claims, by unit, where there is a number of ours to see.

    An order of magnitude needs no ruler.
    """
    by_unit: dict[str, list[JudgedClaim]] = {}
    for judged in claims:
        if judged.claim.kind == "value" and _numbers(judged):
            by_unit.setdefault(judged.unit, []).append(judged)
    return tuple(
        _axis(unit, found) for unit, found in by_unit.items() if any(judged.ours for judged in found)
    )


def _axis(unit: str, claims: list[JudgedClaim]) -> Axis:
    numbers = [number for judged in claims for number in _numbers(judged)]
    x = scale(min(numbers), max(numbers))
    return Axis(unit, x, tuple(_row(judged, x) for judged in claims))


def _row(judged: JudgedClaim, x: Scale) -> Row:
    paper, ours = judged.paper, judged.ours
    band = _band(judged)
    return Row(
        judged,
        x.at(paper) if _drawable(paper) and paper is not None else None,
        _span(*band, x) if band else None,
        x.at(ours.mean) if ours and _drawable(ours.mean) else None,
        _span(*ours.interval, x) if ours and ours.interval and all(map(_drawable, ours.interval)) else None,
    )


def _numbers(judged: JudgedClaim) -> tuple[float, ...]:
    """Every number of a claim that has a place on its axis."""
    ours = (judged.ours.mean, *(judged.ours.interval or ())) if judged.ours else ()
    given = (judged.paper, *(_band(judged) or ()), *ours)
    return tuple(number for number in given if number is not None and _drawable(number))


def _band(judged: JudgedClaim) -> Span | None:
    """The two ends of what is within the tolerance."""
    tolerance = judged.claim.tolerance
    if judged.paper is None or tolerance is None or tolerance < 0:
        return None
    ends = judged.paper - tolerance, judged.paper + tolerance
    return ends if all(map(_drawable, ends)) else None


def _drawable(number: float | None) -> bool:
    return number is not None and abs(number) < _LARGEST


def _span(low: float, high: float, x: Scale) -> Span:
    return x.at(low), round(x.at(high) - x.at(low), 2)
