"""Two models that give logits: scores before the softmax, which belongs to the loss.

N images of P pixels, C classes: pixels (N, P) float32 in, logits (N, C) float32 out.
"""

from __future__ import annotations

from torch import Tensor, nn


class Linear(nn.Module):
    """Each logit is a weighted sum of the pixels and a constant: P * C + C numbers to learn."""

    def __init__(self, inputs: int, classes: int) -> None:
        super().__init__()
        self.output = nn.Linear(inputs, classes)

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, P) -> (N, C)"""
        return self.output(pixels)


class MLP(nn.Module):
    """One hidden layer: linear, ReLU, dropout, linear.

    Dropout sets each hidden value to zero with probability `dropout`, while training only.
    """

    def __init__(self, inputs: int, classes: int, *, hidden: int, dropout: float) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(inputs, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, classes)
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, P) -> (N, C)"""
        return self.layers(pixels)
