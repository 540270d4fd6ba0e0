"""Carries a study out: every step is a command in a process of its own, as many side by side as planned."""

from __future__ import annotations

import contextlib
import signal as signals
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import FrameType

from filelock import FileLock, Timeout

from separation.checkpoint import BENCH
from separation.children import Child, end_all
from separation.data import cached
from separation.errand import Errand, Setup
from separation.errors import SeparationError
from separation.plan import Plan, make_plan, read_plan, write_plan
from separation.progress import Board, console
from separation.study import Study

_STOPPING = 10.0  # seconds before the deadline, or a tenth of a short call: what runs then saves and stops
_LOOK = 0.2  # seconds between looks at the processes


def look_into(study: Study, out: Path, setup: Setup) -> tuple[Plan | None, list[Errand]]:
    """The plan of a folder, where there is one, and how far the runs are."""
    plan = read_plan(out, study)
    steps = {name: planned.steps for name, planned in plan.runs.items()} if plan else {}
    return plan, [Errand(run, steps.get(run.name, run.steps), out, setup) for run in study.runs]


def conduct(study: Study, out: Path, setup: Setup, *, deadline: float, at_once: int = 0) -> list[Errand]:
    """Do what is left of a study until the deadline, a time of the monotonic clock; its runs as they are then.

    Raises:
        SeparationError: it can't begin: the folder is another study's or in use, or the speech can't be made.
        KeyboardInterrupt: it was told to stop, by Ctrl-C or SIGTERM; the runs have saved what they had.
    """
    out.mkdir(parents=True, exist_ok=True)
    stopping = deadline - min(_STOPPING, (deadline - time.monotonic()) / 10)
    with _alone_in(out), _stop_on_sigterm():
        plan, errands = look_into(study, out, setup)
        if plan and not any(errand.next for errand in errands):
            return errands
        if not setup.data:
            _make_speech(study, out, stopping)
        if plan is None:
            if study.measured:
                console.print("Measuring how fast this machine is")
                _time_steps(study, out, setup, stopping)
            plan = make_plan(study, setup.kind, stopping, at_once)
            write_plan(out, plan)
            _, errands = look_into(study, out, setup)
        call = _Call(study, plan, errands, setup, stopping, at_once)
        ends = (datetime.now() + timedelta(seconds=deadline - time.monotonic())).astimezone()
        console.print(f"{study.title}: {call.slots} at a time, until {ends:%H:%M}")
        call.run()
        return errands


@contextlib.contextmanager
def _alone_in(out: Path) -> Iterator[None]:
    try:
        with FileLock(out / ".lock", timeout=0):
            yield
    except Timeout:
        raise SeparationError(
            f"another study works in {out}; wait for it, or choose another folder"
        ) from None


@contextlib.contextmanager
def _stop_on_sigterm() -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signals.signal(signals.SIGTERM, stop)
    try:
        yield
    finally:
        signals.signal(signals.SIGTERM, before)


def _make_speech(study: Study, out: Path, until: float) -> None:
    """Each speech that the runs need, where it isn't there yet."""
    kinds = {
        run.configured().data.speech: run
        for run in reversed(study.runs)
        if (run.configured().data.layout, run.configured().data.path) == ("synthetic", "")
    }
    for speech, run in kinds.items():
        if cached(speech).is_dir():
            continue  # it appears when it is whole
        settings = [part for option in run.options() for part in ("--set", option)]
        console.print("Making the speech")
        child, code = _ended(["data", run.config, *settings], out / "data.log", until)
        if code:
            told = "\n  ".join(child.last_words())
            raise SeparationError(f"the speech can't be made; {out / 'data.log'} ends with\n  {told}")


