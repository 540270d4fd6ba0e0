"""How GitHub's API and the published site are asked: with patience that ends, and with a token that stays secret."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from coursekit.hub.api import Place
from coursekit.hub.published import pages_address
from github_server import EVENTS, TOKEN, GitHub, playing


@pytest.fixture
def hub() -> Iterator[GitHub]:
    with playing() as server:
        yield server


def test_trouble_that_passes_is_waited_for(hub: GitHub) -> None:
    hub.troubles = [(500, {}), (502, {}), (429, {"Retry-After": "1"})]
    began = time.monotonic()
    assert hub.comment().exit_code == 0
    assert len(hub.comments) == 1 and time.monotonic() - began > 1
    hub.troubles = [
        (403, {"Retry-After": "0"}),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}),
    ]
    assert "says so already" in hub.comment().output


@pytest.mark.parametrize(
    ("troubles", "words"),
    [
        (
            [(500, {})] * 4,
            "GitHub answered 500 Internal Server Error to GET actions/runs/4242: ::error::no luck",
        ),
        ([(429, {"Retry-After": "3600"})], "rest for 3,600 seconds"),
        ([(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "9999999999"})], "run this again later"),
        ([(403, {})], "`permissions`"),
        ([(404, {})], "404 Not Found"),
        ([(401, {})], "GITHUB_TOKEN is not valid"),
        ([(301, {"Location": "https://elsewhere.example/"})], "301 Moved Permanently"),
    ],
)
def test_trouble_that_stays_is_told_in_one_line(hub: GitHub, troubles: list[Any], words: str) -> None:
    hub.troubles = troubles
    done = hub.comment()
    assert (done.exit_code, words in done.output, done.output.count("\n")) == (2, True, 1), done.output


def test_a_comment_that_may_have_been_made_is_not_made_again(hub: GitHub) -> None:
    async def made_but_not_told(request: web.Request) -> web.StreamResponse:
        done = await hub.answer(request)
        return web.Response(status=502) if request.method == "POST" else done

    hub.answer_with = made_but_not_told
    assert hub.comment().exit_code == 2
    hub.answer_with = None
    assert "says so already" in hub.comment().output and len(hub.comments) == 1


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("GITHUB_TOKEN", None),
        ("GITHUB_TOKEN", "a\nb"),
        ("GITHUB_REPOSITORY", "example/../x"),
        ("GITHUB_REPOSITORY", "example/.."),
        ("GITHUB_REPOSITORY", None),
        ("GITHUB_API_URL", "http://api.example.org"),
        ("GITHUB_API_URL", "https://a:b@api.example.org"),
        ("GITHUB_API_URL", "file:///etc"),
        ("GITHUB_API_URL", "https://[::1"),
        ("GITHUB_API_URL", "http://127.0.0.1:1"),
    ],
)
def test_a_broken_environment(hub: GitHub, variable: str, value: str | None) -> None:
    event = str(EVENTS / "workflow_run_completed.json")
    done = hub.call("comment", "--event", event, **{variable: value})
    assert done.exit_code == 2 and done.output.count("\n") == 1 and hub.asked == []


SITE = {"schema": 1, "title": "A course", "pages": [{"address": "", "title": "Home"}]}


def test_what_is_published_is_fetched(hub: GitHub, tmp_path: Path) -> None:
    out = tmp_path / "published.json"
    call = ("published", "--site", f"http://localhost:{hub.port}/course", "--out", str(out))
    done = hub.call(*call)
    assert "nothing is published" in done.output and json.loads(out.read_bytes()) == {
        "schema": 1,
        "title": "",
    }
    hub.published = web.json_response(SITE)
    assert hub.call(*call).exit_code == 0 and json.loads(out.read_bytes()) == SITE
    assert hub.asked[-1] == "GET /course/course.json" and hub.overheard == []


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda: web.Response(status=301, headers={"Location": "https://elsewhere.example/"}), "--site"),
        (lambda: web.Response(text="<html>"), "is no course.json"),
        (lambda: web.Response(status=403), "403 Forbidden"),
    ],
)
def test_what_is_no_answer_stops_a_deployment(
    hub: GitHub, tmp_path: Path, answer: Callable[[], web.Response], words: str
) -> None:
    hub.published = answer()
    site = f"http://localhost:{hub.port}/"
    done = hub.call("published", "--site", site, "--out", str(tmp_path / "x.json"))
    assert (done.exit_code, words in done.output, (tmp_path / "x.json").exists()) == (2, True, False)


def test_the_token_is_no_part_of_what_is_printed_of_a_place(hub: GitHub) -> None:
    assert TOKEN not in repr(Place.from_environment(hub.environment))


def test_where_a_repository_is_published() -> None:
    assert str(pages_address("Example/Course")) == "https://example.github.io/Course/"
    assert str(pages_address("Example/example.github.io")) == "https://example.github.io/"
