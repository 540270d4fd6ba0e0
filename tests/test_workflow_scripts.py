"""The scripts of the workflows, run in their order in a scratch workspace, on a request that would like to do harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import REPOSITORY
from coursekit.hub.deadlinks import read_findings
from coursekit.hub.parcel import open_parcel
from coursekit.hub.published import NOTHING
from github_server import recorded, zipped
from nights import COURSE as WITHOUT_ADDRESSES
from trees import MKDOCS, base_course, commit, write_course, write_file

FOLDER = REPOSITORY / ".github" / "workflows"
COURSE = Path(sys.executable).with_name("course")
HARM = "import pathlib\npathlib.Path('pwned').touch()\ndef on_config(config): return config\n"
REQUEST: dict[str, Any] = {
    "site_src/new.md": "---\ntitle: New\n---\n[nowhere](gone.md)\n",
    "mkdocs.yml": f"{MKDOCS}hooks: [harm.py]\n",
    "harm.py": HARM,
    "sitecustomize.py": HARM,
    "coursekit/__init__.py": HARM,
    "course.yml": base_course()["course.yml"] + "rules: {severity: {scope-paths: info}, ignore: [{rule: scope-paths, path: '**', reason: none}]}\n",
}  # fmt: skip


def scripts(job: str, workflow: str = "check") -> dict[str, str]:
    steps = yaml.safe_load((FOLDER / f"{workflow}.yml").read_text(encoding="utf-8"))["jobs"][job]["steps"]
    return {step["name"]: step["run"] for step in steps if "run" in step}


@dataclass
class Workspace:
    """A runner's workspace with the request checked out as it would be merged, in `pr`."""

    folder: Path

    @classmethod
    def made(cls, folder: Path, request: dict[str, Any], *, into: str = "pr") -> Workspace:
        root = write_course(folder / into, {"mkdocs.yml": MKDOCS})
        commit(root)
        git(root, "switch", "-q", "-c", "work")
        for path, content in request.items():
            if (root / path).is_file():
                (root / path).unlink()
            write_file(root / path, content)
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", "Add `touch pwned`")
        sha = git(root, "rev-parse", "HEAD")
        git(root, "switch", "-q", "main")
        write_file(root / "site_src/other.md", "---\ntitle: Somebody else's\n---\n[nowhere](lost.md)\n")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", "Meanwhile")
        git(root, "switch", "-q", "--detach", "main")
        git(root, "merge", "-q", "--no-ff", "-m", "Merge", "work")
        event = recorded("pull_request_opened_from_fork")
        event["pull_request"]["head"]["sha"] = sha
        (folder / "event.json").write_text(json.dumps(event), encoding="utf-8")
        return cls(folder)

    def run(self, script: str, into: str = ".") -> subprocess.CompletedProcess[str]:
        """As a runner does: in bash, which stops at the first failure."""
        names = {
            "GITHUB_EVENT_PATH": "event.json",
            "GITHUB_STEP_SUMMARY": "summary.md",
            "GITHUB_OUTPUT": "output",
        }
        environment = {name: str(self.folder / file) for name, file in names.items()}
        return subprocess.run(
            ["bash", "-e", "-c", script], cwd=self.folder / into, env={**os.environ, **environment, "CI": "true"},
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def install(self, where: str = "base") -> None:
        """In place of the step that installs the tools of the main branch."""
        folder = self.folder / where / ".venv" / "bin"
        folder.mkdir(parents=True)
        (folder / "course").symlink_to(COURSE)


def git(root: Path, *arguments: str) -> str:
    settings = ["-c", "user.name=Ada Example", "-c", "user.email=ada@example.org"]
    done = subprocess.run(
        ["git", *settings, *arguments], cwd=root, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_a_request_is_judged_told_and_built(tmp_path: Path) -> None:
    workspace, done = Workspace.made(tmp_path, REQUEST), {}
    for name, script in scripts("content").items():
        if script.startswith("make "):
            assert script == "make -C base .venv/.site"
            workspace.install()
        else:
            done[name] = workspace.run(script)
            assert "Traceback" not in done[name].stderr, done[name].stderr
    assert [one.returncode for one in done.values()] == [0, 1, 0, 0, 1]
    said = done["Check what the request changes"].stdout
    assert "::error file=site_src/new.md,line=4,col=11,title=link-target-missing::" in said
    scope = next(line for line in said.splitlines() if "title=scope-paths" in line)
    assert scope.startswith("::error file=course.yml,")  # which can't allow itself what it changes
    assert "`harm.py`, `mkdocs.yml`" in scope
    summary = (tmp_path / "summary.md").read_text(encoding="utf-8")
    assert "What this request brings" in summary and "gone.md" in summary
    parcel = open_parcel(zipped({file.name: file.read_bytes() for file in (tmp_path / "parcel").iterdir()}))
    assert parcel.report == summary
    assert parcel.request.head_sha == git(tmp_path / "pr", "rev-parse", "HEAD^2")
    assert (tmp_path / "site" / "new.html").is_file()
    assert not list(tmp_path.rglob("pwned"))


def test_what_the_main_branch_did_meanwhile_is_not_the_request_s(tmp_path: Path) -> None:
    workspace = Workspace.made(tmp_path, {"site_src/new.md": REQUEST["site_src/new.md"]})
    found = scripts("content")
    workspace.run(found["Lay out the tools of the main branch"])
    workspace.install()
    said = workspace.run(found["Check what the request changes"]).stdout
    assert "site_src/new.md" in said and "other.md" not in said


def test_a_request_with_a_broken_course_yml_is_told_of_it(tmp_path: Path) -> None:
    workspace = Workspace.made(tmp_path, {"course.yml": "title: [\n"})
    found = scripts("content")
    assert workspace.run(found["Lay out the tools of the main branch"]).returncode == 0
    workspace.install()
    check = workspace.run(found["Check what the request changes"])
    assert check.returncode == 2 and "::error file=course.yml" in check.stdout
    assert workspace.run(found["Write the report"]).returncode == 0
    assert workspace.run(found["Pack the report for the comment"]).returncode == 0
    assert "The course can't be read" in (tmp_path / "parcel" / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", ["link", "folder", "gone"])
def test_the_settings_of_the_site_are_the_main_branch_s(tmp_path: Path, kind: str) -> None:
    request: dict[str, Any] = {"site_src/new.md": "---\ntitle: New\n---\nWords.\n", "mine.yml": "theirs\n"}
    if kind == "link":
        request["mkdocs.yml"] = {"symlink": "mine.yml"}
    workspace = Workspace.made(tmp_path, request)
    settings = tmp_path / "pr" / "mkdocs.yml"
    if kind != "link":
        settings.unlink()
    if kind == "folder":
        write_file(settings / "x.yml", "theirs\n")
    found = scripts("content")
    workspace.run(found["Lay out the tools of the main branch"])
    workspace.install()
    assert workspace.run(found["Build the site with the request in it"]).returncode in {0, 1}
    assert settings.read_text(encoding="utf-8") == MKDOCS and not settings.is_symlink()
    assert (tmp_path / "pr" / "mine.yml").read_text(encoding="utf-8") == "theirs\n"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        ("site_src/new.md", "no"),
        ("course.yml", "no"),
        ("presentations/week-01/talk/new.md", "no"),
        ("tools/coursekit/x.py", "yes"),
        ("mkdocs.yml", "yes"),
        (".github/workflows/check.yml", "yes"),
    ],
)
def test_the_tools_are_tested_where_they_change(tmp_path: Path, path: str, answer: str) -> None:
    workspace = Workspace.made(tmp_path, {path: "# new\n"}, into="tools")
    assert workspace.run(scripts("tools")["See whether the tools change"], "tools").returncode == 0
    assert (tmp_path / "output").read_text(encoding="utf-8") == f"tools={answer}\n"


@pytest.mark.parametrize(("page", "material"), [("Words.\n", "fine"), ("[nowhere](gone.md)\n", "faulty")])
def test_faulty_material_is_published_and_told(tmp_path: Path, page: str, material: str) -> None:
    write_course(tmp_path, {"mkdocs.yml": MKDOCS, "site_src/new.md": f"---\ntitle: New\n---\n{page}"})
    commit(tmp_path)
    workspace, found = Workspace(tmp_path), scripts("build", "deploy")
    workspace.install(".")
    assert workspace.run(found["Build the site"]).returncode == 0
    assert (tmp_path / "output").read_text(encoding="utf-8") == f"material={material}\n"
    (tmp_path / "published.json").write_bytes(NOTHING)
    verify = found["Verify the site, and that nothing published would vanish"]
    assert workspace.run(verify).returncode == 0
    gone = {"address": "gone/", "title": "Gone"}
    record = json.dumps({"schema": 1, "title": "", "pages": [gone]})
    (tmp_path / "published.json").write_text(record, encoding="utf-8")
    done = workspace.run(verify)
    assert done.returncode == 1 and "title=site-page-vanished::" in done.stdout


def test_a_site_that_can_t_be_built_is_not_published(tmp_path: Path) -> None:
    workspace = Workspace(write_course(tmp_path, {"course.yml": "title: [\n"}))
    workspace.install(".")
    assert workspace.run(scripts("build", "deploy")["Build the site"]).returncode == 2


def test_a_night_leaves_findings_for_the_issue(tmp_path: Path) -> None:
    """The course links to a private network, which is an error, and to nothing that is asked for."""
    page = "---\ntitle: New\n---\n[inside](http://192.168.0.7/)\n"
    workspace = Workspace(write_course(tmp_path, WITHOUT_ADDRESSES, {"site_src/new.md": page}))
    workspace.install(".")
    assert workspace.run(scripts("ask", "links")["Ask the other hosts"]).returncode == 0
    assert [one.rule for one in read_findings(tmp_path / "links.json")] == ["external-private"]
    assert (tmp_path / "memory.json").is_file()
