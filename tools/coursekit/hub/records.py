"""What GitHub's API says, as far as it is used. GitHub adds keys as it likes, so unknown ones are passed over."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from coursekit.model import CannotStart

BOT = "github-actions[bot]"  # who acts with a workflow's own token; a person's name can't hold a bracket


class _Reading(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)


class User(_Reading):
    """Who wrote something."""

    login: str
    type: str = ""

    @property
    def is_us(self) -> bool:
        """Whether it is the account of a workflow's token."""
        return self.login == BOT and self.type == "Bot"


class Repository(_Reading):
    """A repository, by its name."""

    full_name: str


class Run(_Reading):
    """A run of a workflow."""

    id: int
    event: str
    path: str
    head_sha: str
    head_branch: str | None = None
    head_repository: Repository | None = None


class RunEvent(_Reading):
    """The part of a `workflow_run` event that is used."""

    workflow_run: Run


class Artifact(_Reading):
    """A file that a run left; always a zip."""

    id: int
    name: str
    size_in_bytes: int
    expired: bool


class Artifacts(_Reading):
    """The files that a run left."""

    artifacts: tuple[Artifact, ...]


class End(_Reading):
    """One of the two ends of a pull request; `repo` is None where the fork was deleted."""

    sha: str
    ref: str
    repo: Repository | None = None


class Pull(_Reading):
    """A pull request."""

    number: int
    state: str
    head: End
    base: End
    changed_files: int


class ChangedFile(_Reading):
    """A file that a pull request changes; `previous_filename` where it is renamed."""

    filename: str
    previous_filename: str = ""


class Written(_Reading):
    """What comments and issues have in common; both may be without an author."""

    body: str | None = None
    user: User | None = None

    def is_ours(self, marker: str) -> bool:
        """Whether a workflow of this repository wrote it for the purpose that the marker names."""
        return bool(self.user and self.user.is_us) and (self.body or "").startswith(marker)


class Comment(Written):
    """A comment under an issue or a pull request."""

    id: int


class Issue(Written):
    """An issue; for the API every pull request is one, too."""

    number: int
    state: str
    pull_request: dict[str, Any] | None = None


R = TypeVar("R")


def read(shape: type[R], data: bytes, what: str) -> R:
    """An answer of the API as records.

    Raises:
        CannotStart: it is not as GitHub documents it.
    """
    try:
        return TypeAdapter(shape).validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise CannotStart(f"{what} is not as GitHub documents it: {where}: {first['msg']}") from None
