"""The training loop: step by step, epoch by epoch, until the validation loss stops falling."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from quickstart.data import batches
from quickstart.evaluation import correct, logits_of
from quickstart.images import Images
from quickstart.losses import cross_entropy


@dataclass(frozen=True)
class Settings:
    """How a model is trained; the optimiser is stochastic gradient descent with momentum."""

    rate: float = 0.05
    momentum: float = 0.9
    batch: int = 64
    epochs: int = 100
    patience: int = 8


@dataclass(frozen=True)
class Epoch:
    """What one pass over the training images came to; `number` counts from 1."""

    number: int
    train_loss: float
    valid_loss: float
    valid_accuracy: float


def train_epoch(model: nn.Module, optimiser: torch.optim.Optimizer, parts: Iterable[Images]) -> float:
    """One step of the optimiser for each batch, with the model in training mode.

    Returns:
        The mean loss over all images, so that a smaller last batch counts for as much as it holds.
    """
    raise NotImplementedError(
        "model.train(); for each batch: gradients to zero, loss, backward, step. "
        "Weigh each batch's loss with its number of images"
    )


def should_stop(losses: Sequence[float], patience: int) -> bool:
    """Whether the lowest of the validation losses so far is at least `patience` epochs old.

    A loss counts as lower only if it is lower, not if it is the same; NaN is never lower.
    """
    raise NotImplementedError("find where the lowest loss stands and count the epochs after it")


def fit(
    model: nn.Module, train: Images, valid: Images, settings: Settings, generator: torch.Generator
) -> list[Epoch]:
    """Train until `should_stop`, or for all epochs; then the model has the weights of its best epoch.

    The best epoch is the one with the lowest validation loss. `generator` orders the batches.
    """
    raise NotImplementedError(
        "make torch.optim.SGD; each epoch: train_epoch, validation loss, Epoch(…). "
        "Keep a deep copy of the best state_dict() and load it at the end"
    )
