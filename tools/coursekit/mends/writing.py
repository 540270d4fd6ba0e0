"""Mends on the disk: contents first, each file replaced in one move, then names, the deepest first.

Whatever interrupts it leaves every file whole, under its old name or its new one; the next run does the rest.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coursekit.naming import Rename
from coursekit.source import CONTENT_FOLDERS, shown_path


@dataclass(frozen=True, slots=True)
class Step:
    """New content for one file under the name that it has now; `linked` if it needs the renames."""

    path: str
    old: bytes
    new: bytes
    linked: bool


@dataclass(frozen=True, slots=True)
class Result:
    """The files that were not touched, what got its new name, and sentences that say why something did not."""

    untouched: frozenset[str]
    renamed: tuple[Rename, ...]
    said: tuple[str, ...]


def write_all(root: Path, steps: Sequence[Step], renames: Sequence[Rename]) -> Result:
    """Write new contents, then give new names. Links and the names that they lead to change together or not at all."""
    why = {step.path: reason for step in steps if (reason := _changed(root, step))}
    together = any(step.path in why for step in steps if step.linked)
    for step in steps:
        if step.path in why:
            continue
        if step.linked and together:
            why[step.path] = "a file that goes with it changed while the course was read; run it again"
        elif step.new != step.old and (reason := _replace(root, step)):
            why[step.path] = reason
    failed = (
        {} if together else {one: told for one in _deepest_first(renames) if (told := _rename(root, one))}
    )
    if together:
        kept = (
            "it keeps its name, since a file that links to what is renamed changed while the course was read"
        )
        failed = {one: f"{shown_path(one.path)}: {kept}" for one in renames}
    said = (f"{shown_path(path)}: left as it is: {reason}" for path, reason in sorted(why.items()))
    renamed = tuple(one for one in renames if one not in failed)
    return Result(frozenset(why), renamed, (*said, *failed.values()))


def _deepest_first(renames: Iterable[Rename]) -> list[Rename]:
    return sorted(renames, key=lambda one: (-one.path.count("/"), one.path))


def _unsafe(root: Path, path: str) -> str:
    """Why a path must not be written to, or '': it is outside of the content, or a link is on the way."""
    parts = path.split("/")
    if parts[0] not in CONTENT_FOLDERS or len(parts) < 2 or any(part in {"", ".", ".."} for part in parts):
        return "it is outside of the course's content"
    for depth in range(1, len(parts)):
        if not stat.S_ISDIR(_mode(root / "/".join(parts[:depth]))):
            return "a folder above it is not there any more, or is a link"
    return ""


def _mode(path: Path) -> int:
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def _changed(root: Path, step: Step) -> str:
    """Why a file is not the one that was read, or ''."""
    if reason := _unsafe(root, step.path):
        return reason
    if not stat.S_ISREG(_mode(root / step.path)):
        return "it is not there any more, or is no regular file"
    if step.new == step.old:
        return ""  # only its name changes, or that of its folder
    try:
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        with open(os.open(root / step.path, flags), "rb") as file:  # noqa: PTH123 - flags of our own
            same = file.read(len(step.old) + 1) == step.old
    except OSError as error:
        return f"it can't be read: {error.strerror}"
    return "" if same else "it changed while the course was read; run it again"


def _replace(root: Path, step: Step) -> str:
    """Put the new content beside the file and then in its place; why it did not work, or ''."""
    file, beside = root / step.path, ""
    try:
        handle, beside = tempfile.mkstemp(prefix=".mend-", dir=file.parent)
        with os.fdopen(handle, "wb") as new:
            new.write(step.new)
            new.flush()
            os.fsync(new.fileno())
        shutil.copymode(file, beside, follow_symlinks=False)
        Path(beside).replace(file)
    except OSError as error:
        if beside:
            Path(beside).unlink(missing_ok=True)
        return f"it can't be written: {error.strerror}"
    return ""


def _rename(root: Path, rename: Rename) -> str:
    """Give a file or folder its new name; what to say where that did not work, or ''."""
    old, new = root / rename.path, root / rename.new_path
    reason = _unsafe(root, rename.path) or _unsafe(root, rename.new_path)
    if not reason and not stat.S_ISREG(_mode(old)) and not stat.S_ISDIR(_mode(old)):
        reason = "it is not there any more, or is a link"
    if not reason and os.path.lexists(new) and not _is_same(old, new):
        reason = f"there is a `{rename.name}` already"
    if not reason:
        try:
            old.rename(new)
        except OSError as error:
            reason = error.strerror or "the system refused it"
    return f"{shown_path(rename.path)}: keeps its name: {reason}" if reason else ""


def _is_same(old: Path, new: Path) -> bool:
    """Whether both are one file, as on a disk that can't tell capitals apart."""
    return old.name.casefold() == new.name.casefold() and old.samefile(new)
