"""One night: every address of the course that was not heard of lately is asked once, and remembered."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import aiohttp
from aiohttp.abc import AbstractResolver

from coursekit.config import Config
from coursekit.course import Course
from coursekit.external.anchors import places_wanted
from coursekit.external.asking import Asker
from coursekit.external.judge import Answer, is_fresh, remembered, verdicts
from coursekit.external.memory import Entry, read_memory, write_memory
from coursekit.external.mentions import addresses
from coursekit.external.troubles import public_sockets
from coursekit.external.turns import Manners, Turns
from coursekit.outside import State, Verdict

TELL_EVERY = 25
CONTROLS = 3
ORDINARY = Manners()

Say = Callable[[str], None]


@dataclass(frozen=True)
class Night:
    """What is asked tonight, and what was heard; `before` is the memory, `wanted` every address with its places."""

    wanted: Mapping[str, frozenset[str]]
    before: Mapping[str, Entry]
    today: dt.date
    say: Say
    turns: Turns
    answers: dict[str, Answer] = field(default_factory=dict)

    @property
    def due(self) -> list[str]:
        """What must be asked; those that were not asked for longest come first, should the time run out."""
        return sorted(
            (address for address in self.wanted if not self._is_fresh(address)),
            key=lambda address: (
                entry.checked if (entry := self.before.get(address)) else dt.date.min,
                address,
            ),
        )

    @property
    def controls(self) -> list[str]:
        """A few that answered lately; if they don't either, then it is this machine that has no network."""
        return [address for address in self.wanted if self._is_fresh(address)][:CONTROLS]

    def _is_fresh(self, address: str) -> bool:
        entry = self.before.get(address)
        return entry is not None and is_fresh(
            address, entry, fragments=self.wanted[address], today=self.today
        )

    @property
    def is_cut_off(self) -> bool:
        """Whether no host answered to anything."""
        return not self.turns.heard.is_set() and any(answer.doubtful for answer in self.answers.values())

    def entries(self) -> dict[str, Entry]:
        """The memory after this night, or after as much of it as there was; what is no longer linked is dropped."""
        kept = {address: entry for address, entry in self.before.items() if address in self.wanted}
        told = {
            address: answer
            for address, answer in self.answers.items()
            if not (self.is_cut_off and answer.doubtful)
        }
        return kept | {
            address: remembered(
                self.before.get(address), answer, fragments=self.wanted[address], today=self.today
            )
            for address, answer in told.items()
        }

    async def ask(self, asker: Asker, addresses: Iterable[str]) -> None:
        """Ask these, side by side."""
        async with asyncio.TaskGroup() as tasks:
            for address in addresses:
                tasks.create_task(self._ask(asker, address))

    async def _ask(self, asker: Asker, address: str) -> None:
        self.answers[address] = await asker.ask(address, self.wanted[address])
        if len(self.answers) % TELL_EVERY == 0:
            self.say(f"asked: {len(self.answers)}")


def check_addresses(
    course: Course,
    *,
    memory: Path,
    today: dt.date,
    say: Say,
    manners: Manners = ORDINARY,
    resolver: AbstractResolver | None = None,
    allow: frozenset[tuple[str, int]] = frozenset(),
) -> Mapping[str, Verdict]:
    """Ask for every address of the course and say how each stands, by the address without its fragment.

    What was found is written to `memory` even where the night ends early. `allow` are pairs of a private address
    and a port that may be asked, and `resolver` looks names up; both are there for tests.
    """
    wanted = {address: places_wanted(fragments) for address, fragments in addresses(course).items()}
    night = Night(wanted, read_memory(memory, say), today, say, Turns(manners))
    try:
        asyncio.run(_spend(night, course.config, manners=manners, resolver=resolver, allow=allow))
    finally:
        write_memory(memory, night.entries(), say)
    return dict.fromkeys(wanted, _UNASKED) | verdicts(night.entries())


_UNASKED = Verdict(State.UNKNOWN, "it was not asked: no host answered, or the time was up")


async def _spend(
    night: Night,
    config: Config,
    *,
    manners: Manners,
    resolver: AbstractResolver | None,
    allow: frozenset[tuple[str, int]],
) -> None:
    due = night.due
    night.say(f"addresses to ask: {len(due)}; answered lately: {len(night.wanted) - len(due)}")
    connector = aiohttp.TCPConnector(limit=0, resolver=resolver, socket_factory=public_sockets(allow))
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=_headers(config),
        timeout=aiohttp.ClientTimeout(total=manners.timeout),
        trust_env=False,  # a proxy would look names up itself, where nothing is judged
    )
    try:
        async with asyncio.timeout(manners.deadline), session:
            asker = Asker(session, manners, night.turns, asyncio.Semaphore(manners.at_once), allow)
            await night.ask(asker, due)
            if night.is_cut_off:
                await night.ask(asker, night.controls)
    except TimeoutError:
        left = sum(1 for address in due if address not in night.answers)
        night.say(f"the time is up; left for the next night: {left}")
    if night.is_cut_off:
        night.say("no host answered; is there a network? Nothing is counted tonight")


def _headers(config: Config) -> dict[str, str]:
    """Who asks, and where to complain."""
    about = quote(config.links.repository, safe=":/?#[]@!$&'()*+,;=%~") if config.links.repository else ""
    who = f"+{about}" if about else "the link check of a course"
    return {
        "User-Agent": f"coursekit/{version('coursekit')} ({who})",
        "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
        "Accept-Encoding": "identity",  # what is bounded is what arrives, and not what it unfolds to
    }
