"""The quickstart assignment is whole: its tests fail until the work is done, pass when it is, and find silent bugs."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from folders import SOLUTION, SOLVED, STARTER, outcomes, python, solved, starter

from coursekit.loading import load
from coursekit.model import AssetOutput
from coursekit.pipeline import build
from trees import commit, write_course

TESTS = 69
BUGS: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "bugs.yml").read_text(encoding="utf-8"))
PROJECT_RUN = "projects/my-paper/runs/mlp"
PROJECT = {"projects/my-paper/index.md": "---\ntitle: My paper\nmembers: [ada, ben, cleo]\n---\nWe try.\n"}
Run = Callable[..., "subprocess.CompletedProcess[str]"]


def test_every_test_of_the_starter_waits_for_code(tmp_path: Path) -> None:
    found = outcomes(starter(tmp_path / "quickstart"))
    assert len(found) == TESTS
    assert [one for one in found if not one.failure.startswith("NotImplementedError: ")] == []


def test_every_test_passes_with_the_solution(tmp_path: Path) -> None:
    found = outcomes(solved(tmp_path / "quickstart"))
    assert len(found) == TESTS
    assert [one for one in found if one.failure] == []


@pytest.mark.parametrize("name", SOLVED)
def test_the_solution_fills_in_bodies_and_changes_nothing_else(name: str) -> None:
    assert outline(SOLUTION / f"{name}.py") == outline(STARTER / f"quickstart/{name}.py")


def outline(file: Path) -> str:
    """A module without what its functions do; their docstrings stay."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            node.body = node.body[: 1 if ast.get_docstring(node) else 0] or [ast.Pass()]
    return ast.unparse(tree)


def test_each_silent_bug_is_found_by_its_test(tmp_path: Path) -> None:
    folders = [with_bug(tmp_path / str(number), bug) for number, bug in enumerate(BUGS)]
    asked = [
        f"{folder}=tests/test_{bug['file']}.py::{bug['found_by']}"
        for folder, bug in zip(folders, BUGS, strict=True)
    ]
    done = python(tmp_path, str(Path(__file__).parent / "each_bug.py"), *asked)
    codes = done.stdout.split()
    assert len(codes) == len(BUGS), done.stderr
    # 1 is a test that failed; one that there is not would be 4
    assert [bug for bug, code in zip(BUGS, codes, strict=True) if code != "1"] == []


def with_bug(folder: Path, bug: dict[str, Any]) -> Path:
    """The solved folder with one bug."""
    file = solved(folder) / f"quickstart/{bug['file']}.py"
    text = file.read_text(encoding="utf-8")
    assert text.count(bug["right"]) > 1 if bug.get("everywhere") else text.count(bug["right"]) == 1, bug
    file.write_text(text.replace(bug["right"], bug["wrong"]), encoding="utf-8")
    return folder


def test_a_run_is_sealed_and_accepted_by_the_course(course: Run, tmp_path: Path) -> None:
    work = solved(tmp_path / "quickstart")
    commit(work)
    root = write_course(tmp_path / "course", PROJECT)
    runs = root / PROJECT_RUN
    done = python(work, "-m", "quickstart.experiment", "--quick", "--out", str(runs.parent))
    assert done.returncode == 0, done.stderr
    for name in ("linear", "mlp"):
        sealed = course("run", "seal", f"projects/my-paper/runs/{name}", cwd=root)
        assert (sealed.returncode, sealed.stdout.count("\n")) == (0, 1), sealed.stdout  # it misses nothing
    checked = course("check", "--strict", "--as-of", "2020-04-01", cwd=root)
    assert (checked.returncode, checked.stdout) == (0, "No findings.\n"), checked.stdout
    record = json.loads((runs / "run.json").read_text(encoding="utf-8"))
    (metric,) = record["metrics"]
    low, high = metric["ci95"]
    assert 0.9 < low < metric["mean"] < high <= 1  # chance is 0.1
    assert metric["n"] == 359 * 2
    assert (record["device"]["kind"], record["dirty"], len(record["commit"])) == ("cpu", False, 40)


def test_files_that_are_not_committed_are_told(tmp_path: Path) -> None:
    work = solved(tmp_path / "quickstart")
    commit(work)
    (work / "quickstart/table.py").open("a", encoding="utf-8").write("\n# tried something\n")
    done = python(work, "-m", "quickstart.experiment", "--seeds", "1", "--only", "linear-raw")
    record = json.loads((work / "runs/linear-raw/run.json").read_text(encoding="utf-8"))
    assert (done.returncode, record["dirty"]) == (0, True)


def test_the_page_offers_all_files_as_one_archive(tmp_path: Path) -> None:
    root = write_course(tmp_path / "course")
    whole = starter(root / "weeks/week-01/quickstart")
    (whole / "notes.html").write_text("<script>alert(1)</script>", encoding="utf-8")  # is not published
    made = build(load(root))
    files = {output.path: output.data for output in made.outputs if isinstance(output, AssetOutput)}
    with zipfile.ZipFile(io.BytesIO(files["weeks/week-01/quickstart/quickstart.zip"])) as packed:
        packed.extractall(tmp_path)
    (whole / "notes.html").unlink()
    assert contents(tmp_path / "quickstart") == contents(whole)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(f.relative_to(folder)): f.read_bytes() for f in folder.rglob("*") if f.is_file()}
