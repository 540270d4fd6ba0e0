"""Lays out small courses for tests from data: path -> text, or one of the forms below.

{base64: …}             bytes
{repeat: x, times: n}   a long text
{symlink: target}       a symbolic link
{fifo: true}            a named pipe
{make: name}            bytes that a function of tests/makers.py returns
{notebook: [cells]}     an .ipynb with these cells, see makers.notebook
{run: {title: …}}       a run folder whose run.json has these keys changed; `files` adds or replaces
                        files of the folder (null takes one away), with digests that are right
null                    the file is taken away
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

import makers
import runs

RULES = Path(__file__).parent / "rules"


def base_course() -> dict[str, Any]:
    """The complete small course without a finding."""
    return dict(yaml.safe_load((RULES / "base.yml").read_text(encoding="utf-8")))


def write_course(root: Path, *layers: Mapping[str, Any]) -> Path:
    """Write the base course with layers of changes over it."""
    files = base_course()
    for layer in layers:
        files.update(layer)
    for path, content in files.items():
        if content is not None:
            write_file(root / path, content)
    return root


def write_file(file: Path, content: Any) -> None:
    """Write one file from its data."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, str):
        file.write_bytes(content.encode())
    elif isinstance(content, bytes):
        file.write_bytes(content)
    elif "symlink" in content:
        file.symlink_to(content["symlink"])
    elif "fifo" in content:
        os.mkfifo(file)
    elif "base64" in content:
        file.write_bytes(base64.b64decode(content["base64"]))
    elif "make" in content:
        file.write_bytes(getattr(makers, content["make"].replace("-", "_"))())
    elif "notebook" in content:
        file.write_bytes(makers.notebook(content["notebook"]))
    elif "run" in content:
        _write_run(file, dict(content["run"]))
    else:
        file.write_text(content["repeat"] * content["times"], encoding="utf-8")


def _write_run(folder: Path, changes: dict[str, Any]) -> None:
    added = {name: text if text is None else text.encode() for name, text in changes.pop("files", {}).items()}
    files = runs.run_files(changes)
    record = {key: value for key, value in json.loads(files["run.json"]).items() if value != "left out"}
    kept = {name: data for name, data in {**files, **added}.items() if data is not None}
    for name, data in runs.sealed(record, kept).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


MKDOCS = """\
site_name: A small course
site_url: https://example.github.io/course/
docs_dir: site_src
theme: {name: material, font: false, features: [navigation.indexes, navigation.prune, navigation.tabs]}
plugins: [search, coursekit]
markdown_extensions: [attr_list, {toc: {permalink: true}}]
extra: {generator: false}
"""


def commit(root: Path, message: str = "Add material") -> None:
    """Put everything into a real git repository."""
    environment = {
        **os.environ,
        "GIT_AUTHOR_NAME": "Ada Example", "GIT_AUTHOR_EMAIL": "ada@example.org", "GIT_AUTHOR_DATE": "2020-04-09T12:00:00Z",
        "GIT_COMMITTER_NAME": "Ada Example", "GIT_COMMITTER_EMAIL": "ada@example.org", "GIT_COMMITTER_DATE": "2020-04-09T12:00:00Z",
    }  # fmt: skip
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", message]):
        subprocess.run(["git", *arguments], cwd=root, env=environment, check=True)


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file below a folder."""
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }
