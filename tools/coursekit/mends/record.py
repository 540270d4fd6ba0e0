"""A plan of mends: what becomes of which file, in words, as a diff, and on the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coursekit.mends.diffs import diff_of
from coursekit.mends.writing import Step, write_all
from coursekit.naming import Rename
from coursekit.source import shown_path


def said(rename: Rename) -> str:
    """What is told of a new name."""
    return f"{shown_path(rename.path)}: {rename.rule}: it is called `{rename.name}` now"


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one file: of its name, or those of its folders (`named`), and of its content (`done`).

    A path is None where there is no file before or after. `linked` says that the new content leads to other
    files by their new names, so that it is right only together with the renames.
    """

    old_path: str | None
    new_path: str | None
    old_data: bytes
    new_data: bytes
    named: tuple[str, ...] = ()
    done: tuple[str, ...] = ()
    linked: bool = False

    @property
    def what(self) -> tuple[str, ...]:
        """All of it in sentences that begin with the rule's id."""
        return (*self.named, *self.done)


@dataclass(frozen=True, slots=True)
class Mends:
    """All that can be mended; `renames` are the files and folders that get another name, `left` what stays and why."""

    changes: tuple[Change, ...] = ()
    renames: tuple[Rename, ...] = ()
    left: tuple[str, ...] = ()

    def diff(self) -> str:
        """The changes as a unified diff in git's style; '' where there are none."""
        return "".join(
            diff_of((one.old_path, one.old_data), (one.new_path, one.new_data)) for one in self.changes
        )

    def write(self, root: Path) -> tuple[str, ...]:
        """Write the changes to the disk, each file whole or not at all; what was done and what was left, in words.

        A file that is no longer the one that was read stays as it is. Contents come first and names last, so
        that a run that was interrupted is completed by the next one.
        """
        steps = [
            Step(one.old_path, one.old_data, one.new_data, one.linked)
            for one in self.changes
            if one.old_path is not None
        ]
        result = write_all(root, steps, self.renames)
        done = [
            f"{shown_path(one.old_path or '')}: {sentence}"
            for one in self.changes
            if one.old_path not in result.untouched
            for sentence in one.done
        ]
        return (*done, *map(said, result.renamed), *result.said, *self.left)
