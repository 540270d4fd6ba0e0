"""The `course` command as people and scripts meet it: exit codes, formats, messages, never a traceback."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from trees import base_course, write_course

Run = Callable[..., "subprocess.CompletedProcess[str]"]
BROKEN_PAGE = "---\ntitle: 5\n---\nText with <script>alert(1)</script>\n"


def test_a_clean_course(course: Run, tmp_path: Path) -> None:
    done = course("check", "--as-of", "2020-04-01", cwd=write_course(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, "No findings.\n", "")


def test_json_has_the_agreed_form(course: Run, tmp_path: Path) -> None:
    root = write_course(tmp_path, {"site_src/bad.md": BROKEN_PAGE})
    done = course("check", "--output-format", "json", "--as-of", "2020-04-01", cwd=root)
    report = json.loads(done.stdout)
    assert done.returncode == 1
    assert list(report) == ["schema", "root", "summary", "diagnostics"]
    assert (report["schema"], report["root"], report["summary"]) == (
        1,
        ".",
        {"error": 2, "warning": 0, "info": 0},
    )
    first = report["diagnostics"][0]
    assert list(first) == [
        "rule",
        "severity",
        "path",
        "line",
        "column",
        "cell",
        "message",
        "help",
        "url",
        "fixable",
    ]
    assert first == {
        "rule": "meta-value", "severity": "error", "path": "site_src/bad.md", "line": 2, "column": 8, "cell": None,
        "message": "`title`: expected text, found `5`", "help": 'put it in quotes:  "5"',
        "url": "https://example.github.io/course/rules/meta-value/", "fixable": False,
    }  # fmt: skip
    again = course("check", "--output-format", "json", "--as-of", "2020-04-01", cwd=root)
    assert again.stdout == done.stdout


def test_full_shows_the_line_and_a_mark(course: Run, tmp_path: Path) -> None:
    done = course("check", "--select", "html", cwd=write_course(tmp_path, {"site_src/bad.md": BROKEN_PAGE}))
    assert done.returncode == 1
    assert "site_src/bad.md\n  4:11 error <script> is removed from the site [html-unsafe-tag]" in done.stdout
    assert "     4 | Text with <script>alert(1)</script>\n       |           ^" in done.stdout
    assert "https://example.github.io/course/rules/html-unsafe-tag/" in done.stdout


def test_concise_and_github(course: Run, tmp_path: Path) -> None:
    root = write_course(tmp_path, {"site_src/bad.md": "---\ntitle: T\n---\n[a](b,c:d%.md)\n"})
    concise = course("check", "--output-format", "concise", "site_src", cwd=root)
    assert concise.stdout.startswith("site_src/bad.md:4:5 error: ")
    github = course("check", "--output-format", "github", "site_src", cwd=root)
    assert github.stdout.startswith("::error file=site_src/bad.md,line=4,col=5,title=link-target-missing::")
    assert "b,c:d%25.md" in github.stdout
    assert concise.returncode == github.returncode == 1


def test_control_characters_never_reach_the_terminal(course: Run, tmp_path: Path) -> None:
    root = write_course(
        tmp_path, {"site_src/bad.md": '---\ntitle: "a\\e[31mred"\n---\n<script>\u202e\x1b[2J</script>\n'}
    )
    for style in ("full", "concise", "github"):
        done = course("check", "--output-format", style, cwd=root)
        assert done.returncode == 1
        assert "\x1b" not in done.stdout and "\u202e" not in done.stdout


def test_a_broken_course_yml_ends_with_2_and_all_its_problems(course: Run, tmp_path: Path) -> None:
    text = base_course()["course.yml"].replace("weeks: 3", "weeks: many").replace("title: A", "titel: A")
    root = write_course(tmp_path, {"course.yml": text})
    done = course("check", "--output-format", "json", cwd=root)
    assert done.returncode == 2
    assert [found["rule"] for found in json.loads(done.stdout)["diagnostics"]] == [
        "meta-key-missing",
        "meta-key-unknown",
        "meta-value",
    ]
    built = course("build", cwd=write_course(tmp_path))
    assert built.returncode == 2 and "mkdocs.yml is missing" in built.stderr


def test_no_course_here(course: Run, tmp_path: Path) -> None:
    done = course("check", cwd=tmp_path)
    assert done.returncode == 2 and "no course.yml" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [["check", "--select", "no-such-rule"], ["check", "nowhere.md"], ["rules", "nope"], ["nonsense"]],
)
def test_bad_usage_ends_with_2(course: Run, tmp_path: Path, arguments: list[str]) -> None:
    done = course(*arguments, cwd=write_course(tmp_path))
    assert done.returncode == 2 and "Traceback" not in done.stderr


def test_paths_select_and_ignore_limit_the_findings(course: Run, tmp_path: Path) -> None:
    root = write_course(tmp_path, {"site_src/bad.md": BROKEN_PAGE})
    assert course("check", "weeks", cwd=root).returncode == 0
    assert (
        course("check", "--ignore", "meta", "--ignore", "html-unsafe-tag", "site_src", cwd=root).returncode
        == 0
    )


def test_strict_counts_warnings(course: Run, tmp_path: Path) -> None:
    root = write_course(tmp_path, {"site_src/note.xyz": "x"})
    assert course("check", "--select", "file-type", cwd=root).returncode == 0
    assert course("check", "--select", "file-type", "--strict", cwd=root).returncode == 1


def test_rules_are_listed_and_explained(course: Run, tmp_path: Path) -> None:
    listed = json.loads(course("rules", "--output-format", "json", cwd=tmp_path).stdout)
    assert len(listed) >= 40 and all(list(rule) == ["id", "severity", "summary"] for rule in listed)
    page = course("rules", "file-name", cwd=tmp_path).stdout
    assert "Bad:\n    presentations/week-04/poincaré/My Slides (final).pdf" in page


def test_new_makes_what_passes_the_check_and_never_overwrites(course: Run, tmp_path: Path) -> None:
    root = write_course(tmp_path, {"scribe_notes/week-01/talk.md": None})
    for arguments in (
        ["week", "2"],
        ["presentation", "2", "attention"],
        ["scribe", "1", "talk"],
        ["project", "my-paper"],
        ["review", "my-paper", "3"],
    ):
        done = course("new", *arguments, cwd=root)
        assert done.returncode == 0 and done.stdout.startswith("made ") and "next: " in done.stdout, done
        again = course("new", *arguments, cwd=root)
        assert again.returncode == 2 and "exists already" in again.stderr
    checked = course("check", "--as-of", "2020-04-01", cwd=root)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["presentation", "2", "Not A Slug"],
        ["week", "99"],
        ["scribe", "2", "nothing"],
        ["review", "nothing", "1"],
    ],
)
def test_new_refuses_what_can_not_be(course: Run, tmp_path: Path, arguments: list[str]) -> None:
    done = course("new", *arguments, cwd=write_course(tmp_path))
    assert done.returncode == 2 and done.stderr.startswith("course: ")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full of Linux")
@pytest.mark.parametrize("arguments", [["check"], ["rules"], ["check", "--output-format", "json"]])
def test_a_full_disk_is_told_in_a_line(tmp_path: Path, arguments: list[str]) -> None:
    root = write_course(tmp_path, {"site_src/new.md": "---\ntitle: New\n---\n[x](gone.md)\n"})
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "coursekit.cli", *arguments],
            cwd=root, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr == "course: [Errno 28] No space left on device\n"


def test_a_reader_that_leaves_early_is_no_error(tmp_path: Path) -> None:
    text = "".join(f"[x](gone-{number}.md)\n\n" for number in range(3000))
    root = write_course(tmp_path, {f"site_src/n{n}.md": f"---\ntitle: New\n---\n{text}" for n in range(9)})
    command = [sys.executable, "-m", "coursekit.cli", "check"]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout and running.stderr
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 1
