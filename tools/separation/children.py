"""Commands of this package as processes of their own, which never outlive whoever started them."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

_LIFELINE = "SEPARATION_LIFELINE"
_PACKAGES = Path(__file__).parent.parent


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads_of_each(count: int) -> int:
    """How many threads each of `count` processes gets, so that together they are as many as there are processors."""
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    each = max(1, cores() // count)
    return min(each, int(allowed)) if allowed.isdecimal() and int(allowed) else each


def follow_parent() -> None:
    """End as by Ctrl-C once the process that started this one as a `Child` lets go of it, or is no more.

    Its end of our standard input closes then, however it ends: also by kill -9, which nothing else would tell us of.
    """
    if os.environ.pop(_LIFELINE, None) is None:
        return
    signal.signal(
        signal.SIGINT, signal.default_int_handler
    )  # what a shell starts in the background ignores it

    def watch() -> None:
        with contextlib.suppress(OSError):
            while os.read(0, 1):
                pass
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=watch, daemon=True).start()


class Child:
    """A command of this package that runs beside this process; its output goes to the end of a file."""

    def __init__(self, arguments: Sequence[str], log: Path, side_by_side: int = 1) -> None:
        paths = [
            str(_PACKAGES),
            *filter(None, [os.environ.get("PYTHONPATH")]),
        ]  # a checkout needn't be installed
        environment = os.environ | {
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONUNBUFFERED": "1",
            _LIFELINE: "1",
        }
        if side_by_side > 1:
            environment["OMP_NUM_THREADS"] = str(threads_of_each(side_by_side))
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as stream:
            stream.write(f"$ {shlex.join(['separation', *arguments])}\n".encode())
            stream.flush()
            self._log, self._from = log, stream.tell()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "separation", *arguments],
                stdin=subprocess.PIPE,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the one who waits, who then lets go of all
            )

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        return self._process.poll()

    def let_go(self) -> None:
        """Ask it to save and stop."""
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()

    def end(self, by: float) -> None:
        """Wait for its end, and make one when the monotonic clock says `by`."""
        try:
            self._process.wait(max(0.0, by - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def last_words(self, lines: int = 8) -> list[str]:
        """The end of what it wrote."""
        with self._log.open("rb") as stream:
            stream.seek(self._from)
            return stream.read().decode(errors="replace").rstrip().splitlines()[-lines:]


def end_all(children: Iterable[Child], patience: float = 60.0) -> None:
    """Ask them to stop, all at once, and wait until they have."""
    every, by = list(children), time.monotonic() + patience
    for child in every:
        child.let_go()
    for child in every:
        child.end(by)
