"""The workflows as they are written: no code of strangers with rights, every action pinned, every command a real one."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from conftest import REPOSITORY
from coursekit.cli import main

FOLDER = REPOSITORY / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
# What a job may do beyond reading; everything else is a mistake.
WRITES = {
    ("comment", "comment"): {"pull-requests"},
    ("deploy", "deploy"): {"pages", "id-token"},
    ("links", "tell"): {"issues"},
}
WORDS_OF_STRANGERS = re.compile(
    r"github\s*\.\s*(?:event|head_ref|actor|triggering_actor)|github\s*\[|inputs\s*\."
)


def workflow(name: str) -> Any:
    """A workflow with strings only, so that `on` is no boolean."""
    return yaml.load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def jobs() -> Iterator[tuple[str, str, Any]]:
    for file in FILES:
        for name, job in workflow(file.stem)["jobs"].items():
            yield file.stem, name, job


def steps() -> Iterator[tuple[str, str, Any]]:
    for file, name, job in jobs():
        yield from ((file, name, step) for step in job["steps"])


def commands() -> list[str]:
    """Every call of `course` in a script of a workflow."""
    scripts = [step["run"] for _, _, step in steps() if "run" in step]
    found = [match[1] for script in scripts for match in re.finditer(r"\bbin/course ([^|;>&\n]+)", script)]
    return [command.strip() for command in found]


def test_the_workflows_are_these() -> None:
    assert [file.stem for file in FILES] == ["check", "comment", "deploy", "links", "remind"]
    assert list(workflow("check")["on"]) == ["pull_request"]
    assert workflow("comment")["on"] == {"workflow_run": {"workflows": ["check"], "types": ["completed"]}}
    assert workflow("deploy")["on"] == {"push": {"branches": ["main"]}}
    assert (
        list(workflow("links")["on"]) == list(workflow("remind")["on"]) == ["schedule", "workflow_dispatch"]
    )
    assert workflow("check")["name"] == "check"  # comment.yml waits for this name


def test_zizmor_has_nothing_to_say() -> None:
    zizmor = Path(sys.executable).with_name("zizmor")
    done = subprocess.run(
        [zizmor, "--persona", "pedantic", "--offline", "--strict-collection", FOLDER],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.returncode, "No findings to report" in done.stdout) == (0, True), done.stdout + done.stderr


def test_every_action_is_pinned_and_says_its_version() -> None:
    pins: dict[str, set[str]] = {}
    for file in FILES:
        for line in file.read_text(encoding="utf-8").split("\n"):
            if "uses:" in line:
                found = re.fullmatch(
                    r"\s+(?:- )?uses: (actions/[\w-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)", line
                )
                assert found, f"{file.name}: {line}"
                pins.setdefault(found[1], set()).add(found[2])
    assert len(pins) == 7 and all(len(versions) == 1 for versions in pins.values())


def test_every_job_says_what_it_may_do_and_for_how_long() -> None:
    for file, name, job in jobs():
        assert int(job["timeout-minutes"]) <= 90
        writes = {key for key, value in job["permissions"].items() if value == "write"}
        assert writes == WRITES.get((file, name), set()), f"{file}: {name}"
    assert all(workflow(file.stem)["permissions"] == {} for file in FILES)
    assert all(workflow(file.stem)["concurrency"] for file in FILES)


def test_no_word_of_a_stranger_reaches_a_shell() -> None:
    for file, name, step in steps():
        assert "${{" not in step.get("run", ""), f"{file}: {name}: {step['name']}"
        given = str(step.get("env", "")) + str(step.get("with", ""))
        if (file, name) == ("deploy", "announce"):  # the commit before a push to main, made by GitHub itself
            given = given.replace("github.event.before", "")
        assert not WORDS_OF_STRANGERS.search(given)


def test_no_secret_and_no_kept_credentials() -> None:
    for file, name, step in steps():
        told = (file, name) in {("deploy", "announce"), ("remind", "remind")}
        if told:  # the webhook lives in the environment of the published site only
            assert workflow(file)["jobs"][name]["environment"] == "github-pages"
        assert "secrets." not in (str(step).replace("secrets.SLACK_WEBHOOK_URL", "") if told else str(step))
        has_token = "GITHUB_TOKEN" in step.get("env", {})
        assert not has_token or (file, name) in WRITES
        if "actions/checkout@" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] == "false"
            assert "ref" not in step["with"] and "repository" not in step["with"]


@pytest.mark.parametrize("name", ["comment", "deploy", "links", "remind"])
def test_where_rights_are_no_request_is_checked_out(name: str) -> None:
    text = re.sub(r"^\s*#.*$", "", (FOLDER / f"{name}.yml").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert "pull_request_target" not in text and "refs/pull" not in text and "head.sha" not in text


@pytest.mark.parametrize("command", sorted(set(commands())))
def test_every_command_is_one_that_exists(command: str) -> None:
    arguments, found = shlex.split(command), main
    context = click.Context(main, info_name="course")
    current: click.Command = found
    while isinstance(current, click.Group):
        name, deeper, arguments = current.resolve_command(context, arguments)
        assert deeper is not None and name
        current, context = deeper, click.Context(deeper, context, name)
    given, left, _ = current.make_parser(context).parse_args(list(arguments))
    missing = [one.name for one in current.params if one.required and given.get(one.name or "") is None]
    assert (left, missing) == ([], [])


def test_the_site_of_a_request_runs_no_program_of_it() -> None:
    """check.yml takes the main branch's mkdocs.yml; it must not lead to files of the request in its turn."""
    text = (REPOSITORY / "mkdocs.yml").read_text(encoding="utf-8")
    assert not re.search(r"custom_dir|hooks:|INHERIT|!!python|!relative|snippets|macros", text)
