"""How far a training is, what reproduces it, and its curve as a file."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

HISTORY = "history.csv"


@dataclass
class State:
    """How far a training is; all of it is in the checkpoint.

    Attributes:
        step: steps done.
        examples: mixtures seen.
        seconds: of training, with validation and checkpoints.
        step_seconds: of these, in steps.
        epochs: points of the curve so far.
        best: the best mean SI-SDR improvement on the validation list, in dB.
        best_step: when that was.
        peak_memory: bytes at the most, on a GPU of tensors, on a CPU of the process.
        history: the curve, a row an epoch.
        started: UTC, ISO 8601.
    """

    step: int = 0
    examples: int = 0
    seconds: float = 0.0
    step_seconds: float = 0.0
    epochs: int = 0
    best: float = -math.inf
    best_step: int = 0
    peak_memory: int = 0
    history: list[dict[str, float]] = field(default_factory=list)
    started: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    )


@dataclass(frozen=True)
class Provenance:
    """What reproduces a run: the command, and the commit that the code was at."""

    command: str = ""
    commit: str = ""
    dirty: bool = False


def write_history(file: Path, history: list[dict[str, float]]) -> None:
    """The curve as history.csv, replaced whole."""
    if not history:
        return
    draft = file.with_name(f".{file.name}")
    with draft.open("w", newline="", encoding="utf-8") as stream:
        table = csv.DictWriter(stream, history[0], lineterminator="\n")
        table.writeheader()
        table.writerows(
            [{k: f"{v:.6g}" if isinstance(v, float) else v for k, v in row.items()} for row in history]
        )
    draft.replace(file)
