"""Slides and notebooks are made by a command from what is in the tree, and are what is in the tree."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from conftest import REPOSITORY

Run = Callable[..., "subprocess.CompletedProcess[str]"]
TALK = REPOSITORY / "presentations/week-01/deep-clustering"
NOTEBOOK = """\
# %% [markdown]
# # A small notebook

# %%
print(6 * 7)
"""


def test_slides_are_made_from_their_source_with_the_same_bytes(course: Run, tmp_path: Path) -> None:
    copy = tmp_path / "talk"
    shutil.copytree(TALK, copy)
    (copy / "slides.pdf").unlink()
    done = course("run", "slides", "slides.typ", cwd=copy)
    assert done.returncode == 0, done.stderr
    assert (copy / "slides.pdf").read_bytes() == (TALK / "slides.pdf").read_bytes()


def test_a_notebook_is_run_and_stored_the_same_way_twice(course: Run, tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text(NOTEBOOK, encoding="utf-8")
    first = course("run", "notebook", "small.py", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    stored = (tmp_path / "small.ipynb").read_bytes()
    cells = json.loads(stored)["cells"]
    assert [cell["id"] for cell in cells] == ["cell-01", "cell-02"]
    assert cells[1]["outputs"][0]["text"] == ["42\n"] and cells[1]["execution_count"] == 1
    assert course("run", "notebook", "small.ipynb", cwd=tmp_path).returncode == 0
    assert (tmp_path / "small.ipynb").read_bytes() == stored


def test_a_text_twin_with_other_cells_is_not_overwritten(course: Run, tmp_path: Path) -> None:
    (tmp_path / "small.py").write_text(NOTEBOOK, encoding="utf-8")
    assert course("run", "notebook", "small.py", cwd=tmp_path).returncode == 0
    edited = (tmp_path / "small.py").read_text(encoding="utf-8").replace("6 * 7", "6 * 9")
    (tmp_path / "small.py").write_text(edited, encoding="utf-8")
    stored = (tmp_path / "small.ipynb").read_bytes()
    done = course("run", "notebook", "small.ipynb", cwd=tmp_path)
    assert done.returncode == 2 and "small.py holds other cells than small.ipynb" in done.stderr
    assert (tmp_path / "small.py").read_text(encoding="utf-8") == edited
    assert (tmp_path / "small.ipynb").read_bytes() == stored
    assert course("run", "notebook", "small.py", cwd=tmp_path).returncode == 0
    assert json.loads((tmp_path / "small.ipynb").read_bytes())["cells"][1]["outputs"][0]["text"] == ["54\n"]


def test_a_failing_notebook_stores_nothing_and_says_why(course: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text("# %%\n1 / 0\n", encoding="utf-8")
    done = course("run", "notebook", "bad.py", cwd=tmp_path)
    assert done.returncode == 2
    assert (
        "ZeroDivisionError: division by zero; nothing was stored" in done.stderr
        and "Traceback" not in done.stderr
    )
    assert not (tmp_path / "bad.ipynb").exists()


def test_figures_are_drawn_by_code_in_the_tree(tmp_path: Path) -> None:
    shutil.copy(TALK / "figures.py", tmp_path)
    subprocess.run([sys.executable, "figures.py"], cwd=tmp_path, check=True, capture_output=True)
    drawn, kept = (sorted((folder / "figures").glob("*.png")) for folder in (tmp_path, TALK))
    assert [file.name for file in drawn] == [file.name for file in kept] and kept
    for new, old in zip(drawn, kept, strict=True):
        assert looks_like(new, old), f"{new.name} is not what figures.py draws"


def looks_like(new: Path, old: Path) -> bool:
    """Whether two pictures are the same to the eye: a network's numbers hang on the processor, in their last digits."""
    one, two = (np.asarray(Image.open(file).convert("RGB"), dtype=int) for file in (new, old))
    return one.shape == two.shape and bool((np.abs(one - two).max(axis=-1) > 16).mean() < 0.002)
