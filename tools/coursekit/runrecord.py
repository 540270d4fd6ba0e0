"""run.json: the record of one run as it is written, read and said in words.

What is wrong in it is told under the rule `run-invalid`, with the right form of the key as help.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, StrictBool, StrictStr

from coursekit.jsonplaces import Json, read_json
from coursekit.model import Fault, Place
from coursekit.schema import Record, RelativePath, Text, is_bidi_control, validate
from coursekit.yamltext import Node, YamlFault

MAX_BYTES = 2 << 20


def _tidy(text: str) -> str:
    text = " ".join(text.split())
    if bad := next((c for c in text if unicodedata.category(c) in {"Cc", "Cs"} or is_bidi_control(c)), None):
        raise ValueError(f"the control character U+{ord(bad):04X} is not allowed")
    return text


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _moment(value: object) -> datetime:
    try:
        return datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("is no time; write for example 2026-01-31T12:00:00Z") from None


def _speakers(value: object) -> int | tuple[str, ...]:
    if type(value) is int and value >= 0:
        return value
    if isinstance(value, list) and all(type(name) in {str, int} for name in value):
        return tuple(_tidy(str(name)) for name in value)
    raise ValueError('expected how many speakers, 44, or a list of their names, ["s01", "s02"]')


Note = Annotated[StrictStr, Field(max_length=4000), AfterValidator(_tidy)]  # unlike Text it may be empty
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Amount = Annotated[Number, Field(ge=0)]
Integer = Annotated[int, BeforeValidator(_whole), Field(strict=True)]
Count = Annotated[Integer, Field(ge=0)]


class Reported(Record):
    """A value that the paper reports, and where it stands there."""

    metric: Text
    value: Number
    source: Text
    unit: Note | None = None
    corpus: Note | None = None


class Method(Record):
    """What was run, and what its paper reports."""

    name: Text
    paper: Note | None = None
    equation: Note | None = None
    row: Note | None = None
    reported: tuple[Reported, ...] = ()


class Split(Record):
    """A part of the data; `speakers` says how many there are or who they are."""

    hours: Amount | None = None
    items: Count | None = None
    speakers: Annotated[int | tuple[str, ...], PlainValidator(_speakers)] | None = None


class Data(Record):
    """What it was run on."""

    name: Text
    made_by: Note | None = None
    seed: Integer | None = None
    digest: Note | None = None
    splits: dict[str, Split] = Field(default_factory=dict)


class Device(Record):
    """What it was run with."""

    kind: Text  # gpu or cpu: the rule run-device says so, and the record is still shown
    name: Text
    count: Annotated[Integer, Field(ge=1)] = 1
    memory_gib: Amount | None = None
    precision: Note | None = None

    @property
    def label(self) -> str:
        """'GPU: NVIDIA H200', 'CPU: …'; with the count where it is above 1."""
        return f"{self.kind.upper()}: {f'{self.count} × ' if self.count > 1 else ''}{self.name}"


class Metric(Record):
    """A number over the rows of scores.csv with this estimator and, where one is named, this group."""

    name: Text
    mean: Number
    unit: Note | None = None
    better: Literal["higher", "lower"] | None = None
    estimator: Text = "model"
    group: Text | None = None
    sd: Amount | None = None
    median: Number | None = None
    n: Count | None = None
    ci95: tuple[Number, Number] | None = None
    ci_method: Note | None = None


class Figure(Record):
    """A picture in the folder; the rule run-figure-alt asks for both texts, and it is still shown."""

    file: RelativePath
    caption: Note = ""
    alt: Note = ""


class RunRecord(Record):
    """run.json"""

    schema_: Literal[1] = Field(alias="schema")  # pydantic keeps the bare word for itself
    title: Text
    method: Method
    device: Device
    data: Data
    metrics: tuple[Metric, ...]
    files: dict[str, StrictStr]
    summary: Note | None = None
    config: dict[str, Any] = Field(default_factory=dict)
    command: Note | None = None
    commit: Note | None = None
    dirty: StrictBool | None = None
    software: dict[str, Note] = Field(default_factory=dict)
    started: Annotated[datetime, PlainValidator(_moment)] | None = None
    seconds: Amount | None = None
    steps: Count | None = None
    best_step: Count | None = None
    examples_per_second: Amount | None = None
    peak_memory_gib: Amount | None = None
    seeds: tuple[Integer, ...] = ()
    figures: tuple[Figure, ...] = ()


EXAMPLES = {
    "schema": '"schema": 1',
    "title": '"title": "Deep clustering"',
    "method": '"method": {"name": "deep-clustering"}',
    "device": '"device": {"kind": "gpu", "name": "NVIDIA H200"}',
    "data": '"data": {"name": "wsj0-2mix", "splits": {"test": {"items": 600, "speakers": 14}}}',
    "metrics": '"metrics": [{"name": "si_sdr", "unit": "dB", "mean": 9.8, "sd": 2.1, "n": 600}]',
    "files": '"files": {"scores.csv": "the file\'s sha256 in hex"}',
    "started": '"started": "2026-01-31T12:00:00Z"',
    "seeds": '"seeds": [1]',
    "figures": '"figures": [{"file": "figures/mask.png", "caption": "…", "alt": "…"}]',
}

# --- reading -------------------------------------------------------------------------------------------


def read_record(data: bytes | None) -> tuple[Json, RunRecord | None, list[Fault]]:
    """The tree, the record and the faults of run.json's bytes, None where there is none. Never raises.

    Without a record there is a fault; the tree is then what could be read of it.
    """
    try:
        source = _read_source(data)
    except YamlFault as problem:
        return Json(Node(None, Place())), None, [replace(problem.fault, rule="run-invalid")]
    if not isinstance(source.node.value, dict):
        message = "run.json must hold one JSON object"
        return source, None, [Fault("run-invalid", message, source.node.place, '{"schema": 1, "title": …}')]
    record, found = validate(source.node, RunRecord)
    return source, record, [_as_run_fault(fault) for fault in found]


def _read_source(data: bytes | None) -> Json:
    if data is None:
        raise YamlFault("run-invalid", "there is no run.json in this folder", Place(), EXAMPLES["schema"])
    if len(data) > MAX_BYTES:
        message = f"run.json has {len(data):,} bytes; {MAX_BYTES:,} are the most"
        help = "rows belong into scores.csv, curves into history.csv"
        raise YamlFault("run-invalid", message, Place(), help)
    return read_json(data, "run.json")


def _as_run_fault(fault: Fault) -> Fault:
    """A fault of the schema under the name of this kind's rule, with an example of the key where one is known."""
    name = re.match(r"`(\w+)", fault.message)
    example = EXAMPLES.get(name[1]) if name else None
    return replace(fault, rule="run-invalid", help=f"for example  {example}" if example else fault.help)


