"""A run folder is believed only when its digests agree and its numbers follow from its scores."""

from __future__ import annotations

import json
import math
import pickle
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit.model import Fault
from coursekit.run_reader import read_run
from coursekit.runfolder import Run, Scores
from coursekit.runrecord import spoken_duration
from coursekit.runtables import bootstrap_ci, read_history, read_scores, recompute
from runs import RECORD, metric, run_files, sealed, text

FOLDER = "presentations/week-01/x/runs/dc"


def read(files: dict[str, bytes]) -> Run:
    return read_run(FOLDER, files)


def only(files: dict[str, bytes]) -> Fault:
    """The one fault of a run; its line in run.json must be the one that holds what it is about."""
    run = read(files)
    assert len(run.faults) == 1, run.faults
    return run.faults[0]


def line_of(files: dict[str, bytes], fault: Fault) -> str:
    return files["run.json"].decode().splitlines()[fault.place.line - 1].strip()


def changed(**changes: Any) -> dict[str, bytes]:
    return run_files(changes)


def record_of(files: dict[str, bytes]) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(files["run.json"])
    return record


def with_table(name: str, *lines: str) -> dict[str, bytes]:
    files = run_files()
    return sealed(record_of(files), {**files, name: text(*lines)})


# --- a good run ----------------------------------------------------------------------------------------


def test_a_valid_run_is_verified():
    run = read(run_files())
    assert run.faults == ()
    assert run.verified
    assert (run.kind, run.path, run.name, run.title) == ("run", FOLDER, "dc", "Deep clustering")
    assert len(run.scores.rows) == 12
    assert [column.name for column in run.history] == ["step", "train_loss", "valid_loss"]
    assert run.history[2].values == (None, 0.8, 0.75)
    (item,) = run.audio
    assert (item.item, item.mixture) == ("i01", "audio/i01-mixture.wav")
    assert item.references == ((1, "audio/i01-reference-1.wav"), (2, "audio/i01-reference-2.wav"))
    assert [len(part) for part in (item.estimates, item.oracles)] == [2, 1]
    assert [(figure.file, figure.alt) for figure in run.figures] == [("figures/mask.png", "A grey square.")]
    assert pickle.loads(pickle.dumps(run)) == run


def test_only_eight_keys_are_needed():
    record = {"schema": 1, "title": "t", "method": {"name": "m"}, "device": {"kind": "cpu", "name": "c"}}
    run = read(sealed({**record, "data": {"name": "d"}, "metrics": []}, {}))
    assert run.verified
    assert run.device_label == "CPU: c"
    assert run.duration == ""
    assert run.provenance() == (("Data", "d"), ("Device", "CPU: c"))


def test_numbers_may_be_whole_and_counts_may_have_a_point():
    run = read(changed(seconds=462, steps=300.0, metrics=[{"name": "si_sdri", "mean": 10, "n": 4.0}]))
    assert run.faults == ()
    assert run.record
    assert run.record.steps == 300


def test_the_digits_written_set_the_tolerance():
    entry = {"name": "si_sdri", "mean": 10.0, "sd": 2.5, "median": 9.8, "n": 4}
    assert read(changed(metrics=[entry])).verified
    assert not read(changed(metrics=[{**entry, "sd": 2.46}])).verified


def test_provenance_and_labels():
    device = {**RECORD["device"], "count": 2}
    run = read(changed(device=device, dirty=True))
    assert run.device_label == "GPU: 2 × NVIDIA H200"
    assert run.duration == "7 min 42 s"
    rows = dict(run.provenance())
    assert rows["Commit"] == RECORD["commit"] + " with uncommitted changes"
    assert (
        rows["Data"] == "synthetic two-speaker speech, made by separation data, seed 1, sha256 abababababab…"
    )
    assert rows["Started"] == "2026-01-31 12:00 UTC"
    assert rows["Software"] == "python 3.12.3, torch 2.11.0"
    assert rows["Seeds"] == "0"
    assert list(rows)[:4] == ["Command", "Commit", "Data", "Device"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.25, "0.25 s"),
        (59.6, "1 min"),
        (462, "7 min 42 s"),
        (7512, "2 h 5 min"),
        (270000, "3 d 3 h"),
    ],
)
def test_durations(seconds: float, words: str):
    assert spoken_duration(seconds) == words


