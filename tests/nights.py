"""A course that links to addresses, and the nights in which they are asked for."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from coursekit.external.night import check_addresses
from coursekit.external.turns import Manners
from coursekit.loading import load
from coursekit.outside import Verdict
from misbehaving import Names, Server
from trees import write_course

TODAY = dt.date(2020, 4, 15)
QUICK = Manners(pause=0, timeout=10, deadline=60, backoff=0.01, most_wait=3, most_bytes=20_000, patience=50)
# The base course without an address of the real web, for these tests ask nobody else.
COURSE = {
    "course.yml": """\
title: A small course
term: {name: Spring 2020, start: 2020-04-08, weeks: 3, timezone: America/Chicago}
meeting: {weekday: wednesday, start: "14:00", end: "17:00"}
links: {repository: https://github.example/course}
""",
    "presentations/week-01/talk/index.md": None,
    "scribe_notes/week-01/talk.md": None,
}


@dataclass
class Nights:
    """A course whose page links to addresses, and its nights."""

    root: Path
    server: Server
    said: list[str] = field(default_factory=list)

    @property
    def memory(self) -> Path:
        return self.root.parent / "memory" / "addresses.json"

    def course(self, *links: str) -> Any:
        page = "---\ntitle: Links\n---\n" + "".join(f"- [a link](<{link}>)\n" for link in links)
        return load(write_course(self.root, COURSE, {"site_src/links.md": page}), as_of=TODAY)

    def spend(self, *links: str, day: int = 0, manners: Manners = QUICK) -> dict[str, Verdict]:
        return dict(
            check_addresses(
                self.course(*links),
                memory=self.memory,
                today=TODAY + dt.timedelta(days=day),
                say=self.said.append,
                manners=manners,
                resolver=Names(),
                allow=frozenset({("127.0.0.1", self.server.port)}),
            )
        )

    def one(self, link: str, *, day: int = 0, manners: Manners = QUICK) -> Verdict:
        return self.spend(link, day=day, manners=manners)[link.partition("#")[0]]

    def remembered(self) -> Any:
        return json.loads(self.memory.read_text())
