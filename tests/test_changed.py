"""`course check --changed`: what differs from the main branch and what follows from it, in a real git repository."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sarif_pydantic import Sarif

import makers
from coursekit.changes import Change, read_changes
from trees import commit, write_course

Run = Callable[..., subprocess.CompletedProcess[str]]
TALK = "presentations/week-01/talk"
PICTURE = f"{TALK}/figures/a.png"
PAGES = {
    "course.yml": """\
title: A small course
term: {name: Spring 2020, start: 2020-04-08, weeks: 3, timezone: America/Chicago}
meeting: {weekday: wednesday, start: "14:00", end: "17:00"}
people:
  ada: {name: Ada Example, github: ada-example}
  ben: {name: Ben Sample, github: ben-sample}
  cleo: {name: Cleo Instance}
  dan: {name: Dan Specimen, role: instructor, github: dan-specimen}
rota:
  - {week: 1, presentations: [{slug: talk, presenters: [ada, ben], scribe: cleo}]}
""",
    "weeks/week-01/index.md": "---\ntitle: The first week\n---\n[the talk](/presentations/week-01/talk/#what-it-is-about)\n\n"
    "![The loss falls](/presentations/week-01/talk/figures/a.png)\n\n[nowhere](nowhere.md)\n",
    "site_src/old.md": "---\ntitle: Old\n---\nAn old page with a [dead link](dead.md).\n",
    "site_src/index.md": "---\ntitle: A small course\n---\nWelcome. [Old](old.md)\n",
    PICTURE: {"make": "png"},
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course on the branch `work`, whose main branch has two dead links already."""
    root = write_course(tmp_path / "a course", PAGES)
    commit(root)
    git(root, "switch", "-q", "-c", "work")
    return root


def git(root: Path, *arguments: str) -> None:
    settings = ["-c", "user.name=Ada Example", "-c", "user.email=ada@example.org"]
    subprocess.run(["git", *settings, *arguments], cwd=root, check=True, capture_output=True)


def found(course: Run, root: Path, *options: str) -> list[str]:
    """Rule, path and line of each finding of `course check`."""
    done = course("check", *options, "--output-format", "json", "--as-of", "2020-04-01", cwd=root)
    assert done.returncode in {0, 1}, done.stderr
    return [f"{one['rule']} {one['path']}:{one['line']}" for one in json.loads(done.stdout)["diagnostics"]]


def test_without_a_change_nothing_is_found(course: Run, root: Path) -> None:
    assert len(found(course, root)) == 2
    assert found(course, root, "--changed") == []


def test_staged_unstaged_and_new_files_count(course: Run, root: Path) -> None:
    (root / "site_src/old.md").write_text("---\ntitle: Old\n---\n[x](gone.md)\n", encoding="utf-8")
    git(root, "add", "-A")
    (root / "site_src/new.md").write_text("---\ntitle: New\n---\n[y](gone.md)\n", encoding="utf-8")
    expected = ["link-target-missing site_src/new.md:4", "link-target-missing site_src/old.md:4"]
    assert found(course, root, "--changed") == expected
    git(root, "commit", "-q", "-m", "One")
    assert found(course, root, "--changed=main") == expected
    assert found(course, root, "--changed", "HEAD") == expected[:1]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda root: (root / PICTURE).unlink(), ["image-missing weeks/week-01/index.md:6"]),
        (
            lambda root: git(root, "mv", "site_src/old.md", "site_src/older.md"),
            ["link-target-missing site_src/index.md:4", "link-target-missing site_src/older.md:4"],
        ),
        (
            lambda root: (root / TALK / "index.md").write_text(
                (root / TALK / "index.md").read_text().replace("What it is about", "Why").replace("(#what-it-is-about)", "(#why)")
            ),
            ["link-anchor-missing weeks/week-01/index.md:4"],
        ),
        (lambda root: shutil.rmtree(root / TALK), ["image-missing weeks/week-01/index.md:6"]),
    ],
    ids=["a deleted picture", "a renamed page", "a removed heading", "a deleted talk"],
)  # fmt: skip
def test_what_follows_from_a_change_elsewhere(
    course: Run, root: Path, change: Callable[[Path], None], expected: list[str]
) -> None:
    change(root)
    assert found(course, root, "--changed") == expected
    assert set(expected) < set(found(course, root))


def test_a_notebook_outside_of_a_talk_follows_its_text_twin(course: Run, root: Path) -> None:
    book, twin = root / "weeks/week-01/lab/demo.ipynb", root / "weeks/week-01/lab/demo.py"
    book.parent.mkdir()
    book.write_bytes(makers.notebook([{"markdown": "# Lab"}, {"code": "x = 1", "count": 1}]))
    twin.write_text("# %% [markdown]\n# # Lab\n\n# %%\nx = 1\n", encoding="utf-8")
    commit(root)
    assert found(course, root, "--changed=HEAD") == []
    twin.write_text(twin.read_text(encoding="utf-8").replace("x = 1", "x = 2"), encoding="utf-8")
    (stale,) = found(course, root, "--changed=HEAD")
    assert stale.startswith("notebook-pair-stale weeks/week-01/lab/demo.ipynb:")
    git(root, "checkout", "-q", "--", ".")
    book.unlink()
    assert found(course, root, "--changed=HEAD") == ["notebook-no-outputs weeks/week-01/lab/demo.py:1"]


