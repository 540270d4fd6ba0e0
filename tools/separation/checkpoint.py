"""Checkpoints: files from which a network, or a whole training, rebuilds itself."""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from separation import __version__
from separation.config import Config, ConfigError, from_dict
from separation.errors import SeparationError
from separation.models import Network

SCHEMA = 1
SHIPPED = Path(__file__).parent / "weights" / "small.pt"
"""The network that separates where none is named; `separation pack` wrote it, and it says how it was trained."""
LAST, BEST = "last.pt", "best.pt"  # what a training leaves in its folder
BENCH = "bench.json"  # beside them: where the time of a step goes, for the run folder


class CheckpointError(SeparationError):
    """A checkpoint can't be used; the message says which and why."""


def versions() -> dict[str, str]:
    """What made a run, by name."""
    found = {"separation": __version__, "python": platform.python_version(), "torch": str(torch.__version__)}
    for name in ("lightning", "numpy", "scipy"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    if torch.version.cuda:
        found["cuda"] = torch.version.cuda
    return found


def save(file: Path, config: Config, network: Network, **more: Any) -> None:
    """Write a checkpoint whole or not at all: a cut-off leaves the one before.

    Args:
        file: where.
        config, network: enough to separate with.
        more: what a training needs to go on; tensors and plain values.
    """
    content = {
        "schema": SCHEMA,
        "config": config.as_dict(),
        "network": network.state_dict(),
        "versions": versions(),
        **more,
    }
    _write(file, content)


def _write(file: Path, content: Mapping[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.draft")
    try:
        with draft.open("wb") as stream:
            torch.save(content, stream)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def load(file: Path) -> dict[str, Any]:
    """The content of a checkpoint, on the CPU. Only tensors and plain values are read: a file can't run code.

    Raises:
        CheckpointError: it isn't there, is damaged, or is something else.
    """
    if not file.is_file():
        raise CheckpointError(f"there is no checkpoint {file}")
    try:
        content = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # there is no end to what an unpickler can stumble over
        reason = str(error).strip().split("\n")[0]
        raise CheckpointError(f"{file} is damaged, or is no checkpoint ({reason})") from None
    if not isinstance(content, Mapping) or not {"schema", "config", "network"} <= content.keys():
        raise CheckpointError(f"{file} is no checkpoint of this package")
    if content["schema"] != SCHEMA:
        raise CheckpointError(f"{file} has schema {content['schema']}; this version reads {SCHEMA}")
    return dict(content)


def pack(content: Mapping[str, Any], file: Path) -> None:
    """Write a training's checkpoint as a small one to give away: weights of 16 bits, and how it came about.

    Halving the weights' bits moves the SI-SDR improvement by less than 0.05 dB; a test measures it.
    """
    kept = ("schema", "config", "versions", "provenance", "hardware", "corpus", "splits")
    small: dict[str, Any] = {name: content[name] for name in kept if name in content}
    network: Mapping[str, torch.Tensor] = content["network"]
    small["network"] = {name: w.half() if w.is_floating_point() else w for name, w in network.items()}
    state = content.get("state", {})
    small["state"] = {name: value for name, value in state.items() if name != "history"}
    _write(file, small)


def require(content: Mapping[str, Any], file: Path, *parts: str) -> None:
    """Raise a CheckpointError if the checkpoint lacks what a training leaves."""
    if lacking := [part for part in parts if part not in content]:
        raise CheckpointError(f"{file} is no checkpoint of a training: it lacks {', '.join(lacking)}")


def rebuild(content: Mapping[str, Any], file: Path) -> tuple[Config, Network]:
    """Configuration and network of a loaded checkpoint, ready to separate.

    Raises:
        CheckpointError: the two don't belong together.
    """
    try:
        config = from_dict(content["config"])
        network = Network(config.network)
        network.load_state_dict(content["network"])
    except (ConfigError, RuntimeError, TypeError, AttributeError) as error:
        raise CheckpointError(f"{file} can't be rebuilt: {error}") from None
    return config, network.eval()
