"""`separation separate`: the voices of a file of one's own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from separation.commands.common import device_named, device_option, folder_type, path_type
from separation.errors import SeparationError


@click.command()
@click.argument("wav", type=path_type)
@click.option(
    "--checkpoint",
    "file",
    type=path_type,
    help="A checkpoint, or a run's folder; the small network that comes with the package when left out.",
)
@click.option("--out", type=folder_type, help="Where to write; beside WAV when left out.")
@click.option("--speakers", type=click.IntRange(2, 6), help="How many voices; as in training when left out.")
@click.option("--misi", type=click.IntRange(0, 100), help="Rounds of phase reconstruction.")
@click.option(
    "--reference", "references", multiple=True, type=path_type, help="A true voice, to say how good it is."
)
@click.option("--force", is_flag=True, help="Replace files that are there.")
@device_option
def separate(
    wav: Path,
    file: Path | None,
    out: Path | None,
    speakers: int | None,
    misi: int | None,
    references: tuple[Path, ...],
    force: bool,
    device: str,
) -> None:
    """Separate the voices of WAV, a WAV or FLAC file, into one file a speaker."""
    from separation import checkpoint
    from separation.checkpoint import BEST, SHIPPED
    from separation.longform import load_mixture, separate_file
    from separation.report import print_improvement

    file = SHIPPED if file is None else file
    file = file / BEST if file.is_dir() else file
    config, network = checkpoint.rebuild(checkpoint.load(file), file)
    if misi is not None:
        config = replace(config, inference=replace(config.inference, misi=misi))
    wanted = speakers or config.data.sources
    if not config.network.embedding and wanted != config.network.masks:
        raise SeparationError(
            f"{file} has masks for {config.network.masks} voices and no embeddings to cluster"
        )
    if wanted != config.network.masks and config.network.masks:
        config = replace(config, inference=replace(config.inference, head="embeddings"))
    if len(references) > wanted:
        raise SeparationError(f"{len(references)} references, but {wanted} voices to separate")
    true = [load_mixture(name, config.signal.sample_rate)[0] for name in references]
    done = separate_file(
        network.to(device_named(device)), wav, out or wav.parent, wanted, config, force=force
    )
    for note in done.notes:
        click.echo(note)
    for name in done.files:
        click.echo(name)
    if references:
        print_improvement(references, true, done)
