"""The page of a report in a real Chromium: on a phone nothing sticks out, in the dark everything is seen."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import Page, sync_playwright

from conftest import REPOSITORY
from coursekit.loading import load
from coursekit.pipeline import build
from coursekit.publish import publish
from runs import write_run
from test_browser import FLAGS
from test_goldens import CLAIMS
from trees import write_course

REPORT = "projects/orders/reproducibility-report"
LONG = """  - {id: a-claim-with-a-very-long-name-that-fits-on-no-telephone, source: "Table 7 of the supplementary material", metric: area_under_the_precision_recall_curve, unit: "%", paper: 91.5, tolerance: 0.5, ours: 91.2, evidence: "https://example.org/log"}
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of the goldens, built to be opened as a file, with the course's own theme."""
    root, out = tmp_path_factory.mktemp("course"), tmp_path_factory.mktemp("www") / "site"
    text = CLAIMS.replace("claims:\n", f"claims:\n{LONG}")
    settings = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    write_course(root, {"mkdocs.yml": settings, f"{REPORT}.md": text})
    for folder in ("my-paper/runs/dc", "orders/runs/dc", "orders/runs/wkm", "orders/runs/mi"):
        write_run(root / "projects" / folder)
    made = build(load(root, as_of=dt.date(2020, 4, 1)), directory_urls=False)
    assert publish(made, root, out, offline=True) == ()
    return f"file://{out}/{REPORT}.html"


def colours(page: Page) -> set[str]:
    """The colours of the marks and words of the picture, and of the page under them."""
    return set(
        page.evaluate(
            """() => [getComputedStyle(document.body).backgroundColor,
            ...[...document.querySelectorAll('.course-claim-ours, .course-claim-name, .course-claim-tick')].map(e => getComputedStyle(e).fill),
            ...[...document.querySelectorAll('.course-claim-paper')].map(e => getComputedStyle(e).stroke)]"""
        )
    )


def test_the_page_of_a_report(chromium: str, address: str) -> None:
    seen: dict[str, set[str]] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for scheme, width in (("light", 390), ("light", 820), ("dark", 1280)):
            context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
            page = context.new_page()
            wrong: list[str] = []
            page.on("pageerror", lambda error, wrong=wrong: wrong.append(str(error)))
            page.goto(address, wait_until="networkidle")
            assert wrong == []
            assert page.title().startswith("[¬Re] ")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            inside = page.evaluate(
                """() => [...document.querySelectorAll('.course-claims :is(th, td), .course-order td, .course-claim-axis circle')]
                .filter(e => e.getClientRects().length).every(e => {
                  const box = e.getBoundingClientRect();
                  return box.left >= 0 && box.right <= innerWidth && box.width > 0;
                })"""
            )
            assert inside
            seen[scheme] = colours(page)
            context.close()
        browser.close()
    assert len(seen["light"]) >= 5 and len(seen["dark"]) >= 5  # ink, muted, the two verdicts, the paper
    assert not seen["light"] & seen["dark"]
