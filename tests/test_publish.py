"""The site as a folder: whole or not at all, the same bytes each time, the same pages from both shells."""

from __future__ import annotations

import gzip
import re
import shutil
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from selectolax.lexbor import LexborHTMLParser

import makers
from coursekit.cache import Cache
from coursekit.checks import run_checks
from coursekit.loading import load
from coursekit.model import Kept, PageOutput
from coursekit.pipeline import build
from coursekit.publish import write_output
from trees import MKDOCS, commit, digests, write_course

Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "course"
    write_course(folder, {"mkdocs.yml": MKDOCS, "presentations/week-01/talk/slides.pdf": makers.pdf()})
    commit(folder)
    return folder


def test_a_site_is_built_and_verified(course: Run, root: Path) -> None:
    done = course("build", cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {"index.html", "schedule", "papers", "questions", "presentations", "rules", "weeks"} <= {
        f.name for f in (root / "site").iterdir()
    }
    assert course("verify", "site", cwd=root).returncode == 0
    page = (root / "site/presentations/week-01/talk/index.html").read_text(encoding="utf-8")
    assert "https://github.com/example/course/edit/main/presentations/week-01/talk/index.md" in page
    assert "Last changed on" in page and "Ada Example" in page
    assert not list(root.glob(".site*"))


def test_built_twice_and_elsewhere_gives_the_same_bytes(course: Run, root: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(root, copy)
    first = course("build", "--as-of", "2020-04-01", cwd=root)
    second = course("build", "--as-of", "2020-04-01", cwd=copy)
    assert first.returncode == second.returncode == 0
    assert digests(root / "site") == digests(copy / "site")
    assert b"2020-04-09" in gzip.decompress((root / "site/sitemap.xml.gz").read_bytes())


def test_faulty_material_gets_a_page_that_says_so_and_the_rest_is_built(course: Run, root: Path) -> None:
    (root / "weeks/week-01/index.md").write_text("---\ntitle: [1, 2\n---\nHello\n", encoding="utf-8")
    (root / "presentations/week-01/talk/bad.ipynb").write_text("null", encoding="utf-8")
    (root / "site_src/latin.md").write_bytes(b"---\ntitle: caf\xe9\n---\n")
    done = course("build", cwd=root)
    assert done.returncode == 1
    for address, words in {
        "weeks/week-01": "yaml-syntax",
        "presentations/week-01/talk/bad": "no notebook",
        "latin": "not UTF-8 at byte 14 (looks like Latin-1)",
    }.items():
        assert words in (root / "site" / address / "index.html").read_text(encoding="utf-8")
    assert (root / "site/presentations/week-01/talk/index.html").is_file()


def test_strict_with_findings_leaves_the_old_site(course: Run, root: Path) -> None:
    assert course("build", cwd=root).returncode == 0
    before = digests(root / "site")
    (root / "site_src/bad.md").write_text("no front matter", encoding="utf-8")
    done = course("build", "--strict", cwd=root)
    assert done.returncode == 1 and "Nothing was written" in done.stderr
    assert digests(root / "site") == before


def test_a_broken_course_yml_leaves_the_old_site(course: Run, root: Path) -> None:
    assert course("build", cwd=root).returncode == 0
    before = digests(root / "site")
    (root / "course.yml").write_text("title: x\n", encoding="utf-8")
    assert course("build", cwd=root).returncode == 2
    assert digests(root / "site") == before


def test_a_killed_build_leaves_the_old_site(course: Run, root: Path) -> None:
    assert course("build", cwd=root).returncode == 0
    before = digests(root / "site")
    (root / "site_src/index.md").write_text("---\ntitle: Changed\n---\nNew text.\n", encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-m", "coursekit.cli", "build"],
        cwd=root,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + 60
        while not list(root.glob(".site.building-*/**/*.html")) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert list(root.glob(".site.building-*")), "the build was over before it could be killed"
        process.send_signal(signal.SIGKILL)
    assert digests(root / "site") == before
    assert course("build", cwd=root).returncode == 0
    assert "New text." in (root / "site/index.html").read_text(encoding="utf-8")
    assert not list(root.glob(".site.building-*")), "what the killed build left is cleaned up"


def test_two_builds_at_once_wait_for_each_other(root: Path) -> None:
    command = [sys.executable, "-m", "coursekit.cli", "build"]
    running = [
        subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for _ in range(3)
    ]
    results = [(process.communicate(timeout=180)[0], process.returncode) for process in running]
    assert [code for _, code in results] == [0, 0, 0], results
    assert (root / "site/index.html").is_file()


def test_a_damaged_cache_entry_is_a_miss(root: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    first = build(load(root, cache=cache), cache=cache)
    entries = [file for file in cache.folder.rglob("*") if file.is_file()]
    assert entries
    for number, entry in enumerate(entries):
        entry.write_bytes(b"" if number % 2 else entry.read_bytes()[:-1] + b"\0")
    assert build(load(root, cache=cache), cache=cache).outputs == first.outputs


NOTEBOOK = "presentations/week-01/talk/demo.ipynb"
PICTURE = {
    "output_type": "display_data",
    "metadata": {},
    "data": {"image/png": b64encode(makers.png()).decode()},
}


def test_what_a_check_has_read_a_build_does_not_read_again(root: Path, tmp_path: Path) -> None:
    cells = [{"markdown": "# Demo"}, {"code": "show()", "count": 1, "outputs": [PICTURE]}]
    (root / NOTEBOOK).write_bytes(makers.notebook(cells))
    light, fresh = Cache(tmp_path / "light"), Cache(tmp_path / "fresh")
    load(root, cache=light, whole=False)
    course = load(root, cache=light, whole=False)
    assert course.documents[NOTEBOOK].shown is Kept.APART
    assert run_checks(course) == run_checks(load(root, cache=fresh))
    before = digests(light.folder)
    outputs = build(load(root, cache=light), cache=fresh).outputs
    assert before.items() <= digests(light.folder).items()
    assert outputs == build(load(root, cache=fresh), cache=fresh).outputs
    assert any(output.path.endswith("demo-files/demo-002-0.png") for output in outputs)

    for file in sorted(file for file in light.folder.rglob("*") if file.is_file()):
        kept = file.read_bytes()
        file.unlink()  # whatever is lost is made again
        assert build(load(root, cache=light), cache=fresh).outputs == outputs
        file.write_bytes(kept)


def test_a_second_build_reads_nothing_again(root: Path, tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    build(load(root, cache=cache), cache=cache)
    before = {file: file.stat().st_mtime_ns for file in cache.folder.rglob("*") if file.is_file()}
    build(load(root, cache=cache), cache=cache)
    assert {file: file.stat().st_mtime_ns for file in cache.folder.rglob("*") if file.is_file()} == before


def test_plugin_and_stage_agree(course: Run, root: Path, tmp_path: Path) -> None:
    staged, other = tmp_path / "staged", tmp_path / "other"
    assert course("stage", str(staged), cwd=root).returncode == 0
    for output in build(load(root)).outputs:  # what the plugin hands to MkDocs
        write_output(other, output)
    assert digests(staged / "docs") == digests(other)
    assert "coursekit" not in (staged / "mkdocs.yml").read_text(encoding="utf-8").split("\n", 1)[1].replace(
        "assets/course", ""
    )

    mkdocs_build(load_config(str(staged / "mkdocs.yml"), site_dir=str(tmp_path / "plain")))
    assert course("build", "--out", str(tmp_path / "ours"), cwd=root).returncode == 0
    bodies = {
        side: {
            file.relative_to(tmp_path / side).as_posix(): _body(file)
            for file in (tmp_path / side).rglob("*.html")
            if file.name != "404.html"
        }
        for side in ("plain", "ours")
    }
    assert bodies["plain"] == bodies["ours"]


def _body(file: Path) -> str:
    """The page's own part; the titles of permalinks are a matter of the shell's settings."""
    node = LexborHTMLParser(file.read_text(encoding="utf-8")).css_first("article")
    assert node is not None and node.html
    return re.sub(r'<a class="headerlink"[^>]*>', "", node.html)


def test_stage_writes_over_its_own_work_only(course: Run, root: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "thesis.txt").write_text("years of work", encoding="utf-8")
    done = course("stage", str(mine), cwd=root)
    assert done.returncode == 2 and "not empty" in done.stderr
    assert (mine / "thesis.txt").read_text(encoding="utf-8") == "years of work"
    for _ in range(2):
        assert course("stage", str(tmp_path / "staged"), cwd=root).returncode == 0


def test_offline_site_uses_files_only(course: Run, root: Path) -> None:
    done = course("build", "--offline", "--out", "offline", cwd=root)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (root / "offline/presentations/week-01/talk/index.html").read_text(encoding="utf-8")
    links = [node.attributes.get("href") or "" for node in LexborHTMLParser(page).css("a")]
    assert any(link.endswith("schedule.html") for link in links)
    assert not [link for link in links if link.endswith("/") and "://" not in link]
    assert "unpkg" not in page


def test_mkdocs_build_strict_works_without_the_course_command(root: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-d", str(root / "plain")]
    clean = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert clean.returncode == 0, clean.stderr
    (root / "site_src/bad.md").write_text("---\ntitel: T\n---\n", encoding="utf-8")
    faulty = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert faulty.returncode == 1
    assert (
        "site_src/bad.md:2:1 unknown key `titel` [meta-key-unknown] (did you mean `title`?)" in faulty.stderr
    )


def test_every_page_output_is_utf8_markdown_with_one_title(root: Path) -> None:
    for output in build(load(root)).outputs:
        if isinstance(output, PageOutput):
            assert output.title.strip(), output.path


@pytest.mark.parametrize("out", [".", "presentations", ".git", "course.yml", "elsewhere"])
def test_only_a_site_of_ours_is_ever_replaced(course: Run, root: Path, out: str) -> None:
    (root / "elsewhere").mkdir()
    (root / "elsewhere/thesis.txt").write_text("years of work", encoding="utf-8")
    before = digests(root)
    done = course("build", "--out", out, cwd=root)
    assert done.returncode == 2 and "name another folder" in done.stderr and "Traceback" not in done.stderr
    assert digests(root) == before
