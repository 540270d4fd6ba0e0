"""A built site is judged from its HTML alone: what a reader's browser would stumble over is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from coursekit.verify import verify_site

GOOD = '<html><body><h1 id="top">Home</h1><a href="page/">page</a> <a href="page/#here">here</a> <img src="a.png"><a href="https://example.org">x</a></body></html>'
PAGE = '<html><body><p id="here">x</p><a href="../">home</a><a href="../#top">top</a></body></html>'


def site(folder: Path, index: str = GOOD) -> Path:
    (folder / "page").mkdir()
    (folder / "index.html").write_text(index, encoding="utf-8")
    (folder / "page/index.html").write_text(PAGE, encoding="utf-8")
    (folder / "a.png").write_bytes(b"x")
    return folder


def test_a_good_site_has_no_finding(tmp_path: Path) -> None:
    assert verify_site(site(tmp_path), pages=["index.md", "page.md"]) == ()


@pytest.mark.parametrize(
    ("html", "rule", "words"),
    [
        ('<a href="gone/">x</a>', "site-link-broken", "gone/"),
        ('<a href="page/#gone">x</a>', "site-anchor-broken", "page/#gone"),
        ('<a href="#gone">x</a>', "site-anchor-broken", "#gone"),
        ('<img src="gone.png">', "site-file-missing", "gone.png"),
        ('<script src="https://cdn.example/x.js"></script>', "site-remote-request", "cdn.example"),
        ('<link rel="stylesheet" href="//fonts.example/x.css">', "site-remote-request", "fonts.example"),
        ('<img src="https://example.org/pixel.png">', "site-remote-request", "pixel.png"),
        ('<p onclick="x()">x</p>', "site-unsafe", "onclick"),
        ('<a href=" JavaScript:alert(1)">x</a>', "site-unsafe", "JavaScript:"),
        ('<iframe src="page/"></iframe>', "site-unsafe", "iframe"),
        ('<base href="/">', "site-unsafe", "base"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, html: str, rule: str, words: str) -> None:
    found = verify_site(site(tmp_path, GOOD.replace("</body>", f"{html}</body>")))
    assert any(
        finding.rule == rule and finding.path == "index.html" and words in finding.message
        for finding in found
    ), found


def test_pages_that_were_not_built_and_empty_sites(tmp_path: Path) -> None:
    found = verify_site(site(tmp_path), pages=["index.md", "other/index.md"])
    assert [(finding.rule, finding.path) for finding in found] == [("site-page-missing", "other/index.html")]
    empty = tmp_path / "empty"
    empty.mkdir()
    assert [finding.message for finding in verify_site(empty)] == ["the site is empty"]
