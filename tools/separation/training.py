"""Training: one loop for one process or many, that can be cut off at any moment and goes on where it was.

A budget in steps gives the same network each time on one machine; one in minutes gives what the machine can do in them.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal as signals
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from filelock import FileLock, Timeout
from lightning.fabric import Fabric
from lightning.fabric.strategies.ddp import DDPStrategy
from rich.progress import Progress, TaskID, TextColumn
from torch import Tensor, nn
from torch.optim import Optimizer

from separation import checkpoint, progress
from separation.autoclip import AutoClip
from separation.checkpoint import BEST, LAST
from separation.config import Config, ObjectiveConfig, TrainingConfig
from separation.corpus import Corpus, Item
from separation.errors import SeparationError
from separation.evaluation import SCORES, judge
from separation.hardware import Hardware, hardware_of, peak_memory
from separation.mixtures import Bank, Remix, Shuffled, fixed_list
from separation.models import Network
from separation.objectives import Spectra, loss_of, spectra_of
from separation.schedule import Clock, learning_rate, stage_at
from separation.state import HISTORY, Provenance, State, write_history

SAVE_EVERY = 45.0  # seconds: hardly more training than this is lost
_LOOK_EVERY = 1.0  # seconds between looks at the loss, each of which waits for the device
_CALIBRATION = 64  # mixtures from which the features' spread is taken


class TrainingError(SeparationError):
    """Training can't start or go on; the message says why and what to do."""


