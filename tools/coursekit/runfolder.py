"""One run folder, read and proved: what training code left, and whether its numbers follow from its files.

This module knows nothing of how a run was trained: it reads `run.json`, `scores.csv` and `history.csv`, takes
stock of `audio/` and `figures/`, compares every digest and computes every metric again from the scores.
Bad input gives faults, never an exception. Faults belong to `run.json`; messages name any other file.
"""

from __future__ import annotations

import csv
import difflib
import hashlib
import io
import json
import math
import random
import re
import statistics
import unicodedata
from bisect import bisect
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, StrictBool, StrictStr

from coursekit.model import Document, Fault, Place
from coursekit.schema import Record, RelativePath, Text, is_bidi_control, validate
from coursekit.yamltext import Node, Scalar, YamlFault

START = Place()
MAX_BYTES = 2 << 20
MAX_DEPTH = 64
MAX_FAULTS_A_TABLE = 20
_LARGEST = 1e100  # beyond it a sum of squares is no float any more, and nothing is measured there
_KEYS = ("item", "source", "seed", "group", "estimator")
_MENDED_ELSEWHERE = frozenset({"run-figure-alt"})  # says nothing about the numbers

# --- run.json ------------------------------------------------------------------------------------------


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
    name: Text
    made_by: Note | None = None
    seed: Integer | None = None
    digest: Note | None = None
    splits: dict[str, Split] = Field(default_factory=dict)


class Device(Record):
    kind: Text  # gpu or cpu: the rule run-device says so, and the record is still shown
    name: Text
    count: Annotated[Integer, Field(ge=1)] = 1
    memory_gib: Amount | None = None
    precision: Note | None = None


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


