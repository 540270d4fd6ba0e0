"""Estimates of the sources of a mixture, from what a network says of it."""

from __future__ import annotations

import torch
from torch import Tensor

from separation.cluster import hard_assignment, kmeans, soft_assignment
from separation.config import InferenceConfig
from separation.models import Heads, Network
from separation.phase import misi
from separation.signal import SignalConfig, active_bins, istft, stft


def masks_from(heads: Heads, magnitude: Tensor, sources: int, config: InferenceConfig) -> Tensor:
    """Masks (batch, frame, frequency, source) from a network's heads and the mixture's magnitudes.

    A mask head, where there is one, has the say; `config.head = "embeddings"` shows what clustering makes of the other.
    There, k-means is fitted to the bins within 40 dB of the loudest, then every bin gets its share in each cluster; any
    number of sources can be asked for. Embeddings from whitened k-means are not whitened here: that was measured to be
    worse, since it raises axes that hold little but noise.

    Raises:
        ValueError: the network has no such head, or a mask head that was trained on another number of sources.
    """
    if heads.masks is not None and config.head != "embeddings":
        if heads.masks.shape[-1] != sources:
            raise ValueError(
                f"this network's masks are for {heads.masks.shape[-1]} sources, not {sources}; "
                "only embeddings can be asked for another number"
            )
        return heads.masks
    if heads.embeddings is None:
        raise ValueError("this network has no embeddings to cluster")
    points, counted = heads.embeddings.flatten(1, 2), active_bins(magnitude).flatten(1)
    centres = kmeans(points, counted, sources, restarts=config.restarts, iterations=config.iterations)
    shares = (
        soft_assignment(points, centres, config.beta) if config.soft else hard_assignment(points, centres)
    )
    return shares.reshape(*magnitude.shape, sources)


@torch.no_grad()
def separate(
    network: Network, mixture: Tensor, sources: int, signal: SignalConfig, config: InferenceConfig
) -> tuple[Tensor, Tensor]:
    """Separate waveforms (batch, sample).

    Returns:
        Estimates (batch, sample, source), and their masks (batch, frame, frequency, source).
    """
    spectrum = stft(mixture, signal)
    magnitude = spectrum.abs()
    masks = masks_from(network(magnitude), magnitude, sources, config)
    if not config.misi:
        return istft(masks * spectrum.unsqueeze(-1), signal, mixture.shape[1]), masks
    phase = spectrum.angle().unsqueeze(-1)
    return misi(masks * magnitude.unsqueeze(-1), phase, mixture, signal, config.misi), masks
