"""What a run must say of itself: which code, which command, which machine. Given; nothing to do here."""

from __future__ import annotations

import platform
import shlex
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy
import sklearn
import torch


@dataclass(frozen=True)
class Facts:
    """Where the numbers of a run come from. `dirty`: the files differed from the commit when it ran."""

    command: str
    commit: str | None
    dirty: bool
    processor: str
    software: dict[str, str]
    started: str
    seconds: float


def facts(started: datetime, seconds: float) -> Facts:
    """All of it, for a run that began at `started` and took so long."""
    commit = _git("rev-parse", "HEAD")
    return Facts(
        command=" ".join(["python -m quickstart.experiment", *map(shlex.quote, sys.argv[1:])]),
        commit=commit,
        dirty=bool(commit and _git("status", "--porcelain", "--untracked-files=no")),
        processor=_processor(),
        software={
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": numpy.__version__,
            "scikit-learn": sklearn.__version__,
        },
        started=started.isoformat(timespec="seconds"),
        seconds=round(seconds, 2),
    )


def _git(*arguments: str) -> str | None:
    """What git prints; None where there is no git, no repository, or no commit yet."""
    try:
        done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _processor() -> str:
    """The processor's model as the system calls it, '8 cores, arm64' where it has no name for it."""
    information = Path("/proc/cpuinfo")
    if information.exists():
        lines = information.read_text(encoding="utf-8", errors="replace").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        if names:
            return names[0]
    if sys.platform == "darwin":
        asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return (
            subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
            or "Apple processor"
        )
    return platform.processor() or f"{platform.machine()} processor"
