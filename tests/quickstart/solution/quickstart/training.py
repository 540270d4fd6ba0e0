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
    model.train()
    total, count = 0.0, 0
    for part in parts:
        optimiser.zero_grad()
        loss = cross_entropy(model(part.pixels), part.labels)
        loss.backward()
        optimiser.step()
        total += loss.item() * len(part)
        count += len(part)
    return total / count


def should_stop(losses: Sequence[float], patience: int) -> bool:
    """Whether the lowest of the validation losses so far is at least `patience` epochs old.

    A loss counts as lower only if it is lower, not if it is the same; NaN is never lower.
    """
    best, best_at = float("inf"), -1
    for at, loss in enumerate(losses):
        if loss < best:
            best, best_at = loss, at
    return len(losses) - 1 - best_at >= patience


def fit(
    model: nn.Module, train: Images, valid: Images, settings: Settings, generator: torch.Generator
) -> list[Epoch]:
    """Train until `should_stop`, or for all epochs; then the model has the weights of its best epoch.

    The best epoch is the one with the lowest validation loss. `generator` orders the batches.
    """
    optimiser = torch.optim.SGD(model.parameters(), lr=settings.rate, momentum=settings.momentum)
    history: list[Epoch] = []
    best, weights = float("inf"), copy.deepcopy(model.state_dict())
    for number in range(1, settings.epochs + 1):
        train_loss = train_epoch(model, optimiser, batches(train, settings.batch, generator))
        valid_loss = cross_entropy(logits_of(model, valid.pixels), valid.labels).item()
        history.append(Epoch(number, train_loss, valid_loss, correct(model, valid).mean().item()))
        if valid_loss < best:
            best, weights = valid_loss, copy.deepcopy(model.state_dict())
        if should_stop([epoch.valid_loss for epoch in history], settings.patience):
            break
    model.load_state_dict(weights)
    return history
