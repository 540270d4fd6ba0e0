"""Completes a run folder that any code left: its metrics follow from scores.csv, its digests from its files.

What only a person or the training code can say (a title, the device, the data) is left to `Run.faults`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coursekit.jsonplaces import read_json
from coursekit.measured import MODEL, OWN_METHOD, interval_of
from coursekit.run_reader import read_run
from coursekit.runfolder import Run, Scores
from coursekit.runtables import read_scores, recompute
from coursekit.yamltext import YamlFault


class SealError(Exception):
    """The folder can't be sealed, and is as it was; the message says why."""


def seal(folder: Path) -> Run:
    """Write the folder's run.json anew, whole or not at all, and read the folder as the site will.

    Raises:
        SealError: there is nothing to seal, or run.json is no JSON object.
    """
    files = {name: file.read_bytes() for name, file in _files(folder)}
    if not files:
        raise SealError(f"{folder} holds no files")
    record = _record(files.get("run.json"))
    scores, faults = read_scores(files.get("scores.csv", b""))
    if scores.rows and not faults:
        record["metrics"] = list(_metrics(scores, record.get("metrics")))
    elif "metrics" not in record:
        record["metrics"] = []
    record = {"schema": 1, **record, "files": _digests(files)}
    text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
    draft = folder / ".run.json"
    draft.write_text(text, encoding="utf-8")
    draft.replace(folder / "run.json")
    return read_run(folder.as_posix(), {**files, "run.json": text.encode()})


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """What the site will take for the run's files: no hidden ones, and nothing that leads elsewhere."""
    for file in sorted(folder.rglob("*")):
        name = file.relative_to(folder)
        if file.is_file() and not file.is_symlink() and not any(part.startswith(".") for part in name.parts):
            yield name.as_posix(), file


def _record(data: bytes | None) -> dict[str, Any]:
    if data is None:
        return {}
    try:
        found = read_json(data, "run.json").node.plain()
    except YamlFault as error:
        place = error.fault.place
        raise SealError(f"run.json:{place.line}:{place.column} {error.fault.message}") from None
    if not isinstance(found, dict):
        raise SealError('run.json must hold one JSON object, for example {"schema": 1, "title": "…"}')
    return found


def _digests(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != "run.json"}


def _metrics(scores: Scores, written: object) -> Iterator[dict[str, Any]]:
    """The entries that are written, with their numbers computed; without any, one for all that was scored."""
    entries = [e for e in written if isinstance(e, dict)] if isinstance(written, list) else []
    run = Run("", "run", scores=scores)
    for entry in entries or _scored(scores):
        name, estimator, group = entry.get("name"), entry.get("estimator", MODEL), entry.get("group")
        wanted = group if isinstance(group, str) else None
        summary = recompute(scores, str(name), str(estimator), wanted)
        if summary is None:
            yield entry  # the rule run-metrics says that no row has it
            continue
        numbers: dict[str, Any] = {
            "mean": _short(summary.mean),
            "sd": None if summary.sd is None else _short(summary.sd),
            "median": _short(summary.median),
            "n": summary.n,
            "ci95": None,
            "ci_method": None,
        }
        if (entry.get("mean"), entry.get("n"), "ci95" in entry) == (numbers["mean"], summary.n, True):
            numbers |= {
                key: entry.get(key) for key in ("ci95", "ci_method")
            }  # whatever gave it, it still holds
        elif estimator == MODEL and (interval := interval_of(run, str(name), wanted)):
            numbers |= {"ci95": [_short(end) for end in interval], "ci_method": OWN_METHOD}
        words = {key: value for key, value in entry.items() if key not in numbers}
        yield words | {key: value for key, value in numbers.items() if value is not None}


def _scored(scores: Scores) -> Iterator[dict[str, Any]]:
    """Every metric of every estimator, group by group."""
    groups = list(dict.fromkeys(row.group for row in scores.rows))
    estimators = dict.fromkeys([MODEL, *(row.estimator for row in scores.rows)])
    for name in scores.metrics:
        for group in groups:
            for estimator in estimators:
                if scores.values(name, estimator, group):
                    yield {"name": name, "estimator": estimator} | ({"group": group} if group else {})


def _short(number: float) -> float:
    return float(f"{number:.7g}")
