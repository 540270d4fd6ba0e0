"""A thin layer over HiGHS: choices, amounts, what has to hold, and goals in the order of their weight."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import highspy

from coursekit.model import CannotStart

Variable = Any  # highspy's own; sums and comparisons of them are its expressions
Term = tuple[float, Variable]
# A goal that takes more steps than this is left as good as it is by then: counted in steps and not in seconds, so
# that every machine comes to the same rota.
MOST_STEPS = 20_000
TOLERANCE = 1e-4  # goals are whole numbers, and the solver's are nearly so


class Model:
    """Variables, constraints and goals. The same calls with the same seed give the same values."""

    def __init__(self, seed: int) -> None:
        with _hushed():
            self._solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
        self._solver.silent()
        options: dict[str, float | str] = {
            "threads": 1,
            "parallel": "off",
            "random_seed": seed % 2**31,
            "mip_max_nodes": MOST_STEPS,
            "mip_abs_gap": 0.0,
        }
        for name, value in options.items():
            self._solver.setOptionValue(name, value)
        self._values: list[float] = []

    def choice(self) -> Variable:
        """A yes or no."""
        return self._solver.addBinary()

    def amount(self, most: int) -> Variable:
        """A whole number from 0 to `most`."""
        return self._solver.addIntegral(0, most)

    def require(self, constraint: Any) -> None:
        """Something that has to hold."""
        self._solver.addConstr(constraint)

    def total(self, variables: Iterable[Variable]) -> Any:
        """Their sum."""
        return self._solver.qsum(variables)

    def least(self, terms: Iterable[Term], *, near: float = 0.0) -> None:
        """Make the sum as small as the goals before allow, and hold it; `near` is the share that may be missing."""
        weighted = list(terms)
        if not weighted and self._values:
            return
        goal = self._solver.qsum(weight * variable for weight, variable in weighted)
        self._solver.setOptionValue("mip_rel_gap", near)
        is_owed = not near and all(weight > 0 for weight, _ in weighted)  # and not only welcome
        if not self._solved(goal, presolve="on") or (is_owed and self._reached > TOLERANCE):
            self._must_solve(goal)
        self._values = list(self._solver.getSolution().col_value)
        if weighted and not near:
            self.require(goal <= self._reached + TOLERANCE)

    def _must_solve(self, goal: Any) -> None:
        """HiGHS's presolve at times takes away what was possible: that something can't be is said without it only."""
        if not self._solved(goal, presolve="off"):
            raise CannotStart("the solver found no rota at all; fill some of the slots by hand and try again")

    def _solved(self, goal: Any, *, presolve: str) -> bool:
        self._solver.setOptionValue("presolve", presolve)
        if self._values:
            known = highspy.HighsSolution()
            known.col_value = self._values
            self._solver.setSolution(known)
        self._solver.minimize(goal)
        feasible = highspy.SolutionStatus.kSolutionStatusFeasible
        is_lost = self._solver.getModelStatus() == highspy.HighsModelStatus.kInfeasible
        return bool(self._solver.getInfo().primal_solution_status == feasible) and not is_lost

    @property
    def _reached(self) -> float:
        return float(self._solver.getInfo().objective_function_value)

    def chosen(self, variable: Variable) -> bool:
        """Whether the answer was yes."""
        return bool(self._values[variable.index] > 0.5)


@contextmanager
def _hushed() -> Iterator[None]:
    """HiGHS greets on the standard output, past Python's own, where somebody may be waiting for JSON."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        with open(os.devnull, "wb") as hole:  # noqa: PTH123 - the device has no path object
            os.dup2(hole.fileno(), 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
