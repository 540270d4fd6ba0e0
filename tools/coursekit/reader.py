"""Reads one document whole. Only workers import this: what is known already needs no reader."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from coursekit.ignores import read_ignores
from coursekit.kinds import kind_named
from coursekit.model import Document
from coursekit.run_reader import read_run
from coursekit.secrets import secret_faults
from coursekit.tidy.families import untidy


def read_one(kind: str, path: str, content: Any) -> Document:
    """Runs in a worker. A run has no kind: it is many files."""
    document = kind_named(kind).read(path, content) if kind else read_run(path, content)
    files = {path: content} if kind else {f"{path}/{name}": data for name, data in content.items()}
    ignores = read_ignores(path, content) if kind else ()
    leaks = tuple(secret for file, data in files.items() for secret in secret_faults(file, data, document))
    loose = untidy(document, content) if kind else ()
    if not (leaks or loose or ignores):
        return document
    return replace(document, faults=(*document.faults, *leaks), untidy=loose, ignores=ignores)
