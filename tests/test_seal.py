"""`course run seal`: a folder that any code left becomes one that `course check` finds no fault in."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coursekit.checks import run_checks
from coursekit.loading import load
from coursekit.model import PageOutput
from coursekit.pipeline import build
from runs import RECORD, write_run
from trees import write_course

Course = Callable[..., "subprocess.CompletedProcess[str]"]
BARE: dict[str, Any] = {
    key: RECORD[key] for key in ("title", "method", "device", "data", "figures", "commit", "command", "seeds")
}


def left(folder: Path, record: dict[str, Any] | None) -> Path:
    """A run folder as training code may leave it: no metrics, no digests, perhaps no run.json."""
    write_run(folder)
    (folder / "run.json").unlink()
    if record is not None:
        (folder / "run.json").write_text(json.dumps(record))
    return folder


def test_what_follows_from_the_files_is_completed(tmp_path: Path, course: Course) -> None:
    folder = left(tmp_path / "dc", BARE)
    done = course("run", "seal", "dc", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads((folder / "run.json").read_text())
    assert done.stdout == f"sealed dc: {len(record['files'])} files, {len(record['metrics'])} metrics\n"
    model = next(m for m in record["metrics"] if (m["estimator"], m["group"]) == ("model", "same-sex"))
    assert (model["mean"], model["n"], model["median"]) == (8.0, 2, 8.0)
    assert model["ci95"][0] <= 8 <= model["ci95"][1] and "bootstrap" in model["ci_method"]
    assert {m["estimator"] for m in record["metrics"]} == {"model", "mixture", "irm"}
    first = (folder / "run.json").read_bytes()
    assert course("run", "seal", "dc", cwd=tmp_path).returncode == 0
    assert (folder / "run.json").read_bytes() == first, "twice is the same as once"


def test_a_changed_table_is_sealed_again_and_words_are_kept(tmp_path: Path, course: Course) -> None:
    folder = write_run(tmp_path / "dc")
    table = folder / "scores.csv"
    table.write_text(table.read_text().replace("7.50", "9.50"))
    before = json.loads((folder / "run.json").read_text())
    assert course("run", "seal", "dc", cwd=tmp_path).returncode == 0
    after = json.loads((folder / "run.json").read_text())
    assert after["metrics"][0]["mean"] == before["metrics"][0]["mean"] + 0.5
    assert [(m["name"], m.get("unit")) for m in after["metrics"]] == [
        (m["name"], m.get("unit")) for m in before["metrics"]
    ]
    kept = ("title", "method", "config", "command", "device", "data", "figures")
    assert [after[key] for key in kept] == [before[key] for key in kept]


def test_what_only_a_person_knows_is_asked_for(tmp_path: Path, course: Course) -> None:
    left(tmp_path / "dc", None)
    done = course("run", "seal", "dc", cwd=tmp_path)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    for key in ("title", "method", "device", "data"):
        assert f"`{key}`" in done.stdout, done.stdout
    assert json.loads((tmp_path / "dc/run.json").read_text())["files"]


@pytest.mark.parametrize(
    ("written", "message"),
    [("{", "run.json:1:"), ("[]", "must hold one JSON object"), ('{"a": 1, "a": 2}', "run.json:1:")],
)
def test_a_record_that_is_none_is_left_alone(
    tmp_path: Path, course: Course, written: str, message: str
) -> None:
    folder = left(tmp_path / "dc", None)
    (folder / "run.json").write_text(written)
    done = course("run", "seal", "dc", cwd=tmp_path)
    assert done.returncode == 2 and message in done.stderr
    assert (folder / "run.json").read_text() == written


def test_broken_scores_are_told_and_an_empty_folder_is_refused(tmp_path: Path, course: Course) -> None:
    folder = left(tmp_path / "dc", BARE)
    (folder / "scores.csv").write_text("item,source\n")
    done = course("run", "seal", "dc", cwd=tmp_path)
    assert done.returncode == 1 and "scores.csv line 1" in done.stdout
    (tmp_path / "empty").mkdir()
    done = course("run", "seal", "empty", cwd=tmp_path)
    assert done.returncode == 2 and "holds no files" in done.stderr


def test_a_student_s_sealed_run_is_shown_on_the_project_s_page(tmp_path: Path, course: Course) -> None:
    root = write_course(
        tmp_path, {"projects/mine/index.md": "---\ntitle: Mine\nmembers: [ada, ben, cleo]\n---\nWe try.\n"}
    )
    folder = left(root / "projects/mine/runs/own", {**BARE, "title": "Trained with our own loop"})
    assert course("run", "seal", str(folder), cwd=root).returncode == 0
    loaded = load(root, as_of=dt.date(2020, 4, 1))
    assert run_checks(loaded) == []
    pages = [one for one in build(loaded).outputs if isinstance(one, PageOutput)]
    body = next(page.body for page in pages if page.path == "projects/mine/index.md")
    assert "Trained with our own loop" in body
    assert "8.0" in body
