"""Training: it learns, it can be cut off, several processes are as one, and what is broken is said."""

from __future__ import annotations

import csv
import math
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from separation import checkpoint, metrics
from separation.autoclip import AutoClip
from separation.config import Config, ConfigError, TrainingConfig, from_dict, load_config, shipped
from separation.corpus import Corpus
from separation.evaluation import judge
from separation.inference import separate
from separation.mixtures import Bank, fixed_list, recipe_of
from separation.models import Network, NetworkConfig
from separation.schedule import done_share, learning_rate, stage_at
from separation.state import Provenance, State
from separation.training import BEST, HISTORY, LAST, Trainer, TrainingError, train

TINY = {
    "title": "A tiny run",
    "data": {"valid_items": 2, "test_items": 2, "seconds": 1.0},
    "network": {"layers": 1, "hidden": 8, "embedding": 4, "masks": 2, "dropout": 0.2},
    "objective": {"clustering": "wkm", "masking": "tpsa", "alpha": 0.25},
    "training": {
        "steps": 12,
        "epochs": 3,
        "stages": [{"frames": 20, "batch": 4}, {"frames": 40, "batch": 2}],
    },
}


def tiny(**training: object) -> Config:
    return from_dict(TINY | {"training": TINY["training"] | training})


def weights(folder: Path, name: str = LAST) -> dict[str, torch.Tensor]:
    return checkpoint.load(folder / name)["network"]


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor], tolerance: float = 0.0) -> bool:
    return all(torch.allclose(one[key], other[key], rtol=0, atol=tolerance) for key in one)


def test_a_run_leaves_checkpoints_and_a_curve(speech: Corpus, tmp_path: Path) -> None:
    state = train(tiny(), speech, tmp_path, device="cpu", provenance=Provenance("a command", "c" * 40, True))
    assert state.step == 12 and state.examples == 4 * 6 + 2 * 6 and state.epochs == 3
    with (tmp_path / HISTORY).open() as stream:
        rows = list(csv.DictReader(stream))
    assert [row["step"] for row in rows] == ["4", "8", "12"]
    assert all(float(row["train_loss"]) > 0 for row in rows)
    saved = checkpoint.load(tmp_path / LAST)
    assert saved["provenance"] == {"command": "a command", "commit": "c" * 40, "dirty": True}
    assert saved["versions"]["torch"] == torch.__version__ and saved["hardware"]["kind"] == "cpu"
    best = checkpoint.load(tmp_path / BEST)
    assert best["state"]["best_step"] == best["state"]["step"] and "optimizer" not in best
    assert state.best == max(row["valid_si_sdri"] for row in state.history)


