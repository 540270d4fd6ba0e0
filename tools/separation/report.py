"""What people see of scores and timings on a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from separation import metrics
from separation.config import Config
from separation.errors import SeparationError
from separation.evaluation import Score, summaries
from separation.longform import Separated, load_mixture


def print_scores(scores: Sequence[Score], config: Config) -> None:
    """A table of the groups: the model beside the ideal masks, and how much of the best one it reaches."""
    found = summaries(scores, "si_sdri")
    groups = list(dict.fromkeys(group for _, group in found if group))
    click.echo(f"{config.title}: SI-SDR improvement in dB, mean and 95 % interval")
    table = Table(box=SIMPLE_HEAD)
    for heading in ("group", "N", "model", "IBM", "IRM", "tPSM", "of tPSM"):
        table.add_column(heading, justify="left" if heading == "group" else "right", no_wrap=True)
    for group in groups:
        model = found["model", group]
        oracles = [found[name, group].mean for name in ("ibm", "irm", "tpsm")]
        low, high = model.ci95
        table.add_row(
            group,
            str(model.n),
            f"{model.mean:.2f} ({low:.2f} to {high:.2f})",
            *(f"{mean:.2f}" for mean in oracles),
            f"{model.mean / oracles[-1]:.0%}",
        )
    Console(highlight=False).print(table)


def print_step(name: str, times: dict[str, float]) -> None:
    """Where the time of a step goes; `times` are those of `bench.StepTimes`."""
    click.echo(
        f"{name}: {times['whole']:.1f} ms a step, {times['steps_per_second']:.1f} steps/s, "
        f"{times['examples_per_second']:.0f} examples/s\n"
        f"  bare network {times['network']:.1f} ms ({times['network_share']:.0%} of the step), mixing and targets "
        f"{times['mixing']:.1f}, loss {times['loss']:.1f}, clipping and update {times['update']:.1f}"
        + (f"; peak memory {times['peak_memory_gib']:.2f} GiB" if times["peak_memory_gib"] else "")
    )


def print_losses(rows: Sequence[dict[str, Any]]) -> None:
    """One line a form of a loss; `rows` are those of `bench.LossTime`."""
    for row in rows:
        click.echo(
            f"{row['loss']:17} {row['form']:45} {row['milliseconds']:9.2f} ms  {row['against_ours']:6.2f} x ours"
            f"  differs by {row['difference']:.1e}"
        )


def print_improvement(references: Sequence[Path], done: Separated) -> None:
    """SI-SDR of each true voice before and after.

    Raises:
        SeparationError: a file can't be read, or there are more true voices than estimates.
    """
    true = [load_mixture(file, done.sample_rate)[0] for file in references]
    length = min(len(done.mixture), *(len(sound) for sound in true))
    if len(true) > done.estimates.shape[1]:
        raise SeparationError(f"{len(true)} references, but {done.estimates.shape[1]} voices were separated")
    found = metrics.evaluate(
        done.estimates[:length], np.stack([s[:length] for s in true], axis=1), done.mixture[:length]
    )
    for file, after, gain in zip(references, found["si_sdr"], found["si_sdri"], strict=True):
        click.echo(
            f"{file}: SI-SDR {after - gain:.2f} dB in the mixture, {after:.2f} dB separated ({gain:+.2f} dB)"
        )
