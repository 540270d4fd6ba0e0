"""A run of a study on its way: what its files say is done, and the command that is next.

What is done is read from the files alone. So a study can be cut off at any moment, and a run that somebody trained by
hand into its place is simply gone on with.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from separation import checkpoint
from separation.checkpoint import BEST, LAST, CheckpointError
from separation.children import Child
from separation.evaluation import SCORES
from separation.state import HISTORY
from separation.study import Run, without_words

STEPS = ("train", "evaluate", "export")


@dataclass(frozen=True)
class Setup:
    """What a call says of all runs.

    Attributes:
        device: "auto", "cpu" or "gpu", as the commands take it.
        kind: "cpu" or "gpu", what that comes to.
        data, unseen: folders of speech, where they are given.
        commit, dirty: of the code, where there is no git to ask.
    """

    device: str
    kind: str
    data: Path | None = None
    unseen: Path | None = None
    commit: str | None = None
    dirty: bool | None = None


class Errand:
    """A run of the study, and what is left to do of it."""

    def __init__(self, run: Run, steps: int, out: Path, setup: Setup) -> None:
        self.run, self.name, self.steps, self._setup = run, run.name, steps, setup
        self.config = run.configured(steps)
        self.folder, self.target = out / "runs" / run.name, out / "exported" / run.name
        self.log = out / "runs" / f"{run.name}.log"
        self.child: Child | None = None
        self.failed = ""
        self.look()

    def look(self) -> None:
        """See from the files which step is next: "train", "evaluate", "export", or "" when all is done."""
        self.next = (
            "train"
            if not self._trained()
            else "evaluate"
            if not self._evaluated()
            else "export"
            if not self._exported()
            else ""
        )

    @property
    def left(self) -> str:
        """The steps that are left, for people."""
        left = list(STEPS[STEPS.index(self.next) :]) if self.next else []
        if self.next == "train" and self.share:
            left[0] = f"train from {self.share:.0%} on"
        return ", ".join(left)

    @property
    def begun(self) -> bool:
        """Whether there is something to go on with."""
        return (self.folder / LAST).is_file()

    @property
    def share(self) -> float:
        """How much of the training is done, as far as its curve goes."""
        with contextlib.suppress(OSError, ValueError, KeyError, IndexError, ZeroDivisionError):
            rows = list(csv.DictReader((self.folder / HISTORY).read_text(encoding="utf-8").splitlines()))
            return min(1.0, float(rows[-1]["step"]) / self.steps)
        return 0.0

    @property
    def busy_elsewhere(self) -> bool:
        """Whether another process trains into the folder: one that was started by hand, say."""
        if not self.folder.is_dir():
            return False
        try:
            with FileLock(self.folder / ".lock", timeout=0):
                return False
        except Timeout:
            return True

    def arguments(self) -> list[str]:
        """The next step as a command."""
        setup, folder = self._setup, str(self.folder)
        shared = ["--device", setup.device] + (["--data", str(setup.data)] if setup.data else [])
        unseen = ["--unseen", str(setup.unseen)] if setup.unseen else []
        if self.next == "train":
            code = ["--commit", setup.commit] if setup.commit else []
            code += [] if setup.dirty is None else ["--dirty" if setup.dirty else "--clean"]
            settings = [part for option in self.run.options(self.steps) for part in ("--set", option)]
            return ["train", self.run.config, "--out", folder, *shared, *code, *settings]
        if self.next == "evaluate":
            return ["evaluate", folder, *shared, *unseen]
        heard = ["--examples", str(self.run.examples), "--sounds", self.run.sounds]
        words = [f"--title={self.config.title}", f"--summary={self.config.summary}"]
        return ["export", folder, str(self.target), *shared, *unseen, *heard, *words]

    def record(self) -> dict[str, Any] | None:
        """The content of the exported run.json."""
        with contextlib.suppress(OSError, ValueError):
            found = json.loads((self.target / "run.json").read_text(encoding="utf-8"))
            return found if isinstance(found, dict) else None
        return None

    def _trained(self) -> bool:
        if not self.begun or not (self.folder / BEST).is_file():
            return False
        try:
            saved = checkpoint.load(self.folder / LAST)
            checkpoint.require(saved, self.folder / LAST, "state")
            config, _ = checkpoint.rebuild(saved, self.folder / LAST)
        except CheckpointError:
            return False  # training tells what is wrong with it
        done = int(saved["state"]["step"]) >= self.config.training.steps
        return done and without_words(config) == without_words(self.config)

    def _evaluated(self) -> bool:
        scores, best = self.folder / SCORES, self.folder / BEST
        return scores.is_file() and scores.stat().st_mtime_ns >= best.stat().st_mtime_ns

    def _exported(self) -> bool:
        record = self.record() or {}
        own = hashlib.sha256((self.folder / SCORES).read_bytes()).hexdigest()
        words = (record.get("title"), record.get("summary"))
        files = record.get("files")
        same = isinstance(files, dict) and files.get(SCORES) == own
        return same and words == (self.config.title, self.config.summary)
