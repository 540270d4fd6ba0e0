"""The course's own notebooks: each runs from its first cell to its last and says what its stored outputs say."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import REPOSITORY

NOTEBOOKS = sorted(REPOSITORY.glob("presentations/week-*/*/*.ipynb"))
# digits hang on the processor and on the clock: what is told must stay, and the number of its numbers
_NUMBER = re.compile(r"[-+−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")


def told(notebook: Path) -> list[list[tuple[str, str]]]:
    """For each code cell what it shows: printed words with numbers blotted out, and the kinds of pictures."""
    cells = [c for c in json.loads(notebook.read_text(encoding="utf-8"))["cells"] if c["cell_type"] == "code"]
    return [_shown(cell["outputs"]) for cell in cells]


def _shown(outputs: list[dict[str, Any]]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for output in outputs:
        if output.get("name") == "stderr":
            continue  # how far work is, and what was made before isn't made again
        if output["output_type"] == "stream":
            text = _NUMBER.sub("N", "".join(output["text"]))
            if found and found[-1][0] == output["name"]:  # a busy kernel sends one text in two parts
                text = found.pop()[1] + text
            found.append((output["name"], text))
        else:
            found.append((output["output_type"], " ".join(sorted(output.get("data", {})))))
    return [(kind, " ".join(text.split())) for kind, text in found]


def test_there_are_notebooks_in_both_weeks() -> None:
    assert {book.parts[-3] for book in NOTEBOOKS} == {"week-01", "week-02"} and len(NOTEBOOKS) >= 4


@pytest.mark.parametrize("book", NOTEBOOKS, ids=lambda book: book.stem)
def test_a_notebook_runs_and_says_what_is_stored(
    book: Path, tmp_path: Path, course: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    shutil.copy(REPOSITORY / "course.yml", tmp_path)
    place = book.parent.relative_to(REPOSITORY)
    shutil.copytree(book.parent, tmp_path / place, ignore=shutil.ignore_patterns("runs"))
    done = course("run", "notebook", str(place / f"{book.stem}.py"), cwd=tmp_path, timeout=600)
    assert done.returncode == 0, done.stderr
    assert told(tmp_path / place / book.name) == told(book)
