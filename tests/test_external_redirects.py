"""Redirects, which are followed by hand, and never into a private network in any of its spellings."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit.external.private import is_private, private_host
from coursekit.outside import State
from misbehaving import HERE, INSIDE, Server, serving
from nights import Nights


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


@pytest.fixture
def nights(tmp_path: Path, server: Server) -> Nights:
    server.forget()
    return Nights(tmp_path / "course", server)


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


NOT_FOLLOWED = {
    "ftp://mirror.course-check.dev/": "it leads to a `ftp:` address",
    "javascript:alert(1)": "it leads to a `javascript:` address",
    "file:///etc/passwd": "it leads to a `file:` address",
    f"http://ada:secret@{HERE}/": "there is a user name or password in the address",
    f"http://{HERE}:22/": "port 22 is none of the web's",
    "http://[broken/": "it redirects to what is no address",
    f"http://{HERE}:99999/": "it redirects to what is no address",
}


def test_where_no_redirect_is_followed(nights: Nights) -> None:
    links = {where: nights.server.url(f"to/302?where={quote(where)}") for where in NOT_FOLLOWED}
    found = nights.spend(*links.values())
    assert {where: found[link].why for where, link in links.items()} == NOT_FOLLOWED
    assert {found[link].state for link in links.values()} == {State.UNKNOWN}


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
