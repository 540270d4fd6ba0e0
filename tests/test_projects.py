"""Projects on the site: tips, reviews, the scoreboard and the check list, from what groups write to the pages' text."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coursekit.checklist import Standing, checklist
from coursekit.checks import run_checks
from coursekit.config import Config
from coursekit.course import Course
from coursekit.htmlblocks import blocks
from coursekit.loading import load, load_config
from coursekit.markup import render_markdown
from coursekit.model import CannotStart, PageOutput, Severity
from coursekit.pipeline import build
from coursekit.plaintext import plain_text
from coursekit.review_reader import read_review
from coursekit.scaffold import new_review
from coursekit.tips import Tip
from coursekit.tips_reader import read_tips
from runs import write_run
from trees import base_course, write_course

GROUPS = """\
groups: {project: {p1: [ada, ben, cleo], p2: [dan]}}
projects: {orders: {group: p1, repository: https://github.com/example/orders}, masks: {group: p2}}
reviews: [{week: 1, reviewer: p2, project: orders}, {week: 2, reviewer: p1, project: masks}]
"""
COURSE = base_course()["course.yml"].replace("groups: {project: {p1: [ada, ben, cleo]}}\n", GROUPS)
INDEX = "---\ntitle: Orders\nmembers: [ada, ben, cleo]\n---\nWhat we do.\n"
REVIEW = """\
---
reviewer: p2
commit: "17368d4"
---
Good: [the tests](https://github.com/example/orders/blob/17368d4/test_loss.py#L3).

## Findings

1. **Must.** [The order][pit] is chosen bin by bin.
2. **Question.** [Why add `1e-8`?](https://github.com/example/orders/blob/17368d4/loss.py#L131)

## Answers of the group

1. Mended in [9c01f3e](https://github.com/example/orders/commit/9c01f3e).

[pit]: https://github.com/example/orders/blob/17368d4/loss.py#L241
"""
CLAIMS = """\
---
title: Orders, again
claims:
  - {id: dc, source: Table 1, metric: si_sdri, unit: dB, paper: 10.2, tolerance: 0.5, run: runs/dc}
  - {id: three, source: Table 5, metric: sdr, unit: dB, paper: 7.1, ours: null, why: no data for three speakers}
  - {id: order, kind: ranking, source: Table 1, metric: si_sdri, paper: [dc, mi], runs: [runs/dc, runs/mi]}
---
What we tried.
"""
TIPS = """\
How to read this.

## 2020-04-20 The loss is NaN

Symptom: NaN after [ten steps](index.md).

Cause: silence[^1].

Fix: an epsilon.

## Undated

Fix: look twice.

[^1]: Digital silence.
"""


# --- readers ----------------------------------------------------------------------------------------------


def html(markdown: str) -> str:
    return render_markdown(markdown).html


def tip(markdown: str) -> dict[str, Any]:
    """The first tip as data: its title, its day and the words of its parts."""
    found = next(entry for entry in read_tips(html(markdown)) if isinstance(entry, Tip))
    parts = [(part.label, plain_text(part.html)) for part in found.parts]
    return {"title": found.title, "date": found.date, "parts": parts}


@pytest.mark.parametrize(
    ("body", "parts"),
    [
        ("Symptom: NaN.\n\nCause: zero.\n\nFix: eps.", [("Symptom", "NaN."), ("Cause", "zero."), ("Fix", "eps.")]),
        ("Symptom: NaN.\nCause: zero.\nFix: eps.", [("Symptom", "NaN."), ("Cause", "zero."), ("Fix", "eps.")]),
        ("**Symptom:** NaN\n\n**Cause**: zero\n\n*Fix:* eps", [("Symptom", "NaN"), ("Cause", "zero"), ("Fix", "eps")]),
        ("**Fix: clip** it", [("Fix", "clip it")]),
        ("- Symptom: NaN\n- Cause: zero\n- Fix: eps", [("Symptom", "NaN"), ("Cause", "zero"), ("Fix", "eps")]),
        ("### Symptom\n\nNaN\n\n### Fix\n\neps", [("Symptom", "NaN"), ("Fix", "eps")]),
        ("Before.\n\nFix: this\n\nand that\n\n    x = 1", [("", "Before."), ("Fix", "this and that x = 1")]),
        ("Fix: run `Cause: x` and\n\n```\nSymptom: none\n```", [("Fix", "run Cause: x and Symptom: none")]),
        ("The cause: unknown.", [("", "The cause: unknown.")]),
    ],
)  # fmt: skip
def test_the_parts_of_a_tip_are_read_in_the_forms_that_people_use(
    body: str, parts: list[tuple[str, str]]
) -> None:
    found = tip(f"## 2020-05-01 NaN\n\n{body}\n")
    assert found == {"title": "NaN", "date": dt.date(2020, 5, 1), "parts": parts}


def test_a_section_is_a_tip_where_it_has_a_part_or_a_day() -> None:
    entries = read_tips(
        html(
            "Intro.\n\n## About\n\nText.\n\n## 2020-13-45 Bad day\n\nFix: x\n\n### 2020-05-01 Third\n\nText."
        )
    )
    assert [entry.title if isinstance(entry, Tip) else plain_text(entry.html) for entry in entries] == [
        "Intro.", "About Text.", "2020-13-45 Bad day", "Third",
    ]  # fmt: skip
    assert [entry.date for entry in entries if isinstance(entry, Tip)] == [None, dt.date(2020, 5, 1)]


def findings(markdown: str) -> list[tuple[int, str, list[str], bool]]:
    return [
        (finding.number, finding.text, [plain_text(answer) for answer in finding.answers], finding.open)
        for finding in read_review(html(markdown)).findings
    ]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("## Findings\n\n1. One\n2. Two\n\n## Answers of the group\n\n2. Kept", [(1, "One", [], True), (2, "Two", ["Kept"], False)]),
        ("## Findings\n\n1. One\n2. Two\n\n## Our replies\n\n1. Mended", [(1, "One", ["Mended"], False), (2, "Two", [], True)]),
        ("Finding: One\nAnswer: Yes\n\nFinding: Two", [(1, "One", ["Yes"], False), (2, "Two", [], True)]),
        ("Finding 3: One\n\nFinding 4: Two\n\nAnswer 3: Yes", [(3, "One", ["Yes"], False), (4, "Two", [], True)]),
        ("## Findings\n\n- [x] One\n- [ ] Two", [(1, "One", [], False), (2, "Two", [], True)]),
        ("## Findings\n\n1. One\n    - Answer: Yes\n    - Answer: No", [(1, "One", ["Yes", "No"], False)]),
        ("## What we found\n\n### 1. One\n\nMore.\n\n### Two\n\n- a\n- b", [(1, "1. One More.", [], True), (2, "Two a b", [], True)]),
        ("1. One\n2. Two", [(1, "One", [], True), (2, "Two", [], True)]),
        ("## Check list\n\n- [ ] the tests pass\n\n1. no finding", []),
    ],
)  # fmt: skip
def test_findings_and_answers_are_read_in_the_forms_that_people_use(
    markdown: str, expected: list[tuple[int, str, list[str], bool]]
) -> None:
    assert findings(markdown) == expected


def test_an_answer_to_nothing_is_kept() -> None:
    review = read_review(html("## Findings\n\n1. One\n\n## Answers\n\n1. Yes\n2. No"))
    assert [plain_text(orphan) for orphan in review.orphans] == ["No"]


def test_prose_around_findings_stays() -> None:
    review = read_review(
        html("Good: tests.\n\n## Findings\n\n1. One\n\nThat is all.\n\n## Check list\n\n- [ ] boxes")
    )
    assert plain_text(review.prose) == "Good: tests. That is all. Check list boxes"


_WORD = st.sampled_from(
    ["alpha", "beta", "`code`", "**bold**", "[link](x.md)", "zeta", "<b>raw</b>", "$x$", "a:b"]
)
_LINE = st.builds(
    lambda head, body: head + " ".join(body),
    st.sampled_from(
        ["", "- ", "1. ", "    ", "## ", "### ", "## 2020-05-01 ", "Symptom: ", "**Fix:** ", "*Cause*: ", "- Fix: ", "Finding: ",
         "Answer: ", "Answer 2: ", "## Findings ", "## Answers ", "- [x] ", "> ", "```", "| a | ", "!!! note ", "1. Answer: "]
    ),
    st.lists(_WORD, max_size=3),
)  # fmt: skip
_TEXT = st.builds("\n".join, st.lists(_LINE | st.just(""), max_size=14)) | st.text(max_size=200)


def word_counts(text: str) -> Counter[str]:
    labels = r"(?i)symptoms?|causes?|fix(?:es)?|findings?|answers?|answer|\d+"
    return Counter(word for word in re.findall(r"\w+", text) if not re.fullmatch(labels, word))


@given(_TEXT)
@settings(max_examples=150, deadline=None)
def test_blocks_joined_are_the_text(markdown: str) -> None:
    clean = html(markdown)
    assert "".join(block.html for block in blocks(clean)) == clean


@given(_TEXT)
@settings(max_examples=150, deadline=None)
def test_tips_lose_no_word(markdown: str) -> None:
    clean = html(markdown)
    shown = " ".join(
        " ".join([entry.title, *(plain_text(part.html) for part in entry.parts)])
        if isinstance(entry, Tip)
        else plain_text(entry.html)
        for entry in read_tips(clean)
    )
    assert word_counts(plain_text(clean)) == word_counts(shown)


@given(_TEXT)
@settings(max_examples=150, deadline=None)
def test_reviews_lose_no_word(markdown: str) -> None:
    clean = html(markdown)
    review = read_review(clean)
    found = [html for finding in review.findings for html in (finding.html, *finding.answers)]
    shown = " ".join(map(plain_text, [*found, review.prose, *review.orphans]))
    missing = word_counts(plain_text(clean)) - word_counts(shown)
    named = [block.text for block in blocks(clean) if block.level == 2]
    assert not missing - word_counts(" ".join(named)), missing  # only the headings that name the sections go


def test_a_paragraph_of_labels_is_read_in_time() -> None:
    long = html("## 2020-05-01 x\n\n" + "**Fix:** again\n" * 20_000)
    assert len(next(entry for entry in read_tips(long) if isinstance(entry, Tip)).parts) == 20_000


# --- pages ------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def files() -> Mapping[str, Any]:
    return {
        "course.yml": COURSE,
        "projects/orders/index.md": INDEX,
        "projects/orders/reviews/week-01.md": REVIEW,
        "projects/orders/tips-and-tricks.md": TIPS,
        "projects/orders/reproducibility-report.md": CLAIMS,
    }


def course(root: Path, more: Mapping[str, Any] | None = None) -> Course:
    write_course(root, files(), more or {})
    write_run(root / "projects/orders/runs/dc")
    write_run(root / "projects/orders/runs/mi", better_by=-2)
    return load(root, as_of=dt.date(2020, 4, 22))


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    made = build(course(tmp_path_factory.mktemp("projects")))
    return {output.path: output.body for output in made.outputs if isinstance(output, PageOutput)}


def test_tips_of_all_projects_stand_on_one_page_newest_first(pages: dict[str, str]) -> None:
    body = pages["tips.md"]
    assert body.index("The loss is NaN") < body.index("Undated")
    assert 'id="orders-2020-04-20-the-loss-is-nan"' in body
    assert 'data-course-filter=".course-tip"' in body
    # links were written in the project's folder; a footnote leads to the page that has it
    assert 'href="../projects/orders/"' in body and 'href="../projects/orders/tips-and-tricks/#fn:1"' in body


def test_the_projects_page_shows_tips_and_reviews(pages: dict[str, str]) -> None:
    text = plain_text(pages["projects/orders/index.md"])
    assert "The loss is NaN NaN after ten steps" in text
    assert "by group p2 · 2 findings, 1 open" in text
    assert "2 things that went wrong" in text


def test_a_review_shows_the_open_findings_first(pages: dict[str, str]) -> None:
    body = pages["projects/orders/reviews/week-01.md"]
    text = plain_text(body)
    assert "2 findings, 1 of them still open." in text
    assert text.index("Why add 1e-8") < text.index("The order is chosen") < text.index("Mended in 9c01f3e")
    assert 'href="https://github.com/example/orders/tree/17368d4"' in body
    assert "read by group p2 ( Dan Specimen )" in text or "read by group p2 (Dan Specimen" in text


def test_reviews_tell_who_reads_whom_and_what_waits(pages: dict[str, str]) -> None:
    body = pages["reviews.md"]
    text = plain_text(body)
    assert text.index("Waiting for an answer Group p1") < text.index("Who reads whose code")
    assert "1 of 2 findings open" in text
    assert "Masks group p2 not written yet course new review masks 2" in text
    assert 'href="../projects/orders/reviews/week-01/#finding-2"' in body


def test_the_scoreboard_has_every_claim_with_its_verdict(pages: dict[str, str]) -> None:
    body = pages["reproducibility.md"]
    text = plain_text(body)
    assert "2 of 3 claims confirmed in 1 project" in text
    assert (
        "dc si_sdri 10.2 dB Table 1 10.00 dB 7.57 to 12.43, N = 4 Deep clustering , GPU −0.20 dB tolerance 0.5 dB confirmed"
        in text
    )
    assert "not confirmed no data for three speakers" in text
    assert "1 of 1 pairs in the paper’s order" in text
    assert body.count('class="course-score-cell"') == 3
    assert "No claims yet Masks no report yet" in text


@pytest.mark.parametrize(("projects", "rows"), [(0, 0), (20, 20)])
def test_the_scoreboard_has_room_for_any_number_of_projects(projects: int, rows: int, tmp_path: Path) -> None:
    report = "---\nclaims:\n  - {id: a, source: T, metric: sdr, unit: dB, paper: 1.5, ours: null, why: no time}\n---\nText.\n"
    layer = {f"projects/p-{n}/reproducibility-report.md": report for n in range(projects)}
    made = build(load(write_course(tmp_path, layer), as_of=dt.date(2020, 4, 1)))
    body = next(
        output.body
        for output in made.outputs
        if isinstance(output, PageOutput) and output.path == "reproducibility.md"
    )
    assert body.count('class="course-score"') == rows
    assert ("No claims yet." in plain_text(body)) == (projects == 0)


def test_pages_without_anything_say_what_will_stand_there(tmp_path: Path) -> None:
    made = build(load(write_course(tmp_path), as_of=dt.date(2020, 4, 1)))
    text = {output.path: plain_text(output.body) for output in made.outputs if isinstance(output, PageOutput)}
    assert "No tips yet." in text["tips.md"]
    assert "No code review is planned yet." in text["reviews.md"]


# --- the check list ---------------------------------------------------------------------------------------


def standings(course: Course) -> dict[str, Standing]:
    project = next(project for project in course.projects if project.slug == "orders")
    page = next(page for page in project.documents if page.path in course.verdicts)
    return {item.name: item.standing for item in checklist(course, project, page)}


def test_the_check_list_says_done_only_for_what_it_saw(tmp_path: Path) -> None:
    found = standings(course(tmp_path))
    seen = {"Claims with their source", "Hyper-parameters", "Seeds", "Spread of the results", "Origin of the data", "Hardware",
            "Computing time", "Versions of the software", "A clean commit", "Address of the code"}  # fmt: skip
    assert {name for name, standing in found.items() if standing is Standing.DONE} == seen
    assert found["Licence"] is Standing.UNSEEN
    assert found["The paper"] is Standing.MISSING


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"config": {}}, "Hyper-parameters"),
        ({"seeds": []}, "Seeds"),
        ({"seconds": None}, "Computing time"),
        ({"software": {}}, "Versions of the software"),
        ({"dirty": True}, "A clean commit"),
        ({"commit": None}, "A clean commit"),
    ],
)
def test_one_run_that_does_not_say_it_is_enough_to_miss_it(
    changes: dict[str, Any], missing: str, tmp_path: Path
) -> None:
    course(tmp_path)
    write_run(tmp_path / "projects/orders/runs/mi", changes, better_by=-2)
    assert standings(load(tmp_path))[missing] is Standing.MISSING


def test_nothing_is_missed_where_no_run_is_named(tmp_path: Path) -> None:
    report = "---\nclaims: []\n---\n## Contact with the authors\n\n## What was difficult\n\nAll of it.\n"
    found = standings(course(tmp_path, {"projects/orders/reproducibility-report.md": report}))
    assert found["Claims with their source"] is Standing.MISSING
    assert {found[name] for name in ("Seeds", "Hardware", "Spread of the results")} == {Standing.UNSEEN}
    assert found["Whether the authors were asked"] is Standing.MISSING  # a heading alone tells nothing
    assert found["What was difficult"] is Standing.DONE


# --- course new review ------------------------------------------------------------------------------------


def config(root: Path) -> Config:
    return load_config(root)[0]


def test_a_new_review_names_its_reviewer_and_what_the_check_misses(tmp_path: Path) -> None:
    write_course(
        tmp_path, files(), {"projects/masks/index.md": "---\ntitle: Masks\nmembers: [dan]\n---\nText.\n"}
    )
    made = new_review(tmp_path, config(tmp_path), "masks", 2)
    found = [
        finding
        for finding in run_checks(load(tmp_path, as_of=dt.date(2020, 4, 1)))
        if finding.path == made.written[0]
    ]
    assert [(finding.rule, finding.severity, finding.message) for finding in found] == [
        ("review-incomplete", Severity.WARNING, "the review names no `commit`")
    ]
    assert "reviewer: p1\n" in (tmp_path / made.written[0]).read_text(encoding="utf-8")


def test_a_new_review_tells_which_commit_was_reviewed_before(tmp_path: Path) -> None:
    write_course(tmp_path, files())
    made = new_review(tmp_path, config(tmp_path), "orders", 2)
    written = (tmp_path / made.written[0]).read_text(encoding="utf-8")
    assert "; the review of week 01 was of 17368d4\n" in written
    assert made.next_step.startswith("clone https://github.com/example/orders, ")
    with pytest.raises(CannotStart, match="exists already"):
        new_review(tmp_path, config(tmp_path), "orders", 2)
