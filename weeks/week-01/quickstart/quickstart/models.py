"""Two models that give logits: scores before the softmax, which belongs to the loss.

N images of P pixels, C classes: pixels (N, P) float32 in, logits (N, C) float32 out.
"""

from __future__ import annotations

from torch import Tensor, nn


class Linear(nn.Module):
    """Each logit is a weighted sum of the pixels and a constant: P * C + C numbers to learn."""

    def __init__(self, inputs: int, classes: int) -> None:
        raise NotImplementedError("call super().__init__() and make one nn.Linear")

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, P) -> (N, C)"""
        raise NotImplementedError("return the layer's output as it is: no softmax here")


class MLP(nn.Module):
    """One hidden layer: linear, ReLU, dropout, linear.

    Dropout sets each hidden value to zero with probability `dropout`, while training only.
    """

    def __init__(self, inputs: int, classes: int, *, hidden: int, dropout: float) -> None:
        raise NotImplementedError(
            "call super().__init__(); then nn.Linear, nn.ReLU, nn.Dropout and nn.Linear, "
            "for example in an nn.Sequential"
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """(N, P) -> (N, C)"""
        raise NotImplementedError("send the pixels through all layers: no softmax here")
