"""The rota: what is suggested holds every rule, what can't be is explained, course.yml changes only where it must."""

from __future__ import annotations

import difflib
import json
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit.config import Config, read_config
from coursekit.model import CannotStart
from coursekit.rota.edit import edited, write
from coursekit.rota.show import as_json
from coursekit.rota.suggestion import suggest
from oddyaml import Odd, odd_course
from rotas import HEAD, Judge, could_be_complete, drawn_course, written

Run = Callable[..., subprocess.CompletedProcess[str]]


def config_of(data: bytes) -> Config:
    config, _, faults = read_config(data)
    assert config, faults
    return config


def small(people: str = "ada ben cleo", weeks: int = 1, **more: Any) -> dict[str, Any]:
    """A course in which students present from week one on, with one open slot a week."""
    course: dict[str, Any] = {
        **HEAD,
        "term": {"name": "Spring", "start": "2020-04-08", "weeks": weeks, "timezone": "America/Chicago"},
        "people": {id: {"name": id.capitalize()} for id in people.split()},
        "groups": {"project": {}},
        "rota": [{"week": week, "presentations": [{}]} for week in range(1, weeks + 1)],
        "policy": {"presentations_from_week": 1, "presentations_per_week": 1},
    }
    return {**course, **more}


def text_of(course: dict[str, Any]) -> str:
    return yaml.safe_dump(course, sort_keys=False).replace("'2020-04-08'", "2020-04-08")


def suggested(course: dict[str, Any], **options: int) -> tuple[dict[str, Any], list[str]]:
    """course.yml with the suggestion in it, as PyYAML reads it, and what could not be done."""
    data = text_of(course).encode()
    suggestion = suggest(config_of(data), **options)
    return yaml.safe_load(edited(data, suggestion)), list(suggestion.broken)


@pytest.mark.parametrize("block", range(14))
def test_what_is_suggested_holds_every_rule(block: int) -> None:
    for seed in range(15 * block, 15 * block + 15):
        data = written(drawn_course(seed))
        suggestion = suggest(config_of(data), seed=seed)
        judge = Judge(yaml.safe_load(data), yaml.safe_load(edited(data, suggestion)))
        assert judge.wrong() == [], seed
        assert bool(judge.lacking()) == bool(suggestion.broken), (seed, judge.lacking(), suggestion.broken)


def test_some_of_the_drawn_courses_can_be_filled_and_some_can_not() -> None:
    outcomes = [bool(suggest(config_of(written(drawn_course(seed)))).broken) for seed in range(40)]
    assert 2 < sum(outcomes) < 30


@pytest.mark.parametrize("block", range(4))
def test_it_gives_up_only_where_trying_everything_fails_too(block: int) -> None:
    for seed in range(20 * block, 20 * block + 20):
        course = tiny(seed)
        suggestion = suggest(config_of(written(course)), seed=seed)
        assert could_be_complete(course) == (not suggestion.broken), (seed, suggestion.broken)


def tiny(seed: int) -> dict[str, Any]:
    """A course so small that all of its rotas can be tried."""
    lots = random.Random(seed)
    course = drawn_course(seed, lots.choice([3, 4, 4, 5]))
    last = course["term"]["weeks"]
    first = last - lots.choice([1, 2])
    course["policy"] = {
        "presentations_from_week": first,
        "presenters": lots.choice([[1, 2], [1, 2], [2, 2], [1, 1]]),
    }
    course |= {"projects": {}, "reviews": []}
    slots = lots.choice([1, 2]) if last - first == 1 else 1
    course["rota"] = [
        {"week": week, "presentations": [{} for _ in range(slots)]} for week in range(first, last + 1)
    ]
    people = [id for id in course["people"] if id.startswith("s")]
    weeks = {id: lots.randint(first, last) for id in people if lots.random() < 0.4}
    course["absences"] = [{"who": id, "weeks": [week]} for id, week in weeks.items()]
    course["term"].pop("breaks", None)
    return course


