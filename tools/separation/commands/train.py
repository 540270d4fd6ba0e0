"""`separation train` and `separation study`: one run, and all runs of a comparison."""

from __future__ import annotations

import os
import shlex
import sys
import time
from pathlib import Path

import click

from separation.commands.common import (
    check_commit,
    check_device,
    code_version,
    commit_option,
    data_option,
    device_named,
    device_option,
    dirty_option,
    folder_type,
    set_option,
    unseen_option,
)


@click.command()
@click.argument("config")
@click.option(
    "--out", type=folder_type, required=True, help="The folder of the run; a run in it is gone on with."
)
@data_option
@device_option
@commit_option
@dirty_option
@set_option
def train(
    config: str,
    out: Path,
    data: Path | None,
    device: str,
    commit: str | None,
    dirty: bool | None,
    settings: tuple[str, ...],
) -> None:
    """Train CONFIG, a shipped configuration's name or a TOML file.

    What was cut off goes on with the same command. On several GPUs or machines: torchrun --nproc-per-node N -m
    separation train CONFIG --out RUN, where RUN is a folder that all of them see.
    """
    from separation.checkpoint import LAST
    from separation.config import load_config
    from separation.data import open_corpus
    from separation.state import Provenance
    from separation.training import train

    found = load_config(config, settings)
    check_commit(commit)
    check_device(device)
    corpus = open_corpus(found.data, folder=data, splits=("train", "valid"))
    here, changed = code_version() if commit is None else (commit, bool(dirty))
    command = shlex.join(["separation", *sys.argv[1:]])
    provenance = Provenance(command, here, changed if dirty is None else dirty)
    before = (out / LAST).stat().st_mtime_ns if (out / LAST).is_file() else None
    try:
        state = train(found, corpus, out, device=device, provenance=provenance)
    except KeyboardInterrupt:
        saved = f", and saved in {out}" if (out / LAST).is_file() else ""
        click.echo(f"separation: stopped{saved}; the same command goes on", err=True)
        sys.exit(130)
    if os.environ.get("RANK", "0") != "0":
        return  # torchrun starts many of us; one speaks
    if before == (out / LAST).stat().st_mtime_ns:
        click.echo("this run was finished before; nothing is left to do")
    click.echo(
        f"{out}: {state.step} steps in {state.seconds:.0f} s; best SI-SDR improvement on the validation list "
        f"{state.best:.2f} dB at step {state.best_step}"
    )


@click.command()
@click.argument("name", metavar="STUDY")
@click.option(
    "--out", type=folder_type, required=True, help="The folder of the study; one in it is gone on with."
)
@click.option(
    "--minutes",
    type=click.FloatRange(0, min_open=True),
    help="How long this call may take; what the study says when left out.",
)
@click.option("--at-once", type=click.IntRange(1, 64), help="Runs side by side, instead of as planned.")
@click.option("--list", "only_list", is_flag=True, help="Only say what there is to do.")
@data_option
@unseen_option
@device_option
@commit_option
@dirty_option
def study(
    name: str,
    out: Path,
    minutes: float | None,
    at_once: int | None,
    only_list: bool,
    data: Path | None,
    unseen: Path | None,
    device: str,
    commit: str | None,
    dirty: bool | None,
) -> None:
    """Train, evaluate and export all runs of STUDY, a shipped study's name or a TOML file.

    In the folder: exported/ with the run folders, runs/ with the trainings and their logs, and plan.json. It ends in
    time; what is left then (exit code 1), or was cut off, the same command goes on with.
    """
    began = time.monotonic()
    from separation.conduct import conduct, look_into
    from separation.errand import Setup
    from separation.report import print_study
    from separation.study import load_study

    found = load_study(name)
    check_commit(commit)
    setup = Setup(
        device, "gpu" if device_named(device).type == "cuda" else "cpu", data, unseen, commit, dirty
    )
    if only_list:
        for errand in look_into(found, out, setup)[1]:
            click.echo(f"{errand.name:20} {errand.left or 'done':32} {errand.config.title}")
        return
    limit = began + 60 * (minutes or found.minutes)
    try:
        errands = conduct(found, out, setup, deadline=limit, at_once=at_once or 0)
    except KeyboardInterrupt:
        click.echo("separation: stopped; the same command goes on", err=True)
        sys.exit(130)
    if done := {errand.name: record for errand in errands if (record := errand.record())}:
        print_study(done)
    left = [f"{errand.name} ({errand.left})" for errand in errands if errand.left]
    if left:
        click.echo(f"left for another call: {'; '.join(left)}. The same command goes on")
        sys.exit(1)
    click.echo(f"all is done: {out / 'exported'}")
