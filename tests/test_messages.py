"""What the chat is told: from a course and a commit to the text, and to a real server that fails in the usual ways."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coursekit.changes import read_changes
from coursekit.loading import load
from coursekit.messages import Message, Writer, escaped
from coursekit.model import CannotStart
from coursekit.slack import ATTEMPTS, Memory, send_all
from test_status import LAYER
from trees import commit, write_course, write_file

TALK = "presentations/week-01/talk"
SITE = "https://example.github.io/course"


@dataclass
class Hook:
    """An incoming webhook on loopback; `answers` are used up one by one, then everything is well."""

    address: str = ""
    answers: list[tuple[int, dict[str, str], float]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)


@pytest.fixture
def hook() -> Iterator[Hook]:
    made = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            made.bodies.append(body)
            status, headers, delay = made.answers.pop(0) if made.answers else (200, {}, 0.0)
            time.sleep(delay)
            if status == 0:  # hang up without an answer
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"ok" if status == 200 else b"invalid_payload\x1b[2J")

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.address = f"http://127.0.0.1:{server.server_port}/services/T/B/secret"
    yield made
    server.shutdown()
    server.server_close()


MESSAGE = Message("#week-1", "Hello", "key")


def sent(hook: Hook, memory: Path, *messages: Message) -> tuple[list[bool | None], list[float]]:
    waits: list[float] = []
    told = send_all(messages or (MESSAGE,), hook.address, Memory(memory), waits.append)
    return [one.done for one in told], waits


def test_a_message_is_sent_once(hook: Hook, tmp_path: Path) -> None:
    memory = tmp_path / "deep" / "sent.json"
    assert sent(hook, memory) == ([True], [])
    assert sent(hook, memory) == ([], [])
    assert [body["text"] for body in hook.bodies] == ["Hello"]
    assert json.loads(memory.read_text(encoding="utf-8")) == {"schema": 1, "sent": ["key"]}


def test_busy_servers_are_asked_again_with_patience_that_ends(hook: Hook, tmp_path: Path) -> None:
    hook.answers = [(500, {}, 0), (429, {"Retry-After": "7"}, 0), (429, {"Retry-After": "86400"}, 0)]
    assert sent(hook, tmp_path / "a.json") == ([True], [2.0, 7.0, 60.0])
    hook.answers = [(503, {}, 0)] * ATTEMPTS
    done, waits = sent(hook, tmp_path / "b.json")
    assert (done, len(waits)) == ([False], ATTEMPTS - 1)
    assert not (tmp_path / "b.json").exists()


def test_a_refused_message_is_not_repeated_and_stops_no_other(hook: Hook, tmp_path: Path) -> None:
    hook.answers = [(400, {}, 0)]
    done, waits = sent(hook, tmp_path / "a.json", MESSAGE, Message("", "Next", "next"))
    assert (done, waits) == ([False, True], [])
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["sent"] == ["next"]


def test_a_server_that_hangs_up_or_is_not_there(hook: Hook, tmp_path: Path) -> None:
    hook.answers = [(0, {}, 0)]
    assert sent(hook, tmp_path / "a.json")[0] == [True]
    gone = Hook("http://127.0.0.1:9/x")
    assert sent(gone, tmp_path / "b.json")[0] == [False]


def test_what_may_have_arrived_is_not_sent_again(
    hook: Hook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coursekit.slack.TIMEOUT", 1)
    hook.answers = [(200, {}, 2.5)]
    assert sent(hook, tmp_path / "a.json")[0] == [None]
    assert sent(hook, tmp_path / "a.json")[0] == []
    assert len(hook.bodies) == 1


@pytest.mark.parametrize("content", ["", "[]", "{", '{"sent": 5}', "\x00"])
def test_a_damaged_memory_is_said(content: str, tmp_path: Path) -> None:
    (tmp_path / "sent.json").write_text(content, encoding="utf-8")
    with pytest.raises(CannotStart, match="can't be read as the memory"):
        Memory(tmp_path / "sent.json")


# what is written


def announced(root: Path) -> dict[str, str]:
    course = load(root, as_of=dt.date(2020, 4, 20))
    return {
        message.channel: message.text
        for message in Writer(course).announcements(read_changes(root, "HEAD"), "c")
    }


def test_new_and_improved_material_with_links(tmp_path: Path) -> None:
    root = write_course(tmp_path, LAYER)
    commit(root)
    assert announced(root) == {}
    page = (root / TALK / "index.md").read_text(encoding="utf-8")
    write_file(
        root / TALK / "index.md",
        page.replace("---\n##", "changes:\n  - {date: 2020-04-18, what: A clearer figure}\n---\n##"),
    )
    write_file(
        root / "presentations/week-02/next-talk/index.md",
        "---\ntitle: <!channel> & more\npapers: []\n---\nWords.\n",
    )
    write_file(root / "projects/theirs/tips-and-tricks.md", "---\ntitle: Tips\n---\n## 2020-04-18 NaN\n")
    found = announced(root)
    assert found["#week-1"] == f"*Week 1* (#week-1)\n• Improved: <{SITE}/{TALK}/|A talk>: A clearer figure"
    assert "• New: " in found["#week-2"]
    assert "&lt;!channel&gt; &amp; more" in found["#week-2"]
    assert "<!channel>" not in found["#week-2"]
    assert found[""] == f"*Projects*\n• New: <{SITE}/projects/theirs/tips-and-tricks/|Theirs: Tips>"


def test_the_reminder_of_the_coming_session(tmp_path: Path) -> None:
    root = write_course(tmp_path, LAYER)
    (message,) = Writer(load(root, as_of=dt.date(2020, 4, 13))).reminders()
    assert message.text.split("\n")[0] == "*Week 2: Wednesday 15 April, 14:00–17:00 CDT* (#week-2)"
    assert "presented by Cleo Instance, notes by Dan Specimen" in message.text
    assert "1 slot is still open" in message.text
    assert "Code review: group p1 reads theirs" in message.text
    assert "the slides as a PDF (the presenters)" in message.text
    assert "Due on Wednesday 15 April: " in message.text
    assert Writer(load(root, as_of=dt.date(2020, 4, 17))).reminders() == ()  # the next week is a holiday
    assert Writer(load(root, as_of=dt.date(2020, 9, 1))).reminders() == ()


@given(st.text())
def test_escaped_text_is_one_line_without_commands(text: str) -> None:
    assert not set("<>\n\r") & set(escaped(text))


def command(root: Path, *arguments: str, hook: str = "") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SLACK_WEBHOOK_URL": hook}
    return subprocess.run(
        [sys.executable, "-m", "coursekit.cli", *arguments],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_commands(hook: Hook, tmp_path: Path) -> None:
    root = write_course(tmp_path / "course", LAYER)
    commit(root)
    write_file(root / TALK / "extra.md", "# More\n\nWords.\n")
    dry = command(root, "announce", "--base", "main", "--dry-run")
    assert (dry.returncode, hook.bodies) == (0, [])
    assert dry.stdout == f"*Week 1* (#week-1)\n• Changed: <{SITE}/{TALK}/|A talk>\n"
    memory = ("--memory", str(tmp_path / "sent.json"))
    missing = command(root, "announce", "--base", "main", *memory)
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)
    assert command(root, "announce", "--base", "main", *memory, hook="ftp://x").returncode == 2
    first = command(root, "announce", "--base", "main", *memory, hook=hook.address)
    assert (first.returncode, first.stdout) == (0, "sent: *Week 1* (#week-1)\n")
    again = command(root, "announce", "--base", "main", *memory, hook=hook.address)
    assert (again.returncode, again.stdout) == (0, "1 sent before\n")
    hook.answers = [(403, {}, 0)]
    refused = command(root, "remind", "--as-of", "2020-04-13", *memory, hook=hook.address)
    assert refused.returncode == 1
    assert "\x1b" not in refused.stdout
    assert "secret" not in refused.stdout + refused.stderr
    assert len(hook.bodies) == 2
