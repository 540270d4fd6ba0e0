"""Work on untrusted input, each piece in a process that can be ended.

A piece that takes too long, too much memory or that crashes its process ends alone: its result is a
`Failure` with a reason for people, and all others go on. Pebble does the hard part.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

SECONDS = 20.0  # of processor time, so that a busy machine condemns nobody
PATIENCE = 6  # how many times as long by the clock, for what sleeps instead of working
MEMORY_GIB = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a piece of work has no result."""

    reason: str


def workers() -> int:
    """How many processes to use: the cores that this process may run on."""
    return min(8, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def run_all(
    function: Callable[..., T],
    calls: Iterable[tuple[Any, ...]],
    seconds: float = SECONDS,
    *,
    bounded: bool = True,
    fresh: bool = False,
) -> Iterator[T | Failure]:
    """Call `function` with each tuple of arguments, in order of `calls`, side by side.

    Without `bounded`, the function looks after its memory itself: V8 reserves more addresses than any limit on
    them would allow. `fresh` is for libraries with threads of their own (V8, Typst): the copy of a process that
    has used them has none of their threads and would wait for them for ever, so each starts from nothing.
    """
    pending = list(calls)
    if not pending:
        return
    from pebble import ProcessPool  # slow to import, and mostly everything is in the cache

    # fork shares the imported libraries and starts in milliseconds; elsewhere Python's default is used
    way = "spawn" if fresh else "fork" if sys.platform == "linux" else None
    context = multiprocessing.get_context(way)
    with ProcessPool(
        max_workers=min(workers(), len(pending)),
        initializer=_prepare_worker,
        initargs=(bounded,),
        context=context,
    ) as pool:
        futures = [
            pool.schedule(_timed, args=(function, seconds, *args), timeout=seconds * PATIENCE)
            for args in pending
        ]
        for future in futures:
            yield _result(future, seconds)


def _result(future: Any, seconds: float) -> Any:
    from pebble import ProcessExpired

    try:
        return future.result()
    except (TimeoutError, FutureTimeout):
        return Failure(f"it took longer than {seconds:.0f} seconds and was stopped")
    except ProcessExpired as expired:
        if hasattr(signal, "SIGPROF") and expired.exitcode == -signal.SIGPROF:
            return Failure(f"it took longer than {seconds:.0f} seconds and was stopped")
        return Failure("the process that read it crashed and was stopped")
    except MemoryError:
        return Failure(f"it needed more than {MEMORY_GIB} GiB of memory and was stopped")
    except RecursionError:
        return Failure("it is nested too deeply")
    except Exception as error:  # a reader's own bug must not take the other files down with it
        return Failure(f"the reader stopped with {type(error).__name__}: {error}"[:300])


def _timed(function: Callable[..., T], seconds: float, *arguments: Any) -> T:
    """Call the function; the system ends the process when its processor time is used up, in C code too."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return function(*arguments)
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_PROF, 0)


def _prepare_worker(bounded: bool) -> None:
    # C code never gets to run a Python signal handler: let the system end the process at once
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if not bounded:
        return
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        # what this process has reserved already is no work of ours: V8 alone reserves more than the limit
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit = (MEMORY_GIB << 30) + pages * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
