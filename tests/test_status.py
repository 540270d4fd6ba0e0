"""What is owed and since when: from a course on some day to the command, the page and the schedule."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit.loading import load
from coursekit.model import PageOutput
from coursekit.owed import State, state_of
from coursekit.pipeline import build
from coursekit.status import everything
from trees import write_course

Run = Callable[..., subprocess.CompletedProcess[str]]
TALK = "presentations/week-01/talk"
ROTA = """\
title: A small course
term: {name: Spring 2020, start: 2020-04-08, weeks: 4, timezone: America/Chicago, breaks: [{from: 2020-04-22, to: 2020-04-22, what: A holiday}]}
meeting: {weekday: wednesday, start: "14:00", end: "17:00", video: "https://video.example.org/room"}
links: {repository: https://github.com/example/course, slack: "https://example.slack.com"}
slack_channel: "week-{number}"
people: {ada: {name: Ada Example}, ben: {name: Ben Sample}, cleo: {name: Cleo Instance}, dan: {name: Dan Specimen}}
groups: {project: {p1: [ada, ben], p2: [cleo, dan]}}
projects: {theirs: {group: p2, repository: "https://github.com/example/theirs"}}
reviews: [{week: 2, reviewer: p1, project: theirs}]
assignments: [{week: 1, path: weeks/week-01/start, due: 2020-04-15, hand_in: canvas}]
rota:
  - {week: 1, presentations: [{slug: talk, presenters: [ada, ben], scribe: cleo}]}
  - {week: 2, presentations: [{slug: next-talk, presenters: [cleo], scribe: dan}, {}]}
  - {week: 3, presentations: [{slug: in-the-break, presenters: [dan]}]}
policy: {project_size: [1, 4]}
"""
LAYER = {
    "course.yml": ROTA,
    "weeks/week-01/start/index.md": "---\ntitle: A start\n---\nBegin.\n",
    "projects/theirs/index.md": "---\ntitle: Theirs\nmembers: [cleo, dan]\n---\nWe try.\n",
}


def owed(root: Path, day: str) -> dict[str, list[str]]:
    """What is owed on a day, by what owes it."""
    today = dt.date.fromisoformat(day)
    items = everything(load(root, as_of=today))
    return {item.name: [duty.what for duty in item.owed(today)] for item in items if item.owed(today)}


def test_nothing_is_owed_before_its_day(tmp_path: Path) -> None:
    root = write_course(tmp_path, LAYER)
    assert owed(root, "2020-04-08") == {}
    assert owed(root, "2020-04-09") == {"talk": ["the slides as a PDF"]}
    assert owed(root, "2020-04-15") == {
        "talk": ["the slides as a PDF"], "theirs": ["the paper that is reproduced", "tips and tricks"],
    }  # fmt: skip
    after = owed(root, "2020-04-16")
    assert after["next-talk"] == [
        "a page for the talk", "the paper, or a topic", "the code-base", "the slides as a PDF", "the scribe's note",
    ]  # fmt: skip
    assert after["p1"] == ["the review of theirs in week 2"]
    assert "in-the-break" not in owed(root, "2021-01-01")
    assert "the reproducibility report" in owed(root, "2020-04-29")["theirs"]


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({f"{TALK}/index.md": None, "scribe_notes/week-01/talk.md": None}, State.PRESENTED),
        ({"scribe_notes/week-01/talk.md": None}, State.MATERIAL),
        ({}, State.NOTE),
        ({"scribe_notes/week-01/talk.md": "Note: say what W is.\nDone: slide 7 says it.\n"}, State.IMPROVED),
        ({"scribe_notes/week-01/talk.md": "Note: say what W is.\n"}, State.NOTE),
    ],
)
def test_how_far_a_talk_has_come(changes: dict[str, Any], state: State, tmp_path: Path) -> None:
    course = load(write_course(tmp_path, LAYER, changes), as_of=dt.date(2020, 4, 9))
    assert [state_of(course, talk) for talk in course.presentations if talk.slug == "talk"] == [state]
    before = load(tmp_path, as_of=dt.date(2020, 4, 8))
    planned = [state_of(before, talk) for talk in before.presentations if talk.slug == "next-talk"]
    assert planned == [State.PLANNED]


def test_people_without_a_topic_are_shown_and_owe_one(tmp_path: Path) -> None:
    rota = ROTA.replace("scribe: dan}, {}]", "scribe: dan}, {presenters: [ben], scribe: ada}]")
    root = write_course(tmp_path, LAYER, {"course.yml": rota})
    body = page(root, "schedule.md", "2020-04-09")
    assert "topic open" in body and "Ben Sample; notes by Ada Example" in body
    assert owed(root, "2020-04-16")["week-02-1"] == ["the topic of the talk"]
    assert "week-02-1" not in owed(root, "2020-04-15")


def test_the_command(course: Run, tmp_path: Path) -> None:
    root = write_course(tmp_path, LAYER)
    done = course("status", "--as-of", "2020-04-09", cwd=root)
    assert (done.returncode, done.stderr) == (0, "")
    assert "owed  the slides as a PDF since 9 April, the presenters (Ada Example, Ben Sample)" in done.stdout
    assert done.stdout.endswith("1 thing is owed. As of 9 April 2020.\n")
    assert course("status", "--as-of", "2020-04-09", "--strict", cwd=root).returncode == 1
    assert course("status", "--as-of", "2020-04-08", "--strict", cwd=root).returncode == 0
    first = course("status", "--as-of", "2020-04-09", "--output-format", "json", cwd=root).stdout
    assert first == course("status", "--as-of", "2020-04-09", "--output-format", "json", cwd=root).stdout
    record = json.loads(first)
    assert (record["schema"], record["summary"]["owed"]) == (1, 1)
    talk = next(item for item in record["items"] if item["name"] == "talk")
    slides = next(duty for duty in talk["duties"] if duty["what"] == "the slides as a PDF")
    assert (slides["owed"], slides["since"], slides["who"]) == (True, "2020-04-09", ["ada", "ben"])


def page(root: Path, path: str, day: str) -> str:
    outputs = build(load(root, as_of=dt.date.fromisoformat(day))).outputs
    return next(one.body for one in outputs if isinstance(one, PageOutput) and one.path == path)


def test_the_page_names_roles_and_no_people(tmp_path: Path) -> None:
    body = page(write_course(tmp_path, LAYER), "owed.md", "2020-04-16")
    assert "the slides as a PDF" in body
    assert "group p1" in body
    assert not [name for name in ("Ada", "Ben", "Cleo", "Dan") if name in body]
    assert "Nothing is owed" in page(tmp_path, "owed.md", "2020-04-08")


def test_the_schedule_says_all_that_a_week_has(tmp_path: Path) -> None:
    body = page(write_course(tmp_path, LAYER), "schedule.md", "2020-04-09")
    for words in (
        "#week-1", "https://video.example.org/room", "No session: A holiday", "Code review: group p1 reads",
        ">A start</a>, due", "handed in through Canvas", 'data-state="note-in"', 'data-state="planned"', "calendar.ics",
    ):  # fmt: skip
        assert words in body, words


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_course(tmp_path_factory.mktemp("course"), LAYER)


@settings(max_examples=30, deadline=None)
@given(
    st.dates(dt.date(2020, 4, 1), dt.date(2020, 6, 30)), st.dates(dt.date(2020, 4, 1), dt.date(2020, 6, 30))
)
def test_what_is_owed_only_grows_with_time(laid_out: Path, one: dt.date, other: dt.date) -> None:
    early, late = sorted((one, other))
    assert _all_owed(laid_out, early) <= _all_owed(laid_out, late)


def _all_owed(root: Path, day: dt.date) -> set[tuple[str, str]]:
    course = load(root, as_of=day)
    return {(item.name, duty.what) for item in everything(course) for duty in item.owed(day)}