# --- run-invalid ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "line", "message", "help"),
    [
        ({"sumary": "x"}, '"sumary": "x"', "unknown key `sumary`", "did you mean `summary`?"),
        ({"device": {"kind": "gpu"}}, '"device": {', "`device.name` is missing", '"device": {"kind": "gpu"'),
        ({"schema": 2}, '"schema": 2,', "`schema`: expected 1, found `2`", '"schema": 1'),
        ({"seconds": "long"}, '"seconds": "long",', "`seconds`: ", ""),
        ({"seconds": True}, '"seconds": true,', "`seconds`: ", ""),
        ({"steps": 1.5}, '"steps": 1.5,', "`steps`: expected a whole number", ""),
        ({"started": "noon"}, '"started": "noon",', "is no time", '"started": "2026'),
        ({"started": 5}, '"started": 5,', "is no time", ""),
        ({"title": "a\u202eb"}, '"title": "a\u202eb",', "control character U+202E", ""),
        ({"data": {"name": "d", "splits": {"test": {"speakers": 1.5}}}}, '"speakers": 1.5', "how many", ""),
        ({"seconds": float("nan")}, '"seconds": NaN,', "`NaN` is no finite number", "write null"),
        ({"config": {"x": float("-inf")}}, '"x": -Infinity', "no finite number", "write null"),
        ({"config": {"x": "\ud800"}}, "", "UTF-8", ""),
    ],
)
def test_mistakes_in_run_json(change: dict[str, Any], line: str, message: str, help: str):
    files = run_files()
    record = {**record_of(files), **change}
    files["run.json"] = json.dumps(record, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass")
    fault = only(files)
    assert fault.rule == "run-invalid"
    assert message in fault.message
    assert help in fault.help
    assert not line or line_of(files, fault) == line
    assert not read(files).verified


@pytest.mark.parametrize(
    ("written", "place", "message"),
    [
        ('{"schema": 1,\n "title": }', (2, 11), "not JSON"),
        ("[1]", (1, 1), "one JSON object"),
        ("", (1, 1), "not JSON"),
        ('{"title": "a",\n  "title": "b"}', (2, 3), "a second time (first in line 1)"),
        ('{"config": {"x": 1e999}}', (1, 18), "no finite number"),
        ('{"config": {"x": "\\ud800"}}', (1, 18), "surrogate"),
        ("[" * 100_000, (1, 1), "deep"),
        ('{"a": ' + "[" * 80 + "]" * 80 + "}", (1, 69), "deep"),
        (f'{{"steps": {"9" * 5000}}}', (1, 11), "no finite number"),
    ],
)
def test_what_is_no_run_json(written: str, place: tuple[int, int], message: str):
    fault = only({"run.json": written.encode()})
    assert fault.rule == "run-invalid"
    assert message in fault.message
    assert (fault.place.line, fault.place.column) == place


def test_no_run_json_or_one_far_too_large():
    assert "no run.json" in only({}).message
    assert "2,097,152" in only({"run.json": b" " * (2 << 20) + b"{"}).message
    assert only({"run.json": b'{"a":\n "\xff"}'}).place.line == 2


def test_tabs_a_byte_order_mark_and_one_line_are_json_too():
    files = run_files()
    record = record_of(files)
    for written in (json.dumps(record, indent="\t"), json.dumps(record), "\ufeff" + json.dumps(record)):
        assert read({**files, "run.json": written.encode()}).verified


# --- run-digest ----------------------------------------------------------------------------------------


def test_a_changed_file():
    files = run_files()
    files["history.csv"] += b"400,0.5,0.7\n"
    fault = only(files)
    assert fault.rule == "run-digest"
    assert line_of(files, fault).startswith('"history.csv"')
    assert not read(files).verified


def test_a_missing_and_an_unlisted_file():
    files = run_files()
    data = files.pop("audio/i01-oracle-1.wav")
    fault = only(files)
    assert (fault.rule, line_of(files, fault)[:24]) == ("run-digest", '"audio/i01-oracle-1.wav"')
    files |= {"audio/i01-oracle-1.wav": data, "notes.txt": b"later"}
    fault = only(files)
    assert (fault.rule, line_of(files, fault)) == ("run-digest", '"files": {')
    assert "notes.txt" in fault.message
    assert fault.help.startswith('for example  "notes.txt": "')


# --- run-metrics ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "line", "message"),
    [
        ({"mean": 10.01}, '"mean": 10.01,', "mean is written as 10.01, scores.csv gives 10"),
        (
            {"sd": 2.1506},
            '"sd": 2.1506,',
            "sd is written as 2.1506, scores.csv gives 2.483",
        ),  # with n, not n - 1
        ({"median": 9.0}, '"median": 9.0,', "median is written as 9"),
        ({"n": 5}, '"n": 5,', "n is written as 5, scores.csv gives 4"),
        ({"name": "si_sdr"}, '"name": "si_sdr",', "no column `si_sdr`"),
        ({"estimator": "ibm"}, '"name": "si_sdri",', "estimator `ibm`"),
        ({"group": "new"}, '"name": "si_sdri",', "group `new`"),
        ({"ci95": [11, 12]}, '"ci95": [', "does not contain the mean"),
        ({"ci95": [12, 9]}, '"ci95": [', "does not contain the mean"),
    ],
)
def test_metrics_that_do_not_follow(change: dict[str, Any], line: str, message: str):
    files = changed(metrics=[metric([7.5, 8.5, 11.0, 13.0]) | change])
    fault = only(files)
    assert fault.rule == "run-metrics"
    assert message in fault.message
    assert line_of(files, fault) == line
    assert not read(files).verified


