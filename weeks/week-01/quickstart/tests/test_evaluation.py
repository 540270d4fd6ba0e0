"""Accuracy and its interval."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from quickstart.evaluation import bootstrap_interval, correct, logits_of
from quickstart.images import Images

PIXELS = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))


def noisy() -> nn.Module:
    """A model that gives other logits at each pass while it is in training mode."""
    return nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.5), nn.Linear(8, 3))


def answers(count: int, right: int) -> torch.Tensor:
    """`right` ones, then zeros."""
    return (torch.arange(count) < right).float()


def test_evaluation_is_without_dropout() -> None:
    model = noisy().train()
    first, second = logits_of(model, PIXELS), logits_of(model, PIXELS)
    assert torch.equal(first, second), "two evaluations of one model differ: call model.eval() before"


@pytest.mark.parametrize("training", [True, False])
def test_evaluation_gives_the_model_back_in_its_mode(training: bool) -> None:
    model = noisy().train(training)
    logits_of(model, PIXELS)
    assert model.training is training, (
        "dropout would stay as the evaluation set it, for the rest of the training"
    )


def test_evaluation_keeps_no_gradients() -> None:
    assert not logits_of(noisy(), PIXELS).requires_grad, (
        "compute under torch.no_grad(): it saves memory and time"
    )


def test_an_image_is_right_if_its_largest_logit_is_that_of_its_label() -> None:
    logits = torch.tensor([[0.1, 0.9], [0.8, 0.2], [-3.0, -1.0]])  # nn.Identity hands them through
    found = correct(nn.Identity(), Images(logits, torch.tensor([1, 1, 1])))
    assert found.tolist() == [1.0, 0.0, 1.0], "compare argmax(dim=1) with the labels, image by image"
    assert found.dtype == torch.float32, "give .float(), so that a mean can be taken"


def test_an_interval_has_the_mean_inside() -> None:
    low, high = bootstrap_interval(answers(200, 180))
    assert low < 0.9 < high, f"{low} to {high} does not contain the mean, 0.9"


def test_an_interval_is_as_wide_as_theory_says() -> None:
    low, high = bootstrap_interval(answers(400, 360))
    theory = 2 * 1.96 * (0.9 * 0.1 / 400) ** 0.5
    assert high - low == pytest.approx(theory, rel=0.15), (
        "draw N values WITH replacement, and cut off 2.5 % at each end"
    )


def test_four_times_the_images_halve_an_interval() -> None:
    (low, high), (lower, higher) = (bootstrap_interval(answers(n, n // 2)) for n in (400, 100))
    assert (high - low) / (higher - lower) == pytest.approx(0.5, rel=0.2), (
        "each resample has as many values as there are"
    )


def test_an_interval_of_equal_values_has_no_width() -> None:
    assert bootstrap_interval(torch.ones(50)) == (1.0, 1.0), "all right: every resample has the mean 1"


def test_one_seed_gives_one_interval() -> None:
    values = answers(50, 20)
    first = bootstrap_interval(values, seed=4)
    torch.rand(3)
    assert bootstrap_interval(values, seed=4) == first, "draw from a generator of its own, seeded with `seed`"
