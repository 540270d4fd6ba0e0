"""The command as people use it: from nothing to a run on the site, and what it says when something is wrong."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from conftest import REPOSITORY
from separation import checkpoint
from separation.config import shipped
from trees import MKDOCS, digests, write_course

Run = Callable[..., "subprocess.CompletedProcess[str]"]

SMALL = [
    *(
        "training.minutes=0",
        "training.steps=30",
        "training.epochs=3",
        "network.hidden=16",
        "data.seconds=2.0",
    ),
    *("training.stages=[{frames = 30, batch = 4}]", "data.valid_items=2", "data.test_items=3"),
    *("data.speech.train_speakers=4", "data.speech.valid_speakers=4", "data.speech.test_speakers=4"),
    *("data.speech.train_utterances=4", "data.speech.other_utterances=3"),
]
# a test mixture of the course's own runs, of two voices that no network of theirs was trained on
HEARD = REPOSITORY / "presentations/week-01/deep-clustering/runs/chimera/audio"
ITEM = "test-different-sex-000"
SETTINGS = [part for setting in SMALL for part in ("--set", setting)]
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


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory, separation: Run) -> Path:
    """A folder with a run that was trained and evaluated, as the README says."""
    folder = tmp_path_factory.mktemp("trained")
    for arguments in (["train", "smoke", "--out", "run", *SETTINGS], ["evaluate", "run"]):
        done = separation(*arguments, cwd=folder)
        assert done.returncode == 0, done.stderr
    assert "tPSM" in done.stdout and "same-sex" in done.stdout
    return folder


def test_from_nothing_to_the_site(trained: Path, separation: Run, course: Run, tmp_path: Path) -> None:
    root = write_course(
        tmp_path / "course", {"mkdocs.yml": MKDOCS, "presentations/week-01/talk/index.md": PAGE}
    )
    target = root / "presentations/week-01/talk/runs/smoke"
    done = separation("export", str(trained / "run"), str(target), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    checked = course("check", "--output-format", "json", "--strict", "--ignore", "run-dirty", cwd=root)
    assert json.loads(checked.stdout)["diagnostics"] == []
    built = course("build", "--out", str(tmp_path / "site"), cwd=root)
    assert built.returncode == 0, built.stdout + built.stderr
    page = (tmp_path / "site/presentations/week-01/talk/index.html").read_text(encoding="utf-8")
    record = json.loads((target / "run.json").read_text(encoding="utf-8"))
    assert record["title"] in page and "CPU: " in page and "unverified" not in page
    # four mixtures: the mixture, and of both voices reference, estimate, oracle
    assert page.count("<audio") == 28
    for figure in record["figures"]:
        assert (tmp_path / "site/presentations/week-01/talk/runs/smoke" / figure["file"]).is_file()
        assert figure["alt"].split("\n")[0][:40] in page


def test_a_run_folder_says_where_every_number_comes_from(
    trained: Path, separation: Run, tmp_path: Path
) -> None:
    done = separation("export", str(trained / "run"), "exported", "--examples", "1", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "exported/run.json").read_text(encoding="utf-8"))
    assert record["command"].startswith("separation train smoke --out run --set")
    assert record["device"]["kind"] == "cpu" and record["steps"] == 30 and record["seeds"] == [1]
    assert record["config"]["network"]["hidden"] == 16 and record["config"]["data"]["speech"]["seed"] == 1
    assert {"torch", "python", "espeak-ng", "separation"} <= record["software"].keys()
    splits = record["data"]["splits"]
    assert len(splits["train"]["speakers"]) == 4 and splits["test"]["items"] == 6
    assert not set(splits["train"]["speakers"]) & set(splits["test"]["speakers"])
    with (tmp_path / "exported/scores.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    assert {row["estimator"] for row in rows} == {"model", "mixture", "ibm", "irm", "tpsm"}
    shown = {(m["name"], m["estimator"], m["group"]): m for m in record["metrics"]}
    assert ("si_sdri", "tpsm", "same-sex") in shown and ("si_sdr", "mixture", "different-sex") in shown
    for (name, estimator, group), metric in shown.items():
        values = [float(r[name]) for r in rows if (r["estimator"], r["group"]) == (estimator, group)]
        assert metric["mean"] == pytest.approx(np.mean(values), abs=6e-4) and metric["n"] == len(values)
        assert metric["ci95"][0] <= metric["mean"] <= metric["ci95"][1] and metric["ci_method"]


def test_an_export_is_the_same_bytes_each_time_and_replaces_only_a_run(
    trained: Path, separation: Run, tmp_path: Path
) -> None:
    for _ in range(2):
        done = separation("export", str(trained / "run"), "exported", "--examples", "1", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        first = digests(tmp_path / "exported")
    assert digests(tmp_path / "exported") == first and len(first) > 15
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/notes.txt").write_text("keep me")
    done = separation("export", str(trained / "run"), "mine", cwd=tmp_path)
    assert done.returncode == 2 and "mine is there and is no run folder" in done.stderr
    assert [f.name for f in (tmp_path / "mine").iterdir()] == ["notes.txt"]
    (tmp_path / "exported/notes.txt").write_text("keep me, too")
    before = digests(tmp_path / "exported")
    done = separation("export", str(trained / "run"), "exported", "--examples", "1", cwd=tmp_path)
    assert done.returncode == 2 and "holds files of somebody else, notes.txt for one" in done.stderr
    assert digests(tmp_path / "exported") == before


def test_a_recording_is_separated_and_judged_by_its_true_voices(
    trained: Path, separation: Run, tmp_path: Path
) -> None:
    draw = np.random.default_rng(0)
    true = 0.1 * draw.standard_normal((24000, 2))
    for name, sound in (("mix", true.sum(axis=1)), ("one", true[:, 0]), ("two", true[:, 1])):
        soundfile.write(tmp_path / f"{name}.wav", sound, 8000)
    options = ["--checkpoint", str(trained / "run"), "--reference", "one.wav", "--reference", "two.wav"]
    done = separation("separate", "mix.wav", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert [soundfile.info(tmp_path / f"mix-speaker-{k}.wav").frames for k in (1, 2)] == [24000, 24000]
    assert "one.wav is mix-speaker-" in done.stdout and "dB in the mixture" in done.stdout
    assert {
        line.split(":")[0].split(" is ")[1] for line in done.stdout.splitlines() if " is mix" in line
    } == {
        "mix-speaker-1.wav",
        "mix-speaker-2.wav",
    }
    again = separation("separate", "mix.wav", *options, cwd=tmp_path)
    assert again.returncode == 2 and "--force" in again.stderr
    three = separation(
        "separate",
        "mix.wav",
        "--checkpoint",
        str(trained / "run/last.pt"),
        "--speakers",
        "3",
        "--misi",
        "2",
        "--out",
        "3",
        cwd=tmp_path,
    )
    assert three.returncode == 0 and len(list((tmp_path / "3").iterdir())) == 3, three.stderr


def test_a_recorded_corpus_from_a_path_goes_all_the_way(separation: Run, tmp_path: Path) -> None:
    draw = np.random.default_rng(0)
    for split in ("tr", "cv", "tt"):
        for n in range(4):
            sources = 0.1 * draw.standard_normal((9000 + 500 * n, 2))
            for folder, sound in (("mix", sources.sum(axis=1)), ("s1", sources[:, 0]), ("s2", sources[:, 1])):
                file = tmp_path / "corpus" / split / folder / f"0{n}1a0101_1.2_40{n}c0202_-1.2.wav"
                file.parent.mkdir(parents=True, exist_ok=True)
                soundfile.write(file, sound, 8000)
    for remix in ("true", "false"):
        run = f"run-{remix}"
        options = [
            *SETTINGS,
            "--set",
            "data.layout=wsj0-2mix",
            "--set",
            "data.path=corpus",
            "--set",
            f"data.remix={remix}",
        ]
        for arguments in (
            ["train", "dc", "--out", run, *options],
            ["evaluate", run],
            ["export", run, f"exported-{remix}"],
        ):
            done = separation(*arguments, cwd=tmp_path)
            assert done.returncode == 0, done.stderr
        record = json.loads((tmp_path / f"exported-{remix}/run.json").read_text())
        assert (
            record["data"]["name"] == "wsj0-2mix, 2 voices" and record["data"]["splits"]["test"]["items"] == 4
        )


def test_a_corpus_of_another_number_of_voices_is_refused_and_any_run_is_tested_on_a_folder(
    trained: Path, separation: Run, tmp_path: Path
) -> None:
    draw = np.random.default_rng(0)
    for split in ("train", "valid", "test"):
        for n in range(3):
            sources = 0.1 * draw.standard_normal((9000, 2))
            for folder, sound in (("mix", sources.sum(axis=1)), ("s1", sources[:, 0]), ("s2", sources[:, 1])):
                (tmp_path / "own" / split / folder).mkdir(parents=True, exist_ok=True)
                soundfile.write(tmp_path / "own" / split / folder / f"{n}.wav", sound, 8000)
    three = ["data.layout=folder", "data.path=own", "data.sources=3", "network.masks=3"]
    done = separation(
        "train", "smoke", "--out", "r", *SETTINGS, *(p for s in three for p in ("--set", s)), cwd=tmp_path
    )
    assert done.returncode == 2 and "own mixes 2 sources; data.sources is 3" in done.stderr
    shutil.copytree(trained / "run", tmp_path / "run")
    for arguments in (["evaluate", "run"], ["export", "run", "exported"]):
        done = separation(*arguments, "--layout", "folder", "--data", "own", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "exported/run.json").read_text())
    assert record["data"]["splits"]["test"]["items"] == 3
    assert len(record["data"]["splits"]["train"]["speakers"]) == 4
    assert record["data"]["name"] == "synthetic speech, tested on folder: own, 2 voices"
    done = separation("evaluate", "run", "--layout", "folder", cwd=tmp_path)
    assert done.returncode == 2 and "needs --data" in done.stderr


def test_three_voices(separation: Run, tmp_path: Path) -> None:
    three = [
        "data.sources=3",
        "network.masks=3",
        *(f"data.speech.{s}_speakers=6" for s in ("train", "valid", "test")),
    ]
    settings = [*SETTINGS, *(part for setting in three for part in ("--set", setting))]
    for arguments in (
        ["train", "smoke", "--out", "run", *settings],
        ["evaluate", "run"],
        ["export", "run", "exported"],
    ):
        done = separation(*arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "exported/run.json").read_text())
    assert record["data"]["name"] == "synthetic speech, 3 voices"
    assert {m["n"] for m in record["metrics"]} == {9}


def gains(printed: str) -> list[float]:
    """The improvements that `separate --reference` tells, in dB."""
    return [float(found) for found in re.findall(r"\(([+-][\d.]+) dB\)", printed)]


def test_a_packed_network_is_small_and_separates_as_before(
    trained: Path, separation: Run, tmp_path: Path
) -> None:
    done = separation("pack", str(trained / "run"), "small.pt", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "small.pt").stat().st_size < 0.6 * (trained / "run/best.pt").stat().st_size
    sounds = [HEARD / f"{ITEM}-{name}.flac" for name in ("mixture", "reference-1", "reference-2")]
    told = []
    for out, network in (("packed", "small.pt"), ("whole", str(trained / "run"))):
        options = ["--checkpoint", network, "--out", out, "--reference", str(sounds[1])]
        done = separation("separate", str(sounds[0]), *options, "--reference", str(sounds[2]), cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        told.append(gains(done.stdout))
    assert len(told[0]) == 2 and told[0] == pytest.approx(told[1], abs=0.05)


def test_the_network_that_comes_along_separates_voices_that_it_never_heard(
    separation: Run, tmp_path: Path
) -> None:
    references = [part for k in (1, 2) for part in ("--reference", str(HEARD / f"{ITEM}-reference-{k}.flac"))]
    mixture = str(HEARD / f"{ITEM}-mixture.flac")
    done = separation("separate", mixture, "--out", "apart", *references, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(gains(done.stdout)) == 2 and min(gains(done.stdout)) > 5
    content = checkpoint.load(checkpoint.SHIPPED)
    assert checkpoint.SHIPPED.stat().st_size < 6 * 2**20
    assert {"hardware", "provenance", "splits"} <= content.keys() and "optimizer" not in content
    heard = set(content["splits"]["train"]["speakers"])
    assert heard and not heard & set(
        json.loads((HEARD.parent / "run.json").read_text())["data"]["splits"]["test"]["speakers"]
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["train", "smok", "--out", "run"], "did you mean 'smoke'"),
        (["train", "smoke", "--out", "run", "--set", "training.minute=2"], "did you mean 'minutes'"),
        (["train", "smoke", "--out", "run", "--device", "gpu"], "there is no GPU"),
        (["train", "smoke", "--out", "run", "--data", "nowhere"], "holds no synthetic speech"),
        (["evaluate", "run"], "there is no checkpoint run/best.pt"),
        (
            ["train", "smoke", "--out", "run", "--set", "training.learning_rate=-1"],
            "learning_rate is above 0",
        ),
        (["export", "run", "out"], "there is no checkpoint run/best.pt"),
        (["separate", "nowhere.wav"], "nowhere.wav"),
        (["pack", "run", "small.pt"], "there is no checkpoint run"),
        (["train", "smoke", "--out", "run", "--commit", "zzz"], "--commit is 40 hex digits"),
        (
            ["train", "smoke", "--out", "run", "--set", "data.speech.train_speakers=3"],
            "3 speakers can't be half women",
        ),
        (["train", "smoke", "--out", "run", "--set", "objective.gamma=-1"], "gamma is above 0"),
        (["bench", "smoke", "--json", "nowhere/b.json"], "there is no folder nowhere"),
        (["train", "smoke", "--out", "/proc/nothing/run"], "separation: "),
        (["data", "dc", "--set", "data.layout=folder", "--set", "data.path=x"], "can't be synthesised"),
    ],
)
def test_mistakes_are_told_in_a_line(
    arguments: list[str], message: str, separation: Run, tmp_path: Path
) -> None:
    done = separation(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr and "Traceback" not in done.stderr


def test_without_pytorch_it_says_how_to_get_it(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['torch'] = None; from separation.cli import main; main(['evaluate', 'run'])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "separation: torch is missing; `make separation` installs what is needed\n"


def test_a_run_without_scores_and_a_sound_that_is_none(
    trained: Path, separation: Run, tmp_path: Path
) -> None:
    shutil.copytree(trained / "run", tmp_path / "run")
    scores = (tmp_path / "run/scores.csv").read_text().splitlines(keepends=True)
    for damaged in (scores[:1], scores[:-4], [scores[0], "x,y\n"]):
        (tmp_path / "run/scores.csv").write_text("".join(damaged))
        done = separation("export", "run", "out", cwd=tmp_path)
        assert (
            done.returncode == 2
            and "separation evaluate run" in done.stderr
            and "Traceback" not in done.stderr
        )
    (tmp_path / "run/scores.csv").unlink()
    done = separation("export", "run", "out", cwd=tmp_path)
    assert done.returncode == 2 and "first run: separation evaluate run" in done.stderr
    (tmp_path / "text.wav").write_text("hello")
    done = separation("separate", "text.wav", "--checkpoint", "run", cwd=tmp_path)
    assert done.returncode == 2 and "text.wav can't be read as sound" in done.stderr
    done = separation("separate", "none.wav", "--checkpoint", "run", cwd=tmp_path)
    assert done.returncode == 2 and "there is no file none.wav" in done.stderr


def test_data_says_what_it_made_and_makes_it_once(separation: Run, tmp_path: Path) -> None:
    first = separation("data", "smoke", "--out", "speech", *SETTINGS, cwd=tmp_path)
    assert first.returncode == 0 and "Synthesising" in first.stderr
    assert "train" in first.stdout and "4 speakers" in first.stdout
    second = separation("data", "smoke", "--out", "speech", *SETTINGS, cwd=tmp_path)
    assert second.stdout == first.stdout and "Synthesising" not in second.stderr


def test_bench_times_the_parts_of_a_step_and_the_forms_of_the_losses(separation: Run, tmp_path: Path) -> None:
    done = separation("bench", "smoke", "dc", *SETTINGS, "--steps", "3", "--json", "bench.json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "bench.json").read_text())
    assert list(found["steps"]) == ["smoke, batch 4 x 30 frames", "dc, batch 4 x 30 frames"]
    for times in found["steps"].values():
        assert 0 < times["network"] < 2 * times["whole"] and times["steps_per_second"] > 0
    forms = {(row["loss"], row["form"].split(",")[0]) for row in found["losses"]}
    assert ("deep clustering", "N x N") in forms and ("whitened k-means", "inverses (nussl)") in forms
    assert all(row["difference"] < 1e-3 for row in found["losses"]), "other forms give other values"


def test_help_names_every_command_and_every_shipped_configuration_is_known(
    separation: Run, tmp_path: Path
) -> None:
    shown = separation("--help", cwd=tmp_path).stdout
    assert all(
        f"  {name} " in shown
        for name in ("data", "train", "evaluate", "export", "separate", "pack", "bench", "study")
    )
    assert shipped() == ["chimera", "dc", "laptop", "mi-msa", "mi-tpsa", "small", "smoke", "wkm"]
