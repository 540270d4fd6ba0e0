"""When each file was last changed and by whom, from one walk over git's history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from git import GitCommandError, InvalidGitRepositoryError, NoSuchPathError, Repo

from coursekit.cache import Cache
from coursekit.source import CONTENT_FOLDERS


@dataclass(frozen=True, slots=True)
class Changes:
    """The last change of a file and everybody who changed it, latest first."""

    last: dt.datetime
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class History:
    """What git knows; empty outside a repository and in a shallow clone, where dates would be wrong."""

    files: Mapping[str, Changes] = field(default_factory=dict)
    shallow: bool = False
    head: str = ""
    head_date: dt.datetime | None = None
    folders: Mapping[str, Changes] = field(default_factory=dict)  # each folder: of all that is in it


def read_history(root: Path, cache: Cache) -> History:
    """Read the history of the content folders; never fails for lack of git or of history."""
    try:
        with Repo(root, search_parent_directories=True) as repo:
            head = repo.head.commit
            shallow = (Path(repo.common_dir) / "shallow").exists()
            prefix = root.resolve().relative_to(Path(str(repo.working_tree_dir)).resolve()).as_posix()
            key = cache.key("history", head.hexsha, prefix, str(shallow))

            def walk() -> History:
                files = {} if shallow else _files(repo, "" if prefix == "." else prefix + "/")
                return History(files, shallow, head.hexsha, head.committed_datetime, _by_folder(files))

            return cache.kept(key, walk)
    except (InvalidGitRepositoryError, NoSuchPathError, GitCommandError, ValueError, OSError):
        return History()


def _files(repo: Repo, prefix: str) -> dict[str, Changes]:
    paths = [f"{prefix}{folder}" for folder in (*CONTENT_FOLDERS, "course.yml")]
    log = repo.git.log(
        "--no-renames",
        "--no-merges",
        "--name-only",
        "-z",
        "--format=%x1e%cI%x1f%aN%x1f",
        "HEAD",
        "--",
        *paths,
    )
    found: dict[str, tuple[dt.datetime, dict[str, None]]] = {}
    for record in log.split("\x1e")[1:]:
        when, who, names = record.split("\x1f", 2)
        for name in names.replace("\n", "\0").split("\0"):
            if name.startswith(prefix) and name:
                entry = found.setdefault(name[len(prefix) :], (dt.datetime.fromisoformat(when), {}))
                entry[1].setdefault(who)
    return {path: Changes(last, tuple(people)) for path, (last, people) in found.items()}


def _by_folder(files: Mapping[str, Changes]) -> dict[str, Changes]:
    """The latest change in each folder, and all who changed anything in it, latest first."""
    found: dict[str, tuple[dt.datetime, dict[str, None]]] = {}
    for path, changes in sorted(files.items(), key=lambda item: item[1].last, reverse=True):
        for folder in PurePosixPath(path).parents:
            _, people = found.setdefault(str(folder), (changes.last, {}))
            people.update(dict.fromkeys(changes.people))
    return {folder: Changes(last, tuple(people)) for folder, (last, people) in found.items()}
