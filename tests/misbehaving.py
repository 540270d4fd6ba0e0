"""A web server on the loopback that misbehaves in every way it can, and names that lead to it and elsewhere."""

from __future__ import annotations

import asyncio
import gzip
import signal
import socket
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

# Names that the resolver of these tests knows; in truth nobody has them.
HERE, INSIDE, NOWHERE, LATER, ALSO = (
    f"{name}.course-check.dev" for name in ("here", "inside", "nowhere", "later", "also")
)


class Names(AbstractResolver):
    """A resolver that knows a few names, and gives private addresses for some of them."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if host == LATER:
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        if host not in {HERE, ALSO, INSIDE}:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        there = ["127.0.0.1"] if host in {HERE, ALSO} else ["10.0.0.7", "192.168.1.1"]
        return [ResolveResult(hostname=host, host=one, port=port, family=socket.AF_INET, proto=0, flags=socket.AI_NUMERICHOST) for one in there]  # fmt: skip

    async def close(self) -> None:
        """Nothing is held."""


@dataclass
class Server:
    """A web server on the loopback; each handler is a way to misbehave. It counts what it was asked."""

    port: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    now: int = 0
    most: int = 0
    agent: str = ""

    def url(self, path: str, host: str = HERE) -> str:
        return f"http://{host}:{self.port}/{path}"

    async def answer(self, request: web.Request) -> web.StreamResponse:
        name = request.path.split("/")[1]
        self.asked[f"{request.method} {request.path}"] += 1
        self.agent = request.headers["User-Agent"]
        return await WAYS[name](self, request)

    def forget(self) -> None:
        """Begin to count anew."""
        self.asked.clear()
        self.most = 0

    def times(self, path: str) -> int:
        return self.asked[f"HEAD /{path}"] + self.asked[f"GET /{path}"]


Way = Callable[[Server, web.Request], Awaitable[web.StreamResponse]]
WAYS: dict[str, Way] = {}


def way(name: str) -> Callable[[Way], Way]:
    def keep(handler: Way) -> Way:
        WAYS[name] = handler
        return handler

    return keep


@way("fine")
async def fine(server: Server, request: web.Request) -> web.StreamResponse:
    return web.Response(text="<h1 id=one>One</h1><a name=two>two</a><p>words</p>", content_type="text/html")


@way("status")
async def status(server: Server, request: web.Request) -> web.StreamResponse:
    return web.Response(status=int(request.path.split("/")[2]))


@way("head")
async def head_refused(server: Server, request: web.Request) -> web.StreamResponse:
    return web.Response(status=int(request.path.split("/")[2]) if request.method == "HEAD" else 200)


@way("to")
async def redirect(server: Server, request: web.Request) -> web.StreamResponse:
    _, _, code, *_ = request.path.split("/")
    return web.Response(status=int(code), headers={"Location": request.query["where"]})


@way("chain")
async def chain(server: Server, request: web.Request) -> web.StreamResponse:
    left = int(request.path.split("/")[2])
    return web.Response(status=301, headers={"Location": f"/chain/{left - 1}" if left else "/fine"})


@way("without")
async def without_location(server: Server, request: web.Request) -> web.StreamResponse:
    return web.Response(status=302)


@way("wait")
async def wait(server: Server, request: web.Request) -> web.StreamResponse:
    """Busy the first time: /wait/<code>?after=…"""
    if server.times(request.path.strip("/")) > 1:
        return web.Response()
    return web.Response(
        status=int(request.path.split("/")[2]), headers={"Retry-After": request.query["after"]}
    )


@way("slow")
async def slow(server: Server, request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(4)
    return web.Response()


@way("endless")
async def endless(server: Server, request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/html"})
    await response.prepare(request)
    while request.transport is not None:
        await response.write(b"<p>more</p>" * 1000)
        await asyncio.sleep(0)
    return response


@way("short")
async def wrong_content_length(server: Server, request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/html", "Content-Length": "100000"})
    await response.prepare(request)
    await response.write(b"<p id=one>that is all")
    assert request.transport is not None
    request.transport.close()
    return response


@way("closed")
async def closed(server: Server, request: web.Request) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@way("once")
async def bad_at_first(server: Server, request: web.Request) -> web.StreamResponse:
    """/once/<code>: bad for the first two requests."""
    good = server.times(request.path.strip("/")) > 2
    return web.Response(status=200 if good else int(request.path.split("/")[2]))


@way("busy")
async def busy(server: Server, request: web.Request) -> web.StreamResponse:
    """It counts how many wait in it at once."""
    server.now += 1
    server.most = max(server.most, server.now)
    await asyncio.sleep(0.02)
    server.now -= 1
    return web.Response()


@way("interrupting")
async def interrupting(server: Server, request: web.Request) -> web.StreamResponse:
    identity = threading.main_thread().ident
    assert identity is not None
    signal.pthread_kill(identity, signal.SIGINT)
    await asyncio.sleep(4)
    return web.Response()


@way("bomb")
async def bomb(server: Server, request: web.Request) -> web.StreamResponse:
    packed = gzip.compress(bytes(50_000_000), 1)
    return web.Response(body=packed, headers={"Content-Type": "text/html", "Content-Encoding": "gzip"})


@contextmanager
def serving() -> Iterator[Server]:
    """The server in a thread of its own, as long as the context lasts."""
    server, ready, loop = Server(), threading.Event(), asyncio.new_event_loop()

    async def start() -> web.AppRunner:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", server.answer)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        server.port = runner.addresses[0][1]
        return runner

    def serve() -> None:
        runner = loop.run_until_complete(start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        left = asyncio.all_tasks(loop)  # those that still wait on purpose
        for task in left:
            task.cancel()
        if left:
            loop.run_until_complete(asyncio.wait(left))
        loop.close()

    thread = threading.Thread(target=serve)
    thread.start()
    assert ready.wait(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
