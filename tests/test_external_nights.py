"""What is remembered of addresses from night to night, and what is said of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from coursekit.checks import run_checks
from coursekit.external.judge import Answer, Outcome, remembered, verdicts
from coursekit.external.mentions import addresses, mentions
from coursekit.loading import load
from coursekit.outside import State, Verdict
from misbehaving import LATER, NOWHERE, Server, serving
from nights import COURSE, QUICK, TODAY, Nights
from trees import commit, write_course


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def nights(tmp_path: Path, server: Server) -> Nights:
    server.forget()
    return Nights(tmp_path / "course", server)


def test_dead_takes_three_nights(nights: Nights) -> None:
    link = nights.server.url("status/404")
    found = [nights.one(link, day=day) for day in (0, 0, 1, 2, 3)]
    assert [verdict.state for verdict in found] == [State.UNKNOWN] * 3 + [State.DEAD] * 2
    assert [verdict.nights for verdict in found] == [1, 1, 2, 3, 4]
    assert nights.remembered()["addresses"][link]["first_failure"] == "2020-04-15"


def test_a_name_that_does_not_exist_is_dead_after_three_nights_too(nights: Nights) -> None:
    gone, later = f"http://{NOWHERE}/", f"http://{LATER}/"
    found = [nights.spend(gone, later, nights.server.url("fine"), day=day) for day in range(4)]
    assert [night[gone].nights for night in found] == [1, 2, 3, 4]
    assert found[-1][gone].state is State.DEAD and found[-1][gone].why == f"there is no host called {NOWHERE}"
    assert {night[later].state for night in found} == {State.UNKNOWN}
    assert found[-1][later].unsure == 4


def test_a_night_without_a_clear_answer_neither_counts_nor_clears(nights: Nights) -> None:
    course, link = nights.course("https://a.course-check.dev/"), "https://a.course-check.dev/"
    entry, told = None, []
    for day, outcome in enumerate("gone unclear gone unclear gone unclear there".split()):
        answer = Answer(Outcome(outcome), outcome)
        entry = remembered(entry, answer, fragments=frozenset(), today=TODAY + dt.timedelta(days=day))
        found = run_checks(replace(course, outside=verdicts({link: entry})))
        told.append([(f.rule, f.message.partition("` ")[2]) for f in found])
    soon = ("external-unknown", "led to nothing on {} so far: gone")
    dead = ("external-dead", "leads to nothing, on 3 nights: gone")
    assert told == [
        [(soon[0], soon[1].format("1 night"))],
        [],
        [(soon[0], soon[1].format("2 nights"))],
        [],
        [dead],
        [dead],
        [],
    ]


def test_a_success_in_between_starts_the_count_again(nights: Nights) -> None:
    link = nights.server.url("once/404")
    nights.one(link)
    assert nights.one(link, day=1).state is State.OK
    assert nights.remembered()["addresses"][link] == {
        "state": "ok",
        "last_ok": "2020-04-16",
        "checked": "2020-04-16",
    }


def test_a_success_is_not_asked_again_for_some_days(nights: Nights) -> None:
    links = [nights.server.url(f"fine/{number}") for number in range(12)]
    asked = []
    for day in range(11):
        nights.server.asked.clear()
        nights.spend(*links, day=day)
        asked.append(sum(nights.server.asked.values()))
    assert asked[:4] == [12, 0, 0, 0]
    assert max(asked[4:]) < 12 and sum(asked[4:]) >= 12


def test_a_new_fragment_or_a_missing_one_is_asked_for_again(nights: Nights) -> None:
    url = nights.server.url("fine")
    nights.spend(url)
    nights.spend(f"{url}#one")
    nights.spend(f"{url}#one", url)
    assert nights.server.asked == {"HEAD /fine": 1, "GET /fine": 1}
    nights.spend(f"{url}#nothing")
    nights.spend(f"{url}#nothing", day=1)
    assert nights.server.asked["GET /fine"] == 3


def test_without_a_network_nothing_is_counted(nights: Nights) -> None:
    links = [f"http://{NOWHERE}/", f"http://{LATER}/"]
    found = nights.spend(*links)
    assert {found[link].state for link in links} == {State.UNKNOWN} and {
        found[link].nights for link in links
    } == {0}
    assert "is there a network?" in nights.said[-1]
    assert nights.remembered()["addresses"] == {}


def test_a_lone_dead_name_is_counted_when_another_address_answers(nights: Nights) -> None:
    links = [f"http://{NOWHERE}/", nights.server.url("fine")]
    assert [nights.spend(*links, day=day)[links[0]].nights for day in range(3)] == [1, 2, 3]
    assert nights.server.times("fine") == 3  # it was asked again only to see whether there is a network


def test_what_is_no_longer_linked_is_forgotten(nights: Nights) -> None:
    nights.spend(nights.server.url("fine/1"), nights.server.url("fine/2"))
    nights.spend(nights.server.url("fine/2"), day=1)
    assert list(nights.remembered()["addresses"]) == [nights.server.url("fine/2")]


def test_the_memory_has_the_same_bytes_for_the_same_night(nights: Nights) -> None:
    links = [
        nights.server.url(path) for path in ("fine/1#two", "status/404", "to/301?where=/fine", "status/403")
    ]
    nights.spend(*links)
    first = nights.memory.read_bytes()
    nights.memory.unlink()
    nights.spend(*reversed(links))
    assert nights.memory.read_bytes() == first
    assert json.loads(first)["schema"] == 1
    assert [file.name for file in nights.memory.parent.iterdir()] == [nights.memory.name]


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"null", b"\xff\x00", b'{"schema": 2, "addresses": {}}', b'{"schema": 1}', b"[" * 100_000,
     b'{"schema": 1, "addresses": {"x": {"state": "alive", "checked": "2020-04-15"}}}',
     b'{"schema": 1, "addresses": {"x": {"state": "ok", "checked": "2020-02-31"}}}',
     b'{"schema": 1, "addresses": {"x": {"state": "ok", "checked": "2020-04-15", "nights": -1}}}'],
)  # fmt: skip
def test_a_damaged_memory_is_started_anew(nights: Nights, damage: bytes) -> None:
    nights.memory.parent.mkdir()
    nights.memory.write_bytes(damage)
    assert nights.one(nights.server.url("fine")).state is State.OK
    assert "is started anew" in nights.said[0] and str(nights.memory) in nights.said[0]
    assert nights.remembered()["addresses"][nights.server.url("fine")]["state"] == "ok"


def test_a_memory_that_is_a_folder_is_said(nights: Nights) -> None:
    nights.memory.mkdir(parents=True)
    assert nights.one(nights.server.url("fine")).state is State.OK
    assert "can't be read" in nights.said[0] and "can't be written" in nights.said[-1]
    assert [file.name for file in nights.memory.parent.iterdir()] == [nights.memory.name]


def test_a_night_that_is_broken_off_keeps_what_it_found(nights: Nights) -> None:
    """As Ctrl-C does it: the signal comes while the second address is waited for."""
    links = [nights.server.url(path) for path in ("fine", "interrupting")]
    with pytest.raises(KeyboardInterrupt):
        nights.spend(*links, manners=replace(QUICK, at_once=1))
    assert list(nights.remembered()["addresses"]) == [links[0]]


def test_every_place_of_an_address_is_known(tmp_path: Path) -> None:
    project = """\
