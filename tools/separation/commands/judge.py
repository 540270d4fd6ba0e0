"""`separation evaluate`, `export` and `pack`: what a trained run is worth, and what is given away of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from separation.commands.common import (
    data_option,
    device_named,
    device_option,
    folder_type,
    layout_option,
    path_type,
    tested_on,
    unseen_option,
)


@click.command()
@click.argument("run", type=folder_type)
@data_option
@layout_option
@unseen_option
@device_option
def evaluate(run: Path, data: Path | None, layout: Any, unseen: Path | None, device: str) -> None:
    """Judge the best checkpoint of RUN on the test lists; writes RUN/scores.csv."""
    from separation import checkpoint
    from separation.checkpoint import BEST
    from separation.data import open_corpus
    from separation.evaluation import SCORES, evaluate, write_scores
    from separation.report import print_scores

    content = checkpoint.load(run / BEST)
    config, network = checkpoint.rebuild(content, run / BEST)
    tested = tested_on(config.data, layout, data)
    corpus = open_corpus(tested, folder=data, unseen=unseen, splits=("test",))
    known = content.get("splits", {}).get("train", {}).get("digest")
    if known and corpus.digests.get("train", known) != known:
        click.echo(
            "separation: the network was trained on other speech than this; its speakers may differ", err=True
        )
    scores = evaluate(network, corpus, config, device_named(device))
    write_scores(run / SCORES, scores)
    print_scores(scores, config)


@click.command()
@click.argument("run", type=folder_type)
@click.argument("target", metavar="DIR", type=folder_type)
@data_option
@layout_option
@unseen_option
@device_option
@click.option(
    "--examples",
    type=click.IntRange(1, 20),
    default=2,
    show_default=True,
    help="Mixtures to hear, of each group.",
)
@click.option(
    "--sounds",
    type=click.Choice(["all", "estimates", "none"]),
    default="all",
    show_default=True,
    help="estimates: another run's folder holds the mixtures and references of the same items.",
)
@click.option("--title", default="", help="In the place of the configuration's.")
@click.option("--summary", default="", help="In the place of the configuration's.")
def export(
    run: Path,
    target: Path,
    data: Path | None,
    layout: Any,
    unseen: Path | None,
    device: str,
    examples: int,
    sounds: Any,
    title: str,
    summary: str,
) -> None:
    """Write the evaluated RUN as a run folder for the course's site."""
    from separation import checkpoint
    from separation.checkpoint import BEST
    from separation.data import open_corpus
    from separation.export import export_run

    config, _ = checkpoint.rebuild(checkpoint.load(run / BEST), run / BEST)
    tested = tested_on(config.data, layout, data)
    corpus = open_corpus(tested, folder=data, unseen=unseen, splits=("test",))
    where = device_named(device)
    record = export_run(
        run,
        target,
        corpus,
        device=where,
        examples=examples,
        sounds=sounds,
        title=title,
        summary=summary,
    )
    size = sum(f.stat().st_size for f in target.rglob("*") if f.is_file())
    click.echo(f"{target}: {record['title']}, {len(record['files']) + 1} files, {size / 2**20:.1f} MiB")


@click.command()
@click.argument("run", type=path_type)
@click.argument("file", type=path_type)
def pack(run: Path, file: Path) -> None:
    """Write the best network of RUN as a small FILE to give away: weights of 16 bits, without what training needs."""
    from separation import checkpoint
    from separation.checkpoint import BEST

    source = run / BEST if run.is_dir() else run
    content = checkpoint.load(source)
    checkpoint.rebuild(content, source)
    checkpoint.pack(content, file)
    click.echo(f"{file}: {file.stat().st_size / 2**20:.1f} MiB")
