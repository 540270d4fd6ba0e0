"""From a batch of waveforms to the loss of a configured objective."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from separation import losses
from separation.config import ObjectiveConfig
from separation.masks import ideal_binary_mask
from separation.mixtures import Batch
from separation.models import Heads
from separation.signal import SignalConfig, magnitude_ratio_weights, stft, voice_activity_weights

CLUSTERING = {
    "dc": losses.deep_clustering,
    "wkm": losses.whitened_kmeans,
    "laplacian": losses.graph_laplacian,
}
WEIGHTS: dict[str, Callable[[Tensor], Tensor]] = {
    "ratio": magnitude_ratio_weights,
    "activity": voice_activity_weights,
    "none": torch.ones_like,
}


class Spectra(NamedTuple):
    """Of a batch, at a level at which the mixture's magnitudes have a root mean square of 1.

    Attributes:
        mixture: (batch, frame, frequency), complex.
        sources: (batch, frame, frequency, source), complex.
    """

    mixture: Tensor
    sources: Tensor


def spectra_of(batch: Batch, config: SignalConfig) -> Spectra:
    """The spectra of waveforms. The level is the same in every example, so that none counts more for being loud."""
    mixture, sources = stft(batch.mixture, config), stft(batch.sources, config)
    power = mixture.abs().square().mean(dim=(1, 2))
    level = power.sqrt().clamp_min(torch.finfo(power.dtype).tiny)[:, None, None]
    return Spectra(mixture / level, sources / level.unsqueeze(-1))


def loss_of(heads: Heads, spectra: Spectra, config: ObjectiveConfig) -> Tensor:
    """The mean loss of a batch.

    Raises:
        ValueError: the network lacks the head that the objective needs.
    """
    clustering = _clustering(heads, spectra, config) if config.clustering else None
    inference = _inference(heads, spectra, config) if config.masking else None
    if clustering is not None and inference is not None:
        return losses.chimera(clustering, inference, config.alpha).mean()
    only = clustering if inference is None else inference
    assert only is not None
    return only.mean()


def _clustering(heads: Heads, spectra: Spectra, config: ObjectiveConfig) -> Tensor:
    if heads.embeddings is None:
        raise ValueError(f"the objective {config.clustering!r} needs a network with embeddings")
    weights = WEIGHTS[config.weights](spectra.mixture.abs())
    return CLUSTERING[config.clustering](heads.embeddings, ideal_binary_mask(spectra.sources), weights)


def _inference(heads: Heads, spectra: Spectra, config: ObjectiveConfig) -> Tensor:
    if heads.masks is None:
        raise ValueError(f"the objective {config.masking!r} needs a network with masks")
    return losses.mask_inference(
        heads.masks,
        spectra.sources,
        spectra.mixture,
        target=config.masking,
        norm=config.norm,
        gamma=config.gamma,
    )