def test_a_changed_roster_concerns_everything(course: Run, root: Path) -> None:
    (root / "course.yml").write_text(PAGES["course.yml"] + "# a note\n", encoding="utf-8")
    assert found(course, root, "--changed") == found(course, root)


def test_touched_lines(root: Path) -> None:
    file = root / "weeks/week-01/index.md"
    lines = file.read_text(encoding="utf-8").split("\n")
    lines[5:6] = ["-- not a header", "++ b/site_src/old.md", "@@ -1 +1 @@"]
    file.write_text("\n".join(lines), encoding="utf-8")
    changes = read_changes(root)
    assert [number for number in range(1, 12) if changes.touched("weeks/week-01/index.md", number)] == [
        6,
        7,
        8,
    ]
    assert not changes.touched("site_src/old.md", 1)


def test_renamed_and_odd_names(root: Path) -> None:
    git(root, "mv", "site_src/old.md", "site_src/ä  new\tone.md")
    (root / "-x").write_text("an option?", encoding="utf-8")
    changes = read_changes(root, "main")
    assert Change("site_src/old.md", "site_src/ä  new\tone.md") in changes.changes
    assert Change(None, "-x") in changes.changes


@pytest.mark.parametrize(
    "base", ["--output=/tmp/pwned", "-x", "no such", "main\n--output=x", "", "HEAD:course.yml"]
)
def test_a_base_is_never_an_option(course: Run, root: Path, base: str) -> None:
    before = sorted(path.name for path in root.iterdir())
    done = course("check", f"--changed={base}", "--output-format", "concise", cwd=root)
    assert (done.returncode, "Traceback" in done.stderr) == (2 if base else 0, False)
    assert sorted(path.name for path in root.iterdir()) == before


def test_no_repository_and_no_common_history(course: Run, tmp_path: Path) -> None:
    root = write_course(tmp_path / "plain")
    done = course("check", "--changed", cwd=root)
    assert done.returncode == 2
    assert "not in a git repository" in done.stderr
    commit(root)
    git(root, "checkout", "-q", "--orphan", "other")
    git(root, "commit", "-q", "-m", "Begin again")
    assert "no commit in common" in course("check", "--changed=main", cwd=root).stderr


def test_a_course_below_the_repository(course: Run, tmp_path: Path) -> None:
    root = write_course(tmp_path / "repo/teaching/course", PAGES)
    commit(tmp_path / "repo")
    (root / "site_src/new.md").write_text("---\ntitle: New\n---\n[y](gone.md)\n", encoding="utf-8")
    (tmp_path / "repo/outside.md").write_text("[y](gone.md)\n", encoding="utf-8")
    assert found(course, root, "--changed") == ["link-target-missing site_src/new.md:4"]


# whose request is it


def scope(course: Run, root: Path, *options: str) -> dict[str, Any] | None:
    done = course("check", *options, "--output-format", "json", "--as-of", "2020-04-01", cwd=root)
    assert done.returncode in {0, 1}, done.stderr
    rows = [one for one in json.loads(done.stdout)["diagnostics"] if one["rule"] == "scope-paths"]
    assert len(rows) <= 1
    return rows[0] if rows else None


def test_the_commands_of_the_finding_take_the_paths_out(course: Run, root: Path) -> None:
    for path in (f"{TALK}/index.md", "site_src/old.md"):
        with (root / path).open("a", encoding="utf-8") as file:
            file.write("\nMore.\n")
    (root / "tools").mkdir()
    (root / "tools/it's; rm -rf x.py").write_text("print()\n", encoding="utf-8")
    git(root, "rm", "-q", "weeks/week-01/index.md")
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "Too much")
    row = scope(course, root, "--author", "ada-example")
    assert row
    assert row["message"].startswith(
        "3 paths that @ada-example may not change: `site_src/old.md`, `tools/it's"
    )
    for command in [line.partition(" && ")[0] for line in row["help"].split("\n")[1:]]:
        subprocess.run(
            ["bash", "-c", command.replace("git commit", "git -c user.name=A -c user.email=a@b.c commit")],
            cwd=root, check=True, capture_output=True,
        )  # fmt: skip
    assert scope(course, root, "--author", "ada-example") is None
    assert {change.path for change in read_changes(root).changes} == {f"{TALK}/index.md"}


