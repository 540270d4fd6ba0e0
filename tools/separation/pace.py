"""How fast trainings are side by side: processes that train on noise, all at the same time."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from statistics import fmean
from typing import Any

import torch

from separation.bench import Rig
from separation.children import threads_of_each
from separation.config import Config
from separation.corpus import Item
from separation.errors import SeparationError
from separation.evaluation import judge, scored

_WARM_UP = {"cuda": 3, "cpu": 1}  # steps of each stage, which choose kernels and fill the optimiser
_SECONDS = 1.5  # that each stage is timed for
_ITEMS = 16  # mixtures that the lists are timed on: a batch
_WORTH = 1.05  # how much faster more processes must be to be worth their memory


class PaceError(SeparationError):
    """A configuration can't be timed; the message says why."""


@dataclass(frozen=True)
class Pace:
    """What a training costs, in seconds.

    Attributes:
        step: a step, stages weighted with their shares.
        valid: a mixture of the validation list.
        test: a mixture of the test list, with every estimator and metric.
    """

    step: float
    valid: float
    test: float


class Crew:
    """Processes that wait to be asked.

    Attributes:
        start_up: seconds that one of them takes until it could begin.
    """

    def __init__(self, count: int, device: str) -> None:
        """`device` is "cpu" or "gpu"."""
        began = time.monotonic()
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._processes = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, device), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)
        self._answers(range(count))
        self.start_up = time.monotonic() - began

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self._processes:
            process.kill()
        for process in self._processes:
            process.join()

    def fastest(self, config: Config) -> int:
        """How many trainings of this kind are fastest together: 1, 2, 4, … up to the whole crew."""
        best, speed = 1, 0.0
        count = 1
        while count <= len(self._pipes):
            try:
                self._ask([config] * count)
                together = count / fmean(self._ask([(_seconds_a_step, threads_of_each(count))] * count))
            except PaceError:
                if count == 1:
                    raise
                break  # the memory is full, most likely
            if together > speed * _WORTH:
                best, speed = count, together
            count *= 2
        return best

    def paces(self, configs: Sequence[Config], side_by_side: int) -> list[Pace]:
        """The pace of each, with `side_by_side` of them at a time."""
        found: list[Pace] = []
        for first in range(0, len(configs), side_by_side):
            # the last ones have company, too
            some = [configs[(first + number) % len(configs)] for number in range(side_by_side)]
            self._ask(some)
            steps = self._ask([(_seconds_a_step, threads_of_each(side_by_side))] * side_by_side)
            lists = self._ask([(_seconds_a_mixture, threads_of_each(side_by_side))] * side_by_side)
            found.extend(Pace(step, *both) for step, both in zip(steps, lists, strict=True))
        return found[: len(configs)]

    def _ask(self, questions: Sequence[Any]) -> list[Any]:
        """Ask as many as there are questions at once."""
        for pipe, question in zip(self._pipes, questions, strict=False):
            pipe.send(question)
        return self._answers(range(len(questions)))

    def _answers(self, which: Sequence[int]) -> list[Any]:
        found = []
        for number in which:
            try:
                found.append(self._pipes[number].recv())
            except EOFError:
                found.append(PaceError("a process that was timed has died; is the memory full?"))
        if wrong := next((answer for answer in found if isinstance(answer, Exception)), None):
            raise PaceError(str(wrong))
        return found


def _work(pipe: Connection, device: str) -> None:
    """A process of the crew: a configuration is made ready, anything else is timed with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asks
    rig: Rig | None = None
    where = torch.device("cuda" if device == "gpu" else "cpu")
    torch.zeros(1, device=where)
    with contextlib.suppress(EOFError, BrokenPipeError):
        pipe.send(None)
        while True:
            question = pipe.recv()
            try:
                if isinstance(question, Config):
                    rig = None  # its memory first
                    rig = _ready(question, where)
                    pipe.send(None)
                else:
                    time_it, threads = question
                    torch.set_num_threads(threads)
                    pipe.send(time_it(rig))
            except Exception as error:  # told to whoever asked, who knows whether it matters
                pipe.send(PaceError(f"{type(error).__name__}: {error}"))


def _ready(config: Config, device: torch.device) -> Rig:
    rig = Rig(config, device)
    for stage in config.training.stages:
        for _ in range(_WARM_UP[device.type]):
            rig.step(stage)
    rig.wait()
    return rig


def _seconds_a_step(rig: Rig) -> float:
    stages = rig.config.training.stages
    total = 0.0
    for stage in stages:
        steps, began = 0, time.perf_counter()
        while (took := time.perf_counter() - began) < _SECONDS or not steps:
            rig.step(stage)
            steps += 1
            if (
                steps % 8 == 0
            ):  # as often as keeps the queue short, so that all of the crew stop at the same time
                rig.wait()
        rig.wait()
        took = time.perf_counter() - began
        total += stage.share * took / steps
    return total / sum(stage.share for stage in stages)


def _seconds_a_mixture(rig: Rig) -> tuple[float, float]:
    """Of the validation list and of the test list."""
    config, length = rig.config, round(rig.config.data.seconds * rig.config.signal.sample_rate)
    starts = tuple(range(config.data.sources))  # noise is noise, a sample later, too
    items = [Item(str(n), "noise", starts, length, (1.0,) * len(starts)) for n in range(_ITEMS)]
    rig.network.eval()

    def timed(look: Callable[[], object]) -> float:
        if rig.device.type == "cuda":
            look()  # its kernels are chosen now
            rig.wait()
        began = time.perf_counter()
        look()
        rig.wait()
        return (time.perf_counter() - began) / len(items)

    valid = timed(lambda: judge(rig.network, rig.bank, items, config))
    test = timed(lambda: list(scored(rig.network, rig.bank, items, config)))
    rig.network.train()
    return valid, test
