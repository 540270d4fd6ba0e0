"""One run folder, read and proved: what training code left, and whether its numbers follow from its files.

This module knows nothing of how a run was trained: it reads `run.json`, `scores.csv` and `history.csv`, takes
stock of `audio/` and `figures/`, compares every digest and computes every metric again from the scores.
Bad input gives faults, never an exception. Faults belong to `run.json`; messages name any other file.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterator, Mapping

from coursekit.jsonplaces import Json
from coursekit.model import Fault
from coursekit.runfolder import AudioItem, Column, Run, Scores
from coursekit.runorigin import origin_faults
from coursekit.runrecord import EXAMPLES, Metric, RunRecord, read_record
from coursekit.runtables import SCORES_HELP, Summary, read_history, read_scores, recompute

_MENDED_ELSEWHERE = frozenset({"run-figure-alt"})  # says nothing about the numbers


def read_run(folder: str, files: Mapping[str, bytes]) -> Run:
    """Read a run folder; `files` maps each path inside it to its bytes. Never raises: see `Run.faults`."""
    source, record, faults = read_record(files.get("run.json"))
    scores, history, table_faults = _read_tables(source, files)
    faults += table_faults
    if record:
        faults += _digest_faults(source, record, files)
        faults += _figure_faults(source, record, files)
        faults += _device_faults(source, record)
        faults += _split_faults(source, record)
        # a table that could not be read would only give the same trouble a second time
        faults += [] if table_faults else _metric_faults(source, record, scores, "scores.csv" in files)
    verified = record is not None and all(fault.rule in _MENDED_ELSEWHERE for fault in faults)
    faults += origin_faults(source, record) if record else ()  # they say nothing against the numbers
    figures = tuple(figure for figure in record.figures if figure.file in files) if record else ()
    ordered = tuple(sorted(faults, key=lambda fault: fault.place))
    return Run(folder, "run", ordered, record, verified, scores, history, _audio(files), figures)


def _read_tables(source: Json, files: Mapping[str, bytes]) -> tuple[Scores, tuple[Column, ...], list[Fault]]:
    """The two tables and their faults, placed where run.json lists the file; one that is not there is empty."""
    scores, history, faults = Scores(), tuple[Column, ...](), list[Fault]()
    if (data := files.get("scores.csv")) is not None:
        scores, faults = read_scores(data, source.place("files", "scores.csv", key=True))
    if (data := files.get("history.csv")) is not None:
        history, found = read_history(data, source.place("files", "history.csv", key=True))
        faults += found
    return scores, history, faults


# --- the rules -----------------------------------------------------------------------------------------


def _digest_faults(source: Json, record: RunRecord, files: Mapping[str, bytes]) -> Iterator[Fault]:
    for name, written in record.files.items():
        place = source.place("files", name, key=True)
        if name == "run.json":
            yield Fault("run-digest", "run.json can't hold its own digest", place, "leave it out of `files`")
        elif name not in files:
            help = "add the file, or take it out of `files`"
            yield Fault("run-digest", f"{name} is listed but is not in the folder", place, help)
        elif (digest := hashlib.sha256(files[name]).hexdigest()) != written.lower():
            message = f"{name} is not the file that the run wrote: its sha256 is {digest}"
            help = "put the file back as the run wrote it, or let the code write the run anew"
            yield Fault("run-digest", message, source.place("files", name), help)
    for name in sorted(files.keys() - record.files.keys() - {"run.json"}):
        place = source.place("files", key=True)
        help = f'for example  "{name}": "{hashlib.sha256(files[name]).hexdigest()}"'
        yield Fault("run-digest", f"{name} is in the folder but not listed in `files`", place, help)


def _figure_faults(source: Json, record: RunRecord, files: Mapping[str, bytes]) -> Iterator[Fault]:
    help = EXAMPLES["figures"]
    for at, figure in enumerate(record.figures):
        place = source.place("figures", at)
        if figure.file not in files:
            message = f"the figure {figure.file} is not in the folder"
            yield Fault("run-figure-alt", message, source.place("figures", at, "file"), help)
        for what, text in (("caption", figure.caption), ("alt", figure.alt)):
            if not text:
                label = "alt text" if what == "alt" else what
                yield Fault("run-figure-alt", f"the figure {figure.file} has no {label}", place, help)
    described = {figure.file for figure in record.figures}
    for name in sorted(name for name in files if name.startswith("figures/") and name not in described):
        place = source.place("figures", key=True)
        yield Fault("run-figure-alt", f"{name} has no entry in `figures`, so no alt text", place, help)


def _device_faults(source: Json, record: RunRecord) -> Iterator[Fault]:
    if record.device.kind not in {"gpu", "cpu"}:
        message = f"`device.kind` is `{record.device.kind}`, not gpu or cpu"
        yield Fault("run-device", message, source.place("device", "kind"), EXAMPLES["device"])


def _split_faults(source: Json, record: RunRecord) -> Iterator[Fault]:
    """Test speakers that were trained on, where both splits name theirs; tr and tt are wsj0-2mix's words."""
    named = {name: set(s.speakers) for name, s in record.data.splits.items() if isinstance(s.speakers, tuple)}
    trained = set().union(*(names for split, names in named.items() if split.lower().startswith("tr")))
    for split, names in named.items():
        if split.lower().startswith(("te", "tt")) and (both := sorted(names & trained)):
            who = ", ".join(both[:5]) + (f" and {len(both) - 5} more" if len(both) > 5 else "")
            help = "split by speaker first, then mix"
            place = source.place("data", "splits", split, "speakers")
            yield Fault("run-split", f"speakers of `{split}` are in training too: {who}", place, help)


