"""The loop. Most of its bugs are silent: the loss falls all the same, only less far."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from quickstart.data import Standardiser
from quickstart.images import Images, digits
from quickstart.losses import cross_entropy
from quickstart.models import MLP, Linear
from quickstart.training import Epoch, Settings, fit, should_stop, train_epoch


def blobs(count: int, seed: int = 0) -> Images:
    """Images of 4 pixels in 3 classes that overlap a little."""
    draw = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 3
    return Images(2 * functional.one_hot(labels, 4).float() + torch.randn(count, 4, generator=draw), labels)


def model_and_optimiser(rate: float) -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(0)
    model = Linear(4, 3)
    return model, torch.optim.SGD(model.parameters(), lr=rate)


def fitted(settings: Settings, seed: int = 0) -> tuple[nn.Module, list[Epoch]]:
    torch.manual_seed(seed)
    model = MLP(4, 3, hidden=16, dropout=0.2)
    return model, fit(model, blobs(60), blobs(30, seed=1), settings, torch.Generator().manual_seed(seed))


class Watching(nn.Module):
    """A model that remembers in which mode it was called."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3)
        self.modes: list[bool] = []

    def forward(self, pixels: Tensor) -> Tensor:
        self.modes.append(self.training)
        return self.layer(pixels)


def test_an_epoch_makes_one_step_for_each_batch_from_its_gradient_alone() -> None:
    model, optimiser = model_and_optimiser(rate=0.5)
    weights, constants = (parameter.detach().clone() for parameter in model.parameters())
    parts = [blobs(9, seed=2), blobs(9, seed=3)]
    train_epoch(model, optimiser, parts)
    for part in parts:  # the same by hand: the gradient of cross-entropy is (probability - truth) / N
        error = (part.pixels @ weights.T + constants).softmax(dim=1) - functional.one_hot(part.labels, 3)
        weights -= 0.5 * error.T @ part.pixels / 9
        constants -= 0.5 * error.mean(dim=0)
    found = next(model.parameters())
    assert torch.allclose(found, weights, atol=1e-5), (
        "after two batches the weights differ from two steps by hand: are the gradients set to zero before each?"
    )


def test_an_epoch_is_in_training_mode() -> None:
    model = Watching().eval()
    train_epoch(model, torch.optim.SGD(model.parameters(), lr=0.1), [blobs(6)])
    assert model.modes == [True], "without model.train() dropout stays off after the first evaluation"


def test_the_loss_of_an_epoch_is_the_mean_over_images() -> None:
    model, optimiser = model_and_optimiser(rate=0.0)
    whole = blobs(10)
    first, second = torch.arange(9), torch.tensor([9])
    found = train_epoch(model, optimiser, [whole[first], whole[second]])
    expected = functional.cross_entropy(model(whole.pixels), whole.labels).item()
    assert found == pytest.approx(expected, rel=1e-5), (
        "one image alone counted as much as nine: weigh by len(part)"
    )


def test_a_small_batch_can_be_learned_by_heart() -> None:
    torch.manual_seed(0)
    model = MLP(4, 3, hidden=64, dropout=0.0)
    optimiser = torch.optim.SGD(model.parameters(), lr=0.3, momentum=0.9)
    losses = [train_epoch(model, optimiser, [blobs(12)]) for _ in range(200)]
    assert losses[-1] < 0.05, (
        f"after 200 steps on 12 images the loss is {losses[-1]:.3f}: something does not learn"
    )


@pytest.mark.parametrize(
    ("losses", "stop", "why"),
    [
        ([1.0, 0.9, 0.8], False, "it still falls"),
        ([0.5, 0.6], False, "the lowest is 1 epoch old, and patience is 2"),
        ([0.5, 0.6, 0.7], True, "the lowest is 2 epochs old"),
        ([0.5, 0.6, 0.55, 0.4], False, "it fell again in time"),
        ([0.5, 0.5, 0.5], True, "the same is not lower"),
        ([math.nan, math.nan], True, "NaN is never lower, so in 2 epochs there was no lowest at all"),
    ],
    ids=["falls", "one-old", "two-old", "falls-again", "the-same", "nan"],
)
def test_training_stops_when_the_validation_loss_has_not_fallen(
    losses: list[float], stop: bool, why: str
) -> None:
    assert should_stop(losses, patience=2) is stop, f"after {losses}: {why}"


def test_a_fit_tells_of_every_epoch() -> None:
    _, history = fitted(Settings(epochs=3, patience=10))
    assert [epoch.number for epoch in history] == [1, 2, 3], "one Epoch each, counted from 1"
    assert all(0 <= epoch.valid_accuracy <= 1 for epoch in history), "the accuracy is a share of the images"


def test_a_fit_stops_in_time() -> None:
    _, history = fitted(Settings(rate=0.5, epochs=200, patience=3))
    best = min(history, key=lambda epoch: epoch.valid_loss)
    assert len(history) - best.number == 3, "it ends exactly `patience` epochs after the best one"


def test_a_fit_ends_with_the_weights_of_its_best_epoch() -> None:
    model, history = fitted(Settings(rate=0.5, epochs=200, patience=3))
    valid = blobs(30, seed=1)
    loss = cross_entropy(model.eval()(valid.pixels), valid.labels).item()
    assert loss == pytest.approx(min(epoch.valid_loss for epoch in history), abs=1e-5), (
        "the model is not that of the best epoch: state_dict() points at the weights, so keep a deep copy"
    )


def test_one_seed_gives_one_training() -> None:
    settings = Settings(epochs=3)
    first, again = fitted(settings, seed=5)[1], fitted(settings, seed=5)[1]
    assert first == again, "the same seed gave two histories: does something draw without the generator?"


def test_a_fit_learns_to_read_digits() -> None:
    pool = digits().pool
    train, valid = pool[torch.arange(0, 1200)], pool[torch.arange(1200, 1500)]
    standardise = Standardiser.fit(train.pixels)
    train, valid = (Images(standardise(part.pixels), part.labels) for part in (train, valid))
    torch.manual_seed(0)
    history = fit(Linear(64, 10), train, valid, Settings(epochs=10), torch.Generator().manual_seed(0))
    best = max(epoch.valid_accuracy for epoch in history)
    assert best > 0.85, f"{best:.2f} of the digits are right after ten epochs; more than 0.85 should be"
