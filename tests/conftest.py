"""What all tests share: a cache of their own, no colours, and a browser or a reason."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parent.parent
os.environ["NO_MKDOCS_2_WARNING"] = "1"
os.environ["NO_COLOR"] = "1"
os.environ.pop("FORCE_COLOR", None)
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers share the cores; torch would take all in each


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests neither use nor fill the user's cache."""
    os.environ["COURSE_CACHE"] = str(tmp_path_factory.mktemp("cache"))
    os.environ["SEPARATION_CACHE"] = str(tmp_path_factory.mktemp("separation"))
    yield


@pytest.fixture(scope="session")
def speech() -> Any:
    """A few minutes of synthetic speech, as the package makes it."""
    from separation.data import cached
    from separation.speech import SpeechConfig, make_speech

    config = SpeechConfig(
        train_speakers=4,
        valid_speakers=4,
        test_speakers=4,
        train_utterances=4,
        other_utterances=3,
        unseen=False,
    )
    return make_speech(config, cached(config))


@pytest.fixture(scope="session")
def separation() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the `separation` command in a folder, as a user would."""

    def run(*arguments: str, cwd: Path, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "separation", *arguments]
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False)

    return run


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real Chromium; in CI it must be there."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        assert not os.environ.get("CI"), "CI installs Chromium before the tests"
        pytest.skip("install the Debian package `chromium` to run the browser tests")
    return found


@pytest.fixture
def course() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the `course` command in a folder, as a user would."""

    def run(*arguments: str, cwd: Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "coursekit.cli", *arguments]
        return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=timeout, check=False)

    return run
