"""Safe mends: a course before and after, what is said, and what must hold whatever is mended."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import REPOSITORY
from coursekit.checks import run_checks
from coursekit.course import Course
from coursekit.loading import load
from coursekit.markup import render_markdown
from coursekit.mends import Mends, plan
from coursekit.model import PageOutput
from coursekit.pipeline import build
from coursekit.plaintext import plain_text
from coursekit.scribe import read_note
from coursekit.tidy.families import tidied
from coursekit.tidy.notebooks import loaded, written
from trees import commit, digests, write_course

DATA = sorted((Path(__file__).parent / "mends").glob("*.yml"))
DAY = dt.date(2020, 4, 1)
NOTE = "scribe_notes/week-01/talk.md"
MORE = "presentations/week-01/talk/more.md"


def everything(path: str) -> bool:
    return True


def opened(root: Path) -> Course:
    return load(root, as_of=DAY)


def planned(root: Path) -> Mends:
    return plan(opened(root), everything)


@pytest.fixture(params=DATA, ids=lambda file: file.stem)
def example(request: pytest.FixtureRequest) -> dict[str, Any]:
    return dict(yaml.safe_load(request.param.read_text(encoding="utf-8")))


def before_of(example: dict[str, Any], root: Path) -> Path:
    return write_course(root, example.get("base", {}), example["before"])


def test_before_becomes_after(example: dict[str, Any], tmp_path: Path) -> None:
    root = before_of(example, tmp_path / "before")
    after = write_course(tmp_path / "after", example.get("base", {}), example["before"], example["after"])
    assert list(planned(root).write(root)) == example["said"]
    assert digests(root) == digests(after)


def test_twice_is_once(example: dict[str, Any], tmp_path: Path) -> None:
    root = before_of(example, tmp_path)
    planned(root).write(root)
    again = planned(root)
    assert (again.changes, again.renames) == ((), ())


def test_planning_writes_nothing(example: dict[str, Any], tmp_path: Path) -> None:
    root = before_of(example, tmp_path)
    whole = digests(root)
    assert planned(root).changes
    assert digests(root) == whole


def test_no_other_rule_finds_more(example: dict[str, Any], tmp_path: Path) -> None:
    root = before_of(example, tmp_path)
    course = opened(root)
    seen = Counter(finding.rule for finding in run_checks(course))
    hidden = any(finding.rule == "file-name" for finding in run_checks(course))
    planned(root).write(root)
    new = Counter(finding.rule for finding in run_checks(opened(root))) - seen
    # a presentation that nobody could read before may well have findings of its own
    assert not new or (
        hidden and set(new) <= {"presentation-unplanned", "scribe-note-orphan", "scribe-unnamed"}
    )


def test_what_is_called_fixable_is_gone_after_the_mend(example: dict[str, Any], tmp_path: Path) -> None:
    root = before_of(example, tmp_path)
    fixable = {finding.rule for finding in run_checks(opened(root)) if finding.fixable}
    said = planned(root).write(root)
    kept = {line.partition(": keeps its name")[0] for line in said if ": keeps its name" in line}
    left = [one for one in run_checks(opened(root)) if one.fixable and one.path not in kept]
    assert fixable
    assert [one for one in left if one.rule in fixable] == []


def shown(root: Path) -> Counter[str]:
    """The words of every page, without its address."""
    pages = (output for output in build(opened(root)).outputs if isinstance(output, PageOutput))
    return Counter(" ".join(plain_text(page.body).split()) for page in pages if page.source)


@pytest.mark.parametrize("name", ["texts", "notebooks", "notes"])
def test_pages_say_the_same(name: str, tmp_path: Path) -> None:
    example = yaml.safe_load((DATA[0].parent / f"{name}.yml").read_text(encoding="utf-8"))
    root = write_course(tmp_path, {path: text for path, text in example["before"].items() if " " not in path})
    said = shown(root)
    planned(root).write(root)
    assert shown(root) == said


def test_git_applies_the_diff_to_the_same_tree(example: dict[str, Any], tmp_path: Path) -> None:
    if any(path.endswith(".ipynb") for path in example["before"]):
        example["before"] = {path: text for path, text in example["before"].items() if ".ipynb" not in path}
    applied = before_of(example, tmp_path / "applied")
    written_ = before_of(example, tmp_path / "written")
    diff = planned(written_).diff()
    planned(written_).write(written_)
    if diff:
        subprocess.run(["git", "apply", "-"], cwd=applied, input=diff.encode(), check=True)
    assert digests(applied) == digests(written_)


def test_a_notebooks_diff_shows_what_changes_and_no_picture(tmp_path: Path) -> None:
    cells = [{"markdown": "# Demo\n\n" + "long " * 200}, {"code": "x = 1", "count": 1}]
    root = write_course(tmp_path, {"presentations/week-01/talk/demo.ipynb": {"notebook": cells}})
    file = root / "presentations/week-01/talk/demo.ipynb"
    file.write_text(file.read_text().replace('"metadata": {},', '"metadata": {"scrolled": true},', 1))
    diff = planned(root).diff()
    assert '-   "metadata": {' in diff and '-    "scrolled": true' in diff
    assert max(map(len, diff.split("\n"))) < 250


# --- only what was asked for -----------------------------------------------------------------------------------------


def test_only_what_is_wanted_changes_but_for_links(tmp_path: Path) -> None:
    folder = "presentations/week-01/talk"
    layer = {
        f"{folder}/My Plot.png": {"make": "png"},
        f"{folder}/My Other.png": {"make": "png"},
        MORE: "![a plot](My%20Plot.png) and ![another](My%20Other.png)",
    }
    root = write_course(tmp_path, layer)
    mends = plan(opened(root), lambda path: path == f"{folder}/My Plot.png")
    assert [(one.old_path, one.new_path) for one in mends.changes] == [
        (f"{folder}/My Plot.png", f"{folder}/my-plot.png"),
        (MORE, MORE),
    ]
    mends.write(root)
    assert (root / MORE).read_text() == "![a plot](my-plot.png) and ![another](My%20Other.png)"


def test_the_text_half_is_no_source_where_the_notebook_was_committed_later(tmp_path: Path) -> None:
    book, text = "presentations/week-01/talk/demo.ipynb", "presentations/week-01/talk/demo.py"
    root = write_course(
        tmp_path, {book: {"notebook": [{"markdown": "# One"}]}, text: "# %% [markdown]\n# # One\n"}
    )
    commit(root)
    write_course(root, {book: {"notebook": [{"markdown": "# Two"}]}})
    late = {**os.environ, "GIT_COMMITTER_DATE": "2020-05-09T12:00:00Z"}
    subprocess.run(["git", "-c", "user.name=Ada Example", "-c", "user.email=ada@example.org", "commit", "-qam", "Edit"], cwd=root, env=late, check=True)  # fmt: skip
    (stale,) = [one for one in run_checks(opened(root)) if one.rule == "notebook-pair-stale"]
    assert not stale.fixable
    assert planned(root).changes == ()


# --- the disk ---------------------------------------------------------------------------------------------------------


def test_a_file_that_changed_meanwhile_is_left_and_said(tmp_path: Path) -> None:
    root = write_course(tmp_path, {MORE: "One", "presentations/week-01/talk/helper.py": "x = 1"})
    mends = planned(root)
    (root / MORE).write_text("Edited just now")
    said = mends.write(root)
    assert (root / MORE).read_text() == "Edited just now"
    assert (root / "presentations/week-01/talk/helper.py").read_text() == "x = 1\n"
    assert f"{MORE}: left as it is: it changed while the course was read; run it again" in said


def test_no_name_changes_when_a_link_to_it_could_not_follow(tmp_path: Path) -> None:
    plot = "presentations/week-01/talk/My Plot.png"
    root = write_course(tmp_path, {plot: {"make": "png"}, MORE: "![a plot](My%20Plot.png)\n"})
    mends = planned(root)
    (root / MORE).write_text("![a plot](My%20Plot.png), edited\n")
    said = mends.write(root)
    assert (root / plot).exists()
    assert [line for line in said if line.startswith(f"{plot}: it keeps its name")]


def test_a_name_that_was_taken_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    root = write_course(tmp_path, {"presentations/week-01/talk/My Plot.png": {"make": "png"}})
    mends = planned(root)
    (root / "presentations/week-01/talk/my-plot.png").write_bytes(b"somebody's")
    said = mends.write(root)
    assert (root / "presentations/week-01/talk/my-plot.png").read_bytes() == b"somebody's"
    assert "presentations/week-01/talk/My Plot.png: keeps its name: there is a `my-plot.png` already" in said


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_link_that_took_a_files_place_is_not_followed(what: str, tmp_path: Path) -> None:
    root = write_course(tmp_path / "course", {MORE: "One"})
    mends = planned(root)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "more.md").write_bytes(b"One")
    victim = root / (MORE if what == "file" else "presentations/week-01/talk")
    victim.rename(tmp_path / "aside")
    victim.symlink_to(outside / "more.md" if what == "file" else outside)
    assert any("left as it is" in line for line in mends.write(root))
    assert (outside / "more.md").read_bytes() == b"One"


def test_links_are_never_renamed(tmp_path: Path) -> None:
    root = write_course(tmp_path, {"presentations/week-01/talk/My Plot.png": {"symlink": "/etc/passwd"}})
    assert planned(root).renames == ()


def test_a_name_that_is_no_utf8_becomes_one_that_is(tmp_path: Path) -> None:
    root = write_course(tmp_path)
    name = os.fsdecode(os.fsencode(root / "presentations/week-01/talk") + b"/plot \xe9.txt")
    Path(name).write_bytes(b"One\n")
    mends = planned(root)
    assert "plot \\351.txt" in mends.diff()
    assert mends.diff().isascii()
    mends.write(root)
    assert (root / "presentations/week-01/talk/plot.txt").read_bytes() == b"One\n"


STOPS = 7


@pytest.mark.parametrize("stop", range(STOPS))
def test_the_next_run_completes_one_that_was_interrupted(stop: int, tmp_path: Path) -> None:
    """The process is ended at each of its moves in turn; what it leaves is whole, and one more run finishes it."""
    example = yaml.safe_load((DATA[0].parent / "names.yml").read_text(encoding="utf-8"))
    whole, root = before_of(example, tmp_path / "whole"), before_of(example, tmp_path / "cut")
    planned(whole).write(whole)
    script = f"""
