"""What only a GPU can show. Without one, these tests are the only ones that are skipped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from separation import checkpoint
from separation.config import Config, load_config
from separation.corpus import Corpus
from separation.evaluation import evaluate
from separation.state import Provenance
from separation.training import BEST, LAST, Trainer, start_fabric, train

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
OBJECTIVES = ["dc", "wkm", "mi-tpsa", "chimera"]


def small(name: str, **changes: object) -> Config:
    settings = [
        *("training.minutes=0", "training.steps=30", "training.epochs=3", "network.hidden=32"),
        *(
            "training.stages=[{frames = 50, batch = 8}]",
            "data.valid_items=2",
            "data.test_items=2",
            "data.seconds=1.0",
        ),
        *(f"{key}={value}" for key, value in changes.items()),
    ]
    return load_config(name, settings)


@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_training_step_never_waits_for_the_device(name: str, speech: Corpus, tmp_path: Path) -> None:
    config = small(name)
    trainer = Trainer(start_fabric(config.training, "gpu"), config, speech, tmp_path, Provenance())
    for _ in range(3):
        trainer._step(0.5)
    torch.cuda.set_sync_debug_mode("error")
    try:
        trainer._step(0.5)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert trainer.state.step == 4


@pytest.mark.parametrize("precision", ["32", "bf16-mixed"])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_it_trains_and_is_judged(name: str, precision: str, speech: Corpus, tmp_path: Path) -> None:
    config = small(name, **{"training.precision": precision})
    state = train(config, speech, tmp_path, device="gpu")
    saved = checkpoint.load(tmp_path / LAST)
    assert saved["hardware"]["kind"] == "gpu" and state.peak_memory > 0
    assert state.history[-1]["train_loss"] < state.history[0]["train_loss"] + 0.1
    _, network = checkpoint.rebuild(checkpoint.load(tmp_path / BEST), tmp_path / BEST)
    on_gpu, on_cpu = (evaluate(network, speech, config, torch.device(d)) for d in ("cuda", "cpu"))
    for one, other in zip(on_gpu, on_cpu, strict=True):
        assert one[:5] == other[:5]
        assert one.values["si_sdr"] == pytest.approx(
            other.values["si_sdr"], abs=0.5
        )  # TF32 moves a cluster a little


def test_a_loss_is_the_same_as_on_the_cpu(speech: Corpus, tmp_path: Path) -> None:
    """The first epoch's loss: the same mixtures are drawn on any device."""
    losses = [
        train(small("chimera"), speech, tmp_path / d, device=d).history[0]["train_loss"]
        for d in ("gpu", "cpu")
    ]
    assert losses[0] == pytest.approx(losses[1], rel=0.02)
