"""A server on the loopback that plays GitHub's API for one repository, as far as the workflows use it."""

from __future__ import annotations

import asyncio
import io
import json
import threading
import zipfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from click.testing import CliRunner, Result

from coursekit.cli import main

EVENTS = Path(__file__).parent / "data" / "events"
TOKEN = "ghs_no_token_of_anybody"  # made up
BOT = {"login": "github-actions[bot]", "id": 41898282, "type": "Bot"}
MOST_TEXT = 65_536  # as GitHub refuses longer ones


def recorded(name: str) -> Any:
    return json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))


def zipped(files: dict[str, Any], *, number: int = 7, sha: str = "1" * 40) -> bytes:
    """An artifact as the check leaves it, with `files` added, changed, or (None) taken away."""
    record = {"schema": 1, "number": number, "head_sha": sha}
    content = {"report.md": "## Fine\n", "request.json": json.dumps(record), **files}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            if data is not None:
                archive.writestr(name, data)
    return stream.getvalue()


def _pull() -> Any:
    return recorded("pull_request_opened_from_fork")["pull_request"]


def _run() -> Any:
    return recorded("workflow_run_completed")["workflow_run"]


@dataclass
class GitHub:
    """What the repository holds. `troubles` are answers that are given first, before any right one."""

    port: int = 0
    pull: Any = field(default_factory=_pull)
    run: Any = field(default_factory=_run)
    artifact: bytes | None = field(default_factory=lambda: zipped({}))
    files: list[Any] = field(
        default_factory=lambda: [{"filename": "site_src/a.md"}, {"filename": "site_src/b.md"}]
    )
    comments: list[Any] = field(default_factory=list)
    issues: list[Any] = field(default_factory=list)
    labels: set[str] = field(default_factory=set)
    published: web.Response | None = None
    troubles: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    answer_with: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None
    asked: list[str] = field(default_factory=list)
    overheard: list[str] = field(default_factory=list)  # tokens that another host than the API's got to see

    @property
    def environment(self) -> dict[str, str]:
        return {
            "GITHUB_API_URL": f"http://127.0.0.1:{self.port}",
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "example/course",
            "GITHUB_TOKEN": TOKEN,
        }

    def call(self, *arguments: str, **environment: str | None) -> Result:
        """Run `course github …` as a step does."""
        done = CliRunner().invoke(main, ["github", *arguments], env={**self.environment, **environment})
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        assert TOKEN not in done.output and "Traceback" not in done.output
        assert all(line.startswith("course: ") for line in done.output.splitlines() if done.exit_code != 2)
        return done

    def comment(self) -> Result:
        return self.call("comment", "--event", str(EVENTS / "workflow_run_completed.json"))

    def written(self) -> list[str]:
        """What was changed so far."""
        return [line for line in self.asked if not line.startswith("GET")]

    async def serve(self, request: web.Request) -> web.StreamResponse:
        return await (self.answer_with or self.answer)(request)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.path}")
        if self.troubles:
            status, headers = self.troubles.pop(0)
            return web.json_response({"message": "::error::no\nluck"}, status=status, headers=headers)
        head, _, path = request.path.partition("/repos/example/course/")
        if head or not path:
            return self._elsewhere(request)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return web.json_response({"message": "Bad credentials"}, status=401)
        content = await request.json() if request.can_read_body else {}
        if len(content.get("body", "")) > MOST_TEXT:
            return web.json_response({"message": "body is too long"}, status=422)
        return self._of_repository(request, path, content)

    def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        if token := request.headers.get("Authorization"):
            self.overheard.append(token)
        if request.path == "/blob" and self.artifact is not None:
            return web.Response(body=self.artifact)
        return self.published or web.Response(status=404)

    def _of_repository(self, request: web.Request, path: str, content: Any) -> web.StreamResponse:
        where = f"{request.method} {path}"
        number = str(self.pull["number"])
        if where == "GET actions/artifacts/5/zip":
            return web.Response(
                status=302, headers={"Location": f"http://localhost:{self.port}/blob?sig=secret"}
            )
        if where.startswith("PATCH issues/"):
            return self._change(path, content)
        if where == f"POST issues/{number}/comments" or (
            request.method == "POST" and path.startswith("issues/")
        ):
            self.comments.append({"id": 900 + len(self.comments), "user": BOT, **content})
            return web.json_response(self.comments[-1], status=201)
        if where == "POST issues":
            self.issues.append({"number": 30 + len(self.issues), "state": "open", "user": BOT, **content})
            return web.json_response(self.issues[-1], status=201)
        if where == "POST labels":
            self.labels.add(content["name"])
            return web.json_response(content, status=201)
        known = {
            f"actions/runs/{self.run['id']}": self.run,
            f"actions/runs/{self.run['id']}/artifacts": {"artifacts": self._artifacts()},
            f"pulls/{number}": self.pull,
            f"pulls/{number}/files": self._page(request, self.files),
            f"issues/{number}/comments": self._page(request, self.comments),
            "issues": self._page(request, self.issues),
            **{f"labels/{name}": {"name": name} for name in self.labels},
        }
        if request.method != "GET" or path not in known:
            return web.json_response({"message": "Not Found"}, status=404)
        return web.json_response(known[path])

    def _artifacts(self) -> list[Any]:
        if self.artifact is None:
            return []
        return [{"id": 5, "name": "report", "size_in_bytes": len(self.artifact), "expired": False}]

    def _page(self, request: web.Request, records: list[Any]) -> list[Any]:
        size, page = int(request.query.get("per_page", "30")), int(request.query.get("page", "1"))
        return records[(page - 1) * size : page * size]

    def _change(self, path: str, content: Any) -> web.StreamResponse:
        kept, key = (self.comments, "id") if "/comments/" in path else (self.issues, "number")
        found = next(one for one in kept if one[key] == int(path.rsplit("/", 1)[1]))
        found.update(content)
        return web.json_response(found)


@contextmanager
def playing() -> Iterator[GitHub]:
    """The server in a thread of its own, as long as the context lasts."""
    hub, loop = GitHub(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    app = web.Application(client_max_size=10_000_000)
    app.router.add_route("*", "/{rest:.*}", hub.serve)
    server = TestServer(app)
    asyncio.run_coroutine_threadsafe(server.start_server(), loop).result(10)
    assert server.port
    hub.port = server.port
    try:
        yield hub
    finally:
        asyncio.run_coroutine_threadsafe(server.close(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
