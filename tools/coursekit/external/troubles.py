"""What keeps an address from being judged, in words; and which of it is worth another try."""

from __future__ import annotations

import datetime as dt
import re
import socket
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any

import aiohttp

from coursekit.external.judge import Answer, Outcome
from coursekit.external.private import is_private

_WORDS = {
    401: "it asks for a login",
    403: "it may refuse programs only",
    429: "it is asked too often",
    999: "it refuses programs",
}


class Trouble(Exception):  # noqa: N818 - read as a sentence where it is raised
    """An address got no reply that could be judged; `again` says whether another try may help."""

    def __init__(self, answer: Answer, *, again: bool = False) -> None:
        super().__init__(answer.why)
        self.answer = answer
        self.again = again


class PrivateAddress(OSError):  # noqa: N818 - it names what was met
    """Raised in place of making a socket; the text is the same for all, so that several are still told as one."""

    def __init__(self, address: str) -> None:
        super().__init__("a private address")
        self.address = address


def public_sockets(allow: frozenset[tuple[str, int]]) -> Callable[[Any], socket.socket]:
    """A maker of sockets that refuses private addresses.

    It sees what is really connected to, after names were looked up: a name can't answer otherwise in between.
    `allow` are pairs of address and port that are let through, which tests need.
    """

    def make(info: tuple[Any, ...]) -> socket.socket:
        family, kind, protocol, _, target = info
        address = ip_address(target[0])
        scoped = len(target) > 3 and bool(target[3])
        if (scoped or is_private(address)) and tuple(target[:2]) not in allow:
            raise PrivateAddress(str(address))
        return socket.socket(family=family, type=kind, proto=protocol)

    return make


def unclear(why: str, *, again: bool = False, doubtful: bool = False) -> Trouble:
    """No clear answer."""
    return Trouble(Answer(Outcome.UNCLEAR, why, doubtful=doubtful), again=again)


def leads_to_private(host: str) -> Trouble:
    """An address that must not be asked."""
    return Trouble(Answer(Outcome.PRIVATE, f"it leads to {_named(host)}"))


def trouble(error: Exception, timeout: float) -> Trouble:
    """What an error of the HTTP client means for an address."""
    inner = getattr(error, "os_error", None)
    if isinstance(inner, PrivateAddress):
        return leads_to_private(inner.address)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        if isinstance(inner, socket.gaierror) and inner.errno == socket.EAI_NONAME:
            return Trouble(
                Answer(Outcome.GONE, f"there is no host called {_named(error.host)}", doubtful=True)
            )
        return unclear(f"the name {_named(error.host)} can't be looked up at present", doubtful=True)
    if isinstance(error, aiohttp.ClientSSLError):
        return unclear("its certificate is not trusted, or its encryption fails")
    if isinstance(error, TimeoutError):
        return unclear(f"no answer within {timeout:g} seconds", doubtful=True)
    if isinstance(error, ValueError):  # aiohttp.InvalidURL is one
        return unclear("it is no address that can be asked for")
    return unclear(f"the connection failed ({type(error).__name__})", again=True, doubtful=True)


def _named(host: str) -> str:
    """A host as it may be shown; what a redirect brought can hold anything."""
    return re.sub(r"[^\w.:%-]", "?", host)[:253]


def words_for(status: int) -> str:
    """'HTTP 403 Forbidden: it may refuse programs only'; the server's own words are not repeated."""
    try:
        name = f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        name = f"HTTP {status}"
    return f"{name}: {_WORDS[status]}" if status in _WORDS else name


def retry_after(value: str | None, now: dt.datetime) -> float | None:
    """The seconds that a Retry-After header asks for, given as such or as a date; None where it says nothing."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    aware = when if when.tzinfo else when.replace(tzinfo=dt.UTC)
    return max(0.0, (aware - now).total_seconds())
