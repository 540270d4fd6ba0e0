"""What a run ran on, in the words of run.json."""

from __future__ import annotations

import contextlib
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

import torch


@dataclass(frozen=True)
class Hardware:
    """The device of a run: its `kind` is "gpu" or "cpu", its memory in GiB."""

    kind: str
    name: str
    count: int
    memory_gib: float
    precision: str


def hardware_of(device: torch.device, count: int, precision: str) -> Hardware:
    """What `device` is; `count` processes use one each."""
    if device.type == "cuda":
        found = torch.cuda.get_device_properties(device)
        tf32 = precision == "32" and torch.backends.cudnn.allow_tf32 and found.major >= 8
        return Hardware(
            "gpu", found.name, count, round(found.total_memory / 2**30, 1), "tf32" if tf32 else precision
        )
    return Hardware("cpu", _processor(), count, _memory(), precision)


def peak_memory(device: torch.device) -> int:
    """Bytes at the most so far: of tensors on a GPU, of the whole process on a CPU; 0 where nobody counts."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    with contextlib.suppress(ImportError):
        import resource  # not on Windows

        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return 0


def _processor() -> str:
    """The processor's name and how many threads compute."""
    name = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.is_file():
        lines = info.read_text(encoding="utf-8", errors="replace").splitlines()
        name = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), name)
    threads = torch.get_num_threads()
    return f"{name}, {threads} thread{'s' if threads > 1 else ''}"


def _memory() -> float:
    info = Path("/proc/meminfo")
    if not info.is_file():
        return 0.0
    total = next(
        (line.split()[1] for line in info.read_text().splitlines() if line.startswith("MemTotal")), "0"
    )
    return round(int(total) / 2**20, 1)
