"""Training: one loop for one process or many, that can be cut off at any moment and goes on where it was."""

from __future__ import annotations

import contextlib
import math
import os
import signal as signals
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from filelock import FileLock, Timeout
from lightning.fabric import Fabric
from rich.progress import Progress, TaskID, TextColumn
from torch import Tensor

from separation import checkpoint, progress
from separation.autoclip import AutoClip
from separation.config import Config, TrainingConfig
from separation.corpus import Corpus, Item
from separation.errors import SeparationError
from separation.evaluation import judge
from separation.hardware import Hardware, hardware_of, peak_memory
from separation.mixtures import Bank, Remix, Shuffled, fixed_list
from separation.models import Network
from separation.objectives import loss_of, spectra_of
from separation.schedule import done_share, learning_rate, stage_at
from separation.state import Provenance, State, write_history

SAVE_EVERY = 30.0  # seconds: at most this much training is lost
_LOOK_EVERY = 1.0  # seconds between looks at the loss, each of which waits for the device
_CALIBRATION = 64  # mixtures from which the features' spread is taken
LAST, BEST, HISTORY = "last.pt", "best.pt", "history.csv"


class TrainingError(SeparationError):
    """Training can't start or go on; the message says why and what to do."""


def start_fabric(config: TrainingConfig, device: str) -> Fabric:
    """One process, or those that torchrun started, on "cpu", "gpu", or "auto": a GPU where there is one."""
    accelerator = ("gpu" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    if accelerator == "gpu":
        torch.set_float32_matmul_precision("high")
    fabric = Fabric(
        accelerator=accelerator,
        devices=int(os.environ.get("LOCAL_WORLD_SIZE", "1")),
        num_nodes=int(os.environ.get("GROUP_WORLD_SIZE", "1")),
        precision="bf16-mixed" if config.precision == "bf16-mixed" else "32-true",
    )
    fabric.launch()
    return fabric


def train(
    config: Config, corpus: Corpus, out: Path, *, device: str = "auto", provenance: Provenance | None = None
) -> State:
    """Train into a folder, or go on with what is there: `last.pt`, `best.pt` and `history.csv`.

    Raises:
        TrainingError: the folder holds another run, another process trains into it, or the loss is no number any more.
        KeyboardInterrupt: it was told to stop, and saved what it had.
    """
    fabric = start_fabric(config.training, device)
    out.mkdir(parents=True, exist_ok=True)
    with _alone_in(out) if fabric.is_global_zero else contextlib.nullcontext():
        state = Trainer(fabric, config, corpus, out, provenance or Provenance()).run()
    if fabric.world_size > 1:
        torch.distributed.destroy_process_group()  # left to the exit, its threads may abort the process
    return state


@contextlib.contextmanager
def _alone_in(out: Path) -> Iterator[None]:
    lock = FileLock(out / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise TrainingError(f"another process trains into {out}; choose another folder") from None
    try:
        yield
    finally:
        lock.release()


class Trainer:
    """A training: what it works with, and how far it is."""

    def __init__(
        self, fabric: Fabric, config: Config, corpus: Corpus, out: Path, provenance: Provenance
    ) -> None:
        self.fabric, self.config, self.corpus, self.out, self.provenance = (
            fabric,
            config,
            corpus,
            out,
            provenance,
        )
        data = config.data
        for stage in config.training.stages:
            if stage.batch % fabric.world_size:
                raise TrainingError(
                    f"a batch of {stage.batch} can't be divided over {fabric.world_size} processes"
                )
        self.bank = Bank(corpus, fabric.device)
        self.draws = (
            Remix(corpus, "train", data.sources, data.seed)
            if data.remix
            else Shuffled(corpus.items.get("train", ()), data.seed)
        )
        samples = round(data.seconds * config.signal.sample_rate)
        self.valid: tuple[Item, ...] = fixed_list(
            corpus, "valid", data.sources, data.valid_items, samples, data.seed
        )
        torch.manual_seed(config.training.seed)
        self.network = Network(config.network)
        self.clip = AutoClip(config.training.clip_percentile)
        self.state = State()
        self._losses: list[Tensor] = []  # of the epoch that runs
        saved = self._restored()
        if saved is None:
            self._calibrate()
        optimizer = torch.optim.Adam(
            self.network.parameters(), lr=config.training.learning_rate, fused=fabric.device.type == "cuda"
        )
        self.module, self.optimizer = fabric.setup(self.network, optimizer)
        if saved is not None:
            self.optimizer.load_state_dict(saved["optimizer"])
        self._stop = False

    # --- the loop ---

    def run(self) -> State:
        """Train to the end of the budget."""
        state, training = self.state, self.config.training
        began = time.perf_counter() - state.seconds
        saved_at = looked_at = state.seconds
        with _polite_stop(self), _Report(self) as report:
            done = self._agreed(done_share(training, state))
            while done < 1:
                step_began = time.perf_counter()
                self._step(done)
                state.seconds = time.perf_counter() - began
                done = self._agreed(done_share(training, state))
                if state.seconds - looked_at > _LOOK_EVERY or self._stop:
                    looked_at = state.seconds
                    report.show(done, self._current_loss())  # which waits until the device is done
                state.step_seconds += time.perf_counter() - step_began
                if int(done * training.epochs) > state.epochs:
                    self._end_epoch(done, began)
                    report.epoch(state.history[-1])
                    saved_at = state.seconds
                elif state.seconds - saved_at > SAVE_EVERY or self._stop:
                    self._save()
                    saved_at = state.seconds
                if self._stop:
                    raise KeyboardInterrupt
        return state

    def _step(self, done: float) -> None:
        config, state = self.config, self.state
        stage = stage_at(config.training, done)
        samples = config.signal.samples(stage.frames)
        recipe = self.draws.recipe(state.step, stage.batch, samples)
        rank = self.fabric.global_rank
        mine = recipe.rows(rank, self.fabric.world_size)
        spectra = spectra_of(self.bank.mix(mine, samples), config.signal)
        torch.manual_seed(config.training.seed + 7919 * state.step + rank)  # dropout, the same after a resume
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(config.training, done)
        loss = loss_of(self.module(spectra.mixture.abs()), spectra, config.objective)
        self.fabric.backward(loss)
        self.clip(self.network.parameters())
        self.optimizer.step()
        self.optimizer.zero_grad()
        self._losses.append(loss.detach())
        state.step += 1
        state.examples += stage.batch

    def _agreed(self, done: float) -> float:
        """Processes see different clocks; the first one's counts, or their learning rates would part."""
        if self.fabric.world_size == 1 or self.config.training.steps:
            return done
        return float(self.fabric.broadcast(done))

    def _current_loss(self) -> float:
        loss = float(self._losses[-1])
        if not math.isfinite(loss):
            raise TrainingError(
                f"the loss is no number at step {self.state.step}; {self.out / LAST} holds the last good state. "
                "A lower training.learning_rate usually helps"
            )
        return loss

    # --- what an epoch ends with ---

    def _end_epoch(self, done: float, began: float) -> None:
        """Judge the network on the validation list; a row for the curve, and both checkpoints."""
        state = self.state
        self._current_loss()
        self.network.eval()
        valid_loss, improvement = judge(self.network, self.bank, self.valid, self.config)
        self.network.train()
        state.epochs = int(done * self.config.training.epochs)
        state.seconds = time.perf_counter() - began
        train_loss = float(torch.stack(self._losses).mean())
        if self.fabric.world_size > 1:
            train_loss = float(self.fabric.all_reduce(torch.tensor(train_loss), reduce_op="mean"))  # type: ignore[arg-type]
        state.history.append(
            {
                "step": state.step,
                "seconds": round(state.seconds, 2),
                "examples": state.examples,
                "train_loss": train_loss,
                "valid_loss": valid_loss,
                "valid_si_sdri": improvement,
                "learning_rate": learning_rate(self.config.training, done),
                "clip_at": float(torch.quantile(self.clip.history, self.clip.percentile / 100)),
            }
        )
        self._losses.clear()
        is_best = improvement > state.best
        if is_best:
            state.best, state.best_step = improvement, state.step
        self._save(is_best=is_best)

    def _save(self, *, is_best: bool = False) -> None:
        if not self.fabric.is_global_zero:
            return
        self.state.peak_memory = max(self.state.peak_memory, peak_memory(self.fabric.device))
        about = {
            "state": asdict(self.state),
            "provenance": asdict(self.provenance),
            "hardware": asdict(self.hardware()),
            "splits": self.corpus.splits(),
        }
        if is_best:
            checkpoint.save(self.out / BEST, self.config, self.network, **about)
        checkpoint.save(
            self.out / LAST,
            self.config,
            self.network,
            **about,
            optimizer=self.optimizer.state_dict(),
            clip=self.clip.history.cpu(),
            losses=[float(loss) for loss in self._losses],
        )
        write_history(self.out / HISTORY, self.state.history)

    def hardware(self) -> Hardware:
        """What this training runs on."""
        return hardware_of(self.fabric.device, self.fabric.world_size, self.config.training.precision)

    # --- where it begins ---

    def _restored(self) -> dict[str, Any] | None:
        """Go on with the folder's last checkpoint; None where there is none."""
        file = self.out / LAST
        if not file.is_file():
            return None
        saved = checkpoint.load(file)
        config, network = checkpoint.rebuild(saved, file)
        if config != self.config:
            raise TrainingError(
                f"{self.out} holds a run with other settings: {_difference(config, self.config)}"
            )
        if any(
            saved["splits"][name]["digest"] != self.corpus.digests.get(name) for name in ("train", "valid")
        ):
            raise TrainingError(
                f"{self.out} was trained on other data than {self.corpus.name}; choose another folder"
            )
        self.network.load_state_dict(network.state_dict())
        self.clip = AutoClip(self.clip.percentile, saved["clip"])
        self.state = State(**saved["state"])
        self._losses = [torch.tensor(loss, device=self.fabric.device) for loss in saved["losses"]]
        return saved

    def _calibrate(self) -> None:
        samples = self.config.signal.samples(max(stage.frames for stage in self.config.training.stages))
        batch = self.bank.mix(self.draws.recipe(0, _CALIBRATION, samples), samples)
        self.network.calibrate(spectra_of(batch, self.config.signal).mixture.abs().cpu())


def _difference(old: Config, new: Config) -> str:
    """Which settings differ: 'training.steps (300, now 400)'."""

    def flat(tree: dict[str, Any], where: str = "") -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in tree.items():
            found |= flat(value, f"{where}{key}.") if isinstance(value, dict) else {f"{where}{key}": value}
        return found

    before, after = flat(old.as_dict()), flat(new.as_dict())
    return ", ".join(f"{k} ({before.get(k)!r}, now {after[k]!r})" for k in after if before.get(k) != after[k])


@contextlib.contextmanager
def _polite_stop(trainer: Trainer) -> Iterator[None]:
    """Ctrl-C and SIGTERM end training after the step that runs, with a checkpoint."""

    def ask(number: int, frame: FrameType | None) -> None:
        trainer._stop = True

    before = {}
    with contextlib.suppress(ValueError):  # only the main thread may listen to signals
        before = {s: signals.signal(s, ask) for s in (signals.SIGINT, signals.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signals.signal(number, handler)


class _Report:
    """What a person sees: a bar where it can be drawn, and a line an epoch."""

    def __init__(self, trainer: Trainer) -> None:
        self.state, self.epochs = trainer.state, trainer.config.training.epochs
        self.first = trainer.fabric.is_global_zero
        self.bar: Progress = progress.bar(
            TextColumn("{task.percentage:3.0f} %"), TextColumn("{task.fields[note]}")
        )
        self.task: TaskID | None = None
        self._start = (trainer.state.step, time.perf_counter())

    def __enter__(self) -> _Report:
        if self.first:
            self.bar.start()
            self.task = self.bar.add_task("Training", total=1000, note="")
        return self

    def __exit__(self, *exception: object) -> None:
        self.bar.stop()

    def show(self, done: float, loss: float) -> None:
        if self.task is not None:
            speed = (self.state.step - self._start[0]) / (time.perf_counter() - self._start[1])
            note = f"step {self.state.step}  loss {loss:.4f}  {speed:.1f} steps/s"
            self.bar.update(self.task, completed=round(1000 * done), note=note)

    def epoch(self, row: dict[str, float]) -> None:
        if self.first:
            progress.console.print(
                f"epoch {self.state.epochs:3d}/{self.epochs}  step {row['step']:6.0f}  {row['seconds']:6.0f} s  "
                f"train {row['train_loss']:.4f}  valid {row['valid_loss']:.4f}  SI-SDRi {row['valid_si_sdri']:6.2f} dB",
                soft_wrap=True,
            )
