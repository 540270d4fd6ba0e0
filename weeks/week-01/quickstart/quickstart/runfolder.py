"""Writes a run folder: run.json, scores.csv, history.csv. Given; nothing to do here."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from quickstart.training import Epoch


def write_run(
    folder: Path, record: Mapping[str, Any], scores: Sequence[Mapping[str, Any]], history: Sequence[Epoch]
) -> None:
    """Write the three files, over those of an older run; `history` has the curves of one training."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"schema": 1, **record}, indent=1, ensure_ascii=False)
    (folder / "run.json").write_text(text + "\n", encoding="utf-8")
    _write_table(folder / "scores.csv", scores)
    curves = [asdict(epoch) for epoch in history]
    _write_table(folder / "history.csv", [{"epoch": row.pop("number"), **row} for row in curves])


def _write_table(file: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
