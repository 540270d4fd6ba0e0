"""The table that the experiment prints: accuracies, each with its interval. Given; nothing to do here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch import Tensor

from quickstart.evaluation import bootstrap_interval

HEADER = ("", "accuracy", "95 % interval", "difference", "95 % interval", "s.d.")


@dataclass(frozen=True)
class Line:
    """What one configuration got right: `correct` is (seeds, test images), 1 or 0."""

    name: str
    correct: Tensor


def table(lines: Sequence[Line]) -> str:
    """One line a configuration. All differences are to the first one, image by image.

    Intervals draw images, not seeds: each image's mean over the seeds is one value. The standard deviation is
    that of the seeds' accuracies.
    """
    first = lines[0].correct.mean(dim=0)
    rows = [HEADER, *(_row(line, None if line is lines[0] else first) for line in lines)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(HEADER))]
    return "\n".join(_joined(row, widths) for row in rows)


def _row(line: Line, first: Tensor | None) -> tuple[str, ...]:
    images = line.correct.mean(dim=0)  # (test images,)
    difference = ("", "") if first is None else _said(images - first, "+")
    seeds = line.correct.mean(dim=1)  # (seeds,)
    spread = f"{100 * seeds.std().item():.2f}" if len(seeds) > 1 else "-"
    return (line.name, *_said(images), *difference, spread)


def _joined(row: Sequence[str], widths: Sequence[int]) -> str:
    name, *numbers = (
        cell.rjust(width) if at else cell.ljust(width)
        for at, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([name, *numbers]).rstrip()


def _said(values: Tensor, sign: str = "") -> tuple[str, str]:
    """A mean and its interval in per cent."""
    low, high = bootstrap_interval(values)
    return f"{100 * values.mean().item():{sign}.2f}", f"{100 * low:{sign}.2f} to {100 * high:{sign}.2f}"