# --- in words ------------------------------------------------------------------------------------------


def provenance(record: RunRecord) -> Iterator[tuple[str, str]]:
    """(label, value) of all that says where the numbers come from; a value that isn't said is ''."""
    device = record.device
    yield "Command", record.command or ""
    changed = " with uncommitted changes" if record.dirty else ""
    yield "Commit", f"{record.commit}{changed}" if record.commit else changed.strip()
    yield "Data", _spoken_data(record.data)
    memory = f", {device.memory_gib:g} GiB" if device.memory_gib else ""
    yield "Device", device.label + memory
    yield "Precision", device.precision or ""
    yield "Software", ", ".join(f"{name} {version}" for name, version in record.software.items())
    yield "Started", _spoken_moment(record.started) if record.started else ""
    yield "Duration", spoken_duration(record.seconds)
    yield "Steps", _grouped(record.steps)
    yield "Best step", _grouped(record.best_step)
    yield "Examples per second", _grouped(record.examples_per_second)
    yield "Peak memory", f"{record.peak_memory_gib:g} GiB" if record.peak_memory_gib is not None else ""
    yield "Seeds", ", ".join(map(str, record.seeds))


def _spoken_data(data: Data) -> str:
    made = f"made by {data.made_by}" if data.made_by else ""
    seed = f"seed {data.seed}" if data.seed is not None else ""
    digest = f"sha256 {data.digest[:12]}…" if data.digest else ""
    return ", ".join(part for part in (data.name, made, seed, digest) if part)


def spoken_duration(seconds: float | None) -> str:
    """The two largest units that count: '0.8 s', '7 min 42 s', '2 h 5 min', '3 d 4 h'; '' for None."""
    if seconds is None:
        return ""
    if seconds < 1:
        return f"{seconds:.2g} s"
    left = round(seconds)
    parts: list[tuple[int, str]] = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        amount, left = divmod(left, size)
        if amount or parts:
            parts.append((amount, unit))
    return " ".join(f"{amount} {unit}" for amount, unit in parts[:2] if amount)


def _grouped(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 or float(value).is_integer() else f"{value:.3g}"


def _spoken_moment(moment: datetime) -> str:
    zone = "" if moment.utcoffset() is None else " UTC" if not moment.utcoffset() else f" {moment:%z}"
    return f"{moment:%Y-%m-%d %H:%M}{zone}"
