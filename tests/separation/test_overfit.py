"""Each objective can learn: one mixture, a tiny network, 300 steps. A loss that is subtly wrong does not get there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from separation import metrics
from separation.config import Config, from_dict
from separation.corpus import Corpus
from separation.inference import separate
from separation.masks import apply_masks, ideal_binary_mask, truncated_phase_sensitive_mask
from separation.mixtures import Bank, Batch, fixed_list, recipe_of
from separation.models import Network
from separation.objectives import loss_of, spectra_of
from separation.signal import istft, stft

STEPS = 300
OBJECTIVES = {
    "dc": {"clustering": "dc"},
    "dc, active bins": {"clustering": "dc", "weights": "activity"},
    "wkm": {"clustering": "wkm"},
    "laplacian": {"clustering": "laplacian"},
    "mi, msa": {"clustering": "", "masking": "msa"},
    "mi, psa": {"clustering": "", "masking": "psa"},
    "mi, tpsa": {"clustering": "", "masking": "tpsa"},
    "mi, tpsa, squared": {"clustering": "", "masking": "tpsa", "norm": "l2"},
    "chimera": {"clustering": "wkm", "masking": "tpsa", "alpha": 0.25},
}


def configured(objective: dict[str, object]) -> Config:
    heads = {"embedding": 10 if objective["clustering"] else 0, "masks": 2 if objective.get("masking") else 0}
    return from_dict(
        {
            "title": "one mixture",
            "signal": {"hop": 128},
            "network": {"layers": 1, "hidden": 64, "dropout": 0.0} | heads,
            "objective": objective,
            "inference": {"soft": False},
        }
    )


def one_mixture(speech: Corpus, config: Config) -> Batch:
    items = fixed_list(speech, "train", 2, 1, 16000, seed=1)
    return Bank(speech, torch.device("cpu")).mix(recipe_of(items[-1:]), 16000)  # different sexes


def improvement(estimates: torch.Tensor, batch: Batch) -> float:
    found = metrics.evaluate(estimates[0].numpy(), batch.sources[0].numpy(), batch.mixture[0].numpy())
    return float(np.mean(found["si_sdri"]))


def oracle_of(config: Config, batch: Batch) -> float:
    """The mixture's own ceiling: the IBM for clustering, the truncated phase-sensitive mask for mask inference.

    Magnitudes alone (MSA) don't know the phase: their best mask is |S| / |X|, cut off at 1.
    """
    sources, mixture = stft(batch.sources, config.signal), stft(batch.mixture, config.signal)
    if not config.objective.masking:
        mask = ideal_binary_mask(sources)
    elif config.objective.masking == "msa":
        mask = (sources.abs() / mixture.abs().unsqueeze(-1).clamp_min(1e-9)).clamp_max(1.0)
    else:
        mask = truncated_phase_sensitive_mask(sources, mixture)
    return improvement(istft(apply_masks(mask, mixture), config.signal, batch.mixture.shape[1]), batch)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_it_overfits_one_mixture(name: str, speech: Corpus) -> None:
    config = configured(OBJECTIVES[name])
    batch = one_mixture(speech, config)
    spectra = spectra_of(batch, config.signal)
    magnitude = spectra.mixture.abs()
    torch.manual_seed(0)
    network = Network(config.network)
    network.calibrate(magnitude)
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=STEPS)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss_of(network(magnitude), spectra, config.objective).backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
    estimates, _ = separate(network.eval(), batch.mixture, 2, config.signal, config.inference)
    reached, oracle = improvement(estimates, batch), oracle_of(config, batch)
    assert reached > 8, f"{reached:.2f} dB"
    assert reached > 0.9 * oracle, f"{reached:.2f} of {oracle:.2f} dB"