def test_a_metric_needs_scores():
    files = run_files()
    record = record_of(files)
    del files["scores.csv"]
    assert only(sealed(record, files)).message.startswith("there is no scores.csv")


def test_one_value_has_no_standard_deviation():
    entry = {"name": "si_sdri", "mean": 7.5, "median": 7.5, "n": 1}
    row = ("item,source,seed,group,estimator,si_sdri", "i01,1,0,,model,7.5")
    files = with_table("scores.csv", *row)
    assert read(sealed({**record_of(files), "metrics": [entry]}, files)).verified
    assert (
        "no standard dev"
        in only(sealed({**record_of(files), "metrics": [{**entry, "sd": 0}]}, files)).message
    )


# --- run-scores ----------------------------------------------------------------------------------------

HEADER = "item,source,seed,group,estimator,si_sdri"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([HEADER, "i01,1,0,g,model,1", "i02,1,0,g,model"], "scores.csv line 3: 5 cells, the header has 6"),
        ([HEADER, "i01,1,0,g,model,nan"], "scores.csv line 2, column `si_sdri`: `nan` is no finite number"),
        ([HEADER, "i01,1,0,g,model,1e999"], "`1e999` is no finite number"),
        ([HEADER, "i01,1,0,g,model,1_0"], "`1_0` is no finite number"),
        ([HEADER, "i01,1,0,g,model,1", "i01,1,0,h,model,2"], "line 3: the same item"),
        (["item,seed,group,estimator,si_sdri"], "line 1: no column `source`"),
        (["item,source,seed,group,estimator"], "line 1: no column for a metric"),
        ([HEADER + ",si_sdri"], "line 1: a column without a name or a name twice"),
        ([HEADER, 'i01,1,0,g,model,"1'], "line 2: unexpected end of data"),
    ],
)
def test_malformed_scores(lines: list[str], message: str):
    files = with_table("scores.csv", *lines)
    fault = only(files)
    assert fault.rule == "run-scores"
    assert message in fault.message
    assert fault.help.startswith("for example  item,source")
    assert line_of(files, fault).startswith('"scores.csv"')


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["step,loss", "1,2", "2,inf"], "history.csv line 3, column `loss`: `inf` is no finite number"),
        (["loss", "1"], "history.csv line 1: the first column is `loss`, not `step` or `epoch`"),
        ([""], "history.csv line 1: no header"),
    ],
)
def test_malformed_history(lines: list[str], message: str):
    assert only(with_table("history.csv", *lines)).message == message


def test_a_table_of_nothing_but_mistakes_is_told_shortly():
    _, faults = read_scores(text(HEADER, *["x"] * 500))
    assert len(faults) == 20
    assert faults[-1].message.endswith("(and 480 more like it)")


# --- run-figure-alt, run-device, run-split -------------------------------------------------------------


@pytest.mark.parametrize(
    ("figures", "message"),
    [
        ([{"file": "figures/mask.png", "caption": "A mask."}], "has no alt text"),
        ([{"file": "figures/mask.png", "alt": "Grey.", "caption": " "}], "has no caption"),
        ([*RECORD["figures"], {"file": "figures/no.png", "alt": "a", "caption": "c"}], "no.png is not in"),
        ([], "no entry in `figures`"),
    ],
)
def test_figures(figures: list[Any], message: str):
    fault = only(changed(figures=figures))
    assert fault.rule == "run-figure-alt"
    assert message in fault.message
    assert read(changed(figures=figures)).verified  # a missing text says nothing about the numbers


