"""What the workflows ask for, each in one call, with the settings that GitHub gives a step."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from coursekit.hub.api import Api, Place, open_api, repository_name
from coursekit.hub.comment import Commenter
from coursekit.hub.deadlinks import DeadLinks, read_findings
from coursekit.hub.published import NOTHING, pages_address, published
from coursekit.hub.records import RunEvent, read
from coursekit.hub.rolling import RollingIssue
from coursekit.model import CannotStart

T = TypeVar("T")


def comment_on(event: Path) -> str:
    """Comment on the pull request whose check has ended; returns what was done."""
    run = read(RunEvent, event.read_bytes(), f"the event file {event.name}").workflow_run
    return _asked(lambda api: Commenter(api).tell(run.id))


def keep_links_issue(findings: Path) -> str:
    """Bring the issue about dead links up to date; returns what was done."""
    found = read_findings(findings)

    async def keep(api: Api) -> str:
        source = api.place.server / api.place.repository / "blob/HEAD"
        return await RollingIssue(api).keep(DeadLinks(found, str(source)))

    return _asked(keep)


def save_published(site: str | None, out: Path) -> str:
    """Write the published course.json into a file; returns what was found."""
    address = site or str(pages_address(repository_name(os.environ)))
    data = asyncio.run(published(address))
    try:
        out.write_bytes(NOTHING if data is None else data)
    except OSError as error:
        raise CannotStart(f"{out} can't be written: {error.strerror}") from None
    return f"nothing is published at {address} yet" if data is None else f"{len(data):,} bytes from {address}"


def _asked(errand: Callable[[Api], Awaitable[T]]) -> T:
    place = Place.from_environment(os.environ)

    async def run() -> T:
        async with open_api(place) as api:
            return await errand(api)

    return asyncio.run(run())
