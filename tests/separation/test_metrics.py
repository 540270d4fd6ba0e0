"""Metrics against nussl's and torchmetrics' values, permutations, edges, and statistics."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torchmetrics.functional.audio import (
    permutation_invariant_training,
    scale_invariant_signal_distortion_ratio,
    signal_noise_ratio,
)

from conftest import REPOSITORY
from separation import metrics

NUSSL = {
    "SI-SDR": "si_sdr",
    "SI-SIR": "si_sir",
    "SI-SAR": "si_sar",
    "SD-SDR": "sd_sdr",
    "SNR": "snr",
    "SI-SDRi": "si_sdri",
    "SD-SDRi": "sd_sdri",
    "SNRi": "snri",
}


def sounds(seed: int, sources: int = 2, samples: int = 500) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(seed)
    references = draw.standard_normal((samples, sources)) * draw.uniform(0.3, 2, sources)
    estimates = references * draw.uniform(0.5, 1.5, sources) + 0.4 * draw.standard_normal((samples, sources))
    return estimates, references, references.sum(axis=1)


def test_all_metrics_are_nussls() -> None:
    with np.load(REPOSITORY / "tests/data/separation/reference_values.npz") as file:
        found = metrics.evaluate(file["in_met_est"], file["in_met_ref"], file["in_met_mix"])
        names = list(file["metric_names"])
        for theirs, ours in NUSSL.items():
            assert found[ours] == pytest.approx(file["out_metrics"][:, names.index(theirs)], abs=1e-6), theirs


@pytest.mark.parametrize("sources", [2, 3])
def test_they_are_torchmetrics(sources: int) -> None:
    estimates, references, mixture = sounds(1, sources)
    shuffled = estimates[:, ::-1]
    found = metrics.evaluate(shuffled, references, mixture)
    rows = [torch.from_numpy((a - a.mean(axis=0)).T.copy()).unsqueeze(0) for a in (shuffled, references)]
    best, order = permutation_invariant_training(
        *rows, scale_invariant_signal_distortion_ratio, eval_func="max"
    )
    assert found["si_sdr"].mean() == pytest.approx(float(best), abs=1e-6)
    assert order[0].tolist() == list(range(sources))[::-1]
    snr = signal_noise_ratio(rows[0][0].flip(0), rows[1][0])
    assert found["snr"] == pytest.approx(snr.numpy(), abs=1e-6)


def test_improvements_are_over_the_mixture_and_of_the_mixture_zero() -> None:
    estimates, references, mixture = sounds(2)
    found = metrics.evaluate(estimates, references, mixture)
    itself = metrics.evaluate(np.stack([mixture, mixture], axis=1), references, mixture)
    assert found["si_sdr"] - itself["si_sdr"] == pytest.approx(found["si_sdri"])
    assert itself["si_sdri"] == pytest.approx([0, 0]) and itself["snri"] == pytest.approx([0, 0])


def test_scale_and_order_do_not_matter_to_si_sdr_and_the_best_of_more_estimates_is_found() -> None:
    estimates, references, mixture = sounds(3)
    found = metrics.evaluate(estimates, references, mixture)["si_sdr"]
    changed = np.stack(
        [7 * estimates[:, 1], np.random.default_rng(0).standard_normal(500), -2 * estimates[:, 0]], axis=1
    )
    assert metrics.evaluate(changed, references, mixture)["si_sdr"] == pytest.approx(found)


def test_perfect_is_infinite_and_silence_is_no_number() -> None:
    _, references, mixture = sounds(4)
    assert (metrics.evaluate(references, references, mixture)["si_sdr"] > 150).all()
    references[:, 1] = 0
    _, two, both = sounds(4)
    assert (metrics.evaluate(np.zeros((500, 2)), two, both)["si_sdr"] == -np.inf).all(), (
        "a muted voice is no success"
    )
    found = metrics.evaluate(np.stack([mixture, 0 * mixture], axis=1), references, mixture)
    assert np.isfinite(found["snr"][0]) and np.isnan(found["si_sdr"][1])


def test_shapes_are_named() -> None:
    with pytest.raises(ValueError, match=r"\(5, 2\), \(6, 2\) and \(6,\)"):
        metrics.evaluate(np.zeros((5, 2)), np.zeros((6, 2)), np.zeros(6))
    with pytest.raises(ValueError, match="1 estimates can't be given to 2 references"):
        metrics.evaluate(np.zeros((6, 1)), np.ones((6, 2)), np.zeros(6))


def test_a_summary_is_numpys_and_its_interval_covers_as_often_as_it_says() -> None:
    draw = np.random.default_rng(5)
    covered = 0
    for trial in range(200):
        common = draw.normal(10, 2, 40)  # the two sources of a mixture succeed together
        values = {str(n): list(common[n] + draw.normal(0, 0.5, 2)) for n in range(40)}
        summary = metrics.summarise(values, resamples=500, seed=trial)
        covered += summary.ci95[0] <= 10 <= summary.ci95[1]
    assert 180 <= covered <= 199  # 95 % of 200, and the small-sample loss of a bootstrap
    flat = np.concatenate(list(values.values()))
    assert (summary.n, summary.mean, summary.median) == (80, pytest.approx(flat.mean()), np.median(flat))
    assert summary.sd == pytest.approx(flat.std(ddof=1))


def test_one_value_has_no_spread_and_none_is_refused() -> None:
    assert metrics.summarise({"a": [3.0]}).sd is None
    with pytest.raises(ValueError, match="no value"):
        metrics.summarise({"a": []})
