"""`separation bench`: how long the parts of a training take here."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from separation.commands.common import device_named, device_option, path_type, set_option
from separation.errors import SeparationError

if TYPE_CHECKING:
    from separation.config import Config


@click.command()
@click.argument("configs", nargs=-1)
@device_option
@click.option(
    "--steps", type=click.IntRange(3, 100_000), default=20, show_default=True, help="Steps to time."
)
@click.option("--losses/--no-losses", default=True, help="Time the losses against their other forms, too.")
@click.option(
    "--train", "real", type=click.IntRange(1), help="Train each for so many steps, too, speech and all."
)
@click.option("--json", "target", type=path_type, help="Write the figures to this file, too.")
@set_option
def bench(
    configs: tuple[str, ...],
    device: str,
    steps: int,
    losses: bool,
    real: int | None,
    target: Path | None,
    settings: tuple[str, ...],
) -> None:
    """Time the parts of a training step of each of CONFIGS, and the losses against their naive forms."""
    from separation.bench import time_losses, time_steps
    from separation.config import load_config
    from separation.hardware import hardware_of
    from separation.report import print_losses, print_step

    if target and not target.parent.is_dir():
        raise SeparationError(f"there is no folder {target.parent} to write {target.name} into")
    where = device_named(device)
    names = configs or (("chimera",) if where.type == "cuda" else ("laptop",))
    found: dict[str, Any] = {
        "device": asdict(hardware_of(where, 1, "32")),
        "steps": {},
        "losses": [],
        "training": {},
    }
    click.echo(f"{found['device']['kind'].upper()}: {found['device']['name']}")
    for name in names:
        config = load_config(name, settings)
        for number, stage in enumerate(config.training.stages):
            times = time_steps(config, where, steps=steps, stage=number)
            key = f"{name}, batch {stage.batch} x {stage.frames} frames"
            found["steps"][key] = asdict(times) | {"network_share": times.network_share}
            print_step(key, found["steps"][key])
        if real:
            found["training"][name] = _trained(config, real, device)
            told = ", ".join(f"{value:g} {what}" for what, value in found["training"][name].items())
            click.echo(f"  {real} steps of training: {told}")
    if losses:
        found["losses"] = [asdict(row) for row in time_losses(where)]
        print_losses(found["losses"])
    if target:
        target.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def _trained(config: Config, steps: int, device: str) -> dict[str, float]:
    """What a real training of some steps does, synthesis of its speech left out."""
    import tempfile

    from separation.data import open_corpus
    from separation.training import train

    training = replace(config.training, steps=steps, minutes=0.0, epochs=1)
    corpus = open_corpus(config.data, splits=("train", "valid"))
    with tempfile.TemporaryDirectory() as folder:
        state = train(replace(config, training=training), corpus, Path(folder), device=device)
    return {
        "steps/s": round(state.step / state.step_seconds, 2),
        "examples/s": round(state.examples / state.step_seconds, 1),
        "GiB at the peak": round(state.peak_memory / 2**30, 2),
        "dB SI-SDR improvement": round(state.best, 2),
    }
