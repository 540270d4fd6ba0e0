"""What a run leaves behind, so that others can check it: rows of scores.csv and the words of run.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from quickstart.machine import Facts

Row = dict[str, str | int | float]


def score_rows(correct_by_seed: Mapping[int, Tensor]) -> list[Row]:
    """One row for each test image and seed, so that every mean can be computed again.

    Args:
        correct_by_seed: for each seed of a training, 1 or 0 for each test image, (N,) float32.

    Returns:
        Rows with the keys item ('test-0000' is the first image, the same for all seeds), source (1), seed,
        group (''), estimator ('model') and accuracy (1 or 0).
    """
    raise NotImplementedError(
        "go through the seeds, and through the images of each with enumerate; "
        'f"test-{at:04d}" writes the item'
    )


def run_record(
    title: str,
    config: Mapping[str, Any],
    *,
    data: str,
    splits: Mapping[str, int],
    seeds: list[int],
    facts: Facts,
) -> dict[str, Any]:
    """The object for run.json: what was run, on what, with what, from which code.

    Returns:
        `title`, `config` and `seeds` as they are given; method {name}, the configuration's name;
        data {name, splits {train {items}, …}}; device {kind, name}, where kind is 'cpu'; software, commit,
        dirty, command, started and seconds as `facts` says them; and metrics, one entry {name, better} for
        accuracy. No mean is written here: `course run seal` computes it from the rows.
    """
    raise NotImplementedError("build the object of the docstring, key by key, from the arguments")
