"""What differs from another commit: files, lines, unstaged and new ones too. Read from git, never from its output for people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from git import GitCommandError, InvalidGitRepositoryError, NoSuchPathError, Repo
from git.exc import GitError

from coursekit.model import CannotStart

_MAIN_BRANCHES = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)
_HUNK = re.compile(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
# No program of the repository's own choosing is run, and no colour or prefix of somebody's configuration gets in
_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--relative")


@dataclass(frozen=True, slots=True)
class Change:
    """One changed path: `old` is None for a new file, `new` for one that is gone; both differ for a renamed one."""

    old: str | None
    new: str | None

    @property
    def path(self) -> str:
        """The path now, or the last one that it had."""
        return self.new or self.old or ""


@dataclass(frozen=True)
class Changes:
    """Everything in a course that differs from the commit `base`; paths are relative to the course's root."""

    base: str
    changes: tuple[Change, ...] = ()
    lines: Mapping[str, tuple[range, ...]] = field(default_factory=dict)  # of files that were there before

    @cached_property
    def present(self) -> frozenset[str]:
        """The changed paths that are there now."""
        return frozenset(change.new for change in self.changes if change.new)

    @cached_property
    def gone(self) -> frozenset[str]:
        """The paths that were there and are no more, those of renamed files too."""
        return frozenset(change.old for change in self.changes if change.old and change.old != change.new)

    @cached_property
    def added(self) -> frozenset[str]:
        """The changed paths that were not there at the base."""
        return self.present - {change.old for change in self.changes if change.old}

    def touched(self, path: str, line: int) -> bool:
        """Whether a line is new or changed."""
        if path not in self.present:
            return False
        return path not in self.lines or any(line in span for span in self.lines[path])


def read_changes(root: Path, base: str | None = None) -> Changes:
    """What the working tree has that the merge base with `base` has not; without `base`, with the main branch.

    Raises:
        CannotStart: this is no git repository, `base` is unknown, or the history is cut off before the merge base.
    """
    try:
        with Repo(root, search_parent_directories=True) as repo:
            commit = merge_base(repo, base)
            changes = (*_changes(repo, root, commit), *_untracked(repo, root))
            changes = tuple(sorted(changes, key=lambda change: change.path))
            return Changes(commit, changes, _lines(repo, root, commit))
    except (InvalidGitRepositoryError, NoSuchPathError):
        raise CannotStart(f"{root} is not in a git repository, so nothing is known of what changed") from None
    except GitError as error:
        raise CannotStart(f"git: {_words(error)}") from None


def merge_base(repo: Repo, base: str | None) -> str:
    """The commit at which the work on HEAD parted from `base`.

    Raises:
        CannotStart: there is none.
    """
    found = _commit(repo, base) if base is not None else _main_branch(repo)
    if found is None and base is not None:
        raise CannotStart(
            f"git knows no commit, branch or tag called {base!r}; fetch it first:  git fetch origin"
        )
    if found is None:
        names = ", ".join(re.sub("refs/(?:remotes|heads)/", "", name) for name in _MAIN_BRANCHES)
        raise CannotStart(f"none of {names} exists here; name what to compare with: --changed=COMMIT")
    try:
        return str(repo.git.merge_base(found, "HEAD")).split("\n")[0]
    except GitCommandError:
        if _commit(repo, "HEAD") is None:
            raise CannotStart("there is no commit yet, so nothing can have changed since one") from None
        shallow = (Path(repo.common_dir) / "shallow").exists()
        why = "the clone is shallow; fetch the whole history:  git fetch --unshallow" if shallow else ""
        raise CannotStart(
            f"HEAD and {base or found[:9]} have no commit in common" + (f": {why}" if why else "")
        ) from None


def _main_branch(repo: Repo) -> str | None:
    """The commit of the first of the main branches that exists."""
    form = "--format=%(refname) %(objectname)"
    lines = str(repo.git.for_each_ref(form, *_MAIN_BRANCHES)).splitlines()
    known = dict(line.split(" ", 1) for line in lines)
    return next((known[name] for name in _MAIN_BRANCHES if name in known), None)


def _commit(repo: Repo, name: str) -> str | None:
    """The full name of a commit; what looks like an option, or holds a control character, is no name."""
    if not name or name.startswith("-") or not name.isprintable():
        return None
    try:
        return str(repo.git.rev_parse("--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"))
    except GitCommandError:
        return None


def _changes(repo: Repo, root: Path, commit: str) -> Iterator[Change]:
    raw = _git(repo, root, "diff", *_PLAIN, "--name-status", "-z", "--find-renames", commit, "--", ".")
    fields = iter(raw.decode("utf-8", "surrogateescape").split("\0"))
    for status in fields:
        if status.startswith(("R", "C")):
            old, new = next(fields), next(fields)
            yield Change(old if status.startswith("R") else None, new)
        elif status:
            path = next(fields)
            yield Change(None if status == "A" else path, None if status == "D" else path)


def _untracked(repo: Repo, root: Path) -> Iterator[Change]:
    raw = _git(repo, root, "ls-files", "--others", "--exclude-standard", "-z", "--", ".")
    for path in filter(None, raw.decode("utf-8", "surrogateescape").split("\0")):
        yield Change(None, path)


def _lines(repo: Repo, root: Path, commit: str) -> dict[str, tuple[range, ...]]:
    """The lines that each changed file has and its old version has not; a new file is not listed."""
    raw = _git(
        repo, root, "-c", "core.quotePath=false", "diff", *_PLAIN, "--unified=0", "--find-renames",
        "--diff-filter=MR", "--src-prefix=a/", "--dst-prefix=b/", commit, "--", ".",
    )  # fmt: skip
    found: dict[str, list[range]] = {}
    spans: list[range] = []
    lines = iter(raw.split(b"\n"))
    for line in lines:
        if line.startswith(b"+++ b/"):
            spans = found.setdefault(line[6:].rstrip(b"\t").decode("utf-8", "surrogateescape"), [])
        elif hunk := _HUNK.match(line):
            removed, start, added = int(hunk[1] or 1), int(hunk[2]), int(hunk[3] or 1)
            spans.append(
                range(start, start + max(added, 1))
            )  # where lines went, the line at their place counts
            for _ in range(removed + added):  # a line of the text may look like a header
                next(lines, b"")
    return {path: tuple(ranges) for path, ranges in found.items()}


def _git(repo: Repo, root: Path, *arguments: str) -> bytes:
    """The bytes that a git command writes, run in the course's folder."""
    result = repo.git.execute(
        ["git", "-C", str(root.absolute()), *arguments], stdout_as_string=False, strip_newline_in_stdout=False
    )
    assert isinstance(result, bytes)
    return result


def _words(error: GitError) -> str:
    text = str(getattr(error, "stderr", "") or error)
    return " ".join(text.replace("stderr:", "").split())[:300]


def read_file_at(root: Path, commit: str, path: str) -> bytes | None:
    """A file of the course as it is in a commit, None where it is not there. `commit` is a full name."""
    with Repo(root, search_parent_directories=True) as repo:
        try:
            return _git(repo, root, "cat-file", "blob", f"{commit}:./{path}")
        except GitCommandError:
            return None


def head_of(root: Path) -> str:
    """The full name of the commit that is checked out."""
    with Repo(root, search_parent_directories=True) as repo:
        return str(repo.head.commit.hexsha)
