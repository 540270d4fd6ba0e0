"""Copies of the quickstart as a student has them: untouched, solved, or with one bug in the solution."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from conftest import REPOSITORY

STARTER = REPOSITORY / "weeks/week-01/quickstart"
SOLUTION = Path(__file__).parent / "solution/quickstart"
SOLVED = tuple(sorted(file.stem for file in SOLUTION.glob("*.py")))
ENVIRONMENT = {
    **os.environ,
    "OMP_NUM_THREADS": "1",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # students have pytest alone, and it starts a second sooner
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Ada Example",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada Example",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
}


@dataclass(frozen=True)
class Outcome:
    """A test of the student's folder, and the message that it failed with: '' where it passed."""

    name: str
    failure: str


def starter(folder: Path) -> Path:
    """The folder as it is handed out."""
    return shutil.copytree(STARTER, folder, ignore=shutil.ignore_patterns("__pycache__", ".*", "runs"))


def solved(folder: Path) -> Path:
    """The folder with the solution laid over it."""
    return shutil.copytree(SOLUTION, starter(folder) / "quickstart", dirs_exist_ok=True).parent


def python(folder: Path, *arguments: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    """Run Python there, as a student would."""
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=timeout, check=False
    )


def outcomes(folder: Path) -> list[Outcome]:
    """What all of its tests come to."""
    done = python(folder, "-m", "pytest", "--junitxml=outcomes.xml")
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    cases = ElementTree.parse(folder / "outcomes.xml").iter("testcase")
    return [_outcome(case) for case in cases]


def _outcome(case: ElementTree.Element) -> Outcome:
    trouble = next(iter(case), None)  # failure, error or skipped
    return Outcome(case.attrib["name"], "" if trouble is None else trouble.attrib["message"])
