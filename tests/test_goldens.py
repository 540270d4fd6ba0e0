"""One small piece of each kind of material, and the page that it becomes: compared to the letter.

After a change that is meant, run this file as a program and read the difference before committing it:
    python tests/test_goldens.py
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from pathlib import Path

import pytest

import makers
from coursekit.loading import load
from coursekit.model import PageOutput
from coursekit.pipeline import build
from coursekit.staging import to_markdown
from runs import write_run
from trees import write_course

GOLDENS = Path(__file__).parent / "data" / "pages"
TALK = "presentations/week-01/talk"
CLAIMS = """\
---
title: "Report: three objectives"
claims:
  - {id: dc, source: "Table 1, row 2", metric: si_sdri, unit: dB, paper: 10.2, tolerance: 0.5, run: runs/dc}
  - {id: wkm, source: "Table 1, row 3", metric: si_sdri, paper: 14, run: runs/wkm}
  - {id: apart, source: Table 2, metric: si_sdri, group: different-sex, unit: dB, paper: 15, tolerance: 1, run: runs/dc}
  - {id: elsewhere, source: Table 3, metric: si_sdri, unit: dB, paper: 11.2, corpus: other, run: /projects/my-paper/runs/dc}
  - {id: parameters, kind: magnitude, source: Table 4, metric: parameters, paper: 32900000, ours: 9100000, evidence: "https://example.org/log"}
  - {id: three-speakers, source: Table 5, metric: sdr, unit: dB, paper: 7.1, ours: null, why: no data for three speakers}
  - {id: order, kind: ranking, source: Table 1, metric: si_sdri, paper: [wkm, dc, mi], runs: [runs/wkm, runs/dc, runs/mi]}
---
Report.
"""
REVIEW = """\
---
reviewer: p1
commit: "17368d4"
---
## Findings

1. **Must.** [The order is chosen bin by bin](https://github.com/example/orders/blob/17368d4/loss.py#L241).
2. **Question.** [Why add `1e-8`?](https://github.com/example/orders/blob/17368d4/loss.py#L131)

## Answers of the group

1. Mended in [9c01f3e](https://github.com/example/orders/commit/9c01f3e).
"""
LAYER = {
    f"{TALK}/slides.pdf": makers.pdf(),
    f"{TALK}/figures/dot.png": makers.png(),
    f"{TALK}/extra.md": "# More\n\nText with $x^2$ and ![a dot](figures/dot.png).\n",
    f"{TALK}/book.py": "# %% [markdown]\n# # A book\n\n# %%\nprint(1)\n",
    "weeks/week-02/quickstart/index.md": "---\ntitle: Quickstart\n---\nDo [this](start.py).\n",
    "weeks/week-02/quickstart/start.py": "print('start')\n",
    "projects/my-paper/index.md": "---\ntitle: My paper\nmembers: [ada, ben, cleo]\n---\nWe try.\n",
    "projects/my-paper/tips-and-tricks.md": "## 2020-04-20 It was NaN\n\nSymptom: NaN.\n\nCause: zero.\n\nFix: an epsilon.\n",
    "projects/my-paper/reproducibility-report.md": "---\nclaims:\n  - {id: dc, source: Table 1, metric: sdr, unit: dB, paper: 10.2, ours: null, why: no data}\n---\nReport.\n",
    "projects/orders/reproducibility-report.md": CLAIMS,
    "projects/orders/reviews/week-02.md": REVIEW,
}
PAGES = {
    "page": "index.md",
    "week": "weeks/week-01/index.md",
    "assignment": "weeks/week-02/quickstart/index.md",
    "presentation": f"{TALK}/index.md",
    "extra": f"{TALK}/extra.md",
    "notebook": f"{TALK}/book.md",
    "scribe-note": "scribe_notes/week-01/talk.md",
    "project": "projects/my-paper/index.md",
    "tips": "projects/my-paper/tips-and-tricks.md",
    "report": "projects/my-paper/reproducibility-report.md",
    "claims": "projects/orders/reproducibility-report.md",
    "review": "projects/orders/reviews/week-02.md",
    "reviews": "reviews.md",
    "all-tips": "tips.md",
    "reproducibility": "reproducibility.md",
    "schedule": "schedule.md",
    "papers": "papers.md",
    "questions": "questions.md",
    "rule": "rules/file-empty.md",
}


def pages(root: Path) -> dict[str, str]:
    """The staged pages of the course by path."""
    write_course(root, LAYER)
    for run, better_by in {
        "my-paper/runs/dc": 0,
        "orders/runs/dc": 0,
        "orders/runs/wkm": 1,
        "orders/runs/mi": 2,
    }.items():
        write_run(root / f"projects/{run}", better_by=better_by)
    made = build(load(root, as_of=dt.date(2020, 4, 1)))
    return {output.path: to_markdown(output) for output in made.outputs if isinstance(output, PageOutput)}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return pages(tmp_path_factory.mktemp("goldens"))


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_the_stored_one(name: str, made: dict[str, str]) -> None:
    assert made[PAGES[name]] == (GOLDENS / f"{name}.md").read_text(encoding="utf-8")


def store() -> None:
    """Write the goldens anew."""
    GOLDENS.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        found = pages(Path(folder))
    for name, path in PAGES.items():
        (GOLDENS / f"{name}.md").write_text(found[path], encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    store()
