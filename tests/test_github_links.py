"""The one issue about dead links, from night to night: against a server that plays GitHub's API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import Result

from github_server import BOT, GitHub, playing

MARKER = "<!-- course-links -->"
OLD = "https://old.example.org/a"


def dead(address: str, path: str = "site_src/index.md", line: int = 4) -> dict[str, object]:
    copy = f"https://web.archive.org/web/20200101/{address}"
    return {
        "rule": "external-dead", "severity": "warning", "path": path, "line": line, "column": 1, "cell": None,
        "message": f"`{address}` leads to nothing, on 3 nights: HTTP 404 Not Found",
        "help": f"search for where it is now; or write `{copy}`", "url": "x", "fixable": False,
    }  # fmt: skip


MOVED = {
    **dead("https://moved.example.org/"),
    "rule": "external-moved",
    "message": "`https://moved.example.org/` has moved for good",
    "help": "write `https://new.example.org/`",
}
UNKNOWN = {**dead("https://busy.example.org/"), "rule": "external-unknown"}


@dataclass
class Nights:
    hub: GitHub
    file: Path

    def spend(self, *found: dict[str, object]) -> Result:
        self.hub.asked.clear()
        self.file.write_text(json.dumps({"schema": 1, "diagnostics": found}), encoding="utf-8")
        return self.hub.call("links-issue", str(self.file))


@pytest.fixture
def nights(tmp_path: Path) -> Iterator[Nights]:
    with playing() as hub:
        yield Nights(hub, tmp_path / "links.json")


def test_one_issue_is_opened_kept_closed_and_opened_again(nights: Nights) -> None:
    hub = nights.hub
    assert "there is no issue" in nights.spend(MOVED, UNKNOWN).output and hub.written() == []
    assert "opened an issue about 1 dead link" in nights.spend(dead(OLD), MOVED).output
    assert hub.labels == {"links"} and hub.issues[0]["labels"] == ["links"]
    assert "says so already" in nights.spend(dead(OLD), MOVED).output and hub.written() == []
    nights.spend(dead("https://also.example.org/"), dead(OLD))
    assert hub.comments[-1]["body"] == "Dead since last time:\n\n- `https://also.example.org/`"
    nights.spend(dead(OLD))
    assert (
        hub.comments[-1]["body"] == "No longer dead, or no longer linked to:\n\n- `https://also.example.org/`"
    )
    nights.spend(MOVED)
    assert (hub.issues[0]["state"], OLD in hub.comments[-1]["body"]) == ("closed", True)
    assert "is closed" in nights.spend(MOVED).output and hub.written() == []
    nights.spend(dead(OLD))
    assert (hub.issues[0]["state"], hub.comments[-1]["body"]) == (
        "open",
        f"Dead since last time:\n\n- `{OLD}`",
    )
    assert len(hub.issues) == 1 and len(hub.comments) == 4


def test_what_the_issue_says(nights: Nights) -> None:
    nights.spend(MOVED, UNKNOWN, dead(OLD), dead(OLD, "weeks/week-01/a b#.md", 9))
    lines = nights.hub.issues[0]["body"].split("\n")
    assert lines[0] == MARKER
    assert [line for line in lines if line.startswith("| `")] == [
        f"| `{OLD}` | leads to nothing, on 3 nights: HTTP 404 Not Found | `https://web.archive.org/web/20200101/{OLD}` | "
        "[site&#95;src/index.md:4](https://github.com/example/course/blob/HEAD/site_src/index.md#L4)<br>"
        "[weeks/week-01/a b&#35;\u2060.md:9](https://github.com/example/course/blob/HEAD/weeks/week-01/a%20b%23.md#L9) |",
        "| `https://moved.example.org/` | has moved for good | `https://new.example.org/` | "
        "[site&#95;src/index.md:4](https://github.com/example/course/blob/HEAD/site_src/index.md#L4) |",
    ]


@pytest.mark.parametrize("address", ["https://a.example/-->@everyone|<img src=x>", "https://a.example/\n| x", "https://a.example/\x1b[2J"])  # fmt: skip
def test_an_address_stays_an_address(nights: Nights, address: str) -> None:
    nights.spend(dead(address))
    _, state, *rest = nights.hub.issues[0]["body"].split("\n")
    assert state.startswith("<!-- dead [") and state.index("-->") == len(state) - 3
    (row,) = [line for line in rest if line.startswith("| `")]
    assert row.count("|") == 5 and "\x1b" not in row
    assert "says so already" in nights.spend(dead(address)).output


def test_thousands_of_dead_links_fit(nights: Nights) -> None:
    found = [dead(f"https://example.org/{number}/" + "x" * 1900) for number in range(2000)]
    assert nights.spend(*found).exit_code == 0
    body = nights.hub.issues[0]["body"]
    assert len(body) < 65_536 and "more: run `course check --external`" in body
    assert nights.spend(dead(OLD)).exit_code == 0
    assert len(nights.hub.comments[-1]["body"]) < 65_536


def test_other_issues_are_left_alone(nights: Nights) -> None:
    person = {"login": "mallory-example", "type": "User"}
    nights.hub.issues = [
        {"number": 1, "state": "open", "user": person, "body": f"{MARKER}\nmine"},
        {"number": 2, "state": "open", "user": BOT, "body": MARKER, "pull_request": {"url": "x"}},
        {"number": 3, "state": "open", "user": BOT, "body": "another one of ours"},
    ]
    before = json.dumps(nights.hub.issues)
    nights.hub.labels = {"links"}
    nights.spend(dead(OLD))
    assert json.dumps(nights.hub.issues[:3]) == before and len(nights.hub.issues) == 4
    assert nights.hub.written() == ["POST /repos/example/course/issues"]


@pytest.mark.parametrize("line", ["", "<!-- dead [1, null] -->", "<!-- dead [[[ -->", "<!-- dead {} -->"])
def test_an_issue_that_somebody_has_rewritten(nights: Nights, line: str) -> None:
    nights.hub.issues = [{"number": 3, "state": "open", "user": BOT, "body": f"{MARKER}\n{line}\n"}]
    assert nights.spend(dead(OLD)).exit_code == 0
    assert nights.hub.comments[-1]["body"] == f"Dead since last time:\n\n- `{OLD}`"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"diagnostics": [{"rule": 5}]}', "[" * 2000])
def test_a_file_without_findings(nights: Nights, text: str) -> None:
    nights.file.write_text(text, encoding="utf-8")
    done = nights.hub.call("links-issue", str(nights.file))
    assert done.exit_code == 2 and "holds no findings" in done.output and nights.hub.asked == []