def test_the_same_seed_gives_the_same_bytes_and_another_draws_other_lots() -> None:
    data = written(drawn_course(3, 12))
    shown = {seed: as_json(suggest(config_of(data), seed=seed), written=False) for seed in range(4)}
    assert shown[1] == as_json(suggest(config_of(data), seed=1), written=False)
    slots = {json.dumps(json.loads(text)["slots"]) for text in shown.values()}
    assert len(slots) > 1


def test_the_bytes_are_the_same_in_another_process(tmp_path: Path, course: Run) -> None:
    (tmp_path / "course.yml").write_bytes(written(drawn_course(5, 12)))
    runs = {course("rota", "suggest", "--output-format", "json", cwd=tmp_path).stdout for _ in range(2)}
    assert len(runs) == 1
    assert json.loads(runs.pop())["schema"] == 1


def test_sixty_people_and_ten_weeks_take_seconds() -> None:
    course = drawn_course(1, 60) | {"absences": []}
    course["term"]["weeks"] = 10
    course["rota"] = [{"week": week, "presentations": [{}, {}]} for week in range(1, 11)]
    config = config_of(written(course))
    start = time.process_time()
    suggestion = suggest(config)
    assert suggestion.broken == ()
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    ("course", "told"),
    [
        (
            small(absences=[{"who": "cleo", "weeks": [1]}], policy={"presentations_from_week": 1, "presenters": [2, 2]}, weeks=2),
            "week 1 has no scribe: ada and ben present, cleo is absent",
        ),
        (small("ada"), "week 1 has no scribe: ada presents"),
        (
            small(rota=[{"week": 1, "presentations": [{}, {"slug": "dropout"}]}]),
            "week 1 has no scribe for `dropout`",
        ),
        (
            small("ada ben cleo dan", groups={"presenting": {"g1": ["ada", "ben"]}, "project": {}}, weeks=2,
                  absences=[{"who": "ben", "weeks": [1]}], policy={"presentations_from_week": 1, "presenters": [3, 3]}),
            "week 1 has no presenters: ben is absent, `g1` can't present without ben",
        ),
        (
            small(weeks=3, absences=[{"who": "ada", "weeks": [2, 3]}], policy={"presentations_from_week": 1, "presenters": [1, 1]},
                  rota=[{"week": 1, "presentations": [{"slug": "a", "presenters": ["ben"], "scribe": "cleo"}]},
                        {"week": 2, "presentations": [{"slug": "b", "presenters": ["ben"], "scribe": "cleo"}]},
                        {"week": 3, "presentations": [{}]}]),
            "talks differ by 2: ben twice, cleo once, ada never; ada is absent in weeks 2 and 3, what ben has is written by hand",
        ),
        (small(""), "there is nobody to plan in"),
    ],
)  # fmt: skip
def test_what_can_not_be_is_said_by_name_and_week(course: dict[str, Any], told: str) -> None:
    _, broken = suggested(course)
    assert any(sentence.startswith(told) for sentence in broken), broken


def test_wishes_are_kept_where_they_can_be() -> None:
    wishes = [
        {"who": "ada", "week": 2},
        {"who": "ben", "topic": "Self attention"},
        {"who": "cleo", "week": 2},
    ]
    rota = [{"week": 1, "presentations": [{}]}, {"week": 2, "presentations": [{}]}]
    rota.append({"week": 3, "presentations": [{"slug": "self-attention-in-images"}]})
    policy = {"presentations_from_week": 1, "presenters": [1, 1]}
    course = small("ada ben cleo dan", weeks=3, wishes=wishes, rota=rota, policy=policy)
    course["absences"] = [{"who": "cleo", "weeks": [2]}]
    for seed in range(5):
        after, broken = suggested(course, seed=seed)
        slots = [one["presentations"][0] for one in after["rota"]]
        assert broken == []
        assert slots[1]["presenters"] == ["ada"]
        assert slots[2]["presenters"] == ["ben"]
    config = config_of(text_of(course).encode())
    assert [one.why for one in suggest(config).wishes] == ["", "", "cleo is absent"]


