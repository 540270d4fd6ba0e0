"""Axes: round numbers along a range, and places on it in per cent."""

from __future__ import annotations

import math
from dataclasses import dataclass

_LARGEST = 1e100  # beyond it two numbers have no difference that a float could hold
_SMALLEST = 1e-90  # below it a power of ten is no float any more
_SAME = 1e-9  # parts of the larger number: what is closer together is one number to the eye


@dataclass(frozen=True, slots=True)
class Scale:
    """A range of numbers along an axis, with the round numbers that are written beside it."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Where a value lies, in per cent of the axis; what is outside lies on its end."""
        inside = min(max(value, self.low), self.high)
        return round(100 * (inside - self.low) / (self.high - self.low), 2)

    def words(self, tick: float) -> str:
        """A tick as it is written: as many digits as its neighbours need, thousands apart."""
        step = self.ticks[1] - self.ticks[0] if len(self.ticks) > 1 else 1.0
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        return f"{tick:,.{digits}f}"


def span(high: float, wanted: int = 5) -> Scale:
    """From 0 to exactly `high`, with the round numbers between."""
    ticks = scale(0, high, wanted).ticks
    return Scale(0, high, tuple(tick for tick in ticks if tick <= high)) if high > 0 else scale(0, 1)


def scale(low: float, high: float, wanted: int = 5) -> Scale:
    """The smallest range between round numbers that holds both, with about `wanted` steps.

    Any two numbers have one: what is too large for an axis lies on its end, and what is one number to the eye gets some
    room on both sides.
    """
    low, high = (min(max(end, -_LARGEST), _LARGEST) for end in (low, high))
    largest = max(abs(low), abs(high))
    if high - low <= max(_SAME * largest, _SMALLEST):
        room = 0.1 * largest if largest > 100 else 0.5
        low, high = low - room, high + room
    rough = (high - low) / wanted
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * nice for nice in (1, 2, 2.5, 5, 10) if size * nice >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(float(f"{n * step:.12g}") for n in range(first, last + 1))
    return Scale(first * step, last * step, ticks)
