"""Ideal masks: what the true sources say about the mixture's bins. They are targets and ceilings (oracles).

`sources` are spectra (batch, frame, frequency, source), `mixture` their mixture's (batch, frame, frequency).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def ideal_binary_mask(sources: Tensor) -> Tensor:
    """IBM: 1 for the source that is loudest in a bin, 0 for the others; ties go to the first source.

    One-hot over the last axis, so it is also the assignment Y of deep clustering (arXiv 1508.04306, section 2).
    """
    magnitude = sources.abs()
    loudest = magnitude.argmax(dim=-1, keepdim=True)
    return torch.zeros_like(magnitude).scatter_(-1, loudest, 1.0)


def ideal_ratio_mask(sources: Tensor) -> Tensor:
    """IRM: |S_c| / sum_k |S_k|; equal shares where all are silent."""
    magnitude = sources.abs()
    total = magnitude.sum(dim=-1, keepdim=True)
    share = torch.full_like(magnitude, 1 / sources.shape[-1])
    return torch.where(total > 0, magnitude / total.clamp_min(torch.finfo(magnitude.dtype).tiny), share)


def phase_sensitive_mask(sources: Tensor, mixture: Tensor) -> Tensor:
    """PSM: |S_c| cos(theta_X - theta_S) / |X| = Re(S_c conj(X)) / |X|^2; any real value, 0 where X is silent.

    Of all real masks it gives the least squared error in each bin (Erdogan et al. 2015).
    """
    mixture = _aligned(sources, mixture)
    power = mixture.abs().square()
    correlation = (sources * mixture.conj()).real
    return torch.where(power > 0, correlation / power.clamp_min(torch.finfo(power.dtype).tiny), 0.0)


def truncated_phase_sensitive_mask(sources: Tensor, mixture: Tensor, gamma: float = 1.0) -> Tensor:
    """tPSM: the phase-sensitive mask clipped to [0, gamma] (TR2018-005 uses gamma = 1)."""
    return phase_sensitive_mask(sources, mixture).clamp(0.0, gamma)


def apply_masks(masks: Tensor, mixture: Tensor) -> Tensor:
    """Estimated spectra (batch, frame, frequency, source): each mask times the mixture, with the mixture's phase."""
    return masks * _aligned(masks, mixture)


def _aligned(per_source: Tensor, mixture: Tensor) -> Tensor:
    if per_source.ndim != 4 or per_source.shape[:3] != mixture.shape:
        raise ValueError(
            f"{tuple(per_source.shape)} does not belong to a mixture of {tuple(mixture.shape)}: "
            "expected (batch, frame, frequency, source) and (batch, frame, frequency)"
        )
    return mixture.unsqueeze(-1)


ORACLES: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "ibm": lambda sources, mixture: ideal_binary_mask(sources),
    "irm": lambda sources, mixture: ideal_ratio_mask(sources),
    "psm": phase_sensitive_mask,
    "tpsm": truncated_phase_sensitive_mask,
}
"""The ideal masks by the names that scores.csv uses for them."""
