"""Every rule has an example in tests/rules: its bad course fires exactly this rule, its good one none."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from coursekit.affected import Affected
from coursekit.changes import Change, Changes
from coursekit.checks import all_checks, rule_doc, run_checks
from coursekit.course import Course
from coursekit.loading import load
from coursekit.model import CannotStart, Diagnostic
from coursekit.outside import State, Verdict
from coursekit.request import Request
from trees import RULES, write_course

IDS = [check.id for check in all_checks() if not check.of_site]  # tests/test_verify.py has those
BEFORE_THE_TERM = dt.date(2020, 4, 1)


def findings(
    root: Path,
    as_of: dt.date,
    outside: dict[str, dict[str, Any]] | None = None,
    request: dict[str, Any] | None = None,
) -> list[Diagnostic]:
    """What is found; `outside` gives verdicts by address, as a night of asking would, `request` who changed what."""
    verdicts = {
        address: Verdict(**{**given, "state": State(given["state"])})
        for address, given in (outside or {}).items()
    }
    try:
        course = load(root, as_of=as_of)
        return run_checks(replace(course, outside=verdicts, request=request_of(course, request)))
    except CannotStart as error:
        return list(error.diagnostics)


def request_of(course: Course, data: dict[str, Any] | None) -> Request | None:
    """A pull request by its author, with the paths that it adds, changes and removes."""
    if data is None:
        return None
    added = [Change(None, path) for path in data.get("added", ())]
    changed = [Change(path, path) for path in data.get("changed", ())]
    removed = [Change(path, None) for path in data.get("removed", ())]
    return Request(data["author"], Changes("0123456789abcdef", (*added, *changed, *removed)), course.config)


def shown(finding: Diagnostic) -> str:
    return f"{finding.path}:{finding.place.line}:{finding.place.column} {finding.message}"


def example(rule: str) -> dict[str, Any]:
    return dict(yaml.safe_load((RULES / f"{rule}.yml").read_text(encoding="utf-8")))


def test_the_base_course_has_no_finding(tmp_path: Path) -> None:
    assert findings(write_course(tmp_path), BEFORE_THE_TERM) == []


@pytest.mark.parametrize("rule", IDS)
def test_bad_fires_exactly_this_rule(rule: str, tmp_path: Path) -> None:
    data = example(rule)
    found = findings(
        write_course(tmp_path, data["bad"]),
        data.get("as_of", BEFORE_THE_TERM),
        data.get("outside"),
        data.get("request"),
    )
    assert {finding.rule for finding in found} == {rule}, [shown(finding) for finding in found]
    assert [shown(finding) for finding in found] == data["expect"]
    assert all(finding.help for finding in found)


@pytest.mark.parametrize("rule", IDS)
def test_good_is_silent(rule: str, tmp_path: Path) -> None:
    data = example(rule)
    found = findings(
        write_course(tmp_path, data["good"]),
        data.get("as_of", BEFORE_THE_TERM),
        data.get("outside"),
        data.get("request"),
    )
    assert [f"{finding.rule} {shown(finding)}" for finding in found] == []


@pytest.mark.parametrize("rule", IDS)
def test_asking_about_some_documents_only_loses_nothing(rule: str, tmp_path: Path) -> None:
    """Whichever file changes, the rules find in what it affects what they find there when all is judged."""
    data = example(rule)
    root = write_course(tmp_path, data["bad"])
    try:
        course = load(root, as_of=data.get("as_of", BEFORE_THE_TERM))
    except CannotStart:
        return
    whole = run_checks(course)
    for path in [*course.data, "presentations/week-01/gone/index.md"]:
        change = Change(path, path if path in course.data else None)
        affected = Affected(course, Changes("0123456789abcdef", (change,)))
        few = run_checks(affected.narrowed())
        assert [f for f in few if affected.concerns(f)] == [f for f in whole if affected.concerns(f)], path


@pytest.mark.parametrize("check", all_checks(), ids=lambda check: check.id)
def test_every_rule_has_a_whole_page(check: Any) -> None:
    doc = rule_doc(check)
    assert all((doc.summary, doc.what, doc.why, doc.bad, doc.good, doc.mend)), doc
    assert len(doc.summary) <= 100 and doc.summary.endswith(".")


def test_no_example_without_its_rule() -> None:
    assert {file.stem for file in RULES.glob("*.yml")} - {"base"} == set(IDS)
