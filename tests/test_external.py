"""Addresses on other hosts, asked of a real server on this computer that misbehaves in every way it can."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit.checks import run_checks
from coursekit.external.anchors import Body, missing_places, places_wanted
from coursekit.external.judge import Answer, Outcome, remembered, verdicts
from coursekit.external.mentions import addresses, mentions
from coursekit.external.night import check_addresses
from coursekit.external.private import is_private, private_host
from coursekit.external.troubles import retry_after
from coursekit.external.turns import Manners
from coursekit.outside import State, Verdict
from coursekit.pipeline import load
from misbehaving import ALSO, HERE, INSIDE, LATER, NOWHERE, Names, Server, serving
from trees import commit, write_course

TODAY = dt.date(2020, 4, 15)
QUICK = Manners(pause=0, timeout=10, deadline=60, backoff=0.01, most_wait=3, most_bytes=20_000, patience=50)


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def server(running: Server) -> Server:
    running.asked.clear()
    running.most = 0
    return running


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


@pytest.fixture
def nights(tmp_path: Path, server: Server) -> Nights:
    return Nights(tmp_path / "course", server)


# ---- what the server says ----


def test_a_refused_head_is_followed_by_get(nights: Nights) -> None:
    links = [nights.server.url(f"head/{code}") for code in (400, 403, 404, 405, 429, 500, 501)]
    found = nights.spend(*links)
    assert {found[link].state for link in links} == {State.OK}
    assert set(nights.server.asked.values()) == {1} and len(nights.server.asked) == 14


def test_head_is_enough_where_it_says_yes(nights: Nights) -> None:
    assert nights.one(nights.server.url("fine")).state is State.OK
    assert nights.server.asked == {"HEAD /fine": 1}


def test_what_is_no_clear_answer_is_unknown(nights: Nights) -> None:
    codes = (300, 401, 403, 418, 429, 451, 500, 503, 599, 999)
    found = nights.spend(*(nights.server.url(f"status/{code}") for code in codes))
    for code in codes:
        verdict = found[nights.server.url(f"status/{code}")]
        assert (verdict.state, verdict.nights, verdict.unsure) == (State.UNKNOWN, 0, 1)
        assert verdict.why.startswith(f"HTTP {code}")


def test_a_short_retry_after_is_waited_for(nights: Nights) -> None:
    soon = format_datetime(dt.datetime.now(tz=dt.UTC) + dt.timedelta(seconds=2), usegmt=True)
    links = [
        nights.server.url(f"wait/429/a?after={soon.replace(' ', '%20')}"),
        nights.server.url("wait/503/b?after=1"),
    ]
    assert {verdict.state for verdict in nights.spend(*links).values()} == {State.OK}


def test_a_long_retry_after_is_not_waited_for(nights: Nights) -> None:
    afters = ("3600", "9" * 30, "Fri,%2001%20Jan%202100%2000:00:00%20GMT")
    links = [nights.server.url(f"wait/429/{at}?after={after}") for at, after in enumerate(afters)]
    found = nights.spend(*links)
    assert all(found[link].state is State.UNKNOWN and "again in" in found[link].why for link in links)
    assert sum(nights.server.asked.values()) == 3


def test_retry_after_in_its_forms() -> None:
    now = dt.datetime(2020, 4, 15, 12, tzinfo=dt.UTC)
    given = [
        "7",
        "Wed, 15 Apr 2020 12:00:30 GMT",
        "Wed, 15 Apr 2020 11:00:00 GMT",
        "soon",
        "",
        None,
        "-1",
        "²",
    ]
    assert [retry_after(value, now) for value in given] == [7, 30, 0, None, None, None, None, None]


def test_trouble_that_passes_is_no_trouble(nights: Nights) -> None:
    assert nights.one(nights.server.url("once/500")).state is State.OK
    assert nights.server.asked == {"HEAD /once/500": 1, "GET /once/500": 2}


@pytest.mark.parametrize(
    ("path", "why"), [("slow", "no answer within 1 seconds"), ("closed", "the connection failed")]
)
def test_a_server_that_does_not_answer_is_unknown(nights: Nights, path: str, why: str) -> None:
    bad, good = nights.server.url(path), nights.server.url("fine", ALSO)
    verdict = nights.spend(bad, good, manners=replace(QUICK, timeout=1))[bad]
    assert verdict.state is State.UNKNOWN and verdict.why.startswith(why)


def test_a_body_that_never_ends_or_breaks_off_says_nothing_of_anchors(nights: Nights) -> None:
    links = [nights.server.url(path) for path in ("endless", "short", "bomb")]
    found = nights.spend(*(f"{link}#elsewhere" for link in links))
    assert {(found[link].state, found[link].missing) for link in links} == {(State.OK, ())}


def test_trouble_with_encryption_is_unknown(nights: Nights) -> None:
    """The server speaks no TLS."""
    secure, good = nights.server.url("fine").replace("http:", "https:"), nights.server.url("fine")
    verdict = nights.spend(secure, good)[secure]
    assert verdict.state is State.UNKNOWN and "encryption" in verdict.why


# ---- redirects ----


@pytest.mark.parametrize(
    ("code", "state"), [(301, State.MOVED), (308, State.MOVED), (302, State.OK), (307, State.OK)]
)
def test_only_a_permanent_redirect_is_a_move(nights: Nights, code: int, state: State) -> None:
    verdict = nights.one(nights.server.url(f"to/{code}?where=/fine"))
    assert verdict.state is state
    assert verdict.final == (nights.server.url("fine") if state is State.MOVED else "")


def test_a_move_ends_where_a_passing_redirect_begins(nights: Nights) -> None:
    middle = nights.server.url("to/302?where=/fine")
    verdict = nights.one(nights.server.url(f"to/301?where={middle.replace('?', '%3F')}"))
    assert (verdict.state, verdict.final) == (State.MOVED, middle)


@pytest.mark.parametrize(
    "where", ["/fine/login?next=x", "/fine/sso/start", "/to/301?where=/to/301%3Fwhere=/x/"]
)
def test_no_move_is_told_to_a_login_or_onto_itself(nights: Nights, where: str) -> None:
    assert nights.one(nights.server.url(f"to/301?where={where}")).final == ""


def test_redirects_have_an_end(nights: Nights) -> None:
    urls = [
        nights.server.url(path) for path in ("chain/9", "chain/10", "to/302?where=/to/302?where=", "without")
    ]
    found = nights.spend(*urls)
    circle = nights.one(nights.server.url("to/301/x?where=/to/301/x%3Fwhere=/to/301/x"))
    assert [found[url].state for url in urls[:2]] == [State.MOVED, State.UNKNOWN]
    assert "more than 10" in found[urls[1]].why
    assert found[urls[3]].why.startswith("HTTP 302")
    assert circle.state is State.UNKNOWN


def test_a_move_to_what_is_gone_is_gone(nights: Nights) -> None:
    verdict = nights.one(nights.server.url("to/301?where=/status/410"))
    assert (verdict.state, verdict.nights, verdict.final) == (State.UNKNOWN, 1, "")


SPELLINGS = [
    "127.0.0.1", "127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "017700000001", "0.0.0.0", "0",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    "[fe80::1%25lo]", "[fd00::1]", "10.0.0.1", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1",
    "localhost", "LOCALHOST.", "a.localhost", "router", "printer.local", "127.0.0.1.", "224.0.0.1",
    "１２７.0.0.1", "127。0。0。1", "%31%32%37.0.0.1",
]  # fmt: skip


def test_no_redirect_leads_into_a_private_network(nights: Nights) -> None:
    wheres = [quote(f"http://{host}/") for host in SPELLINGS]
    links = [nights.server.url(f"to/302/{at}?where={where}") for at, where in enumerate(wheres)]
    found = nights.spend(*links)
    assert {found[link].state for link in links} == {State.PRIVATE}, found


@pytest.mark.parametrize("host", SPELLINGS)
def test_no_address_leads_into_a_private_network(host: str) -> None:
    assert private_host(host)


def test_another_port_of_this_computer_is_private_too(nights: Nights) -> None:
    own, other = (nights.server.url("fine", "127.0.0.1"), f"http://127.0.0.1:{nights.server.port - 1}/")
    led = [nights.server.url(f"to/302?where={where}") for where in (own, other)]
    found = nights.spend(*led)
    assert [found[link].state for link in led] == [State.OK, State.PRIVATE]


def test_names_that_lead_into_a_private_network_are_refused_when_connecting(nights: Nights) -> None:
    direct = f"http://{INSIDE}:8080/"
    led = nights.server.url(f"to/301?where={direct}")
    found = nights.spend(direct, led)
    assert {found[url].state for url in (direct, led)} == {State.PRIVATE}
    assert found[led].why in {"it leads to 10.0.0.7", "it leads to 192.168.1.1"}


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ("ftp://mirror.course-check.dev/", "it leads to a `ftp:` address"),
        ("javascript:alert(1)", "it leads to a `javascript:` address"),
        ("file:///etc/passwd", "it leads to a `file:` address"),
        (f"http://ada:secret@{HERE}/", "there is a user name or password"),
        (f"http://{HERE}:22/", "port 22 is none of the web's"),
        ("http://[broken/", "it redirects to what is no address"),
        (f"http://{HERE}:99999/", "it redirects to what is no address"),
    ],
)
def test_where_no_redirect_is_followed(nights: Nights, where: str, why: str) -> None:
    verdict = nights.one(nights.server.url(f"to/302?where={where}"))
    assert verdict.state is State.UNKNOWN and verdict.why.startswith(why)


@given(st.integers(0, 2**32 - 1))
def test_every_spelling_of_an_ipv4_address_is_judged_alike(number: int) -> None:
    address = IPv4Address(number)
    a, b, c, d = address.packed
    spellings = [
        str(address), str(number), hex(number), f"0{number:o}", f"{a}.{number & 0xFFFFFF}", f"{a}.{b}.{c << 8 | d}",
        f"0x{a:x}.0{b:o}.{c}.{d}", f"[::ffff:{address}]", f"::ffff:{a:x}{b:02x}:{c:x}{d:02x}", f"[64:ff9b::{address}]", f"{address}.",
    ]  # fmt: skip
    assert {private_host(spelling) is not None for spelling in spellings} == {is_private(address)}
    assert is_private(address) or address.is_global


@given(st.integers(0, 2**128 - 1) | st.integers(0x2001 << 112, (0x2003 << 112) - 1))
def test_an_ipv6_address_is_public_only_where_pages_are_served(number: int) -> None:
    address = IPv6Address(number)
    inner = address.ipv4_mapped
    if private_host(f"[{address.exploded}]") is None and inner is None and number >> 32 != 0x64FF9B << 64:
        assert address.is_global and number >> 125 == 1 and not address.sixtofour and not address.teredo
    assert private_host(f"[{address}%25eth0]")


# ---- anchors ----

PLAIN = "<body><h1 id='user-content-setup'>Set up</h1><p>" + "words " * 500
SCRIPTED = "<body><h1 id=setup>x</h1><p>words<script src=a.js></script>"


@pytest.mark.parametrize(
    ("fragment", "html", "missing"),
    [
        ("setup", PLAIN, False),
        ("user-content-setup", PLAIN, False),
        ("instalation", PLAIN, True),
        ("setup:~:text=words", PLAIN, False),
        ("instalation:~:text=words", PLAIN, True),
        ("%C3%BCber", PLAIN + "<p id='über'>", False),
        ("instalation", SCRIPTED, False),
        ("instalation", PLAIN + "<div id=root></div>", False),
        ("instalation", PLAIN + "<script src=a.js></script>", True),
        ("instalation", PLAIN + "<script>" + "x()" * 2000 + "</script>", False),
        ("instalation", "", True),
    ],
)
def test_anchors(fragment: str, html: str, missing: bool) -> None:
    assert places_wanted(frozenset({fragment})) == {fragment}
    assert missing_places(frozenset({fragment}), Body(html, True)) == ({fragment} if missing else set())
    assert not missing_places(frozenset({fragment}), Body(html, False))


@pytest.mark.parametrize(
    "fragment",
    ["", "top", "L66", "L10-L20", "L3C1-L4C2", "page=7", ":~:text=words", "t=30s", "!/a", "/route", "-"],
)
def test_what_is_no_place_in_html_is_not_looked_for(fragment: str) -> None:
    assert places_wanted(frozenset({fragment})) == frozenset()


@pytest.mark.parametrize(
    "piece", ["<div>", "<", "<script ", "<script>", "id='", "id= ", "<a name=x>", "<table>"]
)
def test_a_page_that_is_made_to_take_hours_takes_none(piece: str) -> None:
    started = time.process_time()
    missing_places(frozenset({"setup"}), Body(piece * (2_000_000 // len(piece)), True))
    assert time.process_time() - started < 5


def test_anchors_of_one_page_take_one_request(nights: Nights) -> None:
    links = [nights.server.url(f"fine#{name}") for name in ("one", "two", "three")]
    verdict = nights.spend(*links, nights.server.url("fine"))[nights.server.url("fine")]
    assert (verdict.state, verdict.missing) == (State.OK, ("three",))
    assert nights.server.asked == {"GET /fine": 1}


# ---- manners ----


def test_no_host_is_asked_more_than_twice_at_once(nights: Nights) -> None:
    nights.spend(*(nights.server.url(f"busy/{number}") for number in range(12)))
    assert sum(nights.server.asked.values()) == 12
    assert 1 <= nights.server.most <= 2


def test_a_host_gets_a_pause(nights: Nights) -> None:
    links = [nights.server.url(f"fine/{number}") for number in range(8)]
    found = nights.spend(*links, manners=replace(QUICK, pause=0.4, deadline=1.0))
    good = Counter(found[link].state for link in links)[State.OK]
    assert good <= sum(nights.server.asked.values()) <= 3
    assert any("time is up" in said for said in nights.said)


def test_a_host_that_lets_down_is_left_alone(nights: Nights) -> None:
    links = [nights.server.url(f"status/500/{number}") for number in range(9)]
    found = nights.spend(*links, nights.server.url("fine", ALSO), manners=replace(QUICK, patience=2, tries=1))
    assert sum("several others" in found[link].why for link in links) >= 5
    assert found[nights.server.url("fine", ALSO)].state is State.OK


def test_the_server_is_told_who_asks_and_no_proxy_is_used(
    nights: Nights, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert nights.one(nights.server.url("fine")).state is State.OK
    assert nights.server.agent.endswith("(+https://github.example/course)")


# ---- night after night ----


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


# ---- where addresses stand, and what is said of them ----


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
