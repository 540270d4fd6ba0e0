"""What all checks share: severities and ignored paths from course.yml, the order of findings, the docstrings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from coursekit.checks import Check, all_checks, checks_by_id, rule_doc, run_checks
from coursekit.course import Course
from coursekit.loading import load
from coursekit.model import CannotStart, Diagnostic, Place, Severity
from trees import base_course, write_course

FAULTY = {
    "weeks/week-01/data.docx": "PK",
    "weeks/week-01/deep/data.docx": "PK",
    "weeks/week-01/Latin.md": b"Poincar\xe9\n",
    "weeks/week-02/index.md": "---\ntitle: 5\nsumary: six\n---\n",
}


def course(root: Path, rules: str = "", *, as_of: dt.date = dt.date(2020, 4, 1)) -> Course:
    """The base course with faults, and with `rules` at the end of its course.yml."""
    text = base_course()["course.yml"]
    return load(write_course(root, FAULTY, {"course.yml": f"{text}\n{rules}"}), as_of=as_of)


def shown(findings: list[Diagnostic]) -> list[tuple[str, str, str]]:
    return [(finding.rule, finding.severity.value, finding.path) for finding in findings]


def test_findings_have_their_rule_s_own_severity(tmp_path: Path) -> None:
    assert shown(run_checks(course(tmp_path))) == [
        ("file-encoding", "error", "weeks/week-01/Latin.md"),
        ("file-type", "warning", "weeks/week-01/data.docx"),
        ("file-type", "warning", "weeks/week-01/deep/data.docx"),
        ("meta-value", "error", "weeks/week-02/index.md"),
        ("meta-key-unknown", "error", "weeks/week-02/index.md"),
    ]


def test_course_yml_sets_the_severity(tmp_path: Path) -> None:
    found = run_checks(course(tmp_path, "rules: {severity: {file-type: error, file-encoding: info}}"))
    assert {(rule, severity) for rule, severity, _ in shown(found)} >= {
        ("file-type", "error"),
        ("file-encoding", "info"),
    }
    assert ("meta-value", "error", "weeks/week-02/index.md") in shown(found)


@pytest.mark.parametrize(
    ("glob", "left"),
    [
        ("weeks/**", []),
        ("weeks/week-01/data.docx", ["weeks/week-01/deep/data.docx"]),
        ("**/deep/*", ["weeks/week-01/data.docx"]),
        ("presentations/**", ["weeks/week-01/data.docx", "weeks/week-01/deep/data.docx"]),
        ("data.docx", ["weeks/week-01/data.docx", "weeks/week-01/deep/data.docx"]),
    ],
)
def test_a_rule_is_ignored_by_glob(glob: str, left: list[str], tmp_path: Path) -> None:
    found = run_checks(
        course(tmp_path, f'rules: {{ignore: [{{rule: file-type, path: "{glob}", reason: a test}}]}}')
    )
    assert [finding.path for finding in found if finding.rule == "file-type"] == left
    assert {finding.rule for finding in found} - {"file-type", "ignore-unused"} == {
        "file-encoding",
        "meta-value",
        "meta-key-unknown",
    }
    assert ("ignore-unused" in {finding.rule for finding in found}) is (len(left) == 2)


class Twice(Check):
    """A rule for this test.

    It finds one thing twice, and things in the wrong order.
    """

    id = "twice"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        for path, line in (("b.md", 2), ("a.md", 10), ("a.md", 9), ("a.md", 10)):
            yield self.at(path, "wrong", Place(line), "right")


def test_findings_are_sorted_and_unique(tmp_path: Path) -> None:
    found = run_checks(course(tmp_path), [Twice])
    assert [(finding.path, finding.place.line) for finding in found] == [
        ("a.md", 9),
        ("a.md", 10),
        ("b.md", 2),
    ]


def test_all_findings_are_sorted(tmp_path: Path) -> None:
    found = run_checks(course(tmp_path))
    orders = [finding.order for finding in found]
    assert orders == sorted(set(orders))


class Documented(Check):
    """The first line, with a colon: it says what.

    What it looks at: all of it.
    Two lines of that.

    Why: Because
    it matters.

    Bad:
        key: value

        Good: not a label here

    Good:
        key:
          deeper: value

    Mend: Do `this`
    and that.
    """

    id = "documented"


def test_a_docstring_is_taken_apart() -> None:
    doc = rule_doc(Documented)
    assert doc.summary == "The first line, with a colon: it says what."
    assert doc.what == "What it looks at: all of it.\nTwo lines of that."
    assert doc.why == "Because\nit matters."
    assert doc.bad == "key: value\n\nGood: not a label here"
    assert doc.good == "key:\n  deeper: value"
    assert doc.mend_line == "Do `this` and that."
    assert Documented().at("a.md", "wrong").help == "Do `this` and that."


def test_a_check_without_a_docstring_has_an_empty_page() -> None:
    bare = type("Bare", (Check,), {"id": "bare", "__doc__": None})
    assert (rule_doc(bare).summary, rule_doc(bare).mend) == ("", "")


def test_rules_are_known_by_their_id() -> None:
    assert [check.id for check in all_checks()] == sorted(checks_by_id())
    assert "twice" not in checks_by_id()


BROKEN = {
    "unknown key": ("roda: []", "meta-key-unknown", "did you mean `rota`?"),
    "unknown person": ("absences: [{who: eve, weeks: [1]}]", "person-unknown", ""),
    "week beyond the term": (
        "assignments: [{week: 9, path: weeks/week-03, due: 2020-04-30}]",
        "week-unknown",
        "",
    ),
    "no value": ("removed: 5", "meta-value", ""),
    "not YAML": ("moved: {", "yaml-syntax", ""),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_course_yml_says_what_and_how(case: str, tmp_path: Path) -> None:
    line, rule, help = BROKEN[case]
    with pytest.raises(CannotStart) as caught:
        course(tmp_path, line)
    (found,) = caught.value.diagnostics
    assert (found.rule, found.severity, found.path) == (rule, Severity.ERROR, "course.yml")
    assert found.help.startswith(help) and found.help
    assert found.place.line > 10


def test_what_editors_leave_behind_is_no_finding(tmp_path: Path) -> None:
    left = {
        "week-01/.DS_Store": b"\0",
        "week-01/index.md~": "x",
        "week-01/.idea/w.xml": "x",
        "week-01/Thumbs.db": b"\0",
    }
    write_course(tmp_path, {f"weeks/{path}": content for path, content in left.items()})
    assert run_checks(load(tmp_path, as_of=dt.date(2020, 4, 1))) == []


@pytest.mark.parametrize(
    ("written", "meant"),
    [("adda", "ada"), ("ada-example", "ada"), ("Ada", None), ("example", "ada"), ("zzz", None)],
)
def test_a_person_is_guessed(written: str, meant: str | None, tmp_path: Path) -> None:
    note = f"---\nscribes: [{written}]\n---\nQ: Why?\n\nA: Because.\n"
    found = run_checks(
        load(write_course(tmp_path, {"scribe_notes/week-01/talk.md": note}), as_of=dt.date(2020, 4, 1))
    )
    (finding,) = found
    assert finding.rule == ("meta-value" if written == "Ada" else "person-unknown")
    assert ("did you mean `ada`" in finding.help) == (meant == "ada")


def test_a_note_without_presentation_is_led_to_its_week(tmp_path: Path) -> None:
    base = {"scribe_notes/week-01/talk.md": None, "scribe_notes/week-02/talk.md": "Q: Why?\n\nA: Because.\n"}
    found = run_checks(load(write_course(tmp_path, base), as_of=dt.date(2020, 4, 15)))
    assert [finding.rule for finding in found] == ["scribe-note-missing", "scribe-note-orphan"]
    assert "git mv scribe_notes/week-02/talk.md scribe_notes/week-01/talk.md" in found[1].help


@pytest.mark.parametrize(("day", "rules"), [(8, []), (9, ["scribe-note-missing"])])
def test_nothing_is_missing_on_the_day_of_the_session(day: int, rules: list[str], tmp_path: Path) -> None:
    tree = write_course(tmp_path, {"scribe_notes/week-01/talk.md": None})
    assert [finding.rule for finding in run_checks(load(tree, as_of=dt.date(2020, 4, day)))] == rules


MEANT = [
    ("weeks/week-01/README.md", {"weeks/week-01/index.md": None}, "git mv weeks/week-01/README.md weeks/week-01/index.md"),
    ("scribe_notes/The Talk", {}, "git mv 'scribe_notes/The Talk' scribe_notes/week-01/talk.md"),
    ("scribe_notes/week1_notes.md", {}, "git mv scribe_notes/week1_notes.md scribe_notes/week-01/week1_notes.md"),
    ("presentations/Week Two/other/index.md", {}, "git mv 'presentations/Week Two' presentations/week-02"),
    ("presentations/week-01/TALK/index.md", {}, "git mv presentations/week-01/TALK presentations/week-01/talk"),
    ("presentations/week2/other.md", {}, "git mv presentations/week2/other.md presentations/week-02/other/index.md"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "without", "help"), MEANT, ids=[path for path, _, _ in MEANT])
def test_a_wrong_place_is_told_the_right_one(
    path: str, without: dict[str, None], help: str, tmp_path: Path
) -> None:
    tree = {"scribe_notes/week-01/talk.md": None, path: "Text.\n", **without}
    found = run_checks(load(write_course(tmp_path, tree), as_of=dt.date(2020, 4, 16)))
    assert any(finding.help.endswith(f":  {help}") for finding in found), [finding.help for finding in found]


def test_slides_are_missed_without_a_front_matter_too(tmp_path: Path) -> None:
    page = "See [our slides](https://docs.google.com/presentation/d/1a2b3c/edit).\n"
    tree = write_course(tmp_path, {"presentations/week-01/talk/index.md": page})
    found = run_checks(load(tree, as_of=dt.date(2020, 4, 1)))
    assert [finding.rule for finding in found] == ["meta-key-missing", "slides-missing"]
    assert "papers: [{title: …" in found[0].help


def test_what_is_no_code_need_not_be_pinned(tmp_path: Path) -> None:
    page = """---
title: A talk
topic: All
code: [{title: Our analysis, url: https://github.com/example/code/blob/master/doc/analysis.pdf}]
---
Text.
"""
    tree = write_course(tmp_path, {"presentations/week-01/talk/index.md": page})
    assert [finding.rule for finding in run_checks(load(tree, as_of=dt.date(2020, 4, 1)))] == [
        "code-not-code"
    ]
