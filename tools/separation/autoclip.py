"""AutoClip: clip gradients at a percentile of their own history."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn


class AutoClip:
    """Seetharaman, Wichern, Pardo, Le Roux 2020 (arXiv 2007.14469), algorithm 1.

    The gradient's norm joins the history first; then the gradient is scaled to at most the history's percentile. All of
    it stays on the device: nothing waits for a number.
    """

    def __init__(self, percentile: float, history: Tensor | None = None) -> None:
        self.percentile = percentile
        self._norms = torch.zeros(1024) if history is None else history.clone()
        self._count = 0 if history is None else len(history)

    @property
    def healthy(self) -> bool:
        """Whether the last norm was a number; asking waits for the device."""
        return not self._count or bool(self._norms[self._count - 1].isfinite())

    @property
    def history(self) -> Tensor:
        """The norms so far, oldest first."""
        return self._norms[: self._count]

    @torch.no_grad()
    def __call__(self, parameters: Iterable[nn.Parameter]) -> None:
        """Scale the gradients of these parameters in place."""
        gradients = [p.grad for p in parameters if p.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        self._append(norm)
        threshold = torch.quantile(self.history, self.percentile / 100)
        scale = (threshold / norm.clamp_min(torch.finfo(norm.dtype).tiny)).clamp_max(1.0)
        torch._foreach_mul_(gradients, scale)

    def _append(self, norm: Tensor) -> None:
        if self._count >= len(self._norms) or self._norms.device != norm.device:
            roomy = torch.zeros(2 * max(self._count, 512), device=norm.device)
            roomy[: self._count] = self.history
            self._norms = roomy
        self._norms[self._count] = norm
        self._count += 1
