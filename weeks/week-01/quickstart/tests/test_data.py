"""Split, standardise, shuffle: where an image could slip from one part of the data into another."""

from __future__ import annotations

import torch

from quickstart.data import Standardiser, batches, split
from quickstart.images import Images


def numbered(count: int) -> Images:
    """Images whose only pixel is their own number, and so is their label."""
    numbers = torch.arange(count)
    return Images(numbers[:, None].float(), numbers)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_split_holds_each_number_once() -> None:
    kept, held = split(100, 20, seed=1)
    assert (len(kept), len(held)) == (80, 20), "of 100, 20 are held out and 80 kept"
    both = sorted(torch.cat([kept, held]).tolist())
    assert both == list(range(100)), (
        "a number is in both parts, or in none: the test would see training images"
    )


def test_a_split_is_drawn_at_random() -> None:
    _, held = split(1000, 200, seed=1)
    assert 300 < held.float().mean() < 700, "what is held out comes from one end of the data; is it shuffled?"


def test_a_split_follows_from_its_seed_alone() -> None:
    first = split(100, 20, seed=1)[1]
    torch.rand(7)  # other code draws numbers too
    assert torch.equal(split(100, 20, seed=1)[1], first), (
        "one seed gave two splits: use a generator of its own"
    )


def test_another_seed_gives_another_split() -> None:
    assert not torch.equal(split(100, 20, seed=1)[1], split(100, 20, seed=2)[1]), "the seed changes nothing"


def test_standardised_pixels_have_mean_0_and_deviation_1() -> None:
    pixels = 5 + 3 * torch.randn(200, 4, generator=generator())
    ready = Standardiser.fit(pixels)(pixels)
    assert torch.allclose(ready.mean(dim=0), torch.zeros(4), atol=1e-4), (
        "the mean is taken pixel by pixel, dim=0"
    )
    assert torch.allclose(ready.std(dim=0), torch.ones(4), atol=0.01), (
        "divide each pixel by its own deviation"
    )


def test_a_pixel_that_never_changes_does_no_harm() -> None:
    pixels = torch.tensor([[0.0, 1.0], [0.0, 3.0]])  # corners of the digits are always 0
    ready = Standardiser.fit(pixels)(pixels)
    assert torch.isfinite(ready).all(), "0 / 0 is NaN: where the deviation is 0, the scale is 1"


def test_new_images_are_standardised_with_the_statistics_of_the_training_images() -> None:
    standardise = Standardiser.fit(torch.tensor([[0.0], [2.0], [4.0]]))  # mean 2, deviation 2
    ready = standardise(torch.tensor([[6.0], [8.0]]))
    expected = torch.tensor([[2.0], [3.0]])
    assert torch.allclose(ready, expected, atol=0.3), (
        "leakage: new images must not bring statistics of their own"
    )


def test_standardising_leaves_the_images_as_they_were() -> None:
    pixels = torch.tensor([[1.0], [5.0]])
    Standardiser.fit(pixels)(pixels)
    assert pixels.tolist() == [[1.0], [5.0]], "`pixels` was changed in place; give back a new tensor"


def test_batches_hold_each_image_once() -> None:
    parts = list(batches(numbered(10), 4, generator()))
    assert [len(part) for part in parts] == [4, 4, 2], (
        "10 images make batches of 4, 4 and 2: the last one counts too"
    )
    assert sorted(torch.cat([part.labels for part in parts]).tolist()) == list(range(10)), (
        "each image comes once"
    )


def test_images_keep_their_labels() -> None:
    for part in batches(numbered(50), 8, generator()):
        same = torch.equal(part.pixels[:, 0].long(), part.labels)
        assert same, "images and labels were shuffled apart: draw one order and use it for both"


def test_each_epoch_has_an_order_of_its_own() -> None:
    draw = generator()
    first, second = (torch.cat([part.labels for part in batches(numbered(50), 8, draw)]) for _ in range(2))
    assert not torch.equal(first, second), "two epochs had the same order: draw it anew from the generator"


def test_the_order_follows_from_the_generator() -> None:
    first, again = (next(iter(batches(numbered(50), 8, generator(3)))).labels for _ in range(2))
    assert torch.equal(first, again), "one seed gave two orders: pass `generator` to torch.randperm"