def _time_steps(study: Study, out: Path, setup: Setup, until: float) -> None:
    """Where the time of a step goes, for the run folders of the first runs: while nothing else computes."""
    for run in study.runs[: study.first or None]:
        target = out / "runs" / run.name / BENCH
        target.parent.mkdir(parents=True, exist_ok=True)
        settings = [part for option in run.options() for part in ("--set", option)]
        options = ["--no-losses", "--device", setup.device, "--json", str(target)]
        child, code = _ended(["bench", run.config, *options, *settings], out / "bench.log", until)
        if code != 0:  # None where the time was up: the study goes on without
            told = "; ".join(child.last_words(1)) or "the time was up"
            console.print(f"{run.name}: its steps could not be timed ({told})", soft_wrap=True, markup=False)


def _ended(arguments: list[str], log: Path, until: float) -> tuple[Child, int | None]:
    """A command and its exit code; it is stopped where it takes too long."""
    child = Child(arguments, log)
    try:
        while (code := child.poll()) is None and time.monotonic() < until:
            time.sleep(_LOOK)
    finally:
        end_all([child])
    return child, code


class _Call:
    """One call's work: a number of places, each with a run that goes from step to step in it."""

    def __init__(
        self, study: Study, plan: Plan, errands: list[Errand], setup: Setup, until: float, at_once: int
    ) -> None:
        self.errands, self.until = errands, until
        self.first = {run.name for run in study.runs[: study.first or None]}
        # on another kind of device, what was measured says nothing
        fits = plan.device == setup.kind
        self.seconds = {name: run.seconds if fits else 0.0 for name, run in plan.runs.items()}
        self.slots = at_once or (plan.at_once if fits else 1)
        self.busy: list[Errand] = []
        self.idle = True  # nothing was begun yet
        self.board = Board()

    def run(self) -> None:
        """Work until all is done or the time is up."""
        try:
            with self.board:
                while time.monotonic() < self.until:
                    for errand in tuple(self.busy):
                        self._attend(errand)
                    while len(self.busy) < self.slots and (begun := self._next()):
                        self.idle = False
                        self.busy.append(begun)
                        self._attend(begun)
                    self._show()
                    if not self.busy:
                        return
                    time.sleep(_LOOK)
        finally:
            end_all([errand.child for errand in self.busy if errand.child])
            for errand in self.busy:
                errand.child = None
                errand.look()

    def _next(self) -> Errand | None:
        """The next run in order for which there is time. What was begun goes on however late it is."""
        room = True
        for errand in self.errands:
            if not errand.next or errand.failed or errand in self.busy:
                continue
            if errand.begun:
                return errand
            fits = self.seconds[errand.name] <= self.until - time.monotonic()
            # alone, a run that never fits is begun as well: else calls that are too short for it would come to nothing
            room = room and (errand.name in self.first or fits or self.idle)
            if room:
                return errand
        return None

    def _attend(self, errand: Errand) -> None:
        """Begin its next step when the last one has ended; take it out when there is none."""
        if errand.child:
            code = errand.child.poll()
            if code is None:
                return
            step = errand.next
            errand.look()
            if code or errand.next == step:
                self._fail(errand, step, code)
            errand.child = None
        if errand.failed or not errand.next:
            self.busy.remove(errand)
        elif errand.next != "train" or not errand.busy_elsewhere:
            errand.child = Child(errand.arguments(), errand.log, self.slots)

    def _fail(self, errand: Errand, step: str, code: int) -> None:
        assert errand.child
        errand.failed = f"`separation {step}` failed ({code})"
        told = "\n  ".join(errand.child.last_words())
        console.print(
            f"{errand.name}: {errand.failed}; {errand.log} ends with\n  {told}", soft_wrap=True, markup=False
        )

    def _show(self) -> None:
        self.board.show({errand.name: self._said_of(errand) for errand in self.errands})

    def _said_of(self, errand: Errand) -> tuple[str, float | None]:
        if errand.failed:
            return errand.failed, None
        if not errand.next:
            return "done", None
        if errand not in self.busy:
            return "waiting", None
        if not errand.child:
            return "waiting for another process that trains into its folder", None
        if errand.next == "train":
            return f"training for {errand.steps} steps", errand.share
        return "evaluating" if errand.next == "evaluate" else "exporting", None
