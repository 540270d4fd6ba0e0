"""The calendar, read back with another library than the one that wrote it, and the feed, read as XML."""

from __future__ import annotations

import datetime as dt
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
import vobject

from coursekit.loading import load
from coursekit.model import AssetOutput
from coursekit.pipeline import build
from test_status import LAYER, ROTA
from trees import commit, write_course

ATOM = {"a": "http://www.w3.org/2005/Atom"}
BASE = "https://example.github.io/course/"


def asset(root: Path, path: str) -> bytes:
    outputs = build(load(root, as_of=dt.date(2020, 4, 9))).outputs
    return next(one.data for one in outputs if isinstance(one, AssetOutput) and one.path == path)


def events(root: Path) -> dict[str, Any]:
    calendar = vobject.readOne(asset(root, "calendar.ics").decode())
    return {event.uid.value: event for event in calendar.vevent_list}


def test_every_session_is_an_event_in_the_course_s_zone(tmp_path: Path) -> None:
    root = write_course(tmp_path, LAYER)
    found = events(root)
    first = found["spring-2020-week-01@course.example.github.io"]
    start = first.dtstart.value
    assert (start.isoformat(), start.utcoffset()) == ("2020-04-08T14:00:00-05:00", dt.timedelta(hours=-5))
    assert first.dtend.value - start == dt.timedelta(hours=3)
    assert first.summary.value == "A small course: week 1, The first week"
    assert "A talk (presented by Ada Example, Ben Sample; notes by Cleo Instance)" in first.description.value
    assert first.location.value == "https://video.example.org/room"
    assert found["spring-2020-week-03@course.example.github.io"].status.value == "CANCELLED"
    assert (
        "Code review: group p1 reads theirs"
        in found["spring-2020-week-02@course.example.github.io"].description.value
    )
    due = next(event for uid, event in found.items() if "due-" in uid)
    assert due.dtstart.value == dt.date(2020, 4, 15)
    assert len(found) == 5
    assert b"BEGIN:VTIMEZONE" in asset(root, "calendar.ics")


def test_a_session_that_moves_stays_the_same_event(tmp_path: Path) -> None:
    before = events(write_course(tmp_path / "a", LAYER))
    moved = ROTA.replace("weekday: wednesday", "weekday: friday").replace('"14:00"', '"10:00"')
    after = events(write_course(tmp_path / "b", LAYER, {"course.yml": moved}))
    assert before.keys() == after.keys()
    assert (
        after["spring-2020-week-01@course.example.github.io"].dtstart.value.isoformat()
        == "2020-04-10T10:00:00-05:00"
    )


def test_the_calendar_is_the_same_bytes_each_time(tmp_path: Path) -> None:
    root = write_course(tmp_path, LAYER)
    assert asset(root, "calendar.ics") == asset(root, "calendar.ics")
    assert max(len(line) for line in asset(root, "calendar.ics").split(b"\r\n")) <= 75


def entries(root: Path) -> list[dict[str, str]]:
    feed = ET.fromstring(asset(root, "feed.xml"))
    return [
        {
            "id": entry.findtext("a:id", "", ATOM),
            "title": entry.findtext("a:title", "", ATOM),
            "updated": entry.findtext("a:updated", "", ATOM),
            "link": getattr(entry.find("a:link", ATOM), "attrib", {}).get("href", ""),
        }
        for entry in feed.findall("a:entry", ATOM)
    ]


IMPROVED = """\
---
title: "A talk & <more>"
papers: [{title: A paper, url: https://arxiv.org/abs/1508.04306}]
code: [{title: Some code, url: https://github.com/example/code/tree/17368d4}]
changes:
  - {date: 2020-04-20, what: A clearer figure of the loss}
---
Words.
"""


def test_the_feed_holds_what_is_new_and_improved(tmp_path: Path) -> None:
    root = write_course(tmp_path, LAYER, {"presentations/week-01/talk/index.md": IMPROVED})
    # outside of git only what carries a date of its own is known
    assert [entry["title"] for entry in entries(root)] == ["Improved: A talk & <more>"]
    commit(root)
    found = entries(root)
    titles = [entry["title"] for entry in found]
    assert titles[0] == "Improved: A talk & <more>"
    assert found[0]["link"] == f"{BASE}presentations/week-01/talk/#changes"
    assert {"A talk & <more>", "Notes on A talk & <more>", "Theirs"} <= set(titles)
    assert len({entry["id"] for entry in found}) == len(found)
    assert found == sorted(found, key=lambda entry: entry["updated"], reverse=True)
    assert asset(root, "feed.xml") == asset(root, "feed.xml")


@pytest.mark.parametrize("title", ["\u0085 odd \u2028 blanks", "]]> &amp; <b>", "𝕏 é 😀"])
def test_odd_titles_do_no_harm(title: str, tmp_path: Path) -> None:
    page = IMPROVED.replace('"A talk & <more>"', json.dumps(title, ensure_ascii=False))
    root = write_course(tmp_path, LAYER, {"presentations/week-01/talk/index.md": page})
    commit(root)
    assert len(entries(root)) >= 3
    assert events(root)