_EXAMPLES = {
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

# --- the rest of the folder ----------------------------------------------------------------------------


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
class Summary:
    """How many values, their mean, sample standard deviation (n - 1; None for one value) and median."""

    n: int
    mean: float
    sd: float | None
    median: float


@dataclass(frozen=True, slots=True)
class Run(Document):
    """A run folder; `path` is the folder. `record` is None where run.json can't be used."""

    record: RunRecord | None = None
    verified: bool = False  # digests agree, and the metrics follow from the scores
    scores: Scores = Scores()
    history: tuple[Column, ...] = ()
    audio: tuple[AudioItem, ...] = ()
    figures: tuple[Figure, ...] = ()  # those whose file is there

    @property
    def title(self) -> str:
        """The run's title, the folder's name where it has none."""
        return self.record.title if self.record else self.name

    @property
    def device_label(self) -> str:
        """'GPU: NVIDIA H200', 'CPU: …'; with the count where it is above 1."""
        if not self.record:
            return "device unknown"
        device = self.record.device
        return f"{device.kind.upper()}: {f'{device.count} × ' if device.count > 1 else ''}{device.name}"

    @property
    def duration(self) -> str:
        """How long it took, '7 min 42 s'; '' where that isn't said."""
        seconds = self.record.seconds if self.record else None
        return "" if seconds is None else spoken_duration(seconds)

    def provenance(self) -> tuple[tuple[str, str], ...]:
        """(label, value) of all that says where the numbers come from; what isn't said is left out."""
        return tuple((label, value) for label, value in _provenance(self) if value)


def spoken_duration(seconds: float) -> str:
    """The two largest units that count: '0.8 s', '7 min 42 s', '2 h 5 min', '3 d 4 h'."""
    if seconds < 1:
        return f"{seconds:.2g} s"
    left = round(seconds)
    parts: list[tuple[int, str]] = []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        amount, left = divmod(left, size)
        if amount or parts:
            parts.append((amount, unit))
    return " ".join(f"{amount} {unit}" for amount, unit in parts[:2] if amount)


def _provenance(run: Run) -> Iterator[tuple[str, str]]:
    if (record := run.record) is None:
        return
    device, data = record.device, record.data
    yield "Command", record.command or ""
    changed = " with uncommitted changes" if record.dirty else ""
    yield "Commit", f"{record.commit}{changed}" if record.commit else changed.strip()
    made = f"made by {data.made_by}" if data.made_by else ""
    seed = f"seed {data.seed}" if data.seed is not None else ""
    digest = f"sha256 {data.digest[:12]}…" if data.digest else ""
    yield "Data", ", ".join(part for part in (data.name, made, seed, digest) if part)
    memory = f", {device.memory_gib:g} GiB" if device.memory_gib else ""
    yield "Device", run.device_label + memory
    yield "Precision", device.precision or ""
    yield "Software", ", ".join(f"{name} {version}" for name, version in record.software.items())
    yield "Started", _spoken_moment(record.started) if record.started else ""
    yield "Duration", run.duration
    yield "Steps", _grouped(record.steps)
    yield "Best step", _grouped(record.best_step)
    yield "Examples per second", _grouped(record.examples_per_second)
    yield "Peak memory", f"{record.peak_memory_gib:g} GiB" if record.peak_memory_gib is not None else ""
    yield "Seeds", ", ".join(map(str, record.seeds))


def _grouped(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if value >= 100 or float(value).is_integer() else f"{value:.3g}"


def _spoken_moment(moment: datetime) -> str:
    zone = "" if moment.utcoffset() is None else " UTC" if not moment.utcoffset() else f" {moment:%z}"
    return f"{moment:%Y-%m-%d %H:%M}{zone}"


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


# --- reading -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Json:
    """run.json as a tree with places; the lines are kept because the digits as written set the tolerance."""

    node: Node
    lines: tuple[str, ...] = ("",)

    def place(self, *path: int | str, key: bool = False) -> Place:
        return self.node.locate(path, key=key)

    def rounding(self, *path: int | str) -> float:
        """Half a unit of the last digit that is written there: 0.05 for 10.9, 0.5 for 11."""
        place = self.place(*path)
        found = _NUMBER.match(self.lines[place.line - 1], place.column - 1)
        exponent = Decimal(found[0]).as_tuple().exponent if found else 0
        return 0.5 * 10.0 ** min(int(exponent), 0)


def read_run(folder: str, files: Mapping[str, bytes]) -> Run:
    """Read a run folder; `files` maps each path inside it to its bytes. Never raises: see `Run.faults`."""
    source, record, faults = _read_record(files.get("run.json"))
    scores, history = Scores(), tuple[Column, ...]()
    table_faults: list[Fault] = []
    if (data := files.get("scores.csv")) is not None:
        scores, found = read_scores(data, source.place("files", "scores.csv", key=True))
        table_faults += found
    if (data := files.get("history.csv")) is not None:
        history, found = read_history(data, source.place("files", "history.csv", key=True))
        table_faults += found
    faults += table_faults
    if record:
        faults += _digest_faults(source, record, files)
        faults += _figure_faults(source, record, files)
        faults += _device_faults(source, record)
        faults += _split_faults(source, record)
        # a table that could not be read would only give the same trouble a second time
        faults += [] if table_faults else _metric_faults(source, record, scores, "scores.csv" in files)
    verified = record is not None and all(fault.rule in _MENDED_ELSEWHERE for fault in faults)
    figures = tuple(figure for figure in record.figures if figure.file in files) if record else ()
    ordered = tuple(sorted(faults, key=lambda fault: fault.place))
    return Run(folder, "run", ordered, record, verified, scores, history, _audio(files), figures)


def _read_record(data: bytes | None) -> tuple[_Json, RunRecord | None, list[Fault]]:
    try:
        source = _read_json(data)
    except YamlFault as problem:
        return _Json(Node(None, Place())), None, [problem.fault]
    if not isinstance(source.node.value, dict):
        message = "run.json must hold one JSON object"
        return source, None, [Fault("run-invalid", message, source.node.place, '{"schema": 1, "title": …}')]
    record, found = validate(source.node, RunRecord)
    return source, record, [_as_run_fault(fault) for fault in found]


def _as_run_fault(fault: Fault) -> Fault:
    """A fault of the schema under the name of this kind's rule, with an example where it has no advice."""
    name = re.match(r"`(\w+)", fault.message)
    help = fault.help.replace("schema_", "schema")
    example = _EXAMPLES.get(name[1], "") if name else ""
    return replace(fault, rule="run-invalid", help=f"for example  {example}" if example else help)


def _read_json(data: bytes | None) -> _Json:
    """Raises YamlFault where the bytes are no JSON that can be used."""
    if data is None:
        raise YamlFault("run-invalid", "there is no run.json in this folder", Place(), _EXAMPLES["schema"])
    if len(data) > MAX_BYTES:
        message = f"run.json has {len(data):,} bytes; {MAX_BYTES:,} are the most"
        raise YamlFault(
            "run-invalid", message, Place(), "rows belong into scores.csv, curves into history.csv"
        )
    try:
        text = data.decode("utf-8-sig")
        json.loads(text, parse_int=str, parse_float=str, parse_constant=str)  # is it JSON at all?
    except UnicodeDecodeError as error:
        place = Place(data[: error.start].count(b"\n") + 1)
        raise YamlFault("run-invalid", "run.json is not UTF-8", place) from None
    except json.JSONDecodeError as error:
        place = Place(error.lineno, error.colno)
        help = "JSON has double quotes, no comments and no comma after the last entry"
        raise YamlFault("run-invalid", f"run.json is not JSON: {error.msg}", place, help) from None
    except RecursionError:
        raise YamlFault("run-invalid", f"nested more than {MAX_DEPTH} levels deep", Place()) from None
    return _Json(_compose(text), tuple(text.split("\n")))


_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_CONSTANTS: dict[str, Scalar] = {"true": True, "false": False, "null": None}


def _compose(text: str) -> Node:
    """The tree of a text that is known to be JSON, with the place of every key and value.

    Raises YamlFault for what JSON lets through and nobody can mean: a key twice, NaN, half a character.
    """
    starts = [0, *(found.end() for found in re.finditer("\n", text))]
    root: list[Node] = []
    parents: list[Node] = [Node(root, Place())]
    key: tuple[str, Place] | None = None
    for token in _TOKEN.finditer(text):
        word = token[0]
        if word in "]}":
            parents.pop()
        elif word not in ",:":
            line = bisect(starts, token.start())
            place = Place(line, token.start() - starts[line - 1] + 1)
            if isinstance(parents[-1].value, dict) and key is None:
                key = _key(word, parents[-1], place), place
                continue
            node = Node({} if word == "{" else [] if word == "[" else _scalar(word, place), place)
            _attach(parents[-1], key, node)
            key = None
            if word in "{[":
                parents.append(node)
            if len(parents) > MAX_DEPTH:
                raise YamlFault("run-invalid", f"nested more than {MAX_DEPTH} levels deep", place)
    return root[0]


def _attach(parent: Node, key: tuple[str, Place] | None, node: Node) -> None:
    if isinstance(parent.value, dict) and key:
        parent.value[key[0]], parent.keys[key[0]] = node, key[1]
    elif isinstance(parent.value, list):
        parent.value.append(node)


def _key(word: str, parent: Node, place: Place) -> str:
    key = str(_scalar(word, place))
    if key in parent.keys:
        first = parent.keys[key].line
        message = f"`{key}` stands here a second time (first in line {first})"
        raise YamlFault("run-invalid", message, place, "keep one of the two")
    return key


def _scalar(word: str, place: Place) -> Scalar:
    if word.startswith('"'):
        text: str = json.loads(word)
        if any("\ud800" <= char <= "\udfff" for char in text):
            raise YamlFault("run-invalid", "half of a surrogate pair is no character", place)
        return text
    if word in _CONSTANTS:
        return _CONSTANTS[word]
    number = float(word) if len(word) <= 40 else math.inf
    if not math.isfinite(number):
        help = "write null, or leave the key out, where nothing was measured"
        raise YamlFault("run-invalid", f"`{word[:40]}` is no finite number", place, help)
    return number if any(char in ".eE" for char in word) else int(word)


# --- tables --------------------------------------------------------------------------------------------

Line = tuple[int, list[str]]  # the number of a line and its cells


def read_scores(data: bytes, place: Place = START) -> tuple[Scores, list[Fault]]:
    """scores.csv and what is wrong with it; rows with a fault are left out. Faults get `place`."""
    header, lines, problems = _table("scores.csv", data)
    if lacking := [name for name in _KEYS if name not in header]:
        problems = problems or [f"scores.csv line 1: no column `{lacking[0]}`"]
        return Scores(), _table_faults(problems, place, _SCORES_HELP)
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
    return scores, _table_faults(problems, place, _SCORES_HELP)


def read_history(data: bytes, place: Place = START) -> tuple[tuple[Column, ...], list[Fault]]:
    """The columns of history.csv and what is wrong with it. Faults get `place`."""
    header, lines, problems = _table("history.csv", data)
    if header and header[0] not in {"step", "epoch"}:
        problems.append(f"history.csv line 1: the first column is `{header[0][:60]}`, not `step` or `epoch`")
    read = (_numbers("history.csv", number, header, cells, header, problems) for number, cells in lines)
    rows = [row for row in read if row is not None]
    columns = tuple(Column(name, tuple(row[at] for row in rows)) for at, name in enumerate(header))
    return columns, _table_faults(problems, place, _HISTORY_HELP)


_SCORES_HELP = "for example  item,source,seed,group,estimator,si_sdr  then  i01,1,0,same-sex,model,9.31"
_HISTORY_HELP = "for example  step,train_loss,valid_loss  then  100,0.52,0.61; an empty cell is no value"


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
        value = float(cell) if _NUMBER.fullmatch(cell) else None
        if cell and (value is None or abs(value) > _LARGEST):
            problems.append(f"{name} line {line}, column `{column[:60]}`: `{cell[:60]}` is no finite number")
            return None
        values.append(value)
    return tuple(values)


# --- the rules -----------------------------------------------------------------------------------------


def _digest_faults(source: _Json, record: RunRecord, files: Mapping[str, bytes]) -> Iterator[Fault]:
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


def _figure_faults(source: _Json, record: RunRecord, files: Mapping[str, bytes]) -> Iterator[Fault]:
    help = _EXAMPLES["figures"]
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


def _device_faults(source: _Json, record: RunRecord) -> Iterator[Fault]:
    if record.device.kind not in {"gpu", "cpu"}:
        message = f"`device.kind` is `{record.device.kind}`, not gpu or cpu"
        yield Fault("run-device", message, source.place("device", "kind"), _EXAMPLES["device"])


def _split_faults(source: _Json, record: RunRecord) -> Iterator[Fault]:
    """Test speakers that were trained on, where both splits name theirs; tr and tt are wsj0-2mix's words."""
    named = {name: set(s.speakers) for name, s in record.data.splits.items() if isinstance(s.speakers, tuple)}
    trained = set().union(*(names for split, names in named.items() if split.lower().startswith("tr")))
    for split, names in named.items():
        if split.lower().startswith(("te", "tt")) and (both := sorted(names & trained)):
            who = ", ".join(both[:5]) + (f" and {len(both) - 5} more" if len(both) > 5 else "")
            help = "split by speaker first, then mix"
            place = source.place("data", "splits", split, "speakers")
            yield Fault("run-split", f"speakers of `{split}` are in training too: {who}", place, help)


def _metric_faults(source: _Json, record: RunRecord, scores: Scores, has_scores: bool) -> Iterator[Fault]:
    if record.metrics and not has_scores:
        message = "there is no scores.csv, so the metrics can't be computed again"
        yield Fault("run-metrics", message, source.place("metrics", key=True), _SCORES_HELP)
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


def _number_faults(source: _Json, at: int, metric: Metric, summary: Summary) -> Iterator[Fault]:
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


def _interval_faults(source: _Json, at: int, metric: Metric) -> Iterator[Fault]:
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
