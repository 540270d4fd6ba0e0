"""Two models: what goes in, what comes out, and what is easily forgotten in between."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from quickstart.models import MLP, Linear

PIXELS = torch.randn(5, 64, generator=torch.Generator().manual_seed(0))


def count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def response(model: nn.Module, by: float) -> Tensor:
    """What the model gives for `by` times the pixels, without its constants."""
    return model(by * PIXELS) - model(0 * PIXELS)


def mlp(dropout: float = 0.0) -> MLP:
    torch.manual_seed(0)
    return MLP(64, 10, hidden=32, dropout=dropout)


def test_the_linear_model_gives_a_logit_for_each_class() -> None:
    assert Linear(64, 10)(PIXELS).shape == (5, 10), "(N, P) pixels become (N, C) logits"


def test_the_linear_model_learns_650_numbers() -> None:
    assert count(Linear(64, 10)) == 64 * 10 + 10, (
        "a weight for each pixel and class, and a constant for each class"
    )


def test_the_linear_model_gives_logits_and_no_probabilities() -> None:
    model = Linear(64, 10)
    assert torch.allclose(response(model, 2), 2 * response(model, 1), atol=1e-4), (
        "leave the softmax to the loss"
    )


def test_the_mlp_gives_a_logit_for_each_class() -> None:
    assert mlp()(PIXELS).shape == (5, 10), "(N, P) pixels become (N, C) logits"


def test_the_mlp_learns_2410_numbers() -> None:
    assert count(mlp()) == 64 * 32 + 32 + 32 * 10 + 10, (
        "two linear layers, each with constants, 64 -> 32 -> 10"
    )


def test_the_mlp_is_not_a_linear_model_in_disguise() -> None:
    model = mlp()
    mirrored = torch.allclose(response(model, -1), -response(model, 1), atol=1e-4)
    assert not mirrored, "two linear layers without a ReLU between them are one linear layer"


def test_the_mlp_gives_logits_and_no_probabilities() -> None:
    sums = mlp()(100 * PIXELS).sum(dim=1)
    assert not torch.allclose(sums, torch.ones(5), atol=0.01), "leave the softmax to the loss"


def test_dropout_is_on_while_training() -> None:
    model = mlp(dropout=0.5).train()
    assert not torch.equal(model(PIXELS), model(PIXELS)), "in training mode dropout makes each pass differ"


def test_dropout_is_off_afterwards() -> None:
    model = mlp(dropout=0.5).eval()
    same = torch.equal(model(PIXELS), model(PIXELS))
    assert same, "dropout is on after model.eval(): use nn.Dropout, which knows the mode"
