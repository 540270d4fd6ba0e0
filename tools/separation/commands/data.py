"""`separation data`: the speech that everything else is made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from separation.commands.common import folder_type, set_option


@click.command()
@click.argument("config", default="laptop")
@click.option("--out", type=folder_type, help="The folder to write; a folder of the cache when left out.")
@click.option("--only-unseen", is_flag=True, help="Only the voices of the second engine (needs flite).")
@set_option
def data(config: str, out: Path | None, only_unseen: bool, settings: tuple[str, ...]) -> None:
    """Synthesise the speech of CONFIG, or say where it lies already."""
    from separation.config import ConfigError, load_config
    from separation.data import cached
    from separation.espeak import SpeechError
    from separation.speech import make_speech

    found = load_config(config, settings)
    if found.data.layout != "synthetic":
        raise ConfigError(f"{config} uses {found.data.layout}, which can't be synthesised")
    speech = found.data.speech
    if only_unseen:
        speech = replace(speech, train_speakers=0, valid_speakers=0, test_speakers=0, unseen=True)
        if not speech.voices():
            raise SpeechError("flite isn't installed: on Debian and Ubuntu, apt-get install flite")
    place = out or cached(speech)
    corpus = make_speech(speech, place)
    for split in corpus.digests:
        speakers = len(corpus.speaker_ids(split))
        click.echo(
            f"{split:7} {speakers:4} speakers  {corpus.hours(split):6.2f} h  sha256 {corpus.digests[split]}"
        )
    click.echo(f"in {place}")
