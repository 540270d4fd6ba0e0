"""Phases for estimated magnitudes that agree with each other and with the mixture."""

from __future__ import annotations

import torch
from torch import Tensor

from separation.signal import SignalConfig, istft, stft


def misi(
    magnitudes: Tensor, phases: Tensor, mixture: Tensor, config: SignalConfig, iterations: int
) -> Tensor:
    """Multiple-input spectrogram inversion (Gunawan and Sen 2010; used with chimera++ by Wang et al. 2018).

    Each round makes waveforms of the magnitudes and phases so far, gives every source an equal share of what the
    mixture has and their sum lacks, and takes the phases of the result. With 0 iterations the phases stay as given.

    Args:
        magnitudes: estimated |S_c|, (batch, frame, frequency, source); they stay as they are throughout.
        phases: where to start, in radians, broadcast to the magnitudes' shape: usually the mixture's.
        mixture: waveform (batch, sample).
        config: the transform.
        iterations: rounds; the papers use up to 5.

    Returns:
        Waveforms (batch, sample, source).
    """
    samples = mixture.shape[1]
    spectra = torch.polar(magnitudes, phases.expand_as(magnitudes).to(magnitudes.dtype))
    estimates = istft(spectra, config, samples)
    for _ in range(iterations):
        lacking = mixture.unsqueeze(-1) - estimates.sum(dim=-1, keepdim=True)
        shared = stft(estimates + lacking / estimates.shape[-1], config)
        estimates = istft(torch.polar(magnitudes, shared.angle()), config, samples)
    return estimates
