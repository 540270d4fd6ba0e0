"""Reads an old repository as data: nothing in it is executed, no link is followed, sizes are bounded."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from coursekit.adopt.record import OldFile
from coursekit.model import CannotStart
from coursekit.source import HARD_LIMIT

MOST_FILES = 20_000
MOST_BYTES = 1 << 30  # of all files together: the proposal is made in memory and then written at once
_CONFIG_LIMIT = 64 << 10
_REMOTE = re.compile(
    r'^\[remote "origin"\]\s*\n(?:[^\[\n]*\n)*?\s*url\s*=\s*[^\n]*github\.com[:/]([\w.-]+)/([\w.-]+?)(?:\.git)?/?\s*$',
    re.MULTILINE,
)


def read_old(root: Path) -> tuple[OldFile, ...]:
    """Every file below `root` but git's own, sorted by path.

    Raises:
        CannotStart: there is no such folder, it has the agreed form already, or it is far too large.
    """
    if root.is_symlink() or not root.is_dir():
        raise CannotStart(f"{root} is no folder")
    if os.path.lexists(root / "course.yml"):
        raise CannotStart(
            f"{root} has a course.yml: it has the agreed form already; judge it with `course check --root {root}`"
        )
    found: list[OldFile] = []
    room = MOST_BYTES
    for path in sorted(_walk(root)):
        if len(found) == MOST_FILES:
            raise CannotStart(f"{root} holds more than {MOST_FILES:,} files; name the course's own folder")
        found.append(_read(root, path, room=room))
        room -= len(found[-1].data or b"")
    if not found:
        raise CannotStart(f"{root} holds no file")
    return tuple(found)


def _walk(root: Path) -> Iterator[str]:
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        try:
            entries = list(os.scandir(root / folder))
        except OSError:
            yield folder.rstrip("/")  # named in the report, as what can't be read
            continue
        for entry in entries:
            path = f"{folder}{entry.name}"
            if entry.name == ".git":
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(f"{path}/")
            else:
                yield path


def _read(root: Path, path: str, *, room: int) -> OldFile:
    try:
        status = (root / path).lstat()
        if not stat.S_ISREG(status.st_mode):
            return OldFile(path, None, refused=f"{_what(status.st_mode)}; only regular files are read")
        if status.st_size > HARD_LIMIT:
            return OldFile(path, None, refused=f"{status.st_size / 1e6:.0f} MB are too large to be read")
        if status.st_size > room:
            return OldFile(path, None, refused=f"all files together are larger than {MOST_BYTES >> 20} MB")
        data = _bytes_of(root / path, status.st_size)
    except OSError as error:
        return OldFile(path, None, refused=f"can't be read: {error.strerror}")
    return OldFile(path, data, hashlib.sha256(data).hexdigest())


def _bytes_of(file: Path, size: int) -> bytes:
    """At most so many bytes of a file, if it is still no link and no pipe."""
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with open(os.open(file, flags), "rb") as opened:  # noqa: PTH123 - flags of our own
        return opened.read(size)


def _what(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    return "a folder" if stat.S_ISDIR(mode) else "a special file"


def origin_of(root: Path) -> str | None:
    """The repository on GitHub that git's settings name as origin; they are read as text, git is never called."""
    file = root / ".git" / "config"
    try:
        if (root / ".git").is_symlink() or not stat.S_ISREG(file.lstat().st_mode):
            return None
        text = _bytes_of(file, _CONFIG_LIMIT).decode("utf-8", "replace")
    except OSError:
        return None
    found = _REMOTE.search(text)
    return f"https://github.com/{found[1]}/{found[2]}" if found else None
