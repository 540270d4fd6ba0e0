"""GitHub's REST API for one repository, with the token of a workflow. The token goes to this one host only."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from yarl import URL

from coursekit.hub.records import read
from coursekit.hub.wire import Answer, Wire, open_wire, web_address
from coursekit.model import CannotStart
from coursekit.report import printable

R = TypeVar("R")
PER_PAGE = 100
_MOST_JSON = 20_000_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,100}\Z")
_TOKEN = re.compile(r"[!-~]{1,1000}\Z")
_MEND = {
    401: "GITHUB_TOKEN is not valid (any more)",
    403: "the job's `permissions` don't let its token do this",
    404: "it does not exist, or the job's `permissions` don't let its token see it",
}


@dataclass(frozen=True)
class Place:
    """Where the API is, for which repository, and with which token."""

    api: URL
    server: URL
    repository: str
    token: str = field(repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Place:
        """As GitHub sets it for a step; GITHUB_TOKEN is handed to the step by its workflow.

        Raises:
            CannotStart: something is missing or is not what it should be.
        """
        token = environment.get("GITHUB_TOKEN", "")
        if not _TOKEN.match(token):
            raise CannotStart(
                "the variable GITHUB_TOKEN holds no token; in a workflow write  GITHUB_TOKEN: ${{ github.token }}  under `env`"
            )
        return cls(
            web_address(environment.get("GITHUB_API_URL", "https://api.github.com"), "GITHUB_API_URL"),
            web_address(environment.get("GITHUB_SERVER_URL", "https://github.com"), "GITHUB_SERVER_URL"),
            repository_name(environment),
            token,
        )


def repository_name(environment: Mapping[str, str]) -> str:
    """The repository that a workflow runs for.

    Raises:
        CannotStart: GITHUB_REPOSITORY holds none.
    """
    name = environment.get("GITHUB_REPOSITORY", "")
    if not _NAME.match(name):
        raise CannotStart(f"the variable GITHUB_REPOSITORY holds no `owner/name`: {name[:200]!r}")
    return name


@dataclass(frozen=True)
class Api:
    """The requests that are made; paths are below the repository's address."""

    wire: Wire
    place: Place

    async def get(self, shape: type[R], path: str, **query: str) -> R:
        """One record."""
        return read(shape, (await self._good("GET", path, query=query)).body, path)

    async def exists(self, path: str) -> bool:
        """Whether there is such a thing."""
        answer = await self._ask("GET", path)
        if answer.status == 404:
            return False
        self._judge(answer, "GET", path)
        return True

    async def pages(self, shape: type[R], path: str, *, most: int, **query: str) -> list[R]:
        """The records of all pages, `most` pages at most."""
        found: list[R] = []
        for page in range(1, most + 1):
            asked = {**query, "per_page": str(PER_PAGE), "page": str(page)}
            records = read(list[shape], (await self._good("GET", path, query=asked)).body, path)  # type: ignore[valid-type]
            found += records
            if len(records) < PER_PAGE:
                break
        return found

    async def send(self, method: str, path: str, content: object) -> None:
        """Make or change something."""
        await self._good(method, path, content=content)

    async def archive(self, artifact: int, most: int) -> bytes:
        """The zip of an artifact. The API leads to another host, which must not see the token."""
        path = f"actions/artifacts/{artifact}/zip"
        answer = await self._ask("GET", path, most=most)
        if answer.location:
            url = web_address_of(answer.location)
            answer = await self.wire.ask("GET", url, most=most)
        if answer.status != 200:
            raise CannotStart(f"the artifact {artifact} can't be had: {answer.words}")
        return answer.body

    async def _good(
        self, method: str, path: str, *, query: Mapping[str, str] | None = None, content: object = None
    ) -> Answer:
        answer = await self._ask(method, path, query=query, content=content)
        self._judge(answer, method, path)
        return answer

    async def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        content: object = None,
        most: int = _MOST_JSON,
    ) -> Answer:
        headers = {
            "Authorization": f"Bearer {self.place.token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        url = (self.place.api / "repos" / self.place.repository / path).with_query(query)
        return await self.wire.ask(method, url, most=most, headers=headers, content=content)

    def _judge(self, answer: Answer, method: str, path: str) -> None:
        if 200 <= answer.status < 300:
            return
        why = _MEND.get(answer.status) or _said(answer.body)
        raise CannotStart(f"GitHub answered {answer.words} to {method} {path}" + (f": {why}" if why else ""))


def web_address_of(location: str) -> URL:
    """Where the API sends for an artifact; the address is signed, so its query is part of it.

    Raises:
        CannotStart: it is no address that may be asked.
    """
    try:
        url = URL(location)
    except ValueError:
        raise CannotStart("GitHub's API leads to what is no address") from None
    web_address(str(url.with_query(None)), "what GitHub's API leads to")
    return url


def _said(body: bytes) -> str:
    """What the API has to say, on one line."""
    try:
        message = str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return ""
    return printable(" ".join(message.split()))[:200]


@asynccontextmanager
async def open_api(place: Place) -> AsyncIterator[Api]:
    """The API as long as the context lasts."""
    async with open_wire() as wire:
        yield Api(wire, place)
