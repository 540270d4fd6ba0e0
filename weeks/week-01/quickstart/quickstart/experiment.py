"""Does it matter? A handful of configurations, each trained with several seeds, set beside each other.

    python -m quickstart.experiment

Given, but for CONFIGURATIONS: the last step of the assignment adds one of your own.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import torch
from torch import Tensor, nn

from quickstart.data import Standardiser, split
from quickstart.evaluation import correct
from quickstart.images import CLASSES, Images, ImagesError, Source, digits, mnist
from quickstart.machine import facts
from quickstart.models import MLP, Linear
from quickstart.record import run_record, score_rows
from quickstart.runfolder import write_run
from quickstart.table import Line, table
from quickstart.training import Epoch, Settings, fit

SPLIT_SEED = 396  # the division stays the same for all trainings: their seeds change weights and batches only
TEST_SHARE, VALID_SHARE = 0.2, 0.2


@dataclass(frozen=True)
class Configuration:
    """One row of the table. Without hidden units it is the linear model."""

    name: str
    title: str
    hidden: int = 0
    dropout: float = 0.0
    standardise: bool = True
    settings: Settings = field(default_factory=Settings)


LINEAR = Configuration("linear", "Linear softmax")
MLP_64 = Configuration("mlp", "MLP with 64 hidden units", hidden=64, dropout=0.2)
CONFIGURATIONS = (  # each differs from LINEAR or MLP_64 in one thing
    LINEAR,
    replace(LINEAR, name="linear-raw", title="Linear softmax, pixels as they are", standardise=False),
    replace(LINEAR, name="linear-slow", title="Linear softmax, rate 0.0005", settings=Settings(rate=0.0005)),
    MLP_64,
    replace(MLP_64, name="mlp-raw", title="MLP, pixels as they are", standardise=False),
)


@dataclass(frozen=True)
class Parts:
    """The three parts of the data. No image is in two of them."""

    train: Images
    valid: Images
    test: Images


@dataclass(frozen=True)
class Trial:
    """One training: its epochs, and for each test image whether the model got it right."""

    seed: int
    history: list[Epoch]
    correct: Tensor


def divide(source: Source) -> Parts:
    """Set the test images apart, if nobody has, then the validation images."""
    pool, test = source.pool, source.test
    if test is None:
        kept, held = split(len(pool), round(TEST_SHARE * len(pool)), seed=SPLIT_SEED)
        pool, test = pool[kept], pool[held]
    kept, held = split(len(pool), round(VALID_SHARE * len(pool)), seed=SPLIT_SEED + 1)
    return Parts(pool[kept], pool[held], test)


def standardised(parts: Parts) -> Parts:
    """The same parts, each standardised with what the training images say."""
    standardise = Standardiser.fit(parts.train.pixels)
    apply = [Images(standardise(part.pixels), part.labels) for part in (parts.train, parts.valid, parts.test)]
    return Parts(*apply)


def build(configuration: Configuration, inputs: int) -> nn.Module:
    """The model of a configuration, with weights drawn anew."""
    if configuration.hidden:
        return MLP(inputs, CLASSES, hidden=configuration.hidden, dropout=configuration.dropout)
    return Linear(inputs, CLASSES)


def train_one(configuration: Configuration, parts: Parts, seed: int) -> Trial:
    """Train with one seed, and look at the test images once, at the end."""
    torch.manual_seed(seed)  # weights and dropout
    order = torch.Generator().manual_seed(seed)  # batches
    model = build(configuration, parts.train.pixels.shape[1])
    history = fit(model, parts.train, parts.valid, configuration.settings, order)
    return Trial(seed, history, correct(model, parts.test))


def run(configuration: Configuration, source: Source, parts: Parts, seeds: Sequence[int], out: Path) -> Line:
    """Train a configuration with each seed, leave its run folder, and sum it up."""
    started, clock = datetime.now(UTC), time.perf_counter()
    ready = standardised(parts) if configuration.standardise else parts
    trials = list(_told(configuration, ready, seeds))
    by_seed = {trial.seed: trial.correct for trial in trials}
    record = run_record(
        configuration.title,
        asdict(configuration),
        data=source.name,
        splits={name: len(part) for name, part in vars(parts).items()},
        seeds=list(seeds),
        facts=facts(started, time.perf_counter() - clock),
    )
    write_run(out / configuration.name, record, score_rows(by_seed), trials[0].history)
    return Line(configuration.name, torch.stack([trial.correct for trial in trials]))


def _told(configuration: Configuration, parts: Parts, seeds: Sequence[int]) -> Iterator[Trial]:
    """Each training, and a line about it as soon as it is over."""
    for seed in seeds:
        clock = time.perf_counter()
        trial = train_one(configuration, parts, seed)
        best = min(trial.history, key=lambda epoch: epoch.valid_loss)
        took = time.perf_counter() - clock
        epochs = f"best epoch {best.number:>3} of {len(trial.history):>3}"
        print(f"{configuration.name:<12} seed {seed}  {epochs}  {took:4.1f} s", flush=True)
        yield trial


def arguments() -> argparse.Namespace:
    """What was asked for on the command line."""
    about = "Trains each configuration with several seeds, and sets them beside each other."
    parser = argparse.ArgumentParser(prog="python -m quickstart.experiment", description=about)
    add = parser.add_argument
    add("--mnist", type=Path, metavar="PATH", help="MNIST: an .npz file, or a folder with the idx files")
    add("--seeds", type=int, default=5, metavar="N", help="trainings of each configuration (5)")
    add("--only", nargs="+", choices=[one.name for one in CONFIGURATIONS], metavar="NAME", help="these only")
    add("--quick", action="store_true", help="two configurations, two seeds: does it run at all?")
    add("--out", type=Path, default=Path("runs"), metavar="DIR", help="where the run folders go (runs)")
    asked = parser.parse_args()
    if asked.seeds < 1:
        parser.error("--seeds: at least 1")
    return asked


def main() -> None:
    """Train, write the run folders, print the table."""
    asked = arguments()
    torch.set_num_threads(1)  # such small models are slower with more, and the same numbers come back
    chosen = [one for one in CONFIGURATIONS if not asked.only or one.name in asked.only]
    seeds = range(1, asked.seeds + 1)
    if asked.quick:
        chosen, seeds = [LINEAR, MLP_64], range(1, 3)
    try:
        source = mnist(asked.mnist) if asked.mnist else digits()
    except ImagesError as error:
        sys.exit(f"quickstart: {error}")
    parts = divide(source)
    sizes = f"{len(parts.train)} to train, {len(parts.valid)} to validate, {len(parts.test)} to test"
    print(f"{source.name}: {sizes}")
    lines = [run(one, source, parts, seeds, asked.out) for one in chosen]
    print()
    print(table(lines))
    print(f"\nRun folders: {', '.join(str(asked.out / line.name) for line in lines)}")


if __name__ == "__main__":
    main()
