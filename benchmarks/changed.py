"""Time of `course check --changed` when little changed, against the whole check, in the same run.

    python benchmarks/changed.py [N …]        (N presentations; 100 and 400 when left out)

Three files of the course are changed: a page, a notebook's text and a picture that is gone. The floor is what git
itself takes to say which files these are, and what Python takes to start and import click.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpus import write_course

ROUNDS = 7


def seconds(command: list[str], cwd: Path, **environment: str) -> float:
    """The median wall time of a command."""
    times = []
    for _ in range(ROUNDS):
        before = time.perf_counter()
        subprocess.run(command, cwd=cwd, env={**os.environ, **environment}, capture_output=True, check=False)
        times.append(time.perf_counter() - before)
    return statistics.median(times)


def git(root: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *settings, *arguments], cwd=root, check=True, capture_output=True)


def measure(count: int, root: Path) -> None:
    """Print a row for each way of checking a course of `count` presentations."""
    write_course(root, count)
    git(root, "init", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-m", "All")
    page = next(root.glob("presentations/week-01/*/index.md"))
    page.write_text(page.read_text(encoding="utf-8") + "\n[gone](gone.md)\n", encoding="utf-8")
    (root / "site_src/new.md").write_text("---\ntitle: New\n---\nNew.\n", encoding="utf-8")
    (next(root.glob("presentations/week-02/*/slides.pdf"))).unlink()
    course, cache = (
        [sys.executable, "-m", "coursekit.cli"],
        {"COURSE_CACHE": str(root.parent / f"cache-{count}")},
    )
    seconds([*course, "check"], root, **cache)
    rows = {
        "python, importing click": seconds([sys.executable, "-c", "import click"], root),
        "git diff and git ls-files": seconds(
            ["bash", "-c", "git diff --name-status HEAD; git ls-files -o"], root
        ),
        "course check, nothing else changed": seconds([*course, "check"], root, **cache),
        "course check --changed": seconds([*course, "check", "--changed"], root, **cache),
    }
    for name, value in rows.items():
        print(f"| {count} | {name} | {value:.2f} |", flush=True)


def main() -> None:
    """Measure each size that is named on the command line."""
    print("| presentations | what | seconds |\n|---|---|---|")
    for count in [int(argument) for argument in sys.argv[1:]] or [100, 400]:
        with tempfile.TemporaryDirectory() as name:
            measure(count, Path(name) / "course")


if __name__ == "__main__":
    main()
