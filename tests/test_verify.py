"""A built site is judged from its HTML alone: what a reader's browser would stumble over is named."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from coursekit.inventory import read_inventory
from coursekit.promises import broken_promises
from coursekit.verify import verify_site
from trees import MKDOCS, write_course

Run = Callable[..., subprocess.CompletedProcess[str]]

GOOD = '<html><body><h1 id="top">Home</h1><a href="page/">page</a> <a href="page/#here">here</a> <img src="a.png"><a href="https://example.org">x</a></body></html>'
PAGE = '<html><body><p id="here">x</p><a href="../">home</a><a href="../#top">top</a></body></html>'


def site(folder: Path, index: str = GOOD) -> Path:
    (folder / "page").mkdir(parents=True)
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


# what is published must stay

OLD = {
    "schema": 1,
    "title": "A course",
    "pages": [
        {"address": "", "title": "Home", "anchors": ["top"]},
        {"address": "talks/old/", "title": "A talk", "anchors": []},
        {"address": "page/", "title": "Page", "anchors": ["here", "there"]},
    ],
    "files": ["talks/old/slides.pdf"],
    "extra": {"of a later version": 1},
}


def compared(**changes: object) -> list[tuple[str, str, str]]:
    """Rule, path and help of what a new site with these changes breaks."""
    old = read_inventory(json.dumps(OLD).encode(), "old.json")
    new = read_inventory(json.dumps({**OLD, **changes}).encode(), "new.json")
    return [(finding.rule, finding.path, finding.help) for finding in broken_promises(new, old)]


MOVED = [OLD["pages"][0], {"address": "talks/new/", "title": "A talk", "anchors": []}, OLD["pages"][2]]  # type: ignore[index]


def test_the_same_site_keeps_everything() -> None:
    assert compared() == []


def test_a_vanished_page_is_an_error_until_it_is_declared() -> None:
    (found,) = compared(pages=MOVED)
    assert found[:2] == ("site-page-vanished", "talks/old/")
    assert "moved: {talks/old/: talks/new/}\nremoved: [talks/old/]" in found[2]
    assert compared(pages=MOVED, moved={"talks/old/": "talks/new/"}) == []
    assert compared(pages=MOVED, removed=["talks/*/"]) == []
    assert [rule for rule, _, _ in compared(pages=MOVED, removed=[""])] == ["site-page-vanished"]


def test_vanished_files_and_anchors() -> None:
    assert [found[:2] for found in compared(files=[])] == [("site-page-vanished", "talks/old/slides.pdf")]
    pages = [*OLD["pages"][:2], {"address": "page/", "title": "Page", "anchors": ["here", "theres"]}]  # type: ignore[index]
    (found,) = compared(pages=pages)
    assert found[:2] == ("site-anchor-vanished", "page/")
    assert 'moved: {"page/#there": "page/#theres"}' in found[2]
    assert compared(pages=pages, moved={"page/#there": "page/#theres"}) == []
    assert compared(pages=pages, removed=["page/#*"]) == []


def test_an_empty_site_never_goes_out() -> None:
    assert [rule for rule, _, _ in compared(pages=[], removed=["*"])] == ["site-page-missing"]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"schema": 2, "title": "x"}',
        b"\xff",
        b"<html>",
        b'{"schema": 1, "title": "x", "pages": 5}',
    ],
)
def test_what_is_no_inventory_is_said(course: Run, tmp_path: Path, data: bytes) -> None:
    (tmp_path / "old.json").write_bytes(data)
    done = course("verify", str(site(tmp_path / "site")), "--published", "old.json", cwd=tmp_path)
    assert done.returncode == 2
    assert "course.json" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_redirect_keeps_old_links_alive(course: Run, tmp_path: Path) -> None:
    """Published, renamed, refused, declared, led on: the whole way of a page that moves."""
    root = write_course(
        tmp_path / "course", {"mkdocs.yml": MKDOCS, "site_src/old.md": "---\ntitle: A page\n---\n## Part\n"}
    )
    assert course("build", "--as-of", "2020-04-01", cwd=root).returncode == 0
    (tmp_path / "published.json").write_bytes((root / "site/course.json").read_bytes())
    (root / "site_src/old.md").rename(root / "site_src/new.md")
    assert course("build", "--as-of", "2020-04-01", cwd=root).returncode == 0
    verify = ("verify", "site", "--published", str(tmp_path / "published.json"), "--output-format", "concise")
    refused = course(*verify, cwd=root)
    assert refused.returncode == 1
    assert (
        "old/:1:1 error: the page `old/` (A page) is published and would vanish [site-page-vanished]"
        in refused.stdout
    )
    with (root / "course.yml").open("a", encoding="utf-8") as file:
        file.write("moved: {old/: new/}\n")
    assert course("build", "--as-of", "2020-04-01", cwd=root).returncode == 0
    done = course(*verify, cwd=root)
    assert (done.returncode, done.stdout) == (0, "No findings.\n")
    page = (root / "site/old/index.html").read_text(encoding="utf-8")
    assert 'data-to="../new/"' in page
    assert 'content="0; url=../new/"' in page
    assert (root / "site/assets/course/moved.js").is_file()
