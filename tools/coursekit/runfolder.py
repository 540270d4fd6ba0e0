"""A run folder as checks and pages see it: what training code left of one run. `run_reader` reads and proves it."""

from __future__ import annotations

from dataclasses import dataclass, field

from coursekit.model import Document
from coursekit.runrecord import Figure, RunRecord, provenance, spoken_duration


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One row of scores.csv; `values` has a number for each of `Scores.metrics`, None for an empty cell."""

    item: str
    source: str
    seed: str
    group: str
    estimator: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """scores.csv: the names of its metric columns and its rows."""

    metrics: tuple[str, ...] = ()
    rows: tuple[ScoreRow, ...] = ()

    def values(self, metric: str, estimator: str = "model", group: str | None = None) -> tuple[float, ...]:
        """The numbers of a metric, empty cells left out; without a group, those of all groups."""
        if metric not in self.metrics:
            return ()
        at = self.metrics.index(metric)
        rows = (row for row in self.rows if row.estimator == estimator and group in (None, row.group))
        return tuple(value for row in rows if (value := row.values[at]) is not None)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of history.csv; the first column is the step or the epoch. Empty cells are None."""

    name: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class AudioItem:
    """The sounds of one test item: paths inside the run folder, numbered where several can be."""

    item: str
    mixture: str | None = None
    references: tuple[tuple[int, str], ...] = ()
    estimates: tuple[tuple[int, str], ...] = ()
    oracles: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Run(Document):
    """A run folder; `path` is the folder. `record` is None where run.json can't be used."""

    record: RunRecord | None = None
    verified: bool = False  # digests agree, and the metrics follow from the scores
    scores: Scores = field(default_factory=Scores)
    history: tuple[Column, ...] = ()
    audio: tuple[AudioItem, ...] = ()
    figures: tuple[Figure, ...] = ()  # those whose file is there

    @property
    def title(self) -> str:
        """The run's title, the folder's name where it has none."""
        return self.record.title if self.record else self.name

    @property
    def device_label(self) -> str:
        """'GPU: NVIDIA H200', see `Device.label`."""
        return self.record.device.label if self.record else "device unknown"

    @property
    def duration(self) -> str:
        """How long it took, '7 min 42 s'; '' where that isn't said."""
        return spoken_duration(self.record.seconds if self.record else None)

    def provenance(self) -> tuple[tuple[str, str], ...]:
        """(label, value) of all that says where the numbers come from; what isn't said is left out."""
        said = provenance(self.record) if self.record else ()
        return tuple((label, value) for label, value in said if value)


# --- the rules -----------------------------------------------------------------------------------------


# --- audio ---------------------------------------------------------------------------------------------
