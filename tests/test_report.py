"""What a pull request is told: ten requests in the manner of a real class, each compared to the letter.

After a change that is meant, run this file as a program and read the difference before committing it:
    python tests/test_report.py
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from coursekit.hostile_markdown import code, fenced, plain, sentence
from coursekit.notebook import Cell, Notebook
from coursekit.notebook_changes import cell_changes
from coursekit.summary import MARKER, MOST_CHARACTERS
from trees import commit, write_course, write_file

REQUESTS = Path(__file__).parent / "data" / "requests"
NAMES = sorted(file.stem for file in REQUESTS.glob("[0-9]*.yml"))
Run = Callable[..., subprocess.CompletedProcess[str]]


def told(name: str, folder: Path) -> str:
    """Lay out the class, make the request's changes in its tree, and let `course report` tell of them."""
    request = yaml.safe_load((REQUESTS / f"{name}.yml").read_text(encoding="utf-8"))
    root = write_course(
        folder / "course", yaml.safe_load((REQUESTS / "class.yml").read_text(encoding="utf-8"))
    )
    commit(root)
    for old, new in request.get("moves", {}).items():
        shutil.move(root / old, root / new)
    for path in request.get("removes", ()):
        (root / path).unlink()
    for path, content in request.get("files", {}).items():
        write_file(root / path, content)
    event = folder / "event.json"
    event.write_text(json.dumps(_event(root, request["author"])), encoding="utf-8")
    git_commit(root)
    return report(root, "--event", str(event))


def git_commit(root: Path) -> None:
    settings = ["-c", "user.name=Ada Example", "-c", "user.email=ada@example.org"]
    for arguments in (["add", "-A"], ["commit", "-q", "-m", "The request"]):
        subprocess.run(["git", *settings, *arguments], cwd=root, check=True)