import os, sys
from pathlib import Path
from coursekit.mends import plan
from coursekit.loading import load
mends = plan(load(Path({str(root)!r})), lambda path: True)
moves = []
def audit(event, arguments):
    if event == "os.rename":
        moves.append(arguments)
        if len(moves) > {stop}:
            os._exit(9)
sys.addaudithook(audit)
mends.write(Path({str(root)!r}))
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 9, ended.stderr
    planned(root).write(root)
    left = {path: digest for path, digest in digests(root).items() if "/.mend-" not in path}
    assert left == digests(whole)


# --- properties -------------------------------------------------------------------------------------------------------

LINES = st.sampled_from(
    [
        "Q: Why?", "A: Because.", "1. Q: How?", "2. Dan: And then?", "- Once.", "  - Twice.", "Dan: What?", "Note: say it.",
        "Done: said.", "", "", "Plain words.", "    indented", "**Q (Ada):** bold?", "**A:** yes", "Q1: first?", "3:57</br>",
        "# Heading", "```", "$$", "<ol>", "<li>Ben: is it?</li>", "</ol>", "Q:", "Question: long?", "  more", "---", "> Q: quoted?",
    ]
)  # fmt: skip


def bare(body: str) -> list[tuple[object, ...]]:
    return [
        (type(entry), entry.text, getattr(entry, "who", ""), [(one.text, one.who) for one in getattr(entry, "answers", getattr(entry, "done", ()))])
        for entry in read_note(body)[0]
    ]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(LINES, max_size=14).map("\n".join))
