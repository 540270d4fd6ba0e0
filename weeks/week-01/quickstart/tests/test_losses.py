"""The loss against its definition, and against PyTorch's own."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional

from quickstart.losses import cross_entropy, log_softmax

LOGITS = torch.tensor([[2.0, -1.0, 0.5], [0.0, 3.0, -2.0]])  # 2 images, 3 classes
LABELS = torch.tensor([0, 2])


def test_probabilities_of_an_image_sum_to_one() -> None:
    sums = log_softmax(LOGITS).exp().sum(dim=1)
    assert torch.allclose(sums, torch.ones(2)), f"the sums are {sums.tolist()}: the classes are dim=1"


def test_images_do_not_influence_each_other() -> None:
    alone, together = log_softmax(LOGITS[:1])[0], log_softmax(LOGITS)[0]
    assert torch.allclose(alone, together), (
        "another image in the batch changed it: the softmax runs over dim=0"
    )


def test_large_logits_do_not_overflow() -> None:
    found = log_softmax(torch.tensor([[1000.0, 0.0]]))
    assert found.tolist() == [[0.0, -1000.0]], "exp(1000) is infinite: subtract the largest logit first"


def test_very_negative_logits_do_not_vanish() -> None:
    found = log_softmax(torch.tensor([[-1000.0, -1000.0]]))
    expected = torch.full((1, 2), -math.log(2))
    assert torch.allclose(found, expected), (
        "exp(-1000) is 0, and log 0 infinite: subtract the largest logit of the row"
    )


def test_log_softmax_of_an_image_far_below_another_is_finite() -> None:
    found = log_softmax(torch.tensor([[500.0, 500.0], [0.0, 0.0]]))
    expected = torch.full((2, 2), -math.log(2))
    assert torch.allclose(found, expected), (
        "subtract each row's own largest logit, not that of the whole batch"
    )


def test_log_softmax_is_that_of_torch() -> None:
    logits = 10 * torch.randn(20, 10, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(log_softmax(logits), functional.log_softmax(logits, dim=1), atol=1e-5)


def test_guessing_among_ten_classes_costs_log_10() -> None:
    loss = cross_entropy(torch.zeros(4, 10), torch.arange(4))
    assert loss.item() == pytest.approx(math.log(10)), (
        "the loss is a mean over the images, of the natural logarithm"
    )


def test_cross_entropy_is_that_of_torch() -> None:
    assert cross_entropy(LOGITS, LABELS).item() == pytest.approx(
        functional.cross_entropy(LOGITS, LABELS).item()
    )


def test_its_gradient_is_probability_minus_truth() -> None:
    logits = LOGITS.clone().requires_grad_()
    cross_entropy(logits, LABELS).backward()
    truth = functional.one_hot(LABELS, 3)
    expected = (LOGITS.softmax(dim=1) - truth) / 2
    assert torch.allclose(logits.grad, expected, atol=1e-6), (
        "the mean over N images divides the gradient by N"
    )


def test_being_sure_and_right_costs_nothing() -> None:
    logits = torch.tensor([[500.0, 0.0]], requires_grad=True)
    loss = cross_entropy(logits, torch.tensor([0]))
    loss.backward()
    assert loss.item() == 0.0, "the loss of a perfect prediction is 0"
    assert torch.isfinite(logits.grad).all(), "its gradient must be finite, or training ends in NaN"
