"""The course.json of the site that is out there, before another one takes its place."""

from __future__ import annotations

import json

from yarl import URL

from coursekit.hub.wire import open_wire, web_address
from coursekit.inventory import PATH, read_inventory
from coursekit.model import CannotStart

_MOST = 50_000_000
NOTHING = json.dumps({"schema": 1, "title": ""}).encode() + b"\n"  # what no site has published


def pages_address(repository: str) -> URL:
    """Where GitHub Pages serves a repository that has no domain of its own."""
    owner, name = repository.split("/")
    host = f"{owner.lower()}.github.io"
    return URL(f"https://{host}/" if name.lower() == host else f"https://{host}/{name}/")


async def published(site: str) -> bytes | None:
    """The published course.json, None where there is none yet.

    Raises:
        CannotStart: the host does not answer, leads elsewhere, or sends something else.
    """
    address = web_address(site if site.endswith("/") else f"{site}/", "the site's address") / PATH
    async with open_wire() as wire:
        answer = await wire.ask("GET", address, most=_MOST)
    if answer.status in {404, 410}:
        return None
    if answer.location:
        raise CannotStart(
            f"{address} leads to {answer.location[:200]!r}; name the address that the site really has with --site"
        )
    if answer.status != 200:
        raise CannotStart(f"{address} answered {answer.words}, so nobody knows what is published")
    read_inventory(answer.body, str(address))
    return answer.body
