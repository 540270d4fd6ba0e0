"""`mkdocs serve` for real: a save in any content folder shows up, a broken one keeps the last good page."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from trees import MKDOCS, write_course

TALK = "presentations/week-01/talk"


class Server:
    """A running `mkdocs serve` of a course."""

    def __init__(self, root: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{probe.getsockname()[1]}"
        self.log = (root.parent / "serve.log").open("w+", encoding="utf-8")
        command = [sys.executable, "-m", "mkdocs", "serve", "-a", self.address]
        self.process = subprocess.Popen(command, cwd=root, stdout=self.log, stderr=subprocess.STDOUT)

    def get(self, path: str) -> str:
        try:
            with urllib.request.urlopen(f"http://{self.address}/course/{path}", timeout=20) as answer:
                return str(answer.read().decode())
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return ""

    def wait_for(self, path: str, words: str, seconds: float = 40) -> str:
        """The page as soon as it holds these words."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if words in (page := self.get(path)):
                return page
            assert self.process.poll() is None, self.said()
            time.sleep(0.1)
        raise AssertionError(f"{words!r} never came up at {path}\n{self.said()}")

    def said(self) -> str:
        self.log.seek(0)
        return self.log.read()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)
        self.log.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return write_course(tmp_path / "course", {"mkdocs.yml": MKDOCS})


@pytest.fixture
def server(root: Path) -> Iterator[Server]:
    running = Server(root)
    yield running
    running.stop()


def save(root: Path, path: str, text: str) -> None:
    (root / path).write_text(text, encoding="utf-8")


def test_saves_show_up_and_broken_ones_keep_the_last_good_page(server: Server, root: Path) -> None:
    server.wait_for(f"{TALK}/", "A paragraph with a")
    good = (root / f"{TALK}/index.md").read_text(encoding="utf-8")

    save(root, f"{TALK}/index.md", good + "\nA new sentence.\n")
    server.wait_for(f"{TALK}/", "A new sentence.")
    save(root, "scribe_notes/week-01/talk.md", "---\nscribes: [cleo]\n---\nQ: Is this question new?\n")
    server.wait_for("questions/", "Is this question new?")
    save(root, "weeks/week-01/index.md", "---\ntitle: A changed theme\n---\n")
    server.wait_for("schedule/", "A changed theme")

    save(root, f"{TALK}/index.md", "---\ntitle: [broken\n---\nNothing of this is shown.\n")
    page = server.wait_for(f"{TALK}/", "yaml-syntax")
    assert "A new sentence." in page and "last could be read" in page
    assert f"{TALK}/index.md:2" in page

    config = (root / "course.yml").read_text(encoding="utf-8")
    save(root, "course.yml", config.replace("weeks: 3", "weeks: lots"))
    page = server.wait_for("schedule/", "course.yml has 1 problem")
    assert "A changed theme" in page
    save(root, "course.yml", config)

    save(root, f"{TALK}/index.md", good + "\nMended again.\n")
    page = server.wait_for(f"{TALK}/", "Mended again.")
    assert "yaml-syntax" not in page and "last could be read" not in page