def test_what_is_cut_off_goes_on_as_if_it_had_not_been(
    speech: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same bytes of weights, the same curve: mixtures and dropout follow from the step's number."""
    train(tiny(), speech, tmp_path / "whole", device="cpu")

    step = Trainer._step

    def brittle(self: Trainer, done: float) -> None:
        if self.state.step == 7:
            self._save()
            raise InterruptedError
        step(self, done)

    with monkeypatch.context() as patch, pytest.raises(InterruptedError):
        patch.setattr(Trainer, "_step", brittle)
        train(tiny(), speech, tmp_path / "cut", device="cpu")
    state = train(tiny(), speech, tmp_path / "cut", device="cpu")
    assert state.step == 12 and state.examples == 36
    assert same(weights(tmp_path / "whole"), weights(tmp_path / "cut"))
    curves = [
        [
            {k: row[k] for k in ("step", "train_loss", "valid_loss")}
            for row in checkpoint.load(tmp_path / name / LAST)["state"]["history"]
        ]
        for name in ("whole", "cut")
    ]
    assert curves[0] == [pytest.approx(row) for row in curves[1]]


def test_a_finished_run_is_left_alone(speech: Corpus, tmp_path: Path) -> None:
    train(tiny(), speech, tmp_path, device="cpu")
    before = (tmp_path / LAST).read_bytes()
    assert train(tiny(), speech, tmp_path, device="cpu").step == 12
    assert (tmp_path / LAST).read_bytes() == before


def test_other_settings_or_other_data_are_refused(speech: Corpus, tmp_path: Path) -> None:
    train(tiny(), speech, tmp_path, device="cpu")
    with pytest.raises(TrainingError, match=r"training.steps \(12, now 20\)"):
        train(tiny(steps=20), speech, tmp_path, device="cpu")
    other = replace(speech, digests=speech.digests | {"train": "another"})
    with pytest.raises(TrainingError, match="trained on other data"):
        train(tiny(), other, tmp_path, device="cpu")


def test_two_trainings_in_one_folder_are_refused(speech: Corpus, tmp_path: Path) -> None:
    from filelock import FileLock

    with FileLock(tmp_path / ".lock"), pytest.raises(TrainingError, match="another process trains into"):
        train(tiny(), speech, tmp_path, device="cpu")


@pytest.mark.parametrize("at", [0, 5])
@pytest.mark.parametrize("broken", ["weight", "gradient"])
def test_what_is_no_number_any_more_stops_the_training_and_is_never_saved(
    speech: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, at: int
) -> None:
    step = Trainer._step

    def spoiled(self: Trainer, done: float) -> None:
        if self.state.step == at and broken == "weight":
            next(self.network.parameters()).data.fill_(math.nan)
        if self.state.step == at and broken == "gradient":
            next(self.network.parameters()).register_hook(lambda gradient: gradient * math.inf)
        step(self, done)

    monkeypatch.setattr(Trainer, "_step", spoiled)
    with pytest.raises(TrainingError, match="no number any more at step") as caught:
        train(tiny(epochs=12), speech, tmp_path, device="cpu")
    assert ("holds the last good state" in str(caught.value)) == (at > 0)
    assert (tmp_path / LAST).is_file() == (at > 0)
    if at:
        assert all(value.isfinite().all() for value in weights(tmp_path).values())


def test_mixed_precision_trains(speech: Corpus, tmp_path: Path) -> None:
    state = train(tiny(precision="bf16-mixed"), speech, tmp_path, device="cpu")
    assert state.step == 12 and torch.isfinite(torch.tensor(state.history[-1]["train_loss"]))
    assert checkpoint.load(tmp_path / LAST)["hardware"]["precision"] == "bf16-mixed"


def test_a_budget_in_minutes_ends_in_time(speech: Corpus, tmp_path: Path) -> None:
    began = time.perf_counter()
    state = train(tiny(steps=0, minutes=0.05), speech, tmp_path, device="cpu")
    assert state.epochs == 3 and state.step > 3
    assert 3 <= state.seconds <= time.perf_counter() - began


# --- processes -----------------------------------------------------------------------------------------------


def command(out: Path, *more: str) -> list[str]:
    given = [
        *(
            "data.valid_items=2",
            "data.test_items=2",
            "data.seconds=1.0",
            "network.hidden=8",
            "network.layers=1",
        ),
        *("data.speech.train_speakers=4", "data.speech.valid_speakers=4", "data.speech.test_speakers=4"),
        *("data.speech.train_utterances=4", "data.speech.other_utterances=3", "data.speech.unseen=false"),
        *("training.minutes=0", "network.dropout=0.0"),
        *more,
    ]
    options = [part for setting in given for part in ("--set", setting)]
    return ["-m", "separation", "train", "chimera", "--out", str(out), "--device", "cpu", *options]


def test_two_processes_are_as_one(speech: Corpus, tmp_path: Path) -> None:
    given_settings = ("training.steps=6", "training.epochs=2", "training.stages=[{frames = 20, batch = 4}]")
    alone = subprocess.run(
        [sys.executable, *command(tmp_path / "one", *given_settings)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert alone.returncode == 0, alone.stderr
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    both = subprocess.run(
        [sys.executable, *launcher, *command(tmp_path / "two", *given_settings)],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert both.returncode == 0, both.stderr
    assert same(weights(tmp_path / "one"), weights(tmp_path / "two"), tolerance=2e-5)
    histories = [checkpoint.load(tmp_path / n / LAST)["state"]["history"] for n in ("one", "two")]
    for one, two in zip(*histories, strict=True):
        assert one["train_loss"] == pytest.approx(two["train_loss"], abs=1e-4)
    assert checkpoint.load(tmp_path / "two" / LAST)["hardware"]["count"] == 2


def test_a_killed_training_goes_on_where_it_was(speech: Corpus, tmp_path: Path) -> None:
    """kill -9 in the middle, then the same command: nothing that was saved is lost, and the curve goes on."""
    given_settings = (
        "training.steps=400",
        "training.epochs=20",
        "training.stages=[{frames = 20, batch = 4}]",
    )
    arguments = [sys.executable, *command(tmp_path / "run", *given_settings)]
    running = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    waited = time.monotonic() + 120
    while not (tmp_path / "run" / LAST).is_file() and time.monotonic() < waited:
        time.sleep(0.02)
    os.kill(running.pid, signal.SIGKILL)
    running.communicate()
    assert running.returncode == -signal.SIGKILL
    killed = State(**checkpoint.load(tmp_path / "run" / LAST)["state"])
    assert 0 < killed.step < 400
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    state = State(**checkpoint.load(tmp_path / "run" / LAST)["state"])
    assert state.step == 400 and state.history[: len(killed.history)] == killed.history
    assert [row["step"] for row in state.history] == [20 * (n + 1) for n in range(20)]
    assert state.started == killed.started and state.seconds > killed.seconds


@pytest.mark.parametrize("processes", [1, 2])
def test_a_polite_stop_saves_and_says_how_to_go_on(processes: int, speech: Corpus, tmp_path: Path) -> None:
    """Ctrl-C on one process, SIGTERM on two, which stop at the same step; then the same command goes on."""
    many = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"] if processes > 1 else []
    more = ("training.minutes=60.0", "training.epochs=36000", "training.stages=[{frames = 20, batch = 4}]")
    arguments = [sys.executable, *many, *command(tmp_path / "run", *more)]
    running = subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True)
    waited = time.monotonic() + 120
    while not (tmp_path / "run" / HISTORY).is_file() and time.monotonic() < waited:
        time.sleep(0.02)
    running.send_signal(signal.SIGINT if processes == 1 else signal.SIGTERM)
    _, told = running.communicate(timeout=60)
    assert running.returncode == 130 or processes > 1
    assert "the same command goes on" in told
    assert "Traceback" not in told or processes > 1  # torchrun has one of its own
    state = checkpoint.load(tmp_path / "run" / LAST)["state"]
    assert state["step"] > 0 and state["history"]


def test_two_processes_keep_a_budget_in_minutes_and_go_on_as_one(speech: Corpus, tmp_path: Path) -> None:
    launcher = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    more = ("training.minutes=0.05", "training.epochs=3", "training.stages=[{frames = 20, batch = 4}]")
    arguments = [sys.executable, *launcher, *command(tmp_path / "run", *more)]
    for _ in range(2):  # the second time there is nothing left to do
        done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, done.stderr
        saved = checkpoint.load(tmp_path / "run" / LAST)["state"]
        assert saved["epochs"] == 3 and 3 <= saved["seconds"] < 30
    alone = subprocess.run(
        [sys.executable, *command(tmp_path / "run", *more)], capture_output=True, text=True, check=False
    )
    assert alone.returncode == 0 and f"{saved['step']} steps" in alone.stdout


# --- parts ---------------------------------------------------------------------------------------------------


def test_the_learning_rate_warms_up_stays_and_falls() -> None:
    config = TrainingConfig(steps=100, learning_rate=2.0, warmup=0.1, decay_from=0.5, final_rate=0.1)
    rates = [learning_rate(config, done) for done in (0.0, 0.05, 0.1, 0.5, 0.75, 1.0)]
    assert rates == pytest.approx([0.02, 1.0, 2.0, 2.0, 2.0 * (0.1 + 0.9 / 2), 0.2])


def test_stages_follow_their_shares_and_budgets_their_clock() -> None:
    config = from_dict(
        TINY
        | {"training": {"minutes": 2.0, "stages": [{"share": 3, "frames": 10}, {"share": 1, "frames": 40}]}}
    ).training
    assert [stage_at(config, done).frames for done in (0.0, 0.74, 0.76, 1.0)] == [10, 10, 40, 40]
    assert done_share(config, State(seconds=30)) == 0.25 and done_share(config, State(seconds=600)) == 1.0
    assert done_share(TrainingConfig(steps=10), State(step=5)) == 0.5


def test_the_quick_look_agrees_with_the_metrics(speech: Corpus) -> None:
    config = tiny()
    network, bank = Network(config.network).eval(), Bank(speech, torch.device("cpu"))
    items = fixed_list(speech, "valid", 2, 3, 8000, seed=1)
    batch = bank.mix(recipe_of(items), 8000)
    estimates = separate(network, batch.mixture, 2, config.signal, config.inference)[0]
    rows = zip(*(part.double().numpy() for part in (estimates, batch.sources, batch.mixture)), strict=True)
    expected = torch.tensor([metrics.evaluate(*row)["si_sdri"].mean() for row in rows])
    assert judge(network, bank, items, config)[1] == pytest.approx(float(expected.mean()), abs=1e-3)


def test_autoclip_is_the_percentile_of_all_norms_so_far() -> None:
    clip = AutoClip(50.0)
    generator = torch.Generator().manual_seed(0)
    norms: list[float] = []
    for _ in range(1500):  # beyond the first allocation
        parameter = torch.nn.Parameter(torch.zeros(5))
        parameter.grad = torch.randn(5, generator=generator) * 3
        norms.append(float(parameter.grad.norm()))
        direction = parameter.grad / parameter.grad.norm()
        clip([parameter])
        expected = min(norms[-1], float(torch.tensor(norms).quantile(0.5)))
        assert float(parameter.grad.norm()) == pytest.approx(expected, rel=1e-4)
        assert torch.allclose(parameter.grad / parameter.grad.norm(), direction, atol=1e-5)
    assert clip.history.tolist() == pytest.approx(norms)
    assert AutoClip(50.0, clip.history).history.tolist() == pytest.approx(norms)


def test_a_network_says_which_it_is_and_what_it_gets() -> None:
    config = NetworkConfig(layers=1, hidden=8, embedding=5, masks=2)
    network = Network(config).eval()
    magnitude = torch.rand(2, 6, 129)
    heads = network(magnitude)
    assert (
        config.kind == "chimera"
        and heads.embeddings.shape == (2, 6, 129, 5)
        and heads.masks.shape == (2, 6, 129, 2)
    )
    assert torch.allclose(heads.embeddings.norm(dim=-1), torch.ones(2, 6, 129), atol=1e-4)
    assert ((heads.masks > 0) & (heads.masks < 1)).all()
    louder = network(100 * magnitude)
    assert torch.allclose(heads.masks, louder.masks, atol=1e-5), "how loud a recording is makes no difference"
    assert all(torch.isfinite(head).all() for head in network(torch.zeros(1, 6, 129)))
    softmax = Network(replace(config, mask_activation="softmax")).eval()(magnitude).masks
    assert torch.allclose(softmax.sum(dim=-1), torch.ones(2, 6, 129))
    with pytest.raises(ValueError, match=r"\(batch, frame, 129\); these are \(6, 129\)"):
        network(magnitude[0])
    with pytest.raises(ValueError, match="needs a head"):
        NetworkConfig(embedding=0)
    with pytest.raises(Exception, match="cannot assign"):
        config.hidden = 3  # type: ignore[misc]


def test_calibration_makes_features_standard() -> None:
    network = Network(NetworkConfig(layers=1, hidden=4))
    magnitude = torch.rand(8, 50, 129) * torch.linspace(0.1, 5, 129)
    network.calibrate(magnitude)
    features = (network.features(magnitude) - network.feature_mean) / network.feature_scale
    assert features.mean(dim=(0, 1)).abs().max() < 1e-4
    assert (features.std(dim=(0, 1)) - 1).abs().max() < 1e-3


# --- checkpoints and configurations ---------------------------------------------------------------------------


def test_a_checkpoint_rebuilds_itself(tmp_path: Path) -> None:
    config = tiny()
    network = Network(config.network).eval()
    checkpoint.save(tmp_path / "a.pt", config, network)
    rebuilt_config, rebuilt = checkpoint.rebuild(checkpoint.load(tmp_path / "a.pt"), tmp_path / "a.pt")
    assert rebuilt_config == config
    magnitude = torch.rand(1, 9, 129)
    assert torch.equal(rebuilt(magnitude).masks, network(magnitude).masks)


def test_a_checkpoint_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    config = tiny()
    network = Network(config.network)
    checkpoint.save(tmp_path / "a.pt", config, network)
    before = (tmp_path / "a.pt").read_bytes()
    with pytest.raises((AttributeError, TypeError, RuntimeError, OSError)):
        checkpoint.save(tmp_path / "a.pt", config, network, more=(n for n in range(3)))  # can't be stored
    assert (tmp_path / "a.pt").read_bytes() == before
    assert [f.name for f in tmp_path.iterdir()] == ["a.pt"]


def test_damaged_and_foreign_files_are_named_and_run_no_code(tmp_path: Path) -> None:
    config = tiny()
    file = tmp_path / "a.pt"
    checkpoint.save(file, config, Network(config.network))
    whole = file.read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:cut])
        with pytest.raises(checkpoint.CheckpointError, match=r"a\.pt is damaged, or is no checkpoint"):
            checkpoint.load(file)

    class Evil:
        def __reduce__(self) -> object:
            return (Path.touch, (tmp_path / "was-here",))

    torch.save({"schema": 1, "config": Evil(), "network": {}}, file)
    with pytest.raises(checkpoint.CheckpointError):
        checkpoint.load(file)
    assert not (tmp_path / "was-here").exists()
    torch.save({"weights": torch.zeros(3)}, file)
    with pytest.raises(checkpoint.CheckpointError, match="no checkpoint of this package"):
        checkpoint.load(file)
    torch.save({"schema": 1, "config": config.as_dict(), "network": {}}, file)
    with pytest.raises(checkpoint.CheckpointError, match="can't be rebuilt"):
        checkpoint.rebuild(checkpoint.load(file), file)
    with pytest.raises(checkpoint.CheckpointError, match="there is no checkpoint"):
        checkpoint.load(tmp_path / "b.pt")


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_configuration_trains_a_step(name: str, speech: Corpus, tmp_path: Path) -> None:
    """As shipped, but on a few minutes of speech, with a narrow network and for two steps."""
    small = (
        *("training.minutes=0", "training.steps=2", "training.epochs=1", "network.hidden=4"),
        *("training.stages=[{frames = 30, batch = 2}]", "data.valid_items=1", "data.seconds=1.0"),
    )
    full, config = load_config(name), load_config(name, small)
    assert full.title and full.summary and full.method.name
    assert full.network.kind == config.network.kind
    assert train(config, speech, tmp_path, device="cpu").step == 2


def test_the_rows_of_the_papers_table_are_shipped_with_their_values() -> None:
    rows = {name: load_config(name) for name in ("dc", "wkm", "mi-tpsa", "chimera")}
    quoted = {n: [r.value for r in c.method.reported if "quoted" in r.source] for n, c in rows.items()}
    assert quoted == {"dc": [10.2], "wkm": [10.4], "mi-tpsa": [10.0], "chimera": [11.2]}
    network = {(c.network.layers, c.network.hidden, c.training.clip_percentile) for c in rows.values()}
    assert network == {(4, 600, 10.0)}
    assert load_config("mi-msa").objective.masking == "msa" and not load_config("mi-msa").method.reported


def test_every_problem_of_a_configuration_is_said_at_once(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(
        'extends = "dc"\nsummery = "x"\n[network]\nhiden = 3\nlayers = "four"\n[objective]\nclustering = "dcc"\n'
        "[training]\nstages = 3\n[data]\nspeech = 1\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_config(str(file))
    text = str(caught.value)
    assert "summery: no such setting; did you mean 'summary'?" in text
    assert "network.hiden: no such setting; did you mean 'hidden'?" in text
    assert "network.layers: expected a whole number, for example 20; it is 'four'" in text
    assert "objective.clustering: 'dcc' is not one of '', 'dc', 'wkm', 'laplacian'" in text
    assert "training.stages: expected a list" in text and "data.speech: expected a table" in text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            ["training.steps=5"],
            "a budget is steps or minutes, the other one 0; here steps = 5, minutes = 7.5",
        ),
        (["objective.masking=tpsa"], r"objective.masking needs network.masks = 2"),
        (["network.embedding=0", "network.masks=2"], "objective.clustering needs network.embedding"),
        (["network.masks=2"], "network.masks is there, but the objective trains nothing with it"),
        (
            ["objective.masking=tpsa", "network.masks=3"],
            "objective.masking needs network.masks = 2, one a source",
        ),
        (["inference.head=masks"], "the network has no such head"),
        (["signal.window=512"], "network.frequencies is 129, signal has 257"),
        (["data.layout=librimix"], "needs a path"),
        (["network.layers=four"], "expected a whole number"),
        (["training"], "'training' is no setting; write for example training.steps=200"),
        (["network.dropout=1.0"], "dropout lies from 0 to below 1; it is 1.0"),
    ],
)
def test_what_does_not_fit_together_is_said(changes: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_config("dc", changes)


def test_a_name_that_is_nothing_gets_the_likely_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'chimera'"):
        load_config("chimra")
    (tmp_path / "a.toml").write_text('extends = "a.toml"\n')
    with pytest.raises(ConfigError, match="extend each other in a circle"):
        load_config(str(tmp_path / "a.toml"))
    (tmp_path / "b.toml").write_text("title = \n")
    with pytest.raises(ConfigError, match=r"b\.toml: .*line 1"):
        load_config(str(tmp_path / "b.toml"))


@settings(deadline=None, max_examples=200)
@given(
    st.one_of(
        st.text(max_size=40),
        st.tuples(
            st.sampled_from(
                [
                    "title",
                    "network",
                    "network.hidden",
                    "training.stages",
                    "data.speech.seed",
                    "objective.alpha",
                ]
            ),
            st.one_of(
                st.text(max_size=20),
                st.sampled_from(
                    [
                        "[]",
                        "[1]",
                        "{}",
                        "{a = 1}",
                        "nan",
                        "-1",
                        "1e400",
                        "true",
                        "1979-05-27",
                        '"""',
                        "''",
                        "[{frames = 1}]",
                    ]
                ),
            ),
        ).map("=".join),
    )
)
def test_whatever_is_set_is_a_configuration_or_an_error_with_words(setting: str) -> None:
    try:
        assert isinstance(load_config("dc", [setting]), Config)
    except ConfigError as error:
        assert str(error).strip()
