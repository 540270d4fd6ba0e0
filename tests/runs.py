"""A valid little run folder for tests: four mixtures, a model, the mixture itself and an oracle mask."""

from __future__ import annotations

import hashlib
import io
import json
import math
import struct
import wave
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MODEL = (
    ("i01", "same-sex", 7.5),
    ("i02", "same-sex", 8.5),
    ("i03", "different-sex", 11.0),
    ("i04", "different-sex", 13.0),
)


def run_files(changes: Mapping[str, Any] | None = None, *, better_by: float = 0.0) -> dict[str, bytes]:
    """The files of a run that has no fault; `changes` replace top-level keys of run.json."""
    rows = [(item, group, "model", value + better_by) for item, group, value in MODEL]
    rows += [(item, group, "mixture", 0.0) for item, group, _ in MODEL]
    rows += [(item, group, "irm", value + 3) for item, group, value in MODEL]
    lines = [f"{item},1,0,{group},{estimator},{value:.2f}" for item, group, estimator, value in rows]
    files = {
        "scores.csv": text("item,source,seed,group,estimator,si_sdri", *lines),
        "history.csv": text("step,train_loss,valid_loss", "100,0.9,", "200,0.7,0.8", "300,0.6,0.75"),
        "audio/i01-mixture.wav": sound(),
        "audio/i01-reference-1.wav": sound(220),
        "audio/i01-reference-2.wav": sound(330),
        "audio/i01-estimate-1.wav": sound(221),
        "audio/i01-estimate-2.wav": sound(331),
        "audio/i01-oracle-1.wav": sound(219),
        "figures/mask.png": picture(),
    }
    values = [value + better_by for _, _, value in MODEL]
    model, unprocessed = metric(values), metric([0.0] * 4, estimator="mixture")
    metrics = [model, metric(values[2:], group="different-sex"), unprocessed]
    return sealed({**RECORD, "metrics": metrics, **(changes or {})}, files)


def sealed(record: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, bytes]:
    """`files` and a run.json that has `record` and their digests."""
    files = {name: data for name, data in files.items() if name != "run.json"}
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    written = json.dumps({**record, "files": digests}, indent=1, ensure_ascii=False)
    return {"run.json": written.encode(), **files}


def write_run(folder: Path, changes: Mapping[str, Any] | None = None, *, better_by: float = 0.0) -> Path:
    """Write such a run to the disk; answers with its folder."""
    for name, data in run_files(changes, better_by=better_by).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def metric(values: list[float], **more: Any) -> dict[str, Any]:
    """An entry of `metrics` by the textbook's formulas, rounded to four digits."""
    n = len(values)
    mean = sum(values) / n
    sd = math.sqrt(sum((value - mean) ** 2 for value in values) / (n - 1))
    ordered = sorted(values)
    median = (ordered[(n - 1) // 2] + ordered[n // 2]) / 2
    half = 1.96 * sd / math.sqrt(n)
    numbers = {"mean": round(mean, 4), "sd": round(sd, 4), "median": round(median, 4), "n": n}
    interval = {
        "ci95": [round(mean - half, 4), round(mean + half, 4)],
        "ci_method": "normal, mean ± 1.96 sd / √n",
    }
    return {
        "name": "si_sdri",
        "unit": "dB",
        "better": "higher",
        "estimator": "model",
        **numbers,
        **interval,
        **more,
    }


def text(*lines: str) -> bytes:
    """Lines as a file's bytes."""
    return ("\n".join(lines) + "\n").encode()


def sound(hertz: float = 440.0, seconds: float = 0.05, rate: int = 8000) -> bytes:
    """A WAV file with a tone."""
    frames = (int(8000 * math.sin(2 * math.pi * hertz * t / rate)) for t in range(int(seconds * rate)))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(b"".join(struct.pack("<h", frame) for frame in frames))
    return buffer.getvalue()


def picture() -> bytes:
    """A PNG file with one grey point."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"\0\x80")), (b"IEND", b""))
    chunks = (struct.pack(">I", len(d)) + k + d + struct.pack(">I", zlib.crc32(k + d)) for k, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


RECORD: dict[str, Any] = {
    "schema": 1,
    "title": "Deep clustering",
    "summary": "A small run for tests.",
    "method": {
        "name": "deep-clustering",
        "paper": "arXiv:1508.04306",
        "row": "Table 1, row 2",
        "reported": [
            {"metric": "si_sdri", "value": 10.2, "unit": "dB", "corpus": "wsj0-2mix", "source": "Table 1"}
        ],
    },
    "config": {"hidden": 20, "layers": 2, "lr": 1e-3, "names": ["a", None, True]},
    "command": "separation train dc --out runs/dc",
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "dirty": False,
    "data": {
        "name": "synthetic two-speaker speech",
        "made_by": "separation data",
        "seed": 1,
        "digest": "ab" * 32,
        "splits": {
            "train": {"hours": 1.5, "speakers": ["s01", "s02", "s03"]},
            "valid": {"items": 2, "speakers": 2},
            "test": {"items": 4, "speakers": ["s08", "s09"]},
        },
    },
    "device": {"kind": "gpu", "name": "NVIDIA H200", "count": 1, "memory_gib": 139.8, "precision": "tf32"},
    "software": {"python": "3.12.3", "torch": "2.11.0"},
    "started": "2026-01-31T12:00:00Z",
    "seconds": 462.0,
    "steps": 300,
    "best_step": 300,
    "examples_per_second": 2500,
    "peak_memory_gib": 11.2,
    "seeds": [0],
    "figures": [{"file": "figures/mask.png", "caption": "A mask.", "alt": "A grey square."}],
}