def test_staff_is_not_planned_in_and_stays_where_it_is() -> None:
    people = {id: {"name": id} for id in "ada ben cleo".split()} | {
        "ina": {"name": "Ina", "role": "instructor"}
    }
    rota = [{"week": 1, "presentations": [{"slug": "hello", "presenters": ["ina"]}]}]
    after, broken = suggested(small(people="", rota=rota) | {"people": people})
    slot = after["rota"][0]["presentations"][0]
    assert broken == []
    assert slot["presenters"] == ["ina"]
    assert slot["scribe"] in {"ada", "ben", "cleo"}


def test_only_the_named_weeks_are_filled() -> None:
    after, _ = suggested(small("ada ben cleo dan eve", weeks=4), first=2, last=3)
    assert [bool(one["presentations"][0]) for one in after["rota"]] == [False, True, True, False]


def test_reviews_go_round_before_anybody_is_reviewed_again() -> None:
    groups = {f"p{number}": [id] for number, id in enumerate("ada ben cleo dan".split())}
    projects = {f"about-{name}": {"group": name} for name in groups}
    course = small("ada ben cleo dan", weeks=10, groups={"project": groups}, projects=projects, rota=[])
    after, broken = suggested(course)
    assert broken == []
    for group in groups:
        own = [one["project"] for one in after["reviews"] if one["reviewer"] == group]
        assert [len(set(own[start : start + 3])) for start in (0, 3)] == [3, 3]
        assert f"about-{group}" not in own
    for week in range(4, 11):
        assert len({one["project"] for one in after["reviews"] if one["week"] == week}) == 4


@settings(max_examples=150, deadline=None)
@given(odd=odd_course(), seed=st.integers(0, 3))
def test_only_lines_with_something_new_change(odd: Odd, seed: int) -> None:
    suggestion = suggest(config_of(odd.data), seed=seed)
    assert suggestion.slots
    new = edited(odd.data, suggestion)
    assert config_of(new) == suggestion.after
    old_lines, new_lines = lines(odd.data), lines(new)
    matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    for what, first, last, _, _ in matcher.get_opcodes():
        gone = old_lines[first:last] if what in {"replace", "delete"} else []
        assert all(line in odd.open_lines for line in gone), (gone, new.decode())
    ends = {b"\r\n" if line.endswith(b"\r\n") else b"\n" for line in new.splitlines(keepends=True)[:-1]}
    assert ends == {odd.line_end}


def lines(data: bytes) -> list[bytes]:
    """Lines without their ends: a last line that had none gets one when more follows."""
    return [line.rstrip(b"\r\n") for line in data.splitlines(keepends=True)]


def test_a_form_that_can_not_be_changed_is_left_alone() -> None:
    slot = "\n    - ? slug\n      : null"
    data = text_of(small()).replace("presentations:\n  - {}\n", f"presentations: {slot}\n").encode()
    with pytest.raises(CannotStart, match="by hand"):
        edited(data, suggest(config_of(data)))


def test_a_suggestion_for_another_course_is_not_written() -> None:
    other = suggest(config_of(text_of(small(weeks=2)).encode()))
    with pytest.raises(CannotStart, match="changed meanwhile"):
        edited(text_of(small()).encode(), other)


def test_write_refuses_a_file_that_changed_meanwhile(tmp_path: Path) -> None:
    file = tmp_path / "course.yml"
    file.write_bytes(b"title: Mine\n")
    with pytest.raises(CannotStart, match="changed meanwhile"):
        write(file, b"title: Ours\n", b"title: Yours\n")
    assert file.read_bytes() == b"title: Mine\n"
    write(file, b"title: Mine\n", b"title: Yours\n")
    assert [one.name for one in tmp_path.iterdir()] == ["course.yml"]
    assert file.read_bytes() == b"title: Yours\n"


