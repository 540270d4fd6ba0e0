"""What a study's first call decides for all of them: how many runs side by side, and how many steps for each."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from separation.config import build
from separation.errors import SeparationError
from separation.pace import Crew, Pace
from separation.study import Run, Study

PLAN = "plan.json"
_SCHEMA = 1
_MOST_AT_ONCE = {"gpu": 4, "cpu": 2}
_STARTS = 3  # a run's training, evaluation and export start a process each
_EXPORT = 20.0  # seconds for the sounds and figures of a run folder
_SPARE = 0.07  # of the time, for checkpoints and for what nobody foresees


@dataclass(frozen=True)
class Planned:
    """A run's steps, and the seconds that all of it should take; 0 where nothing was measured."""

    steps: int
    seconds: float = 0.0


@dataclass(frozen=True)
class Plan:
    """What holds for every call.

    Attributes:
        title, digest: which study it is of.
        device: what it was made on, "gpu" or "cpu".
        at_once: runs side by side.
        runs: by name.
        start_up: measured seconds until a process begins.
        paces: what was measured, by the run's name.
    """

    title: str
    digest: str
    device: str
    at_once: int
    runs: dict[str, Planned]
    start_up: float = 0.0
    paces: dict[str, Pace] = field(default_factory=dict)


def make_plan(study: Study, device: str, until: float, at_once: int = 0) -> Plan:
    """Measure what the runs cost on this device, and divide the time among the first ones.

    Args:
        study: what is to be done.
        device: "gpu" or "cpu".
        until: when the first runs should be done, on the monotonic clock.
        at_once: runs side by side, in the place of what the study says or a measurement finds.

    Raises:
        SeparationError: the time doesn't suffice.
    """
    wanted = at_once or study.at_once
    if not study.measured:
        fixed = {run.name: Planned(run.steps) for run in study.runs}
        return Plan(study.title, study.digest, device, wanted or 1, fixed)
    first = study.runs[: study.first or None]
    timed = [run for run in study.runs if run in first or run.own_budget]
    configs = [run.configured() for run in timed]
    with Crew(wanted or _MOST_AT_ONCE[device], device) as crew:
        count = wanted or crew.fastest(configs[0])
        found = crew.paces(configs, count)
    paces = dict(zip((run.name for run in timed), found, strict=True))
    runs = Costs(paces, first, crew.start_up).divided(study.runs, count, until - time.monotonic())
    return Plan(study.title, study.digest, device, count, runs, crew.start_up, paces)


@dataclass(frozen=True)
class Costs:
    """What runs take, when as many as planned are side by side."""

    paces: dict[str, Pace]
    first: Sequence[Run]
    start_up: float

    def divided(self, runs: Sequence[Run], count: int, seconds: float) -> dict[str, Planned]:
        """What each run gets so that the first ones, `count` at a time, are done within these seconds.

        Raises:
            SeparationError: not even a step for each point of the curves is left for training.
        """
        left = seconds * (1 - _SPARE)
        common = self.steps_within(left, count)
        if common < max(run.configured().training.epochs for run in self.first):
            raise SeparationError(
                f"{max(0.0, left):.0f} s are left for {len(self.first)} runs, {count} at a time, and to start, judge and "
                f"export them takes {self.makespan(0, count):.0f} s without any training; give more --minutes"
            )
        return {run.name: Planned(self.steps(run, common), self.seconds(run, common)) for run in runs}

    def pace(self, run: Run) -> Pace:
        """The run's; the slowest one where it wasn't measured."""
        known = self.paces.values()
        slowest = Pace(max(p.step for p in known), max(p.valid for p in known), max(p.test for p in known))
        return self.paces.get(run.name, slowest)

    def training(self, run: Run, common: int) -> float:
        """Seconds of the steps alone."""
        if run.steps:
            return run.steps * self.pace(run).step
        if not run.own_budget:
            return common * self.pace(run).step
        alike = [one for one in self.first if not one.own_budget] or list(self.first)
        return common * sum(self.pace(one).step for one in alike) / len(alike)

    def steps(self, run: Run, common: int) -> int:
        """The run's own ones where it has a budget of its own."""
        return run.steps or max(1, round(self.training(run, common) / self.pace(run).step))

    def seconds(self, run: Run, common: int) -> float:
        """All of a run, from its start to its run folder."""
        config, pace = run.configured(), self.pace(run)
        judged = 2 * config.data.valid_items * config.training.epochs  # a list has two groups
        tested = 3 * config.data.test_items  # and that of the tests the unseen engine's
        aside = _STARTS * self.start_up + judged * pace.valid + tested * pace.test + _EXPORT
        return self.training(run, common) + aside

    def makespan(self, common: int, count: int) -> float:
        """Seconds until the first ones are done, `count` at a time, each begun as soon as there is room for it."""
        free = [0.0] * count
        for run in self.first:
            free[free.index(min(free))] += self.seconds(run, common)
        return max(free)

    def steps_within(self, seconds: float, count: int) -> int:
        """The largest common number of steps with which they are done in time; 0 if there is none."""
        low, high = 0, max(1, int(seconds / min(self.pace(run).step for run in self.first)))
        while low < high:
            middle = (low + high + 1) // 2
            low, high = (middle, high) if self.makespan(middle, count) <= seconds else (low, middle - 1)
        return low


def read_plan(folder: Path, study: Study) -> Plan | None:
    """The plan in a study's folder; None where there is none yet.

    Raises:
        SeparationError: it is of another study, or damaged.
    """
    file = folder / PLAN
    if not file.is_file():
        return None
    try:
        tree = dict(json.loads(file.read_text(encoding="utf-8")))
        schema = tree.pop("schema")
        problems: list[str] = []
        plan = build(Plan, tree, "", problems)
        if schema != _SCHEMA or problems:
            raise ValueError("; ".join(problems) or f"its schema is {schema}, this version reads {_SCHEMA}")
    except (ValueError, TypeError, KeyError) as error:
        raise SeparationError(
            f"{file} can't be used ({error}); without it the next call plans anew"
        ) from None
    assert isinstance(plan, Plan)
    if plan.digest != study.digest:
        raise SeparationError(
            f"{folder} holds a plan of another study or of other settings ({plan.title}); choose another folder"
        )
    return plan


def write_plan(folder: Path, plan: Plan) -> None:
    """plan.json, whole or not at all."""
    draft = folder / f".{PLAN}"
    draft.write_text(json.dumps({"schema": _SCHEMA} | asdict(plan), indent=1) + "\n", encoding="utf-8")
    draft.replace(folder / PLAN)
