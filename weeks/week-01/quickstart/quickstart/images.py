"""Where images come from: scikit-learn's digits, or MNIST from your own files. Given; nothing to do here.

Nothing is downloaded. The digits come with scikit-learn.
"""

from __future__ import annotations

import gzip
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor

IDX_IMAGES, IDX_LABELS = 2051, 2049  # the first four bytes of an idx file say what it holds
CLASSES = 10
_UNREADABLE = (OSError, EOFError, KeyError, TypeError, ValueError, zipfile.BadZipFile, zlib.error)


class ImagesError(Exception):
    """The files can't be used; the message says which, and what was expected."""


@dataclass(frozen=True)
class Images:
    """Images and the digit that each shows: `pixels` is (N, P) float32, `labels` is (N,) int64."""

    pixels: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: Tensor) -> Images:
        """The images with these numbers, (M,) int64, in this order."""
        return Images(self.pixels[index], self.labels[index])


@dataclass(frozen=True)
class Source:
    """All that there is to learn from, and the test images where somebody has set them apart already."""

    name: str
    pool: Images
    test: Images | None = None


def digits() -> Source:
    """1,797 digits of 8 x 8 pixels, whose values go from 0 to 16. They come without a test set."""
    found = load_digits()
    return Source("scikit-learn digits, 8 x 8", _images(found.data, found.target))


def mnist(path: Path) -> Source:
    """MNIST's 60,000 and 10,000 digits of 28 x 28 pixels, whose values go from 0 to 255.

    Args:
        path: an .npz file with x_train, y_train, x_test and y_test, or a folder with the four idx files,
            packed (.gz) or not.

    Raises:
        ImagesError: there is no such file, or it holds something else.
    """
    try:
        arrays = _from_npz(path) if path.suffix == ".npz" else _from_folder(path)
    except _UNREADABLE as error:
        raise ImagesError(f"{path} can't be read as MNIST: {error}") from error
    x_train, y_train, x_test, y_test = arrays
    return Source("MNIST, 28 x 28", _images(x_train, y_train), _images(x_test, y_test))


def _images(pixels: np.ndarray, labels: np.ndarray) -> Images:
    if labels.shape != (len(pixels),):
        raise ImagesError(f"{len(pixels)} images need as many labels, not an array of {labels.shape}")
    if not 0 <= labels.min() <= labels.max() < CLASSES:
        raise ImagesError(
            f"labels go from {labels.min()} to {labels.max()}; expected were 0 to {CLASSES - 1}"
        )
    flat = pixels.reshape(len(pixels), -1).astype(np.float32)
    return Images(torch.from_numpy(flat), torch.from_numpy(labels.astype(np.int64)))


def _from_npz(path: Path) -> list[np.ndarray]:
    with np.load(path, allow_pickle=False) as arrays:  # a pickle could run code
        return [arrays[name] for name in ("x_train", "y_train", "x_test", "y_test")]


def _from_folder(folder: Path) -> list[np.ndarray]:
    return [
        _idx(folder, f"{part}-{kind}", magic)
        for part in ("train", "t10k")
        for kind, magic in (("images-idx3-ubyte", IDX_IMAGES), ("labels-idx1-ubyte", IDX_LABELS))
    ]


def _idx(folder: Path, name: str, magic: int) -> np.ndarray:
    """An idx file: what it holds, the length of each axis as four bytes, then one byte a value."""
    packed = folder / f"{name}.gz"
    data = gzip.decompress(packed.read_bytes()) if packed.exists() else (folder / name).read_bytes()
    if int.from_bytes(data[:4], "big") != magic:
        raise ValueError(f"{name} does not start with the number {magic}")
    axes = data[3]
    shape = [int.from_bytes(data[4 + 4 * axis : 8 + 4 * axis], "big") for axis in range(axes)]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * axes).reshape(shape)
