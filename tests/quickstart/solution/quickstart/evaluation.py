"""What a model is worth: which images it gets right, and how sure that number is."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from quickstart.images import Images


def logits_of(model: nn.Module, pixels: Tensor) -> Tensor:
    """The model's logits as it gives them once trained: (N, P) -> (N, C).

    Dropout is off and no gradients are kept; afterwards the model is in the mode in which it came.
    """
    was_training = model.training
    model.eval()
    with torch.no_grad():
        logits = model(pixels)
    model.train(was_training)
    return logits


def correct(model: nn.Module, images: Images) -> Tensor:
    """1 for each image whose largest logit is that of its label, 0 for the others: (N,). Their mean is the accuracy."""
    return (logits_of(model, images.pixels).argmax(dim=1) == images.labels).float()


def bootstrap_interval(values: Tensor, *, resamples: int = 2000, seed: int = 0) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the mean of `values`, (N,) float32.

    Draw N of the values with replacement and take their mean; do so `resamples` times. The interval goes from
    the 2.5 % quantile of these means to the 97.5 % quantile. One seed gives one interval.
    """
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(len(values), (resamples, len(values)), generator=generator)
    low, high = values[drawn].mean(dim=1).quantile(torch.tensor([0.025, 0.975]))
    return float(low), float(high)
