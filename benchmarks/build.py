"""Time and memory of a build against the usual off-the-shelf one, on the same course, in the same run.

    python benchmarks/build.py [N …]        (N presentations; 20 and 100 when left out)

The peer is Material for MkDocs with mkdocs-jupyter (stored outputs, nothing executed) and pruned navigation, installed into a
temporary environment. It shows no slides as pictures, reads no questions and checks nothing; its figures are the floor.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from corpus import write_course

PEER = ("mkdocs-material==9.8.1", "mkdocs-jupyter", "pymdown-extensions")
PEER_CONFIG = """\
site_name: A course
docs_dir: docs
theme: {name: material, font: false, features: [navigation.prune, navigation.tabs]}
plugins: [search, {mkdocs-jupyter: {execute: false}}]
markdown_extensions: [attr_list, admonition, tables, pymdownx.superfences, pymdownx.highlight, {pymdownx.arithmatex: {generic: true}}, {toc: {permalink: true}}]
"""


def run(command: list[str], cwd: Path, **environment: str) -> tuple[float, float]:
    """Wall seconds and peak MB of a command and its children."""
    before = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **environment},
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{' '.join(command)} failed with {status}")
    return time.perf_counter() - before, usage.ru_maxrss / 1024


def peer_environment(folder: Path) -> Path:
    """A fresh environment with the peer; returns its mkdocs."""
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run(
        [str(folder / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", *PEER], check=True
    )
    return folder / "bin/mkdocs"


def measure(count: int, folder: Path, peer: Path) -> None:
    """Print a row for each way of building a course of `count` presentations."""
    ours, theirs = folder / "ours", folder / "theirs"
    write_course(ours, count)
    shutil.copytree(ours / "presentations", theirs / "docs/presentations")
    shutil.copytree(ours / "scribe_notes", theirs / "docs/scribe_notes")
    (theirs / "docs/index.md").write_text("# A course\n", encoding="utf-8")
    (theirs / "mkdocs.yml").write_text(PEER_CONFIG, encoding="utf-8")
    course = [sys.executable, "-m", "coursekit.cli"]
    cache = {"COURSE_CACHE": str(folder / "cache")}
    rows = {
        "course check, cold": run([*course, "check"], ours, **cache),
        "course check, nothing changed": run([*course, "check"], ours, **cache),
        "course build, slides not drawn yet": run([*course, "build"], ours, **cache),
        "course build, nothing changed": run([*course, "build"], ours, **cache),
        "mkdocs-jupyter, cold": run([str(peer), "build", "-q"], theirs, NO_MKDOCS_2_WARNING="1"),
        "mkdocs-jupyter, nothing changed": run([str(peer), "build", "-q"], theirs, NO_MKDOCS_2_WARNING="1"),
    }
    base = rows["mkdocs-jupyter, nothing changed"][0]
    for name, (seconds, megabytes) in rows.items():
        print(f"| {count} | {name} | {seconds:.1f} | {seconds / base:.2f} | {megabytes:.0f} |", flush=True)


def main() -> None:
    """Measure each size that is named on the command line."""
    print(
        "| presentations | what | seconds | ratio to the peer, nothing changed | peak MB |\n|---|---|---|---|---|"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        peer = peer_environment(folder / "peer")
        for count in [int(argument) for argument in sys.argv[1:]] or [20, 100]:
            measure(count, folder / str(count), peer)


if __name__ == "__main__":
    main()
