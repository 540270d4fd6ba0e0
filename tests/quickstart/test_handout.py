"""The handout's commands, in their order, in a new folder: they succeed and print what the handout shows."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from folders import ENVIRONMENT, SOLUTION, STARTER, starter
from handout import Step, likeness, steps

from conftest import REPOSITORY
from trees import commit

END = "=== end of step"
COURSE = "https://github.com/pseeth/deep-learning-for-practitioners"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Where the course's address is a repository on this machine, and pip finds all that is needed installed.

    A new virtual environment sees the packages of this one, so that nothing is downloaded.
    """
    origin = tmp_path_factory.mktemp("origin")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, origin)
    starter(origin / "weeks/week-01/quickstart")
    for package in ("coursekit", "separation"):
        (origin / "tools").mkdir(exist_ok=True)
        (origin / "tools" / package).symlink_to(REPOSITORY / "tools" / package)
    commit(origin)
    return ENVIRONMENT | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": sysconfig.get_path("purelib"),
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's word for 'without'
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{origin}.insteadOf",
        "GIT_CONFIG_VALUE_0": COURSE,
    }


def work_before(step: Step) -> str:
    """What a student does before a step's commands: fill in the file whose tests they run."""
    named = [file for file in sorted(SOLUTION.glob("*.py")) if f"tests/test_{file.name}" in step.commands]
    return "".join(f"cp {shlex.quote(str(file))} quickstart/\n" for file in named)


def script(found: list[Step]) -> str:
    """All steps as one shell script that ends at the first failure, but for tests that are said to fail."""
    parts = ["set -e\n"]
    for step in found:
        fails = any(" failed in " in line for line in step.shown)
        commands = f"! {step.commands}" if fails else step.commands
        parts.append(f"{work_before(step)}{commands}echo '{END}'\n")
    return "".join(parts)


def test_the_handout_can_be_followed(environment: dict[str, str], tmp_path: Path) -> None:
    found = steps(STARTER / "index.md")
    done = subprocess.run(
        ["bash", "-c", script(found)],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    printed = done.stdout.split(END + "\n")
    assert done.returncode == 0, printed[-1] + done.stderr
    assert len(found) == len(printed) - 1 == 13
    for step, output in zip(found, printed, strict=False):
        lines = {likeness(line) for line in output.splitlines()}
        assert [line for line in step.shown if likeness(line) not in lines] == [], output
    assert len(printed[-2].strip()) >= 7  # the commit to hand in