def test_a_mended_note_is_read_as_the_same_note(body: str) -> None:
    once = tidied(NOTE, body.encode())
    assert bare(once.data.decode()) == bare(body)
    assert tidied(NOTE, once.data).mended == ()


TEXT = st.text(st.sampled_from("ab \n\r\t#-*\ufeffé`"), max_size=40)


@settings(max_examples=300, deadline=None)
@given(TEXT)
def test_a_tidied_text_shows_the_same(text: str) -> None:
    once = tidied(MORE, text.encode())
    assert tidied(MORE, once.data) == type(once)(once.data)
    old = text.encode().decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    assert plain_text(render_markdown(once.data.decode("utf-8-sig")).html) == plain_text(
        render_markdown(old).html
    )


NAMES = st.sampled_from(["scrolled", "collapsed", "tags", "jupyter", "our-own", "ExecuteTime", "_uuid"])
CELLS = st.fixed_dictionaries(
    {
        "cell_type": st.sampled_from(["code", "markdown"]),
        "metadata": st.dictionaries(NAMES, st.just({}), max_size=3).map(
            lambda kept: {**kept, "tags": ["hide-input"]}
        ),
        "source": st.sampled_from(["x = 1", ["a\n", "b"], "", "é\u2028ß"]),
    },
    optional={"id": st.sampled_from(["a", "b", "not an id", "c"])},
)