def test_the_device_is_a_gpu_or_a_cpu():
    files = changed(device={"kind": "tpu", "name": "X"})
    fault = only(files)
    assert (fault.rule, line_of(files, fault)) == ("run-device", '"kind": "tpu",')
    assert read(files).device_label == "TPU: X"


def test_test_speakers_are_not_trained_on():
    splits = {
        "tr": {"speakers": ["s01", "s02"]},
        "cv": {"speakers": ["s01"]},
        "tt": {"speakers": ["s02", "s03"]},
    }
    files = changed(data={"name": "d", "splits": splits})
    fault = only(files)
    assert (fault.rule, fault.message) == ("run-split", "speakers of `tt` are in training too: s02")
    splits["tt"] = {"speakers": 2}
    assert read(changed(data={"name": "d", "splits": splits})).verified


# --- numbers -------------------------------------------------------------------------------------------

VALUES = st.lists(st.floats(-60, 60).map(lambda value: round(value, 3)), min_size=2, max_size=30)


@given(VALUES, VALUES, st.integers(2, 12))
@settings(max_examples=60, deadline=None)
def test_metrics_by_another_formula_agree(one: list[float], two: list[float], digits: int):
    rows = [("a", value) for value in one] + [("b", value) for value in two]
    lines = [f"i{at},1,0,{group},model,{value!r}" for at, (group, value) in enumerate(rows)]
    parts = (one + two, {}), (one, {"group": "a"}), (two, {"group": "b"})
    metrics = [textbook(values, digits) | group for values, group in parts]
    files = sealed({**RECORD, "figures": [], "metrics": metrics}, {"scores.csv": text(HEADER, *lines)})
    assert read(files).faults == ()


def textbook(values: list[float], digits: int) -> dict[str, Any]:
    n = len(values)
    mean = math.fsum(values) / n
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    return {"name": "si_sdri", "mean": round(mean, digits), "sd": round(sd, digits), "n": n}


def test_recompute_and_bootstrap():
    scores, _ = read_scores(run_files()["scores.csv"])
    summary = recompute(scores, "si_sdri", "model", "different-sex")
    assert summary
    assert (summary.n, summary.mean, summary.median) == (2, 12.0, 12.0)
    assert recompute(Scores(), "si_sdri") is None
    assert recompute(scores, "pesq") is None
    low, high = bootstrap_ci(scores.values("si_sdri"), resamples=500)
    assert 7.5 <= low < 10 < high <= 13
    assert (low, high) == bootstrap_ci(scores.values("si_sdri"), resamples=500)
    assert bootstrap_ci([3.0], resamples=10) == (3.0, 3.0)
    with pytest.raises(ValueError, match="at least one value"):
        bootstrap_ci([])


# --- anything at all -----------------------------------------------------------------------------------

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(run_files())), st.binary(max_size=200), st.integers(0, 3000))
@settings(max_examples=150, deadline=None)
def test_garbage_in_any_file_never_raises(name: str, garbage: bytes, at: int):
    files = run_files()
    for data in (garbage, files[name][:at] + garbage + files[name][at + len(garbage) :]):
        assert_told(read({**files, name: data}), data == files[name])


NO_DOUBT = {"run-figure-alt", "run-origin", "run-dirty", "run-device-name"}  # say nothing against the numbers


@given(st.sampled_from([*RECORD, "metrics", "files"]), JUNK)
@settings(max_examples=150, deadline=None)
def test_any_json_in_any_key_never_raises(key: str, value: Any):
    files = run_files()
    files["run.json"] = json.dumps({**record_of(files), key: value}).encode()
    run = read(files)
    assert run.verified <= all(fault.rule in NO_DOUBT for fault in run.faults)
    run.provenance()


def assert_told(run: Run, unchanged: bool) -> None:
    assert unchanged or run.faults or run.record
    assert all(fault.rule.startswith("run-") and fault.place.line > 0 for fault in run.faults)
    assert run.provenance() is not None


@given(st.binary(max_size=300))
def test_tables_of_garbage(data: bytes):
    for reader in (read_scores, read_history):
        read: Callable[[bytes], tuple[Any, list[Fault]]] = reader
        _, faults = read(data)
        assert all(fault.message.startswith(("scores.csv line", "history.csv line")) for fault in faults)


def test_a_large_run_is_read_quickly():
    lines = [f"i{at},1,0,g,model,{at % 7}" for at in range(20_000)]
    files = sealed({**RECORD, "figures": [], "metrics": []}, {"scores.csv": text(HEADER, *lines)})
    began = time.perf_counter()
    assert read(files).verified
    assert time.perf_counter() - began < 10
