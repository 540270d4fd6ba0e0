"""From images to batches: split, standardise, shuffle. No number from the test images may reach the training.

N images of P pixels each: pixels (N, P) float32, labels (N,) int64.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from quickstart.images import Images


def split(count: int, held_out: int, *, seed: int) -> tuple[Tensor, Tensor]:
    """Divide the numbers 0 … count - 1 at random into those to keep and those to hold out.

    Returns:
        (count - held_out,) int64 and (held_out,) int64. Together they hold each number once. One seed always
        gives the same division, whatever other code has drawn before.
    """
    raise NotImplementedError(
        "shuffle 0 … count - 1 with torch.randperm and a torch.Generator of its own, seeded with `seed`; "
        "cut the result in two"
    )


@dataclass(frozen=True)
class Standardiser:
    """Shifts and scales each pixel: (pixels - mean) / scale. `mean` and `scale` are (P,) float32."""

    mean: Tensor
    scale: Tensor

    @classmethod
    def fit(cls, pixels: Tensor) -> Standardiser:
        """Mean and standard deviation of each pixel over the images in `pixels`, (N, P).

        A pixel that is the same in all images has no deviation; its scale is 1, so that nothing is divided by
        zero.
        """
        raise NotImplementedError(
            "take mean and standard deviation over dim=0, the images; "
            "put 1 where the deviation is 0, for example with torch.where"
        )

    def __call__(self, pixels: Tensor) -> Tensor:
        """`pixels`, (M, P), with this mean taken away and divided by this scale: (M, P), a new tensor."""
        raise NotImplementedError(
            "return (pixels - mean) / scale; broadcasting does it for all images at once"
        )


def batches(images: Images, size: int, generator: torch.Generator) -> Iterator[Images]:
    """All images once, in an order drawn from `generator`, `size` at a time.

    The last batch is smaller where N is no multiple of `size`. Called again with the same generator, it gives
    another order, as each epoch should.
    """
    raise NotImplementedError(
        "draw an order with torch.randperm(…, generator=generator), "
        "cut it with .split(size), and yield images[index] for each piece"
    )
