"""The networks: a stack of bidirectional LSTMs that ends in embeddings, in masks, or in both (chimera++)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple

import torch
from torch import Tensor, nn

_QUIETEST = 1e-3  # of the mixture's root mean square: 60 dB below it, features go flat
_LEAST = 1e-8  # added to a squared length: keeps the gradient of a vanishing embedding below 1e4


@dataclass(frozen=True)
class NetworkConfig:
    """A network, ready to be built again. The defaults are the embedding network of the papers.

    Attributes:
        frequencies: frequencies of a frame, see `SignalConfig.frequencies`.
        layers: BLSTM layers.
        hidden: units a direction in each.
        dropout: after each layer, from 0 to below 1.
        embedding: dimensions of an embedding; 0 for no embedding head.
        masks: masks, one a source; 0 for no mask head.
        embedding_activation: what comes before the embeddings are brought to unit length. Sigmoid keeps them in the
            positive orthant: no product of two is below 0, as none in YY' is.
        mask_activation: "sigmoid", or "softmax", with which the masks of a bin sum to one.
    """

    frequencies: int = 129
    layers: int = 4
    hidden: int = 600
    dropout: float = 0.3
    embedding: int = 20
    masks: int = 0
    embedding_activation: Literal["sigmoid", "tanh"] = "sigmoid"
    mask_activation: Literal["sigmoid", "softmax"] = "sigmoid"

    def __post_init__(self) -> None:
        if min(self.frequencies, self.layers, self.hidden) < 1 or min(self.embedding, self.masks) < 0:
            raise ValueError("frequencies, layers and hidden start at 1, embedding and masks at 0")
        if not self.embedding and not self.masks:
            raise ValueError(
                "a network needs a head: embedding (for example 20), masks (for example 2), or both"
            )
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout lies from 0 to below 1; it is {self.dropout}")

    @property
    def kind(self) -> str:
        """ "embedding", "mask" or "chimera" for both."""
        return "chimera" if self.embedding and self.masks else "embedding" if self.embedding else "mask"


class Heads(NamedTuple):
    """What a network says of a mixture; a head that it lacks is None.

    Attributes:
        embeddings: (batch, frame, frequency, dimension), of unit length.
        masks: (batch, frame, frequency, mask), from 0 to 1.
    """

    embeddings: Tensor | None
    masks: Tensor | None


class Network(nn.Module):
    """Magnitudes to embeddings and masks. Build one with a `NetworkConfig`, then `calibrate` it on mixtures."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        self.config = config
        # the spread of the training data's features, so that a checkpoint carries it along
        self.feature_mean = nn.Buffer(torch.zeros(config.frequencies))
        self.feature_scale = nn.Buffer(torch.ones(config.frequencies))
        width = 2 * config.hidden
        # one module a layer: cuDNN's own dropout between layers would be set up anew, and waited for, at each new seed
        self.body = nn.ModuleList(
            nn.LSTM(
                config.frequencies if layer == 0 else width,
                config.hidden,
                batch_first=True,
                bidirectional=True,
            )
            for layer in range(config.layers)
        )
        self.dropout = nn.Dropout(config.dropout)
        self.embedding_head = (
            nn.Linear(width, config.frequencies * config.embedding) if config.embedding else None
        )
        self.mask_head = nn.Linear(width, config.frequencies * config.masks) if config.masks else None

    def features(self, mixture: Tensor) -> Tensor:
        """Log magnitudes relative to the mixture's root mean square: how loud a recording is makes no difference.

        The mean is over all that is given, some hundred frames in training and seconds of sound later: speech varies
        little enough in that.
        """
        level = (
            mixture.square().mean(dim=(1, 2), keepdim=True).sqrt().clamp_min(torch.finfo(mixture.dtype).tiny)
        )
        return torch.log10(mixture / level + _QUIETEST)

    @torch.no_grad()
    def calibrate(self, mixture: Tensor) -> None:
        """Take each frequency's mean and spread of the features from these magnitudes (batch, frame, frequency)."""
        features = self.features(mixture)
        self.feature_mean.copy_(features.mean(dim=(0, 1)))
        self.feature_scale.copy_(features.std(dim=(0, 1)).clamp_min(1e-3))

    def forward(self, mixture: Tensor) -> Heads:
        """Embeddings and masks of magnitudes (batch, frame, frequency).

        Raises:
            ValueError: the magnitudes have another shape.
        """
        if mixture.ndim != 3 or mixture.shape[2] != self.config.frequencies:
            wanted = f"(batch, frame, {self.config.frequencies})"
            raise ValueError(f"a mixture's magnitudes are {wanted}; these are {tuple(mixture.shape)}")
        states = (self.features(mixture) - self.feature_mean) / self.feature_scale
        for layer in self.body:
            states = self.dropout(layer(states)[0])
        return Heads(
            embeddings=self._embeddings(self.embedding_head(states)) if self.embedding_head else None,
            masks=self._masks(self.mask_head(states)) if self.mask_head else None,
        )

    def _embeddings(self, flat: Tensor) -> Tensor:
        # float32 also under autocast: a length in bfloat16 has two digits
        vectors = flat.float() if flat.dtype in (torch.bfloat16, torch.float16) else flat
        vectors = vectors.reshape(*flat.shape[:2], self.config.frequencies, self.config.embedding)
        vectors = vectors.sigmoid() if self.config.embedding_activation == "sigmoid" else vectors.tanh()
        return vectors * (vectors.square().sum(dim=-1, keepdim=True) + _LEAST).rsqrt()

    def _masks(self, flat: Tensor) -> Tensor:
        logits = flat.float() if flat.dtype in (torch.bfloat16, torch.float16) else flat
        logits = logits.reshape(*flat.shape[:2], self.config.frequencies, self.config.masks)
        return logits.sigmoid() if self.config.mask_activation == "sigmoid" else logits.softmax(dim=-1)