@settings(max_examples=200, deadline=None)
@given(st.lists(CELLS, max_size=6), st.sampled_from([0, 4, 5]))
def test_a_tidied_notebook_is_valid_and_holds_the_same(cells: list[dict[str, Any]], minor: int) -> None:
    output = {"output_type": "stream", "name": "stdout", "text": "1e-05 /home/ada/x\n"}
    for cell in cells:
        if cell["cell_type"] == "code":
            cell |= {"execution_count": None, "outputs": [output]}
    raw = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": minor}
    once = tidied("weeks/week-01/demo.ipynb", written(raw))
    assert tidied("weeks/week-01/demo.ipynb", once.data).mended == ()
    after = loaded(once.data)
    assert after is not None
    told = [(c["cell_type"], "".join(c["source"]), c.get("outputs"), c["metadata"]["tags"]) for c in cells]
    assert [
        (c["cell_type"], "".join(c["source"]), c.get("outputs"), c["metadata"]["tags"])
        for c in after["cells"]
    ] == told
    if once.mended:
        assert len({cell["id"] for cell in after["cells"]}) == len(cells)
        nbformat.validate(nbformat.reads(once.data.decode(), as_version=4))


def test_a_notebook_is_written_as_jupyter_writes_it(tmp_path: Path) -> None:
    for file in sorted(REPOSITORY.glob("presentations/week-*/*/*.ipynb")):
        nbformat.write(nbformat.read(file, as_version=4), tmp_path / "as-jupyter.ipynb")
        raw = loaded(file.read_bytes())
        assert raw is not None
        assert written(raw) == (tmp_path / "as-jupyter.ipynb").read_bytes()


@pytest.mark.parametrize(
    "text",
    [
        '{"cells": [], "cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}',
        '{"cells": [{"cell_type": "raw", "metadata": {}, "source": "", "n": 1e999}], "nbformat": 4, "nbformat_minor": 5}',
        '{"cells": [{"cell_type": "raw", "metadata": {}, "source": "\\ud800"}], "nbformat": 4, "nbformat_minor": 5}',
        '{"cells": [{"cell_type": "raw", "metadata": {}, "source": "", "n": NaN}], "nbformat": 4, "nbformat_minor": 5}',
        '{"cells": [1], "nbformat": 4, "nbformat_minor": 5}',
        '{"cells": [{"cell_type": "raw", "metadata": {}, "source": 5}], "nbformat": 4, "nbformat_minor": 5}',
        "[" * 5000,
        "[]",
        "null",
    ],
)
def test_what_can_not_be_written_again_without_loss_is_left(text: str) -> None:
    assert tidied("weeks/week-01/demo.ipynb", text.encode()).data == text.encode()


# --- the repository ---------------------------------------------------------------------------------------------------


def test_the_hooks_name_commands_that_exist() -> None:
    hooks = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert {hook["id"] for hook in hooks} == {"course-check", "course-fix"}
    for hook in hooks:
        command, *arguments = hook["entry"].split()
        program = Path(sys.executable).with_name(command)
        done = subprocess.run([program, *arguments, "--help"], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert all(argument in done.stdout for argument in arguments if argument.startswith("--"))
