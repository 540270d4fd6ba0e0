"""Good manners: how many are asked at once, how often one host is asked, and when it is left alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Manners:
    """The limits of a night; times are in seconds.

    `pause` lies between the beginnings of two requests to one host, `most_wait` is the longest Retry-After that is
    waited for, `patience` the number of addresses in a row that a host may leave without a clear answer.
    """

    at_once: int = 16
    per_host: int = 2
    pause: float = 0.5
    timeout: float = 20
    deadline: float = 1200
    tries: int = 3
    backoff: float = 2
    most_wait: float = 60
    most_bytes: int = 2_000_000
    patience: int = 5


class Host:
    """One host's turns: so many at once, a pause between two, and nobody before the time that it named."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._slots = asyncio.Semaphore(manners.per_host)
        self._order = asyncio.Lock()
        self._free_at = 0.0
        self._let_down = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn and hold it."""
        async with self._slots:
            async with self._order:
                now = asyncio.get_running_loop().time
                while (wait := self._free_at - now()) > 0:  # it may have grown in the meantime
                    await asyncio.sleep(wait)
                self._free_at = now() + self._manners.pause
            yield

    def rest(self, seconds: float) -> None:
        """Leave the host alone for so long."""
        self._free_at = max(self._free_at, asyncio.get_running_loop().time() + seconds)

    def note(self, *, clear: bool) -> None:
        """Remember whether an address of this host got a clear answer."""
        self._let_down = 0 if clear else self._let_down + 1

    @property
    def is_given_up(self) -> bool:
        """Whether so many addresses in a row came to nothing that the rest would only cost time."""
        return self._let_down >= self._manners.patience


@dataclass(frozen=True)
class Turns:
    """The turns of all hosts; `heard` is set once any of them has answered, whatever it said."""

    manners: Manners
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    _hosts: dict[str, Host] = field(default_factory=dict)

    def host(self, name: str) -> Host:
        """The turns at one host."""
        if name not in self._hosts:
            self._hosts[name] = Host(self.manners)
        return self._hosts[name]
