"""Studies: one command from nothing to run folders, that can be cut off anywhere and goes on."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from filelock import FileLock, Timeout

from separation import checkpoint
from separation.checkpoint import BEST, LAST
from separation.cli import main
from separation.conduct import conduct
from separation.config import from_dict, load_config
from separation.errand import Setup
from separation.errors import SeparationError
from separation.pace import Pace
from separation.plan import PLAN, Costs, make_plan, read_plan, write_plan
from separation.study import SHIPPED, Study, load_study, without_words
from trees import MKDOCS, write_course

TINY = """
title = "A tiny study"
minutes = 10
at_once = 2
[settings]
network = {layers = 1, hidden = 8, dropout = 0.0}
signal = {hop = 128}
[settings.data]
valid_items = 1
test_items = 2
seconds = 1.0
[settings.data.speech]
train_speakers = 6
valid_speakers = 6
test_speakers = 6
train_utterances = 4
other_utterances = 3
unseen = false
[settings.training]
steps = 800
epochs = 40
stages = [{frames = 20, batch = 4}]
[[runs]]
name = "dc"
config = "dc"
title = "Deep clustering, tiny"
[[runs]]
name = "three-voices"
config = "chimera"
settings = {data = {sources = 3}, network = {masks = 3}}
"""
PAGE = """\
---
title: A talk
papers:
  - {title: A paper, url: https://arxiv.org/abs/1508.04306}
code:
  - {title: Some code, url: https://github.com/example/code/tree/17368d4}
---
## What came out

Listen below.
"""
CPU = Setup(device="cpu", kind="cpu")


def written(folder: Path, text: str = TINY) -> Study:
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return load_study(str(folder / "study.toml"))


def waited_for(what: Callable[[], bool], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.02)


def nobody_trains_into(folder: Path) -> bool:
    try:
        with FileLock(folder / ".lock", timeout=0):
            return True
    except Timeout:
        return False


def study_command(*arguments: str) -> Result:
    """The command in this process, which has imported PyTorch already; what it starts are real processes."""
    return CliRunner().invoke(main, arguments)


def step_of(folder: Path) -> int:
    return int(checkpoint.load(folder / LAST)["state"]["step"])


# --- from nothing to run folders -----------------------------------------------------------------------------


def test_a_study_that_is_cut_off_again_and_again_is_done_in_the_end_and_then_left_alone(
    course: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    arguments = ["study", "study.toml", "--out", "out", "--device", "cpu", "--commit", "c" * 40, "--clean"]
    command = [sys.executable, "-m", "separation", *arguments]
    runs = {name: tmp_path / "out/runs" / name for name in ("dc", "three-voices")}
    log = tmp_path / "out/runs/dc.log"

    # kill -9: the trainings notice, save and stop
    killed = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    waited_for((runs["dc"] / LAST).is_file)
    killed.kill()
    killed.wait()
    waited_for(lambda: all(nobody_trains_into(folder) for folder in runs.values() if folder.is_dir()), 30)
    reached = step_of(runs["dc"])
    assert 0 < reached < 800

    # SIGTERM: so does the study, and says so
    stopped = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    waited_for(lambda: f"Going on at step {reached}" in log.read_text())
    stopped.send_signal(signal.SIGTERM)
    _, told = stopped.communicate(timeout=60)
    assert stopped.returncode == 130 and "separation: stopped; the same command goes on" in told
    assert all(nobody_trains_into(folder) for folder in runs.values() if folder.is_dir())
    assert reached <= step_of(runs["dc"]) < 800 and "Traceback" not in told

    # the deadline: what is left is named
    began = time.monotonic()
    late = study_command(*arguments, "--minutes", "0.02")
    assert late.exit_code == 1 and time.monotonic() - began < 60, late.stderr
    assert re.search(
        r"left for another call: dc \(train from \d+% on, evaluate, export\); three-voices", late.stdout
    )
    assert "The same command goes on" in late.stdout

    done = study_command(*arguments)
    assert done.exit_code == 0, done.output
    assert "dc: training for 800 steps" in done.stderr and "three-voices: done" in done.stderr
    assert re.search(r"dc +800 +-?\d+\.\d\d +-?\d+\.\d\d", done.stdout) and "all is done" in done.stdout
    records = {name: json.loads(Path("out/exported", name, "run.json").read_text("utf-8")) for name in runs}
    assert {record["steps"] for record in records.values()} == {800}
    assert {record["commit"] for record in records.values()} == {"c" * 40}
    assert records["dc"]["title"] == "Deep clustering, tiny"
    assert records["three-voices"]["data"]["name"] == "synthetic speech, 3 voices"
    words = shlex.split(records["dc"]["command"])
    assert words[:5] == ["separation", "train", "dc", "--out", "out/runs/dc"]
    settings = [word for before, word in pairwise(words) if before == "--set"]
    assert load_config("dc", settings) == from_dict(records["dc"]["config"])

    # nothing is done twice
    files = [file for file in sorted(Path("out").rglob("*")) if file.name != ".lock"]
    before = {file: file.stat().st_mtime_ns for file in files}
    again = study_command(*arguments)
    assert again.exit_code == 0 and again.stdout == done.stdout
    assert {file: file.stat().st_mtime_ns for file in before} == before
    listed = study_command(*arguments, "--list")
    assert re.fullmatch(r"dc +done +Deep clustering, tiny\nthree-voices +done +Chimera.*\n", listed.stdout)

    # and the site takes what came out
    talk = "presentations/week-01/talk"
    root = write_course(tmp_path / "course", {"mkdocs.yml": MKDOCS, f"{talk}/index.md": PAGE})
    Path("out/exported").rename(root / talk / "runs")
    checked = course("check", "--output-format", "json", "--strict", cwd=root)
    assert json.loads(checked.stdout)["diagnostics"] == []


def test_a_run_that_fails_is_told_and_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path)
    monkeypatch.chdir(tmp_path)
    for name in ("dc", "three-voices"):
        Path("out/runs", name).mkdir(parents=True)
        Path("out/runs", name, LAST).write_bytes(b"nothing that a training wrote")
    done = study_command("study", "study.toml", "--out", "out")
    assert done.exit_code == 1
    for name in ("dc", "three-voices"):
        assert f"{name}: `separation train` failed (2); out/runs/{name}.log ends with\n" in done.stderr
        assert f"separation: out/runs/{name}/last.pt is damaged" in done.stderr
    assert "Traceback" not in done.stderr and "left for another call: dc (train" in done.stdout


def test_what_was_trained_by_hand_is_taken_as_it_is(speech: object, tmp_path: Path) -> None:
    """The settings count, not the words: a finished training is not begun again."""
    from dataclasses import replace

    from separation.models import Network

    study = written(tmp_path)
    config = replace(study.runs[0].configured(), title="By hand", summary="")
    folder = tmp_path / "out/runs/dc"
    for name in (LAST, BEST):
        checkpoint.save(folder / name, config, Network(config.network), state={"step": 800})
    errands = conduct(study, tmp_path / "out", CPU, deadline=time.monotonic() - 1)
    assert [errand.left for errand in errands] == ["evaluate, export", "train, evaluate, export"]
    (folder / "scores.csv").write_text("item\n")
    os.utime(folder / "scores.csv", ns=(0, 0))  # of an older network
    errands[0].look()
    assert errands[0].left == "evaluate, export"
    os.utime(folder / "scores.csv")
    errands[0].look()
    assert errands[0].left == "export"
    checkpoint.save(folder / LAST, config, Network(config.network), state={"step": 799})
    errands[0].look()
    assert errands[0].left == "train, evaluate, export"


def test_two_studies_in_a_folder_are_refused(tmp_path: Path) -> None:
    study = written(tmp_path)
    (tmp_path / "out").mkdir()
    with (
        FileLock(tmp_path / "out/.lock"),
        pytest.raises(SeparationError, match="another study works in"),
    ):
        conduct(study, tmp_path / "out", CPU, deadline=time.monotonic() + 60)


# --- the plan ------------------------------------------------------------------------------------------------


MEASURED = TINY.replace("steps = 800\n", "").replace("at_once = 2\n", "first = 2\n")
OWN = '[[runs]]\nname = "own"\nconfig = "small"\nown_budget = true\nsettings = {network = {hidden = 4}}\n'


def test_a_plan_is_measured_once_and_gives_all_the_same_number_of_steps(tmp_path: Path) -> None:
    study = written(tmp_path, MEASURED + OWN)
    plan = make_plan(study, "cpu", time.monotonic() + 3600)
    assert plan.at_once in (1, 2) and plan.device == "cpu" and plan.start_up > 0
    assert list(plan.runs) == ["dc", "three-voices", "own"] and list(plan.paces) == list(plan.runs)
    assert plan.runs["dc"].steps == plan.runs["three-voices"].steps > 1000
    assert plan.runs["own"].steps not in (0, plan.runs["dc"].steps)
    assert all(pace.step > 0 and pace.valid > 0 and pace.test > 0 for pace in plan.paces.values())
    write_plan(tmp_path, plan)
    assert read_plan(tmp_path, study) == plan
    with pytest.raises(
        SeparationError, match="plan of another study or of other settings \\(A tiny study\\)"
    ):
        read_plan(tmp_path, written(tmp_path, MEASURED))
    for damage in ("{", "[]", '{"schema": 1}', '{"schema": 2}', json.dumps({"schema": 1, "title": 3})):
        (tmp_path / PLAN).write_text(damage)
        with pytest.raises(
            SeparationError, match=r"plan\.json can't be used .* without it the next call plans anew"
        ):
            read_plan(tmp_path, study)


def test_the_time_is_divided_among_the_first_runs(tmp_path: Path) -> None:
    study = written(tmp_path, MEASURED + OWN)
    paces = {"dc": Pace(0.1, 0, 0), "three-voices": Pace(0.3, 0, 0), "own": Pace(0.05, 0, 0)}
    costs = Costs(paces, study.runs[:2], start_up=10.0)
    aside = 3 * 10 + 20  # three starts, and the reserve for an export
    assert costs.steps_within(aside + 300, 2) == 1000  # side by side, the slower one counts
    assert costs.steps_within(2 * aside + 400, 1) == 1000  # one after the other
    assert costs.makespan(1000, 1) == 2 * aside + 400 and costs.steps_within(aside, 1) == 0
    runs = costs.divided(study.runs, 2, (aside + 300) / 0.93 + 0.01)
    # the last one has a budget of its own: the mean time of the first ones
    assert [planned.steps for planned in runs.values()] == [1000, 1000, 4000]
    assert [planned.seconds for planned in runs.values()] == pytest.approx(
        [aside + s for s in (100, 300, 200)], rel=2e-3
    )
    with pytest.raises(SeparationError, match="takes 100 s without any training; give more --minutes"):
        costs.divided(study.runs, 1, 110)


# --- studies as files ----------------------------------------------------------------------------------------


def test_the_shipped_studies_are_what_they_say(tmp_path: Path) -> None:
    names = "chimera dc wkm mi-tpsa small mi-msa chimera-seed-2 dc-seed-2 three-speakers".split()
    week, laptop = load_study("week-one"), load_study("laptop")
    assert sorted(file.stem for file in SHIPPED.glob("*.toml")) == ["laptop", "week-one"]
    assert [run.name for run in week.runs] == [run.name for run in laptop.runs] == names
    assert (week.minutes, week.first, week.measured, laptop.measured) == (28, 4, True, False)
    assert [run.name for run in week.runs if run.own_budget] == ["small"]
    assert all(
        study.summary and all(run.configured().title for run in study.runs) for study in (week, laptop)
    )
    titles = [run.configured().title for run in week.runs]
    assert len(set(titles)) == len(titles) and titles[-1] == "Chimera++ (MI + WKM), three voices"
    given = [
        *("network.layers=2", "network.dropout=0.0", "signal.hop=128", "data.valid_items=32"),
        *("training.minutes=0.0", "training.epochs=20", "training.decay_from=0.1"),
    ]
    most = ["network.hidden=150", "training.steps=8000", "training.learning_rate=3e-3"]
    most.append("training.stages=[{frames=50,batch=16}]")
    small = ["network.hidden=200", "training.steps=15000", "training.learning_rate=2e-3"]
    small.append("training.stages=[{frames=60,batch=20}]")
    more = {
        "chimera-seed-2": ["training.seed=2"],
        "dc-seed-2": ["training.seed=2"],
        "three-speakers": ["data.sources=3", "network.masks=3"],
    }
    for run in laptop.runs:
        config = run.config if run.name != "small" else "chimera"
        own = (small if run.name == "small" else most) + more.get(run.name, [])
        assert without_words(load_config(config, given + own)) == without_words(run.configured()), run.name


BROKEN = {
    "unknown keys, and a run of nothing": (
        'title = "x"\nminute = 3\n[[runs]]\nname = "a"\nconfigs = "dc"\n',
        "minute: no such setting; did you mean 'minutes'?\n  runs[0].configs: no such setting; did you mean 'config'?\n"
        "  runs[0].config: is missing",
    ),
    "each run's own": (
        'title = "x"\n[settings]\nnetwork = {hiden = 3}\n[[runs]]\nname = "a"\nconfig = "dc"\n'
        '[[runs]]\nname = "b"\nconfig = "chimra"\n',
        "a: network.hiden: no such setting; did you mean 'hidden'?\n"
        "  b: there is no configuration 'chimra', neither shipped nor as a file; did you mean 'chimera'?",
    ),
    "no run": ('title = "x"\nruns = []\n', "all together: a study has one [[runs]] at least"),
    "one name for two": (
        'title = "x"\n[[runs]]\nname = "a"\nconfig = "dc"\n[[runs]]\nname = "a"\nconfig = "wkm"\n',
        "all together: a run's name stands for its folder; more than one is called a",
    ),
    "a name that is a path": (
        'title = "x"\n[[runs]]\nname = "../a"\nconfig = "dc"\n',
        'runs[0]: name is of small letters and digits, words with a hyphen between them, for example "dc-seed-2"; '
        "it is '../a'",
    ),
    "a budget in minutes": (
        'title = "x"\n[[runs]]\nname = "a"\nconfig = "dc"\nsettings = {training = {minutes = 3}}\n',
        "a: training.minutes: a study counts steps, or finds out how many; leave it out",
    ),
    "settings of the wrong form": (
        'title = "x"\n[[runs]]\nname = "a"\nconfig = "dc"\nsettings = {training = 3}\n[[runs]]\nname = "b"\n'
        'config = "dc"\nsettings = {training = {steps = "many"}}\n',
        "a: training: expected a table, [training]\n"
        "  b: training.steps: expected a whole number, for example 20; it is 'many'",
    ),
    "more first runs than runs": (
        'title = "x"\nfirst = 2\n[[runs]]\nname = "a"\nconfig = "dc"\n',
        "all together: first lies from 0 to the 1 runs; it is 2",
    ),
    "runs of the wrong form": ('title = "x"\nruns = 3\n', "runs: expected a list"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_every_problem_of_a_study_is_said_at_once(name: str, tmp_path: Path) -> None:
    text, expected = BROKEN[name]
    file = tmp_path / "bad.toml"
    file.write_text(text, encoding="utf-8")
    done = study_command("study", str(file), "--out", str(tmp_path / "out"))
    assert done.exit_code == 2 and not (tmp_path / "out").exists()
    assert done.stderr == f"separation: the study {file} can't be used:\n  {expected}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["week-on", "--out", "out"],
            "there is no study 'week-on', neither shipped nor as a file; did you mean",
        ),
        (["circle.toml", "--out", "out"], "circle.toml: such files extend each other in a circle"),
        (["week-one", "--out", "out", "--commit", "zzz"], "--commit is 40 hex digits"),
        (["week-one", "--out", "out", "--device", "gpu"], "there is no GPU"),
        (["week-one", "--out", "file"], "is a file"),
        (["week-one", "--out", "file/out"], "file/out"),
        (["week-one", "--out", "out", "--minutes", "0"], "--minutes"),
    ],
)
def test_what_can_not_begin_says_why(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "circle.toml").write_text('extends = "circle.toml"\n')
    (tmp_path / "file").write_text("")
    monkeypatch.chdir(tmp_path)
    done = study_command("study", *arguments)
    assert done.exit_code == 2 and message in done.stderr


def test_a_study_takes_the_runs_of_another(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text('extends = "dc"\ntitle = "Mine"\n')
    written(tmp_path)
    (tmp_path / "more.toml").write_text(
        'extends = "study.toml"\ntitle = "More"\n[settings]\nnetwork = {hidden = 4}\n'
        '[[runs]]\nname = "new"\nconfig = "own.toml"\n'
        '[[runs]]\nname = "dc"\nsettings = {training = {seed = 3}}\n'
    )
    study = load_study(str(tmp_path / "more.toml"))
    configs = {run.name: run.configured() for run in study.runs}
    assert list(configs) == ["dc", "three-voices", "new"] and study.title == "More"
    assert configs["dc"].title == "Deep clustering, tiny" and configs["new"].title == "Mine"
    assert [config.training.seed for config in configs.values()] == [3, 1, 1]
    assert {(c.network.hidden, c.network.layers, c.training.steps) for c in configs.values()} == {(4, 1, 800)}
