"""How good estimates are: in float64, with numpy, and on purpose without a line of losses.py.

Definitions: Le Roux, Wisdom, Erdogan, Hershey, SDR half-baked or well done?, ICASSP 2019 ([HB]). For an estimate e of
a reference s, with a = <e, s> / <s, s>, the scaled reference is a s; what of e - a s lies in the space of all
references is interference, the rest artifacts. Means are removed first.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

UNITS = dict.fromkeys(("si_sdr", "si_sdri", "si_sir", "si_sar", "snr", "snri", "sd_sdr", "sd_sdri"), "dB")
"""The metrics by their columns in scores.csv. The ones in -i are improvements over the mixture."""


def evaluate(estimates: npt.ArrayLike, references: npt.ArrayLike, mixture: npt.ArrayLike) -> dict[str, Array]:
    """All metrics of one mixture, a value for each reference, under the permutation of the best mean SI-SDR.

    Args:
        estimates: (sample, estimate), at least as many as references.
        references: (sample, source).
        mixture: (sample,).

    Returns:
        For each name in `UNITS` (source,) in dB. Infinite where an estimate is perfect, minus infinite where it is
        silent, not a number where the reference is silent.

    Raises:
        ValueError: the shapes don't fit.
    """
    estimated, true, mixed = (np.asarray(a, dtype=np.float64) for a in (estimates, references, mixture))
    if estimated.ndim != 2 or true.ndim != 2 or mixed.shape != true.shape[:1] or len(estimated) != len(true):
        raise ValueError(
            "expected estimates (sample, estimate), references (sample, source) and mixture (sample,) of one length; "
            f"got {estimated.shape}, {true.shape} and {mixed.shape}"
        )
    estimated, true, mixed = (a - a.mean(axis=0) for a in (estimated, true, mixed))
    order = best_permutation(estimated, true)
    after = _metrics(estimated[:, order], true)
    before = _metrics(np.repeat(mixed[:, None], true.shape[1], axis=1), true)
    with np.errstate(invalid="ignore"):  # minus infinity less minus infinity
        improved = {f"{name}i": after[name] - before[name] for name in ("si_sdr", "snr", "sd_sdr")}
    return {name: (after | improved)[name] for name in UNITS}


def best_permutation(estimates: Array, references: Array) -> list[int]:
    """Which estimate belongs to each reference: the highest mean SI-SDR. Columns have no mean."""
    count = references.shape[1]
    if estimates.shape[1] < count:
        raise ValueError(f"{estimates.shape[1]} estimates can't be given to {count} references, one each")
    every = np.stack(
        [_si_sdr(np.repeat(e[:, None], count, axis=1), references) for e in estimates.T]
    )  # (estimate, reference)
    every = np.nan_to_num(every, nan=0.0, posinf=1e6, neginf=-1e6)  # a silent reference has no say
    choices = itertools.permutations(range(estimates.shape[1]), count)
    return list(max(choices, key=lambda chosen: every[list(chosen), range(count)].mean()))


def _decibel(signal: Array, noise: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Array = signal / noise
        return np.where(signal == 0, -np.inf, 10 * np.log10(ratio))


def _power(columns: Array) -> Array:
    power: Array = np.square(columns).sum(axis=0)
    return power


def _scaled(estimates: Array, references: Array) -> Array:
    """a s for each pair of columns."""
    with np.errstate(divide="ignore", invalid="ignore"):
        factor: Array = (estimates * references).sum(axis=0) / _power(references)
    return references * factor


def _si_sdr(estimates: Array, references: Array) -> Array:
    target = _scaled(estimates, references)
    return _decibel(_power(target), _power(estimates - target))


def _metrics(estimates: Array, references: Array) -> dict[str, Array]:
    """Columns of estimates against the columns of references, pair by pair."""
    target = _scaled(estimates, references)
    residual = estimates - target
    interference = references @ np.linalg.lstsq(references, np.nan_to_num(residual), rcond=None)[0]
    return {
        "si_sdr": _decibel(_power(target), _power(residual)),
        "si_sir": _decibel(_power(target), _power(interference)),
        "si_sar": _decibel(_power(target), _power(residual - interference)),
        "snr": _decibel(_power(references), _power(references - estimates)),
        "sd_sdr": _decibel(_power(target), _power(references - estimates)),
    }


# --- statistics ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Summary:
    """Of N values: mean, sample standard deviation (n - 1), median, and a 95 % interval of the mean."""

    n: int
    mean: float
    sd: float | None
    median: float
    ci95: tuple[float, float]


BOOTSTRAP = "percentile bootstrap over mixtures, 10000 resamples, seed 0"


def summarise(values: Mapping[str, Sequence[float]], *, resamples: int = 10_000, seed: int = 0) -> Summary:
    """Summary of values that belong to items: {item: its values}, two for two sources.

    The interval draws whole items: the sources of one mixture succeed and fail together, so drawing them one by one
    would make the interval too narrow.

    Raises:
        ValueError: there is no value.
    """
    kept = [np.asarray(list(v), dtype=np.float64) for v in values.values() if len(v)]
    if not kept:
        raise ValueError("there is no value to summarise")
    every = np.concatenate(kept)
    sums, counts = np.array([v.sum() for v in kept]), np.array([len(v) for v in kept])
    draw = np.random.default_rng(seed)
    picks = draw.multinomial(len(kept), np.full(len(kept), 1 / len(kept)), size=resamples)
    means = picks @ sums / (picks @ counts)
    low, high = np.quantile(means, (0.025, 0.975))
    return Summary(
        n=len(every),
        mean=float(every.mean()),
        sd=float(every.std(ddof=1)) if len(every) > 1 else None,
        median=float(np.median(every)),
        ci95=(float(low), float(high)),
    )
