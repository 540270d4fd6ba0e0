"""The sounds of several runs, by test item, so that one moment of a mixture can be heard in all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coursekit.results.comparison import labels
from coursekit.runfolder import AudioItem, Run


@dataclass(frozen=True, slots=True)
class Track:
    """One sound; `score` is what the item's metric says of an estimate."""

    label: str
    role: str  # mixture, reference, estimate or oracle
    path: str  # from the course's root
    voice: int = 0  # 0 for the mixture
    score: float | None = None

    @property
    def spoken(self) -> str:
        """What a screen reader is told of it."""
        name = f"estimate of {self.label}" if self.role == "estimate" else self.label.lower()
        return f"voice {self.voice}, {name}" if self.voice else name


@dataclass(frozen=True, slots=True)
class Listening:
    """One test item: its mixture, and for each voice the tracks that try to be it."""

    item: str
    group: str
    metric: str  # of the scores; '' where nothing was measured
    mixture: Track | None
    voices: tuple[tuple[Track, ...], ...]


def listen(runs: Sequence[Run], metric: str = "") -> tuple[Listening, ...]:
    """The items of all runs; of an item that several share, mixture, references and oracles are taken once.

    Runs share an item if it has the same name and their data the same digest.
    """
    items: dict[tuple[str, str], list[tuple[Run, str, AudioItem]]] = {}
    for run, label in zip(runs, labels(runs), strict=True):
        for item in run.audio:
            items.setdefault((item.item, _data(run, item)), []).append((run, label, item))
    ordered = sorted(
        items.values(), key=lambda shared: -len(shared)
    )  # what all share first, else as they come
    return tuple(_listening(shared, metric) for shared in ordered)


def _data(run: Run, item: AudioItem) -> str:
    record = run.record
    if record and record.data.digest:
        return record.data.digest
    return record.files.get(item.mixture, run.path) if record and item.mixture else run.path


def _listening(shared: list[tuple[Run, str, AudioItem]], metric: str) -> Listening:
    runs = [run for run, _, _ in shared]
    name = shared[0][2].item
    group = next((row.group for run in runs for row in run.scores.rows if row.item == name), "")
    measured = dict.fromkeys(found for run in runs for found in run.scores.metrics)
    metric = next((found for found in (metric, "si_sdri", "si_sdr") if found in measured), "")
    mixture = next(
        (Track("Mixture", "mixture", f"{run.path}/{i.mixture}") for run, _, i in shared if i.mixture), None
    )
    numbers = {number for _, _, i in shared for number, _ in (*i.references, *i.estimates, *i.oracles)}
    voices = tuple(tuple(_voice(shared, number, metric)) for number in sorted(numbers))
    return Listening(name, group, metric, mixture, voices)


def _voice(shared: list[tuple[Run, str, AudioItem]], number: int, metric: str) -> Iterator[Track]:
    """The true voice, each run's estimate, the oracle's; what is the same in all runs is taken from the first."""
    yield from _first([(run, item.references) for run, _, item in shared], "Reference", number)
    for run, label, item in shared:
        for found, path in item.estimates:
            if found == number:
                score = _score(run, item.item, number, metric)
                yield Track(label, "estimate", f"{run.path}/{path}", number, score)
    yield from _first([(run, item.oracles) for run, _, item in shared], "Oracle", number)


def _first(files: list[tuple[Run, tuple[tuple[int, str], ...]]], label: str, number: int) -> Iterator[Track]:
    for run, sounds in files:
        for found, path in sounds:
            if found == number:
                yield Track(label, label.lower(), f"{run.path}/{path}", number)
                return


def _score(run: Run, item: str, number: int, metric: str) -> float | None:
    """What scores.csv says of this estimate; of several seeds the first."""
    if metric not in run.scores.metrics:
        return None
    at, wanted = run.scores.metrics.index(metric), (item, str(number), "model")
    rows = (row for row in run.scores.rows if (row.item, row.source, row.estimator) == wanted)
    return next((row.values[at] for row in rows), None)
