"""`course run`: what is made before it is sent."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from coursekit.commands.common import COULD_NOT_RUN, FINDINGS


@click.group("run")
def run_group() -> None:
    """Notebooks, slides and run folders: what is made before it is sent. Notebooks are run, so trust them."""


@run_group.command("notebook")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--timeout", default=600, show_default=True, help="Seconds that a notebook may take.")
def run_notebook(files: tuple[Path, ...], timeout: int) -> None:
    """Run notebooks from top to bottom and store their outputs; a text twin is brought in step first."""
    from coursekit.author import AuthoringError, execute_notebook

    for file in files:
        click.echo(f"Running {file}")
        try:
            click.echo(f"Stored {execute_notebook(file, timeout)}")
        except AuthoringError as error:
            click.echo(f"course: {error}", err=True)
            sys.exit(COULD_NOT_RUN)


@run_group.command("slides")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
def run_slides(files: tuple[Path, ...]) -> None:
    """Make slides.pdf from its Typst source (slides.typ), the same bytes each time."""
    from coursekit.author import AuthoringError, compile_slides

    for file in files:
        try:
            click.echo(f"Wrote {compile_slides(file)}")
        except AuthoringError as error:
            click.echo(f"course: {error}", err=True)
            sys.exit(COULD_NOT_RUN)


@run_group.command("seal")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
def run_seal(folder: Path) -> None:
    """Complete a run folder: metrics from scores.csv, digests of all files, and what is still missing."""
    from coursekit.checks import checks_by_id
    from coursekit.model import Severity
    from coursekit.seal import SealError, seal

    try:
        run = seal(folder)
    except SealError as error:
        click.echo(f"course: {error}", err=True)
        sys.exit(COULD_NOT_RUN)
    if run.record:
        click.echo(f"sealed {folder}: {len(run.record.files)} files, {len(run.record.metrics)} metrics")
    for fault in run.faults:
        click.echo(
            f"{folder}/run.json:{fault.place.line}:{fault.place.column} {fault.message} [{fault.rule}]"
        )
        click.echo(f"  help: {fault.help}")
    errors = [fault for fault in run.faults if checks_by_id()[fault.rule].severity is Severity.ERROR]
    sys.exit(FINDINGS if errors else 0)
