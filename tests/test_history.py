"""Dates and people from a real git repository, and honesty where its history is cut off."""

from __future__ import annotations

import subprocess
from pathlib import Path

from coursekit.cache import Cache
from coursekit.history import read_history
from coursekit.loading import load
from coursekit.model import PageOutput
from coursekit.pipeline import build
from trees import commit, write_course

TALK = "presentations/week-01/talk"


def git(
    root: Path, *arguments: str, who: str = "Ben Sample", when: str = "2020-05-01T10:00:00+02:00"
) -> None:
    settings = ["-c", f"user.name={who}", "-c", "user.email=x@example.org"]
    environment = {
        "GIT_AUTHOR_DATE": when,
        "GIT_COMMITTER_DATE": when,
        "PATH": "/usr/bin:/bin",
        "HOME": str(root),
    }
    subprocess.run(["git", *settings, *arguments], cwd=root, env=environment, check=True, capture_output=True)


def talk_page(root: Path) -> str:
    outputs = build(load(root)).outputs
    return next(
        output.body
        for output in outputs
        if isinstance(output, PageOutput) and output.path == f"{TALK}/index.md"
    )


def test_last_change_and_contributors(tmp_path: Path) -> None:
    root = write_course(tmp_path / "course")
    commit(root)
    (root / TALK / "more.md").write_text("# More\n", encoding="utf-8")
    git(root, "add", "-A")
    git(root, "commit", "-m", "more")
    history = read_history(root, Cache(tmp_path / "cache"))
    assert history.files[f"{TALK}/index.md"].people == ("Ada Example",)
    assert history.folders[TALK].people == ("Ben Sample", "Ada Example")
    assert history.folders[TALK].last.isoformat() == "2020-05-01T10:00:00+02:00"
    page = talk_page(root)
    assert "Friday 1 May 2020" in page and "by Ben Sample, Ada Example" in page


def test_a_course_in_a_folder_of_a_repository(tmp_path: Path) -> None:
    write_course(tmp_path / "teaching/course")
    commit(tmp_path)
    assert read_history(tmp_path / "teaching/course", Cache(tmp_path / "cache")).files[
        "site_src/index.md"
    ].people == ("Ada Example",)


def test_a_shallow_clone_says_that_dates_are_missing(tmp_path: Path) -> None:
    root = write_course(tmp_path / "course")
    commit(root)
    (root / "site_src/index.md").write_text("---\ntitle: T\n---\nNew\n", encoding="utf-8")
    git(root, "commit", "-am", "second")
    shallow = tmp_path / "shallow"
    git(tmp_path, "clone", "--depth", "1", f"file://{root}", str(shallow))
    history = read_history(shallow, Cache(tmp_path / "cache"))
    assert history.shallow and not history.files
    page = talk_page(shallow)
    assert "the site was built from a shallow clone" in page and "Last changed on" not in page


def test_no_repository_is_no_reason_to_fail(tmp_path: Path) -> None:
    root = write_course(tmp_path / "course")
    assert read_history(root, Cache(tmp_path / "cache")).files == {}
    assert "Last changed" not in talk_page(root)


def test_odd_file_names_in_the_history(tmp_path: Path) -> None:
    root = write_course(tmp_path / "course", {'weeks/week-01/a\nb "é.md': "x"})
    commit(root)
    assert "weeks/week-01/index.md" in read_history(root, Cache(tmp_path / "cache")).files
