"""What people see of scores and timings on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from separation import metrics
from separation.audio import Sound
from separation.config import Config
from separation.evaluation import Score, summaries
from separation.longform import Separated


def print_scores(scores: Sequence[Score], config: Config) -> None:
    """A table of the groups: the model beside the ideal masks, and how much of the best one it reaches."""
    found = summaries(scores, "si_sdri")
    groups = list(dict.fromkeys(group for _, group in found if group))
    click.echo(f"{config.title}: SI-SDR improvement in dB, mean and 95 % interval")
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)  # fits into 80 columns
    for heading in ("group", "voices", "model", "IBM", "IRM", "tPSM", "of tPSM"):
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
            f"{model.mean / oracles[-1]:.0%}" if model.mean > 0 else "none",
        )
    Console(highlight=False).print(table)
    click.echo("IBM, IRM, tPSM: ideal binary, ratio and truncated phase-sensitive masks on the same mixtures")


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


def print_improvement(names: Sequence[Path], true: Sequence[Sound], done: Separated) -> None:
    """SI-SDR of each true voice (sample,) before and after, and the file that it is in."""
    length = min(len(done.mixture), *(len(sound) for sound in true))
    if any(len(sound) != len(done.mixture) for sound in true):
        click.echo(f"the lengths differ: judged by the first {length / done.sample_rate:.2f} s")
    references = np.stack([sound[:length] for sound in true], axis=1)
    estimates = done.estimates[:length]
    order = metrics.best_permutation(estimates - estimates.mean(axis=0), references - references.mean(axis=0))
    found = metrics.evaluate(estimates, references, done.mixture[:length])
    for name, k, after, gain in zip(names, order, found["si_sdr"], found["si_sdri"], strict=True):
        before = f"SI-SDR {after - gain:.2f} dB in the mixture"
        click.echo(f"{name} is {done.files[k].name}: {before}, {after:.2f} dB separated ({gain:+.2f} dB)")


def print_study(runs: Mapping[str, Mapping[str, Any]]) -> None:
    """SI-SDR improvements by group, a line a run; each run is the content of its run.json."""
    found = {
        name: {
            metric["group"]: metric["mean"]
            for metric in record["metrics"]
            if (metric["name"], metric["estimator"]) == ("si_sdri", "model")
        }
        for name, record in runs.items()
    }
    groups = list(dict.fromkeys(group for means in found.values() for group in means))
    click.echo("mean SI-SDR improvement in dB")
    table = Table(box=SIMPLE_HEAD)
    for heading in ("run", "steps", *groups):
        table.add_column(heading, justify="left" if heading == "run" else "right", no_wrap=True)
    for name, record in runs.items():
        means = (f"{found[name][group]:.2f}" if group in found[name] else "" for group in groups)
        table.add_row(name, f"{record['steps']}", *means)
    Console(highlight=False).print(table)
