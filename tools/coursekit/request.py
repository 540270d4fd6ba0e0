"""A pull request: who sends it and what it changes. Everything in it was written by a stranger."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from coursekit.changes import Changes
from coursekit.config import Config
from coursekit.model import CannotStart
from coursekit.source import CONTENT_FOLDERS

LOGIN = re.compile(r"[A-Za-z0-9](?:-?[A-Za-z0-9]){0,38}(?:\[bot\])?\Z")
_TALK = re.compile(r"(?:presentations/week-(\d\d)/([^/]+)/.+|scribe_notes/week-(\d\d)/([^/]+?)(?:\.md)?)\Z")


class _Reading(BaseModel):
    """GitHub adds keys as it likes; only those that are used are looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, defer_build=True)


class _User(_Reading):
    login: str


class _Commit(_Reading):
    sha: str
    ref: str = ""


class _PullRequest(_Reading):
    number: int
    user: _User
    base: _Commit
    head: _Commit
    title: str = ""
    state: str = "open"


class Event(_Reading):
    """The part of a `pull_request` event that is used."""

    pull_request: _PullRequest


def read_event(file: Path) -> Event:
    """The event that GitHub wrote for a workflow.

    Raises:
        CannotStart: the file is missing, or is of no pull request.
    """
    try:
        event = Event.model_validate(json.loads(file.read_bytes()))
    except (OSError, ValueError, RecursionError) as error:
        why = "it is of no pull request" if isinstance(error, ValidationError) else "it can't be read as JSON"
        raise CannotStart(f"the event file {file}: {why}") from None
    pull = event.pull_request
    if not LOGIN.match(pull.user.login) or not all(_is_sha(commit.sha) for commit in (pull.base, pull.head)):
        raise CannotStart(f"the event file {file}: a login or a commit in it is none")
    return event


def _is_sha(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", text))


@dataclass(frozen=True)
class Request:
    """`roster` is course.yml as it is at the base: a request can't widen its own bounds."""

    author: str
    changes: Changes
    roster: Config

    @property
    def person(self) -> str | None:
        """The author's id in the roster, None for somebody whom it does not know."""
        return next(
            (
                id
                for id, person in self.roster.people.items()
                if person.github and person.github.casefold() == self.author.casefold()
            ),
            None,
        )

    def outside(self, owners: Owners) -> Iterator[str]:
        """The changed paths that are not the author's to change, old names of renamed files too."""
        person = self.person
        for path in sorted(self.changes.present | self.changes.gone):
            if person is None or not self._may(person, path, owners):
                yield path

    def _may(self, person: str, path: str, owners: Owners) -> bool:
        role = self.roster.people[person].role
        if role == "instructor":
            return True
        if path.split("/")[0] not in CONTENT_FOLDERS:
            return False
        return role == "assistant" or person in owners.of(path) or owners.is_free(path)


@dataclass(frozen=True)
class Owners:
    """Whose a path is, by the roster; where it is silent, by what the material itself says (`said`)."""

    roster: Config
    said: dict[str, tuple[str, ...]]  # by the folder of a talk or project, and the path of a note

    def of(self, path: str) -> frozenset[str]:
        """Ids of the students who may change a path."""
        if found := _TALK.match(path):
            return self._of_talk(path, int(found[1] or found[3]), found[2] or found[4])
        parts = path.split("/")
        if parts[0] == "projects" and len(parts) > 2:
            return self._of_project(parts[1], is_review=parts[2] == "reviews")
        return frozenset()

    def is_free(self, path: str) -> bool:
        """Whether nobody is named for a talk, note or project: whoever takes an open slot begins it."""
        return bool(_TALK.match(path) or path.startswith("projects/")) and not self.of(path)

    def _of_talk(self, path: str, week: int, slug: str) -> frozenset[str]:
        """The talk is its presenters'; its note the scribe's, and the presenters', who write `Done:` into it."""
        folder = f"presentations/week-{week:02d}/{slug}"
        note = f"scribe_notes/week-{week:02d}/{slug}.md"
        slot = self.roster.slot(week, slug)
        presenters = (slot.presenters if slot else ()) or self.said.get(folder, ())
        if path.startswith("presentations/"):
            return frozenset(presenters)
        scribe = (slot.scribe,) if slot and slot.scribe else self.said.get(note, ())
        return frozenset((*presenters, *scribe)) if scribe else frozenset()

    def _of_project(self, slug: str, *, is_review: bool) -> frozenset[str]:
        groups = self.roster.groups.project
        entry = self.roster.projects.get(slug)
        members = groups.get(entry.group, ()) if entry else self.said.get(f"projects/{slug}", ())
        if not is_review:
            return frozenset(members)
        reviewers = {review.reviewer for review in self.roster.reviews if review.project == slug}
        return frozenset((*members, *(one for group in reviewers for one in groups.get(group, ()))))
