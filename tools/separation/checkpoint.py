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
