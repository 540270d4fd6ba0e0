"""The parts together, on the real digits."""

from __future__ import annotations

from dataclasses import replace

import torch

from quickstart.experiment import LINEAR, Parts, divide, standardised, train_one
from quickstart.images import Images, digits
from quickstart.training import Settings


def parts() -> Parts:
    return divide(digits())


def test_no_image_is_in_two_parts() -> None:
    divided = parts()
    rows = [tuple(row) for part in vars(divided).values() for row in part.pixels.tolist()]
    assert len(set(rows)) == len(rows) == 1797, "the digits are all different, so 1,797 images must be left"


def test_no_number_of_the_test_images_reaches_the_training() -> None:
    divided = parts()
    other = replace(divided, test=Images(divided.test.pixels + 100, divided.test.labels))
    same = torch.equal(standardised(divided).train.pixels, standardised(other).train.pixels)
    assert same, "brighter test images changed the training images: whose mean was taken?"


def test_a_trial_can_be_repeated() -> None:
    quick = replace(LINEAR, settings=Settings(epochs=2))
    ready = standardised(parts())
    first, again = train_one(quick, ready, seed=1), train_one(quick, ready, seed=1)
    assert first.history == again.history, "one seed gave two trainings"