def start_fabric(config: TrainingConfig, device: str) -> Fabric:
    """One process, or those that torchrun started, on "cpu", "gpu", or "auto": a GPU where there is one."""
    accelerator = ("gpu" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    if accelerator == "gpu":
        torch.set_float32_matmul_precision("high")
    # nothing in the buffers changes, so they need no broadcast at each step
    many = int(os.environ.get("WORLD_SIZE", "1")) > 1
    fabric = Fabric(
        accelerator=accelerator,
        strategy=DDPStrategy(broadcast_buffers=False, gradient_as_bucket_view=True) if many else "auto",
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
    try:
        with _alone_in(out) if fabric.is_global_zero else contextlib.nullcontext():
            return Trainer(fabric, config, corpus, out, provenance or Provenance()).run()
    finally:
        if fabric.world_size > 1:
            torch.distributed.destroy_process_group()  # left to the exit, its threads may abort the process


def training_step(
    network: nn.Module,
    optimizer: Optimizer,
    clip: AutoClip,
    spectra: Spectra,
    objective: ObjectiveConfig,
    *,
    backward: Callable[[Tensor], object] = Tensor.backward,
) -> Tensor:
    """One step of training, with nothing in it that waits for the device; returns the loss."""
    loss = loss_of(network(spectra.mixture.abs()), spectra, objective)
    backward(loss)
    clip(network.parameters())
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach()


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
        self.fabric, self.config, self.corpus = fabric, config, corpus
        self.out, self.provenance = out, provenance
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
        saved = (
            self._restored()
        )  # before Fabric moves the network to its device, the optimizer's state after it
        self._same_start()
        if saved is None:
            self._calibrate()
        optimizer = torch.optim.Adam(
            self.network.parameters(), lr=config.training.learning_rate, fused=fabric.device.type == "cuda"
        )
        self.module, self.optimizer = fabric.setup(self.network, optimizer)
        if saved is not None:
            self.optimizer.load_state_dict(saved["optimizer"])

    # --- the loop ---

    def run(self) -> State:
        """Train to the end of the budget."""
        state, epochs = self.state, self.config.training.epochs
        clock = Clock(self.fabric, self.config.training, state)
        saved_at = looked_at = state.seconds
        if self.fabric.is_global_zero:
            write_history(
                self.out / HISTORY, state.history
            )  # the checkpoint's, which a kill may have left behind
        with _polite_stop(clock), _Report(self) as report:
            while clock.done < 1 and not clock.stop:
                began = time.perf_counter()
                self._step(clock.done)
                clock.tick()
                ends_epoch = int(clock.done * epochs + 1e-9) > state.epochs
                if ends_epoch or state.seconds - looked_at > _LOOK_EVERY:
                    looked_at = state.seconds
                    report.show(clock.done, self._healthy_loss())  # which waits until the device is done
                state.step_seconds += time.perf_counter() - began
                if ends_epoch:
                    self._end_epoch(clock.done)
                    clock.tick()
                    report.epoch(state.history[-1])
                ends = clock.stop or clock.done >= 1 or (len(state.history) == 1 and ends_epoch)
                if ends or state.seconds - saved_at > SAVE_EVERY:
                    self._healthy_loss()
                    self._save()
                    saved_at = state.seconds
            if clock.done < 1:
                raise KeyboardInterrupt
        return state

    def _step(self, done: float) -> None:
        config, state, rank = self.config, self.state, self.fabric.global_rank
        stage = stage_at(config.training, done)
        samples = config.signal.samples(stage.frames)
        recipe = self.draws.recipe(state.examples, stage.batch, samples).rows(rank, self.fabric.world_size)
        spectra = spectra_of(self.bank.mix(recipe, samples), config.signal)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(config.training, done)
        # dropout of its own for each step and process, and the same after a resume; 7919 is any prime
        torch.manual_seed(config.training.seed + 7919 * state.step + rank)
        loss = training_step(
            self.module, self.optimizer, self.clip, spectra, config.objective, backward=self.fabric.backward
        )
        self._losses.append(loss)
        state.step += 1
        state.examples += stage.batch

    def _healthy_loss(self) -> float:
        """The last loss; what is no number any more is never saved."""
        if not self._losses:
            return math.nan  # an epoch has just ended, with a look
        loss = float(self._losses[-1])
        if math.isfinite(loss) and self.clip.healthy:
            return loss
        kept = f"{self.out / LAST} holds the last good state. " if (self.out / LAST).is_file() else ""
        raise TrainingError(
            f"loss or gradient is no number any more at step {self.state.step}. {kept}"
            "A lower training.learning_rate usually helps"
        )

    # --- what an epoch ends with ---

    def _end_epoch(self, done: float) -> None:
        """Judge the network on the validation list; a row for the curve, and the best checkpoint."""
        state, training = self.state, self.config.training
        self.network.eval()
        valid_loss, improvement = judge(self.network, self.bank, self.valid, self.config)
        self.network.train()
        train_loss = float(torch.stack(self._losses).mean())
        if self.fabric.world_size > 1:
            train_loss = float(self.fabric.all_reduce(torch.tensor(train_loss), reduce_op="mean"))  # type: ignore[arg-type]
        self._losses.clear()
        state.epochs = int(done * training.epochs + 1e-9)
        state.history.append(
            {
                "step": state.step,
                "seconds": round(state.seconds, 2),
                "examples": state.examples,
                "train_loss": train_loss,
                "valid_loss": valid_loss,
                "valid_si_sdri": improvement,
                "learning_rate": learning_rate(training, done),
                "clip_at": float(torch.quantile(self.clip.history, self.clip.percentile / 100)),
            }
        )
        is_best = improvement > state.best
        if is_best:
            state.best, state.best_step = improvement, state.step
        if self.fabric.is_global_zero:
            write_history(self.out / HISTORY, state.history)
            if is_best:
                (self.out / SCORES).unlink(missing_ok=True)  # they are of another network
                checkpoint.save(self.out / BEST, self.config, self.network, **self._about())

    def _save(self) -> None:
        """Write all that it takes to go on."""
        if self.fabric.is_global_zero:
            checkpoint.save(
                self.out / LAST,
                self.config,
                self.network,
                **self._about(),
                optimizer=self.optimizer.state_dict(),
                clip=self.clip.history.cpu(),
                losses=torch.stack(self._losses).tolist() if self._losses else [],
            )

    def _about(self) -> dict[str, Any]:
        """What a checkpoint says of its training."""
        self.state.peak_memory = max(self.state.peak_memory, peak_memory(self.fabric.device))
        return {
            "state": asdict(self.state),
            "provenance": asdict(self.provenance),
            "hardware": asdict(self.hardware()),
            "corpus": self.corpus.name,
            "splits": self.corpus.splits(),
        }

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
        checkpoint.require(saved, file, "state", "splits", "optimizer", "clip", "losses")
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

    def _same_start(self) -> None:
        """All processes must have found the same checkpoint."""
        if self.fabric.world_size > 1:
            first = torch.tensor(self.state.step, device=self.fabric.device)
            torch.distributed.broadcast(first, src=0)
            if int(first) != self.state.step:
                raise TrainingError(
                    f"{self.out} is not the same folder for all processes; choose a shared one"
                )

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
def _polite_stop(clock: Clock) -> Iterator[None]:
    """Ctrl-C and SIGTERM end training after the step that runs, with a checkpoint."""

    def ask(number: int, frame: FrameType | None) -> None:
        clock.asked = True

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
            if self.state.step:
                progress.console.print(
                    f"Going on at step {self.state.step}, after {self.state.seconds:.0f} s"
                )
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
