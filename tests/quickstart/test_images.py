"""MNIST from files: both forms are read, and whatever else lies there is told in one line."""

from __future__ import annotations

import gzip
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from folders import STARTER, python, solved

SHAPES = {"train-images-idx3-ubyte": (60, 28, 28), "train-labels-idx1-ubyte": (60,), "t10k-images-idx3-ubyte": (20, 28, 28), "t10k-labels-idx1-ubyte": (20,)}  # fmt: skip
KEYS = ("x_train", "y_train", "x_test", "y_test")
ARRAYS = [np.random.default_rng(number).integers(0, 10, shape, np.uint8) for number, shape in enumerate(SHAPES.values())]  # fmt: skip


@pytest.fixture(scope="module")
def images() -> ModuleType:
    """The starter's module, which needs nothing of the rest."""
    spec = importlib.util.spec_from_file_location("starter_images", STARTER / "quickstart/images.py")
    assert spec and spec.loader
    module = sys.modules["starter_images"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def idx(array: np.ndarray) -> bytes:
    """An array in the form of MNIST's files: unsigned bytes, the number of axes, their lengths, the values."""
    lengths = b"".join(length.to_bytes(4, "big") for length in array.shape)
    return bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes()


def as_folder(folder: Path, packed: bool = False) -> Path:
    folder.mkdir()
    for name, array in zip(SHAPES, ARRAYS, strict=True):
        data = idx(array)
        (folder / (f"{name}.gz" if packed else name)).write_bytes(gzip.compress(data) if packed else data)
    return folder


def as_npz(file: Path, **changed: np.ndarray) -> Path:
    np.savez(file, **{**dict(zip(KEYS, ARRAYS, strict=True)), **changed})
    return file


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: as_folder(folder / "idx"),
        lambda folder: as_folder(folder / "idx", packed=True),
        lambda folder: as_npz(folder / "mnist.npz"),
    ],
    ids=["idx", "idx-packed", "npz"],
)
def test_mnist_is_read(images: ModuleType, tmp_path: Path, write: Callable[[Path], Path]) -> None:
    source = images.mnist(write(tmp_path))
    assert source.pool.pixels.numpy().tolist() == ARRAYS[0].reshape(60, 784).tolist()
    assert source.pool.labels.tolist() == ARRAYS[1].tolist()
    assert source.test.pixels.shape == (20, 784)
    assert source.test.labels.tolist() == ARRAYS[3].tolist()


def broken(folder: Path, what: str) -> Path:
    """A path that holds something else than MNIST."""
    if what == "no-file":
        return folder / "mnist.npz"
    if what == "empty-folder":
        return folder
    if what == "text":
        (folder / "mnist.npz").write_text("not an archive", encoding="utf-8")
    elif what == "no-key":
        np.savez(folder / "mnist.npz", x_train=ARRAYS[0])
    elif what == "pickle":
        as_npz(folder / "mnist.npz", y_test=np.array([{"a": 1}] * 20, dtype=object))
    elif what == "one-hot":
        as_npz(folder / "mnist.npz", y_train=np.eye(10, dtype=np.uint8)[ARRAYS[1]])
    elif what == "letters":
        as_npz(folder / "mnist.npz", y_test=ARRAYS[3] + 20)
    else:
        file = as_folder(folder / "idx") / next(iter(SHAPES))
        data = file.read_bytes()
        if what == "cut-off":
            file.write_bytes(data[:-100])
        elif what == "packed-badly":
            file.with_name(file.name + ".gz").write_bytes(gzip.compress(data)[:500])
        else:
            file.write_bytes(b"PK" + data)
        return folder / "idx"
    return folder / "mnist.npz"


BROKEN = "no-file empty-folder text no-key pickle one-hot letters cut-off packed-badly no-idx".split()


@pytest.mark.parametrize("what", BROKEN)
def test_other_files_are_told_in_words(images: ModuleType, tmp_path: Path, what: str) -> None:
    with pytest.raises(images.ImagesError) as told:
        images.mnist(broken(tmp_path, what))
    assert len(str(told.value)) > 20
    assert "\n" not in str(told.value)


def test_the_experiment_runs_on_mnist_and_tells_of_bad_files(tmp_path: Path) -> None:
    work = solved(tmp_path / "quickstart")
    asked = ["-m", "quickstart.experiment", "--quick", "--mnist"]
    done = python(work, *asked, str(as_npz(tmp_path / "mnist.npz")))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("MNIST, 28 x 28: 48 to train, 12 to validate, 20 to test\n")
    refused = python(work, *asked, str(tmp_path / "nothing"))
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert refused.stderr.startswith(f"quickstart: {tmp_path / 'nothing'} can't be read as MNIST: ")
