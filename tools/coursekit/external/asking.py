"""Asking for one address: as little as is needed, as often as is fair, and never in a private network."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
from dataclasses import dataclass

import aiohttp
from yarl import URL

from coursekit.external.anchors import Body, missing_places
from coursekit.external.judge import Answer, Outcome
from coursekit.external.private import private_host
from coursekit.external.troubles import Trouble, leads_to_private, retry_after, trouble, unclear, words_for
from coursekit.external.turns import Manners, Turns

MOST_REDIRECTS = 10
_FOREVER = frozenset({301, 308})
_REDIRECTS = _FOREVER | {302, 303, 307}
_GONE = frozenset({404, 410})
_FIRST_FREE_PORT = (
    1024  # below it other services than the web's live, which a link must not be able to talk to
)
_LOGIN = re.compile(
    r"\b(?:log-?in|sign-?in|signin|sso|saml|cas|oauth2?|auth|consent|captcha)\b", re.IGNORECASE
)
_LONGEST = 2000  # characters of an address, as in front matter


@dataclass(frozen=True, slots=True)
class Reply:
    """What one request brought; `body` only where it is HTML that was asked for."""

    status: int
    location: str | None = None
    body: Body | None = None

    @property
    def is_clear(self) -> bool:
        """Whether it says something of the page, and not of the server's state."""
        return self.status < 500 and self.status != 429


@dataclass(frozen=True)
class Asker:
    """Asks over one session; `allow` are the hosts and ports of private networks that are let through."""

    session: aiohttp.ClientSession
    manners: Manners
    turns: Turns
    at_once: asyncio.Semaphore
    allow: frozenset[tuple[str, int]] = frozenset()

    async def ask(self, address: str, places: frozenset[str]) -> Answer:
        """What one address comes to; `places` are looked for in its HTML. Never raises for what is out there."""
        try:
            return await self._follow(URL(address), places)
        except Trouble as found:
            return found.answer
        except Exception as error:  # what a server sends may trip any part of a client: that tells nothing
            return trouble(error, self.manners.timeout).answer

    async def _follow(self, start: URL, places: frozenset[str]) -> Answer:
        url = lasting = start
        seen, forever = {start}, True
        for _ in range(MOST_REDIRECTS + 1):
            reply = await self._reply(url, places)
            if reply.location is None:
                return _answer(reply, places, moved=_moved(start, lasting))
            url = _next(url, reply.location)
            forever = forever and reply.status in _FOREVER
            lasting = url if forever else lasting
            if url in seen:
                raise unclear("it redirects in a circle")
            seen.add(url)
        raise unclear(f"it redirects more than {MOST_REDIRECTS} times")

    async def _reply(self, url: URL, places: frozenset[str]) -> Reply:
        """The reply of one address. HEAD is cheap, but many refuse it: only its yes counts."""
        self._admit(url)
        if not places:
            try:
                reply = await self._request("HEAD", url, places=places)
                if reply.status < 400:
                    return reply
            except Trouble as found:
                if not found.again:
                    raise
        return await self._insist(url, places)

    async def _insist(self, url: URL, places: frozenset[str]) -> Reply:
        """GET until the answer is clear, a few times, with growing rests between."""
        host = self.turns.host(url.raw_host or "")
        last = self.manners.tries - 1
        for attempt in range(self.manners.tries):
            try:
                reply = await self._request("GET", url, places=places)
                if reply.is_clear or attempt == last:
                    host.note(clear=reply.is_clear)
                    return reply
            except Trouble as found:
                if not found.again or attempt == last:
                    host.note(clear=found.answer.outcome is Outcome.GONE)
                    raise
            host.rest(self.manners.backoff * 2**attempt)
        raise AssertionError("the last attempt returns or raises")

    def _admit(self, url: URL) -> None:
        """Refuse what must not be asked, before anything is sent."""
        host, port = url.raw_host or "", url.port or 0
        if url.scheme not in {"http", "https"} or not host:
            raise unclear(f"it leads to a `{url.scheme}:` address")
        if url.user is not None or url.password is not None:
            raise unclear("there is a user name or password in the address")
        if (private := private_host(host)) and (host, port) not in self.allow:
            raise leads_to_private(private)
        if port < _FIRST_FREE_PORT and port not in {80, 443}:
            raise unclear(f"port {port} is none of the web's")

    async def _request(self, method: str, url: URL, *, places: frozenset[str]) -> Reply:
        host = self.turns.host(url.raw_host or "")
        async with host.turn(), self.at_once:
            if host.is_given_up:
                raise unclear("its host gave no clear answer to several others")
            try:
                async with self.session.request(method, url, allow_redirects=False) as response:
                    self.turns.heard.set()
                    reply = await self._read(response, places)
                    wait = retry_after(response.headers.get("Retry-After"), dt.datetime.now(tz=dt.UTC))
            except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
                raise trouble(error, self.manners.timeout) from None
        if wait is not None and not reply.is_clear:
            if wait > self.manners.most_wait:
                host.note(clear=False)
                raise unclear(f"{words_for(reply.status)}, and again in {wait:,.0f} seconds only")
            host.rest(wait)
        return reply

    async def _read(self, response: aiohttp.ClientResponse, places: frozenset[str]) -> Reply:
        location = response.headers.get("Location") if response.status in _REDIRECTS else None
        html = response.content_type in {"text/html", "application/xhtml+xml"}
        body = await self._body(response) if places and html and response.status < 300 else None
        return Reply(response.status, location, body)

    async def _body(self, response: aiohttp.ClientResponse) -> Body:
        """As much of a page as comes, up to the limit; what breaks off is still a page, only not a whole one."""
        data, whole = bytearray(), True
        try:
            async for chunk in response.content.iter_chunked(64 * 1024):
                data += chunk
                if len(data) > self.manners.most_bytes:
                    whole = False
                    break
        except (TimeoutError, aiohttp.ClientError):
            whole = False
        return Body(bytes(data).decode("utf-8", "replace"), whole)  # ids are ASCII nearly always


def _answer(reply: Reply, places: frozenset[str], *, moved: str) -> Answer:
    if 200 <= reply.status < 300:
        missing = missing_places(places, reply.body) if reply.body else frozenset()
        return Answer(Outcome.THERE, final=moved, missing=missing)
    if reply.status in _GONE:
        return Answer(Outcome.GONE, words_for(reply.status))
    return Answer(Outcome.UNCLEAR, words_for(reply.status))


def _next(url: URL, location: str) -> URL:
    """Where a redirect leads, without its fragment."""
    try:
        return url.join(URL(location)).with_fragment(None)
    except ValueError:
        raise unclear("it redirects to what is no address") from None


def _moved(start: URL, lasting: URL) -> str:
    """The address that permanent redirects lead to, '' where nobody needs to write it."""
    same = str(start).rstrip("/") == str(lasting).rstrip("/")
    sends_away = _LOGIN.search(f"{lasting.host} {lasting.path}") and not _LOGIN.search(
        f"{start.host} {start.path}"
    )
    return "" if same or sends_away or len(str(lasting)) > _LONGEST else str(lasting)