---
title: Mine
paper: {title: A paper, url: "https://papers.course-check.dev/a"}
repository: https://code.course-check.dev/mine
---
[one](https://a.course-check.dev/#x) and [two](https://a.course-check.dev/#y), [three](//b.course-check.dev/z),
<https://a.course-check.dev/>, [placeholder](https://www.example.org/x), [mail](mailto:ada@example.org), [own](#x).
"""
    report = """\
---
claims: [{id: dc, source: Table 1, metric: si_sdri, paper: 10.2, evidence: "https://code.course-check.dev/mine#L66"}]
---
What we tried.
"""
    book = {"notebook": [{"markdown": "# A notebook\n\n[four](https://c.course-check.dev/)"}]}
    course = load(
        write_course(
            tmp_path,
            COURSE,
            {"projects/mine/index.md": project, "projects/mine/reproducibility-report.md": report,
             "projects/mine/book.ipynb": book},
        ),
        as_of=TODAY,
    )  # fmt: skip
    assert addresses(course) == {
        "https://a.course-check.dev/": {"x", "y"},
        "https://b.course-check.dev/z": set(),
        "https://c.course-check.dev/": set(),
        "https://code.course-check.dev/mine": {"L66"},
        "https://papers.course-check.dev/a": set(),
    }
    places = [
        (m.path, m.place.line, m.place.cell) for m in mentions(course) if m.host == "a.course-check.dev"
    ]
    assert sorted(places) == [("projects/mine/index.md", 6, None)] * 2 + [("projects/mine/index.md", 7, None)]
    assert [m.place.cell for m in mentions(course) if m.host == "c.course-check.dev"] == [1]


def test_the_findings_of_some_nights(nights: Nights) -> None:
    """From the server's answers to what a reader of the report sees."""
    names = ("status/404", "to/301?where=/fine", "fine#three", "status/403", "fine#one")
    links = [nights.server.url(name) for name in names]
    for day in range(3):
        verdicts = nights.spend(*links, day=day)
    commit(nights.root)
    found = run_checks(replace(nights.course(*links), outside=verdicts))
    assert [(f.rule, f.place.line) for f in found] == [
        ("external-dead", 4), ("external-moved", 5), ("external-anchor-missing", 6), ("external-unknown", 7),
    ]  # fmt: skip
    assert f"https://web.archive.org/web/20200409/{links[0]}" in found[0].help
    assert found[1].help == f"write `{nights.server.url('fine')}`"


def test_an_archived_copy_is_of_the_last_good_day(nights: Nights) -> None:
    verdict = Verdict(State.DEAD, "HTTP 410 Gone", nights=3, last_ok=dt.date(2019, 12, 1))
    found = run_checks(
        replace(
            nights.course("https://a.course-check.dev/x#y"), outside={"https://a.course-check.dev/x": verdict}
        )
    )
    assert "`https://web.archive.org/web/20191201/https://a.course-check.dev/x#y`" in found[0].help


def test_progress_is_said(nights: Nights) -> None:
    nights.spend(*(nights.server.url(f"fine/{number}") for number in range(30)))
    assert nights.said == ["addresses to ask: 30; answered lately: 0", "asked: 25"]
