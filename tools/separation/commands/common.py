"""What the commands share: their options, and where they run."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from separation.errors import SeparationError

if TYPE_CHECKING:
    import torch

    from separation.config import DataConfig

path_type = click.Path(path_type=Path)
folder_type = click.Path(path_type=Path, file_okay=False)
set_option = click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a setting, e.g. training.minutes=5.",
)
data_option = click.option(
    "--data",
    type=folder_type,
    help="Where the corpus lies; the configuration's path, or the cache, when left out.",
)
device_option = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="What to compute on; auto takes a GPU where there is one.",
)
layout_option = click.option(
    "--layout",
    type=click.Choice(["wsj0-2mix", "librimix", "folder"]),
    help="Test on recorded mixtures in this layout, which --data names, in the place of the run's own corpus.",
)
commit_option = click.option(
    "--commit", default=None, help="The commit of the code, where there is no git; 40 hex digits."
)
dirty_option = click.option(
    "--dirty/--clean", default=None, help="Whether the code differs from that commit."
)
unseen_option = click.option(
    "--unseen", type=folder_type, help="A folder of synthetic speech whose unseen voices are tested, too."
)


def tested_on(config: DataConfig, layout: Any, data: Path | None) -> DataConfig:
    """The run's own corpus, or recorded mixtures from a folder.

    Raises:
        SeparationError: a layout without a folder.
    """
    if layout is None:
        return config
    if data is None:
        raise SeparationError(f"--layout {layout} needs --data, the folder with the mixtures")
    return replace(config, layout=layout, path=str(data))


def check_commit(commit: str | None) -> None:
    """Refuse what is no commit.

    Raises:
        SeparationError: it is not 40 hex digits.
    """
    if commit is not None and not re.fullmatch(r"[0-9a-f]{40}", commit):
        raise SeparationError(f"--commit is 40 hex digits, not {commit!r}")


def check_device(device: str) -> None:
    """Refuse a GPU where there is none.

    Raises:
        SeparationError: `gpu` was asked for, and this PyTorch can use none.
    """
    import torch

    if device == "gpu" and not torch.cuda.is_available():
        raise SeparationError(
            "there is no GPU that this PyTorch can use; leave --device out, or say --device cpu"
        )


def device_named(device: str) -> torch.device:
    """The device that `auto`, `cpu` or `gpu` means here.

    Raises:
        SeparationError: `gpu` was asked for, and there is none.
    """
    import torch

    check_device(device)
    if device == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    torch.set_float32_matmul_precision("high")
    return torch.device("cuda")


def code_version() -> tuple[str, bool]:
    """The commit of this code and whether its tracked files differ from it; ("", False) without git."""

    def git(*arguments: str) -> str:
        here = Path(__file__).parent
        try:
            done = subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True, check=False)
        except OSError:
            return ""
        return done.stdout.strip() if not done.returncode else ""

    return git("rev-parse", "HEAD"), bool(git("status", "--porcelain", "--untracked-files=no"))