def _metric_faults(source: Json, record: RunRecord, scores: Scores, has_scores: bool) -> Iterator[Fault]:
    if record.metrics and not has_scores:
        message = "there is no scores.csv, so the metrics can't be computed again"
        yield Fault("run-metrics", message, source.place("metrics", key=True), SCORES_HELP)
        return
    for at, metric in enumerate(record.metrics):
        place = source.place("metrics", at, "name")
        if metric.name not in scores.metrics:
            close = difflib.get_close_matches(metric.name, scores.metrics, n=1, cutoff=0.5)
            help = f"did you mean `{close[0]}`?" if close else f"its metrics: {', '.join(scores.metrics)}"
            yield Fault("run-metrics", f"scores.csv has no column `{metric.name}`", place, help)
        elif (summary := recompute(scores, metric.name, metric.estimator, metric.group)) is None:
            group = f" and group `{metric.group}`" if metric.group else ""
            message = f"no row of scores.csv has a {metric.name} for estimator `{metric.estimator}`{group}"
            pairs = sorted({f"{row.estimator} / {row.group}" for row in scores.rows})
            yield Fault("run-metrics", message, place, f"estimators and groups there: {', '.join(pairs[:8])}")
        else:
            yield from _number_faults(source, at, metric, summary)
            yield from _interval_faults(source, at, metric)


def _number_faults(source: Json, at: int, metric: Metric, summary: Summary) -> Iterator[Fault]:
    """The numbers of metric number `at` that its rows don't give."""
    for key in ("n", "mean", "sd", "median"):
        written, computed = getattr(metric, key), getattr(summary, key)
        if written is None:
            continue
        place = source.place("metrics", at, key)
        if computed is None:
            message = f"`{metric.name}`: one value has no standard deviation"
            yield Fault("run-metrics", message, place, 'leave "sd" out')
            continue
        allowed = 0.0 if key == "n" else source.rounding("metrics", at, key) + 1e-9 * max(1.0, abs(computed))
        if abs(written - computed) > allowed:
            message = f"`{metric.name}`: {key} is written as {written:.10g}, scores.csv gives {computed:.10g}"
            help = "compute it from the rows of scores.csv as they are written; sd divides by n - 1"
            yield Fault("run-metrics", message, place, help)


def _interval_faults(source: Json, at: int, metric: Metric) -> Iterator[Fault]:
    if not metric.ci95:
        return
    low, high = metric.ci95
    slack = source.rounding("metrics", at, "mean") + 1e-9 * max(1.0, abs(metric.mean))
    below, above = (slack + source.rounding("metrics", at, "ci95", end) for end in (0, 1))
    if not low - below <= metric.mean <= high + above:
        message = f"`{metric.name}`: {low:g} to {high:g} does not contain the mean {metric.mean:g}"
        place = source.place("metrics", at, "ci95")
        yield Fault("run-metrics", message, place, 'the lower end first:  "ci95": [10.7, 11.1]')


# --- audio ---------------------------------------------------------------------------------------------

_SOUND = re.compile(
    r"audio/([^/]+)-(?:(mixture)|(reference|estimate|oracle)-([0-9]{1,3}))\.(?:wav|flac|mp3|ogg|opus|m4a|webm)\Z"
)


def _audio(files: Mapping[str, bytes]) -> tuple[AudioItem, ...]:
    """The sounds by item; of one sound in two formats the first by name is taken."""
    items: dict[str, dict[str, dict[int, str]]] = {}
    for path in sorted(files):
        if found := _SOUND.match(path):
            item, mixture, role, number = found.groups()
            items.setdefault(item, {}).setdefault(mixture or role, {}).setdefault(int(number or 0), path)
    return tuple(
        AudioItem(
            item,
            roles.get("mixture", {}).get(0),
            *(tuple(sorted(roles.get(role, {}).items())) for role in ("reference", "estimate", "oracle")),
        )
        for item, roles in sorted(items.items())
    )