def test_the_command_shows_then_writes(tmp_path: Path, course: Run) -> None:
    file = tmp_path / "course.yml"
    old = text_of(small("ada ben cleo dan", weeks=3))
    file.write_text(old)
    file.chmod(0o640)
    shown = course("rota", "suggest", cwd=tmp_path)
    assert (shown.returncode, file.read_text()) == (0, old)
    assert "write it with --write" in shown.stdout
    assert "+ada" in shown.stdout
    done = course("rota", "suggest", "--write", "--output-format", "json", cwd=tmp_path)
    assert (done.returncode, json.loads(done.stdout)["written"]) == (0, True)
    assert file.stat().st_mode & 0o777 == 0o640
    assert yaml.safe_load(file.read_text())["rota"][2]["presentations"][0]["scribe"]
    again = course("rota", "suggest", "--write", cwd=tmp_path)
    assert (again.returncode, again.stdout.splitlines()[-1]) == (0, "Nothing is open.")
    judged = course("rota", "check", "--strict", cwd=tmp_path)
    assert judged.returncode == 0, judged.stdout


def test_nothing_is_written_where_something_can_not_be(tmp_path: Path, course: Run) -> None:
    file = tmp_path / "course.yml"
    file.write_text(text_of(small("ada")))
    old = file.read_bytes()
    done = course("rota", "suggest", "--write", cwd=tmp_path)
    assert (done.returncode, file.read_bytes()) == (1, old)
    assert "week 1 has no scribe: ada presents" in done.stdout
    assert "+ada" in done.stdout


@pytest.mark.parametrize("weeks", ["5-3", "0", "x", "1-", "-2"])
def test_weeks_that_are_none_are_refused(weeks: str, tmp_path: Path, course: Run) -> None:
    (tmp_path / "course.yml").write_bytes(written(drawn_course(1, 6)))
    done = course("rota", "suggest", f"--weeks={weeks}", cwd=tmp_path)
    assert done.returncode == 2
    assert "3-5" in done.stderr


def test_a_rota_that_was_made_by_hand_is_judged(tmp_path: Path, course: Run) -> None:
    rota = [
        {"week": 1, "presentations": [{"presenters": ["ada"], "scribe": "ada"}]},
        {"week": 2, "presentations": [{"presenters": ["ada"], "scribe": "ben"}]},
        {"week": 3, "presentations": [{"presenters": ["ada"], "scribe": "dan"}]},
    ]
    data = small("ada ben cleo dan", weeks=3, rota=rota, absences=[{"who": "dan", "weeks": [3]}])
    data["wishes"] = [{"who": "cleo", "week": 2}]
    (tmp_path / "course.yml").write_text(text_of(data))
    done = course("rota", "check", "--output-format", "json", cwd=tmp_path)
    found = {one["rule"]: one for one in json.loads(done.stdout)["diagnostics"]}
    assert set(found) == {"rota-two-roles", "rota-absent", "rota-unfair", "rota-wish"}
    assert found["rota-unfair"]["message"] == "talks differ by 3: ada 3 times, ben, cleo and dan never"
    text = (tmp_path / "course.yml").read_text().splitlines()
    assert "ada" in text[found["rota-two-roles"]["line"] - 1]
    assert done.returncode == 0
    assert course("rota", "check", "--strict", cwd=tmp_path).returncode == 1


def test_an_open_rota_is_no_finding(tmp_path: Path, course: Run) -> None:
    data = small("ada ben cleo dan", weeks=6, wishes=[{"who": "cleo", "week": 2}])
    data["rota"][0]["presentations"] = [{"presenters": ["ada"], "scribe": "ben"}]
    (tmp_path / "course.yml").write_text(text_of(data))
    done = course("rota", "check", "--strict", cwd=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "No findings.")


def test_the_checks_do_not_wait_for_the_solver() -> None:
    code = "import sys, coursekit.checks.fairness; sys.exit('highspy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
