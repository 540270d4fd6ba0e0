"""The tables of a run folder, scores.csv and history.csv, and the statistics of their numbers.

A row that can't be read is left out and told; faults are of the rule `run-scores`, their messages name the line.
"""

from __future__ import annotations

import csv
import io
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from coursekit.jsonplaces import NUMBER
from coursekit.model import Fault, Place
from coursekit.runfolder import Column, ScoreRow, Scores

START = Place()
MAX_FAULTS_A_TABLE = 20
SCORES_HELP = "for example  item,source,seed,group,estimator,si_sdr  then  i01,1,0,same-sex,model,9.31"
HISTORY_HELP = "for example  step,train_loss,valid_loss  then  100,0.52,0.61; an empty cell is no value"
_LARGEST = 1e100  # beyond it a sum of squares is no float any more, and nothing is measured there
_KEYS = ("item", "source", "seed", "group", "estimator")


@dataclass(frozen=True, slots=True)
class Summary:
    """How many values, their mean, sample standard deviation (n - 1; None for one value) and median."""

    n: int
    mean: float
    sd: float | None
    median: float


# --- numbers -------------------------------------------------------------------------------------------


def recompute(
    scores: Scores, name: str, estimator: str = "model", group: str | None = None
) -> Summary | None:
    """What the rows say of the metric `name`; None where no row has a value for it."""
    values = scores.values(name, estimator, group)
    if not values:
        return None
    sd = statistics.stdev(values) if len(values) > 1 else None
    return Summary(len(values), statistics.fmean(values), sd, statistics.median(values))


def bootstrap_ci(values: Sequence[float], resamples: int = 10_000, seed: int = 0) -> tuple[float, float]:
    """The 95 % percentile bootstrap interval of the mean.

    Raises:
        ValueError: there are no values, or fewer than 2 resamples.
    """
    if not values or resamples < 2:
        raise ValueError("a bootstrap needs at least one value and two resamples")
    draw = random.Random(seed)  # noqa: S311 - statistics, not secrets
    means = [statistics.fmean(draw.choices(values, k=len(values))) for _ in range(resamples)]
    cuts = statistics.quantiles(means, n=40, method="inclusive")
    return cuts[0], cuts[-1]


# --- reading --------------------------------------------------------------------------------------------

Line = tuple[int, list[str]]  # the number of a line and its cells


def read_scores(data: bytes, place: Place = START) -> tuple[Scores, list[Fault]]:
    """scores.csv and what is wrong with it; rows with a fault are left out. Faults get `place`."""
    header, lines, problems = _table("scores.csv", data)
    if lacking := [name for name in _KEYS if name not in header]:
        problems = problems or [f"scores.csv line 1: no column `{lacking[0]}`"]
        return Scores(), _table_faults(problems, place, SCORES_HELP)
    metrics = tuple(name for name in header if name not in _KEYS)
    if not metrics:
        problems.append("scores.csv line 1: no column for a metric")
    rows: dict[tuple[str, ...], tuple[int, ScoreRow]] = {}
    for number, cells in lines:
        values = _numbers("scores.csv", number, header, cells, metrics, problems)
        item, source, seed, group, estimator = (cells[header.index(name)].strip() for name in _KEYS)
        identity = (item, source, seed, estimator)
        if identity in rows:
            first = rows[identity][0]
            same = "the same item, source, seed and estimator"
            problems.append(f"scores.csv line {number}: {same} as line {first}")
        elif values is not None:
            rows[identity] = number, ScoreRow(item, source, seed, group, estimator, values)
    scores = Scores(metrics, tuple(row for _, row in rows.values()))
    return scores, _table_faults(problems, place, SCORES_HELP)


def read_history(data: bytes, place: Place = START) -> tuple[tuple[Column, ...], list[Fault]]:
    """The columns of history.csv and what is wrong with it. Faults get `place`."""
    header, lines, problems = _table("history.csv", data)
    if header and header[0] not in {"step", "epoch"}:
        problems.append(f"history.csv line 1: the first column is `{header[0][:60]}`, not `step` or `epoch`")
    read = (_numbers("history.csv", number, header, cells, header, problems) for number, cells in lines)
    rows = [row for row in read if row is not None]
    columns = tuple(Column(name, tuple(row[at] for row in rows)) for at, name in enumerate(header))
    return columns, _table_faults(problems, place, HISTORY_HELP)


def _table_faults(problems: list[str], place: Place, help: str) -> list[Fault]:
    more = len(problems) - MAX_FAULTS_A_TABLE
    shown = problems[:MAX_FAULTS_A_TABLE]
    if more > 0:
        shown[-1] += f" (and {more} more like it)"
    return [Fault("run-scores", problem, place, help) for problem in shown]


def _table(name: str, data: bytes) -> tuple[list[str], list[Line], list[str]]:
    """The header, the lines that have as many cells as it, and what is wrong with the others."""
    header: list[str] = []
    lines: list[Line] = []
    problems: list[str] = []
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return [], [], [f"{name} line {data[: error.start].count(bytes([10])) + 1}: not UTF-8"]
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        for cells in filter(None, reader):
            if len(cells) == len(header):
                lines.append((reader.line_num, cells))
            else:
                counts = f"{len(cells)} cells, the header has {len(header)}"
                problems.append(f"{name} line {reader.line_num}: {counts}")
    except csv.Error as error:
        problems.append(f"{name} line {reader.line_num}: {error}")
    if not header or not all(header) or len(set(header)) < len(header):
        what = "a column without a name or a name twice" if header else "no header"
        return [], [], [f"{name} line 1: {what}"]
    return header, lines, problems


def _numbers(
    name: str, line: int, header: list[str], cells: list[str], wanted: Sequence[str], problems: list[str]
) -> tuple[float | None, ...] | None:
    """The numbers in the columns `wanted`, None for an empty cell; no tuple where a cell is no number."""
    values: list[float | None] = []
    for column in wanted:
        cell = cells[header.index(column)].strip()
        value = float(cell) if NUMBER.fullmatch(cell) else None
        if cell and (value is None or abs(value) > _LARGEST):
            problems.append(f"{name} line {line}, column `{column[:60]}`: `{cell[:60]}` is no finite number")
            return None
        values.append(value)
    return tuple(values)