@pytest.mark.parametrize(
    ("author", "stopped"),
    [("dan-specimen", False), ("ben-sample", False), ("somebody", True), ("BEN-Sample", False)],
)
def test_who_may_change_a_talk(course: Run, root: Path, author: str, stopped: bool) -> None:
    with (root / TALK / "index.md").open("a", encoding="utf-8") as file:
        file.write("\nMore.\n")
    assert (scope(course, root, "--author", author) is not None) is stopped


def test_the_roster_of_the_base_counts(course: Run, root: Path) -> None:
    text = PAGES["course.yml"].replace(
        "dan: {name: Dan Specimen, role: instructor, github: dan-specimen}", "dan: {name: Dan Specimen}"
    )
    (root / "course.yml").write_text(text.replace("ada: {", "ada: {role: instructor, "), encoding="utf-8")
    row = scope(course, root, "--author", "ada-example")
    assert row
    assert "`course.yml`" in row["message"]


def event(root: Path, **changes: Any) -> Path:
    """A recorded event, cut down to what matters and to what an attacker would write into it."""
    sha = subprocess.run(
        ["git", "rev-parse", "main"], cwd=root, capture_output=True, text=True, check=True
    ).stdout.strip()
    pull = {
        "number": 7, "state": "open", "title": "$(touch pwned)\u001b[2J`x`", "user": {"login": "ben-sample", "id": 1},
        "base": {"sha": sha, "ref": "main"}, "head": {"sha": sha, "ref": "x;y"}, **changes,
    }  # fmt: skip
    file = root.parent / "event.json"
    file.write_text(json.dumps({"action": "opened", "pull_request": pull}), encoding="utf-8")
    return file


def test_the_event_names_author_and_base(course: Run, root: Path) -> None:
    (root / "site_src/old.md").write_text("---\ntitle: Old\n---\n[x](gone.md)\n", encoding="utf-8")
    file = event(root)
    assert found(course, root, "--event", str(file)) == [
        "scope-paths site_src/old.md:1",
        "link-target-missing site_src/old.md:4",
    ]


@pytest.mark.parametrize(
    "changes",
    [{"user": {"login": "a b"}}, {"user": {}}, {"base": {"sha": "--output=x", "ref": ""}}, {"number": "7"}],
    ids=["a login with a space", "no login", "an option for a commit", "a number that is none"],
)
def test_a_broken_event_is_said(course: Run, root: Path, changes: dict[str, Any]) -> None:
    done = course("check", "--event", str(event(root, **changes)), cwd=root)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "event.json" in done.stderr


# formats


def test_github_shows_touched_lines_first_and_counts_the_rest(course: Run, root: Path) -> None:
    file = root / "site_src/old.md"
    old = "\n\n".join(f"[x](gone-{number}.md)" for number in range(12))
    file.write_text(f"---\ntitle: Old\n---\n{old}\n", encoding="utf-8")
    git(root, "commit", "-q", "-a", "-m", "Old faults")
    with file.open("a", encoding="utf-8") as more:
        more.write("\n[new](brand-new.md)\n")
    done = course("check", "--changed=HEAD", "--output-format", "github", "--as-of", "2020-04-01", cwd=root)
    lines = done.stdout.strip().split("\n")
    assert lines[0].startswith("::error file=site_src/old.md,line=28,")
    assert len(lines) == 11
    assert lines[-1] == "Found 13 errors. 3 more than GitHub shows here; the summary lists them all."


def models(value: Any) -> Iterator[BaseModel]:
    if isinstance(value, BaseModel):
        yield value
        for name in type(value).model_fields:
            yield from models(getattr(value, name))
    elif isinstance(value, list):
        for one in value:
            yield from models(one)


def test_sarif_is_valid_and_always_the_same(course: Run, root: Path) -> None:
    (root / "site_src/new.md").write_text(
        "---\ntitle: New\n---\n[y\u202ey](gone.md)\n\n![](a%20b.png)\n", encoding="utf-8"
    )
    options = ("check", "--output-format", "sarif", "--as-of", "2020-04-01")
    first = course(*options, cwd=root)
    assert first.stdout == course(*options, cwd=root).stdout
    log = Sarif.model_validate(json.loads(first.stdout))
    # the schema allows no other keys; what it calls `properties` and rules' texts are ours
    unknown = {key for model in models(log) for key in (model.model_extra or {})}
    assert unknown <= {
        "fullDescription",
        "help",
        "helpUri",
        "columnKind",
        "originalUriBaseIds",
        "shortDescription",
        "$schema",
    }
    (run,) = log.runs
    rules = [rule.id for rule in run.tool.driver.rules or []]
    assert [result.rule_id for result in run.results or []] == [
        rules[result.rule_index] for result in run.results or [] if result.rule_index is not None
    ]
    assert len(run.results or []) == len(found(course, root)) == 3
    assert "\u202e" not in first.stdout
