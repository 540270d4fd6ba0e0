"""Whether a report may be told under a pull request: do run, artifact and request belong together, and still?"""

from __future__ import annotations

from collections.abc import Iterable

from coursekit.hub.parcel import RequestFile
from coursekit.hub.records import ChangedFile, Pull, Run
from coursekit.model import CannotStart

CHECK = ".github/workflows/check.yml"
_GUARDED = ".github/"
MOST_FILES = 3000  # as many as GitHub lists of a pull request


def not_from_the_check(run: Run) -> str:
    """Why a run has nothing for a comment, '' where it has: any workflow may call itself `check`."""
    if run.event != "pull_request":
        return f"run {run.id} was for no pull request"
    if run.path.partition("@")[0] != CHECK:
        return f"run {run.id} is of another workflow than {CHECK}"
    if run.head_repository is None:
        return f"the repository that run {run.id} was for is gone"
    return ""


def out_of_date(run: Run, request: RequestFile, pull: Pull) -> str:
    """Why a report is of no interest any more, '' where it is.

    Raises:
        CannotStart: they never belonged together: somebody has forged the artifact.
    """
    if request.head_sha != run.head_sha:
        raise CannotStart(
            f"the artifact says it is of commit {request.head_sha}, but run {run.id} was of {run.head_sha}"
        )
    head = pull.head.repo
    if head is not None and head != run.head_repository:
        raise CannotStart(
            f"run {run.id} was for another repository than pull request {pull.number} comes from"
        )
    if head is not None and pull.head.ref != run.head_branch:
        raise CannotStart(f"run {run.id} was for another branch than that of pull request {pull.number}")
    if pull.state != "open":
        return f"pull request {pull.number} is closed"
    if head is None:
        return f"the repository that pull request {pull.number} comes from is gone"
    if pull.head.sha != run.head_sha:
        return f"pull request {pull.number} has moved on to another commit, which has a check of its own"
    return ""


def guarded(files: Iterable[ChangedFile]) -> list[str]:
    """The changed files that decide what a workflow does: with them, a report may be anybody's."""
    names = {name for file in files for name in (file.filename, file.previous_filename)}
    return sorted(name for name in names if name.startswith(_GUARDED))
