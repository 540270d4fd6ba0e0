"""One HTTP request that insists a little: bounded in time, in size and in how often it is tried again."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from importlib.metadata import version

import aiohttp
from yarl import URL

from coursekit.external.troubles import retry_after
from coursekit.model import CannotStart

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_REPEATABLE = frozenset({"GET", "PATCH"})  # what comes to the same when it is done twice


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one answer is waited for, how often it is asked for, and how long a rest may be (seconds)."""

    timeout: float = 30
    tries: int = 4
    pause: float = 0.5  # doubled from try to try
    most_wait: float = 60


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `location` is where a redirect points to, and nobody has followed it."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def words(self) -> str:
        """'404 Not Found'; the server's own words are not repeated."""
        known = {status.value: status.phrase for status in HTTPStatus}
        return f"{self.status} {known.get(self.status, '')}".strip()

    @property
    def location(self) -> str:
        """Where a redirect points to, '' where the answer is none."""
        return self.headers.get("Location", "") if 300 <= self.status < 400 else ""

    @property
    def is_limited(self) -> bool:
        """Whether the server says that it was asked too often; GitHub says so with 403, too."""
        limits = "Retry-After" in self.headers or self.headers.get("X-RateLimit-Remaining") == "0"
        return self.status == HTTPStatus.TOO_MANY_REQUESTS or (self.status == HTTPStatus.FORBIDDEN and limits)

    def rest(self, now: dt.datetime) -> float | None:
        """The seconds of rest that the server asks for, None where it names none."""
        if (wait := retry_after(self.headers.get("Retry-After"), now)) is not None:
            return wait
        reset = self.headers.get("X-RateLimit-Reset", "")
        if self.is_limited and reset.isascii() and reset.isdigit():
            return max(0.0, float(reset[:12]) - now.timestamp())
        return None


@dataclass(frozen=True)
class Wire:
    """Asks over one session. It follows no redirect: the next host must not hear what was meant for this one."""

    session: aiohttp.ClientSession
    patience: Patience

    async def ask(
        self,
        method: str,
        url: URL,
        *,
        most: int,
        headers: Mapping[str, str] | None = None,
        content: object = None,
    ) -> Answer:
        """The first answer that is of use; at most `most` bytes of it.

        Raises:
            CannotStart: there is none, or it is too long.
        """
        for attempt in range(self.patience.tries):
            is_last = attempt == self.patience.tries - 1
            answer = await self._once(method, url, most=most, headers=headers, content=content)
            if isinstance(answer, Answer):
                may_pass = answer.is_limited or (answer.status >= 500 and method in _REPEATABLE)
                if is_last or not may_pass:
                    return answer
            elif is_last or method not in _REPEATABLE:
                raise CannotStart(f"{_shown(url)}: {answer}")
            await asyncio.sleep(self._rest(answer, attempt, url))
        raise AssertionError("the last attempt returns or raises")

    def _rest(self, answer: Answer | str, attempt: int, url: URL) -> float:
        asked = answer.rest(dt.datetime.now(tz=dt.UTC)) if isinstance(answer, Answer) else None
        if asked is not None and asked > self.patience.most_wait:
            raise CannotStart(
                f"{_shown(url)}: it was asked too often, and wants to rest for {asked:,.0f} seconds; "
                "run this again later"
            )
        return asked if asked is not None else self.patience.pause * 2**attempt

    async def _once(
        self, method: str, url: URL, *, most: int, headers: Mapping[str, str] | None, content: object
    ) -> Answer | str:
        """An answer, or in words why there is none that another try might not bring."""
        try:
            async with self.session.request(
                method, url, headers=headers, json=content, allow_redirects=False
            ) as response:
                return Answer(response.status, response.headers.copy(), await _bounded(response, most, url))
        except TimeoutError:
            return f"no answer within {self.patience.timeout:g} seconds"
        except (aiohttp.ClientError, OSError) as error:
            return f"the connection failed ({type(error).__name__})"
        except ValueError:
            raise CannotStart(
                f"{_shown(url)} can't be asked for: it is no address, or a header is none"
            ) from None


async def _bounded(response: aiohttp.ClientResponse, most: int, url: URL) -> bytes:
    data = bytearray()
    async for chunk in response.content.iter_chunked(64 * 1024):
        data += chunk
        if len(data) > most:
            raise CannotStart(f"{_shown(url)} sends more than {most:,} bytes, which are too many")
    return bytes(data)


def _shown(url: URL) -> str:
    """An address without its query, which may hold a signature."""
    return str(url.with_query(None).with_fragment(None).with_user(None))[:300]


@asynccontextmanager
async def open_wire(patience: Patience | None = None) -> AsyncIterator[Wire]:
    """A wire as long as the context lasts."""
    patience = patience or Patience()
    session = aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": f"coursekit/{version('coursekit')}"},
        timeout=aiohttp.ClientTimeout(total=patience.timeout),
        trust_env=False,  # a .netrc of this machine is nobody's business
    )
    async with session:
        yield Wire(session, patience)


def web_address(text: str, what: str) -> URL:
    """An address that may be asked: https, or http on this machine.

    Raises:
        CannotStart: it is none; `what` says whose it is.
    """
    try:
        url = URL(text)
        fits = url.scheme == "https" or (url.scheme == "http" and url.host in _LOOPBACK)
        fits = fits and bool(url.host) and not (url.user or url.password or url.query_string or url.fragment)
    except ValueError:
        fits = False
    if not fits:
        raise CannotStart(f"{what} is no address that can be asked for: {text[:200]!r}; write https://…")
    return url
