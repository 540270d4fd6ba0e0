"""The proposal on the disk: built beside its place and then renamed, so that it is there whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from coursekit.adopt.record import Proposal
from coursekit.adopt.telling import adopted_md, manifest
from coursekit.model import CannotStart


def all_files(proposal: Proposal) -> dict[str, bytes]:
    """The files of the proposal with the report on it."""
    told = {"ADOPTED.md": adopted_md(proposal), "adopted/manifest.json": manifest(proposal)}
    return {**proposal.files, **{path: text.encode() for path, text in told.items()}}


def require_free(folder: Path, old: Path) -> None:
    """Only a folder that is not there, or is empty, is written to, and none within the old repository.

    Raises:
        CannotStart: it is another.
    """
    if os.path.lexists(folder) and (folder.is_symlink() or not folder.is_dir() or any(folder.iterdir())):
        raise CannotStart(
            f"{folder} exists and is not an empty folder; name another one, nothing was written"
        )
    if folder.resolve().is_relative_to(old.resolve()):
        raise CannotStart(f"{folder} lies in the old repository; name a folder outside of it")


def lay_out(files: Mapping[str, bytes], folder: Path) -> None:
    """Write all the files or none.

    Raises:
        CannotStart: the disk refuses.
    """
    parent = folder.resolve().parent
    try:
        parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.adopting-", dir=parent))
        beside.chmod(0o755)
        try:
            for path, data in files.items():
                file = beside / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            if folder.is_dir():
                folder.rmdir()
            beside.rename(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise CannotStart(f"{folder} can't be written: {error.strerror}; nothing was left there") from None