def report(root: Path, *options: str) -> str:
    command = [sys.executable, "-m", "coursekit.cli", "report", *options, "--as-of", "2020-05-06"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def _event(root: Path, author: str) -> dict[str, Any]:
    sha = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True)
    side = {"sha": sha.stdout.strip(), "ref": "main"}
    return {"pull_request": {"number": 3, "user": {"login": author}, "base": side, "head": side}}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_request_is_told(name: str, tmp_path: Path) -> None:
    assert told(name, tmp_path) == (REQUESTS / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_stranger_comes_alive(name: str) -> None:
    """The goldens themselves, as GitHub would render them: our elements only, our links only."""
    text = (REQUESTS / f"{name}.md").read_text(encoding="utf-8")
    html = MarkdownIt("gfm-like", {"linkify": False}).render(text)
    assert set(re.findall(r"<([a-z0-9]+)", html)) <= set(
        "h2 h3 p ul ol li code pre strong em table thead tbody tr th td a br details summary".split()
    )
    assert all(
        href.startswith("https://example.github.io/course/") for href in re.findall(r'href="([^"]*)"', html)
    )
    assert "@everyone" not in re.sub(r"&#\d+;", "", _unrendered(text))
    assert text.startswith(MARKER)
    # the comment lets no HTML through but parts that fold: the report must need no other
    assert set(re.findall(r"<(\w+)", _unrendered(text))) <= {"details", "summary"}


def _unrendered(text: str) -> str:
    """The text without its code, in which nobody is called."""
    return re.sub(r"(`+)[^`].*?\1", "", text, flags=re.DOTALL)


def test_without_a_change_it_says_so(tmp_path: Path) -> None:
    root = write_course(tmp_path / "course")
    commit(root)
    assert report(root, "--base", "main") == f"{MARKER}\n\nNothing differs from the main branch.\n"


def test_a_huge_request_fits_into_one_comment(tmp_path: Path) -> None:
    root = write_course(tmp_path / "course")
    commit(root)
    for number in range(300):
        text = "".join(f"[x{line}](gone-{line}.md)\n\n" for line in range(20))
        write_file(root / f"site_src/page-{number}.md", f"---\ntitle: Page {number}\n---\n{text}")
    text = report(root)
    assert len(text) <= MOST_CHARACTERS
    assert "The rest is too long for one comment" in text
    assert text.count("<details>") == text.count("</details>")


def test_a_broken_course_yml_is_told_too(course: Run, tmp_path: Path) -> None:
    root = write_course(tmp_path / "course")
    commit(root)
    (root / "course.yml").write_text("title: [\nterm: @everyone\n", encoding="utf-8")
    done = course("report", "--base", "main", "--out", "report.md", cwd=root)
    assert done.returncode == 2
    text = (root / "report.md").read_text(encoding="utf-8")
    assert text.startswith(f"{MARKER}\n\n## The course can't be read\n")
    assert "yaml-syntax" in text


def test_it_is_written_to_a_file_and_strict_fails(course: Run, tmp_path: Path) -> None:
    root = write_course(tmp_path / "course")
    commit(root)
    (root / "site_src/new.md").write_text("---\ntitle: New\n---\n[x](gone.md)\n", encoding="utf-8")
    done = course("report", "--base", "main", "--out", "report.md", "--strict", cwd=root)
    assert (done.returncode, done.stdout) == (1, "")
    assert "gone.md" in (root / "report.md").read_text(encoding="utf-8")
    assert course("report", "--base", "main", "--out", "report.md", cwd=root).returncode == 0


@given(st.text())
def test_plain_text_means_nothing(text: str) -> None:
    html = MarkdownIt("gfm-like", {"linkify": False}).render(f"- x {plain(text)}")
    assert set(re.findall(r"<([a-z0-9]+)", html)) <= {"ul", "li"}
    assert not re.search(r"[@#`]", re.sub(r"&#\d+;", "", plain(text)))
    assert not re.search(r"[@#]\w", re.sub(r"<.*?>", "", unescape(html)))


@given(st.text())
def test_sentences_hold_text_and_code_only(text: str) -> None:
    html = MarkdownIt("gfm-like", {"linkify": False}).render(f"- x {sentence(text)}")
    assert set(re.findall(r"<([a-z0-9]+)", html)) <= {"ul", "li", "code"}


@given(st.text())
def test_code_stays_code(text: str) -> None:
    inline = MarkdownIt("gfm-like", {"linkify": False}).render(f"- x {code(text)}")
    assert set(re.findall(r"<([a-z0-9]+)", inline)) <= {"ul", "li", "code"}
    block = MarkdownIt("gfm-like", {"linkify": False}).render(fenced(text, "diff"))
    assert set(re.findall(r"<([a-z0-9]+)", block)) <= {"pre", "code"}


CELLS = st.lists(st.tuples(st.sampled_from(["code", "markdown"]), st.sampled_from("abcd")), max_size=8)


@given(CELLS, CELLS)
def test_cell_changes_lead_from_the_old_notebook_to_the_new(
    old: list[tuple[str, str]], new: list[tuple[str, str]]
) -> None:
    changes = cell_changes(_book(old), _book(new))
    assert (not changes) == (old == new)
    deleted = {change.number for change in changes if change.what == "deleted"}
    added = {change.number for change in changes if change.what == "new"}
    changed = {change.number for change in changes if change.what == "changed"}
    assert len(old) - len(deleted) == len(new) - len(added)
    assert all(1 <= number <= len(new) for number in added | changed)


def _book(cells: list[tuple[str, str]]) -> Notebook:
    return Notebook("a.ipynb", "notebook", cells=tuple(Cell(kind, source, 1) for kind, source in cells))


if __name__ == "__main__":
    for request_name in NAMES:
        with tempfile.TemporaryDirectory() as temporary:
            (REQUESTS / f"{request_name}.md").write_text(
                told(request_name, Path(temporary)), encoding="utf-8"
            )
