"""Addresses on other hosts, asked of a real server on this computer that misbehaves in every way it can."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from email.utils import format_datetime
from pathlib import Path

import pytest

from coursekit.external.anchors import Body, missing_places, places_wanted
from coursekit.external.troubles import retry_after
from coursekit.outside import State
from misbehaving import ALSO, Server, serving
from nights import QUICK, Nights


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def nights(tmp_path: Path, server: Server) -> Nights:
    server.forget()
    return Nights(tmp_path / "course", server)


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
