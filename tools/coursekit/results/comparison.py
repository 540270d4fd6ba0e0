"""One metric of several runs, group by group, beside the oracles of the same items and the papers' own values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from coursekit.runfolder import Run
from coursekit.runrecord import Metric, Reported

# What an estimator is called; those that know the true sources come from the masks' literature.
ORACLES = {
    "tpsm": "truncated phase-sensitive mask",
    "psm": "phase-sensitive mask",
    "iam": "ideal amplitude mask",
    "wiener": "Wiener-like mask",
    "irm": "ideal ratio mask",
    "ibm": "ideal binary mask",
    "oracle": "oracle",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One run of a comparison: what it reached in each group, and the best oracle there."""

    run: Run
    label: str  # as short as it can be without meaning two runs
    values: dict[str, Metric] = field(default_factory=dict)
    ceilings: dict[str, Metric] = field(default_factory=dict)
    reported: tuple[Reported, ...] = ()

    def share(self, group: str) -> float | None:
        """How much of the oracle's improvement was reached; only improvements start at nothing, so only for them."""
        value, ceiling = self.values.get(group), self.ceilings.get(group)
        if value is None or ceiling is None or not value.name.endswith("i") or ceiling.mean <= 0:
            return None
        return value.mean / ceiling.mean


@dataclass(frozen=True, slots=True)
class Comparison:
    """Runs in the order in which they were asked for, one metric of theirs, and its groups ('' for all items)."""

    metric: str
    unit: str
    groups: tuple[str, ...]
    entries: tuple[Entry, ...]
    oracles: dict[str, dict[str, Metric]]  # estimator -> group -> value, where all runs agree on it

    @property
    def corpora(self) -> tuple[str, ...]:
        """The corpora of the papers' values that are not the runs' own."""
        found = dict.fromkeys(r.corpus for entry in self.entries for r in entry.reported if r.corpus)
        own = [entry.run.record.data.name for entry in self.entries if entry.run.record]
        return tuple(corpus for corpus in found if not any(corpus in name for name in own))

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the papers' values stand, each once; their numbers on the page are their places here."""
        return tuple(dict.fromkeys(r.source for entry in self.entries for r in entry.reported))

    @property
    def shares(self) -> bool:
        """Whether any run can be measured by an oracle."""
        return any(entry.share(group) is not None for entry in self.entries for group in self.groups)

    @property
    def oracle_rows(self) -> tuple[tuple[str, dict[str, Metric]], ...]:
        """Each oracle in words, with its values."""
        return tuple((ORACLES[name].capitalize(), values) for name, values in self.oracles.items())

    def count(self, group: str) -> int | None:
        """How many values each mean of a group is of, where all runs have as many."""
        counts = {entry.values[group].n for entry in self.entries if group in entry.values}
        return counts.pop() if len(counts) == 1 else None


def compare(runs: Sequence[Run], metric: str = "") -> Comparison:
    """What the runs say of `metric`; without one, of the first that the first run measured."""
    known = [m.name for run in runs if run.record for m in run.record.metrics if m.estimator == "model"]
    name = metric or (known[0] if known else "")
    entries = tuple(_entry(run, label, name) for run, label in zip(runs, labels(runs), strict=True))
    measured = [m for entry in entries for m in entry.values.values()]
    first = measured[0] if measured else None
    return Comparison(
        metric=name,
        unit=(first.unit if first else None) or "",
        groups=tuple(dict.fromkeys(group for entry in entries for group in entry.values)),
        entries=entries,
        oracles=_oracles(runs, name),
    )


def labels(runs: Sequence[Run]) -> tuple[str, ...]:
    """A name for each run: its title without what stands in brackets, unless two would be called the same."""
    short = [run.title.partition(" (")[0] for run in runs]
    return tuple(
        words if short.count(words) == 1 else run.title for run, words in zip(runs, short, strict=True)
    )


def metric_words(name: str) -> str:
    """'SI-SDR improvement' for si_sdri; a name that isn't known stays as it is."""
    base, improvement = (name[:-1], " improvement") if name.endswith("i") and "sd" in name else (name, "")
    known = {
        "si_sdr": "SI-SDR",
        "si_snr": "SI-SNR",
        "sdr": "SDR",
        "sir": "SIR",
        "sar": "SAR",
        "sd_sdr": "SD-SDR",
    }
    return known[base] + improvement if base in known else name


def column_words(name: str) -> str:
    """'SI-SDR improvement on the validation items' for valid_si_sdri."""
    split, _, rest = name.partition("_")
    where = {"valid": "the validation items", "train": "the training items", "test": "the test items"}.get(
        split
    )
    words = metric_words(rest).replace("_", " ") if where else name.replace("_", " ")
    return f"{words[:1].upper()}{words[1:]} on {where}" if where and rest else words


def one_device(runs: Sequence[Run]) -> str:
    """The device that all runs were trained on, '' where they differ."""
    devices = {run.device_label for run in runs}
    return devices.pop() if len(devices) == 1 else ""


def _entry(run: Run, label: str, name: str) -> Entry:
    metrics = [m for m in run.record.metrics if m.name == name] if run.record else []
    values = {m.group or "": m for m in metrics if m.estimator == "model"}
    ceilings: dict[str, Metric] = {}
    for group in values:
        here = {m.estimator: m for m in metrics if (m.group or "") == group and m.estimator in ORACLES}
        if here:
            ceilings[group] = here[next(oracle for oracle in ORACLES if oracle in here)]
    return Entry(run, label, values, ceilings, run.record.method.reported if run.record else ())


def _oracles(runs: Iterable[Run], name: str) -> dict[str, dict[str, Metric]]:
    found: dict[str, dict[str, Metric]] = {}
    differing: set[tuple[str, str]] = set()
    for run in runs:
        for m in run.record.metrics if run.record else ():
            if m.name == name and m.estimator in ORACLES:
                known = found.setdefault(m.estimator, {}).setdefault(m.group or "", m)
                if abs(known.mean - m.mean) > 0.01 or known.n != m.n:
                    differing.add((m.estimator, m.group or ""))
    return {
        estimator: kept
        for estimator in ORACLES
        if (kept := {g: m for g, m in found.get(estimator, {}).items() if (estimator, g) not in differing})
    }
