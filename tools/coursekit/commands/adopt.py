"""`course adopt`: an old course repository in the agreed tree."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from coursekit.commands.common import CLEAN, FINDINGS, waiting
from coursekit.report import printable

_WIDTH = 240  # where no terminal says how wide it is


@click.command()
@click.argument("old_repo", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--into",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to write; it must be empty or not be there.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and write nothing.")
def adopt(old_repo: Path, into: Path | None, dry_run: bool) -> None:
    """Lay an old course repository out in the agreed tree, as a proposal in DIR.

    OLD_REPO is read as data: nothing in it runs and no link in it is followed. DIR/ADOPTED.md says what was taken for
    what, how sure that is and why; what found no place lies in DIR/adopted/left-over/.

    Exit codes: 0 everything has its place and nothing was guessed; 1 something is left over or guessed; 2 could not run.
    """
    from coursekit.adopt.laying import all_files, lay_out, require_free
    from coursekit.adopt.proposal import propose
    from coursekit.adopt.telling import counts, table_rows

    if into is None and not dry_run:
        raise click.UsageError("name the folder to write with --into DIR, or look on with --dry-run")
    if into is not None:
        require_free(into, old_repo)
    with waiting("Reading the old repository"):
        proposal = propose(old_repo)
    _print_table(list(table_rows(proposal)))
    for remark in proposal.remarks:
        click.echo(f"open: {printable(remark)}")
    click.echo(counts(proposal))
    if dry_run or into is None:
        click.echo("Nothing was written (--dry-run).")
    else:
        lay_out(all_files(proposal), into)
        made = printable(str(into))
        click.echo(f"made {made}; next: read {made}/ADOPTED.md, then run: course check --root {made}")
    sys.exit(CLEAN if proposal.settled else FINDINGS)


def _print_table(rows: list[tuple[str, str, str, str, str]]) -> None:
    """Every decision as a table, a stranger's words without what could steer a terminal."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("How sure", "Source", "Target", "Taken for", "Why", box=box.SIMPLE_HEAD, expand=False)
    for row in rows:
        table.add_row(*(Text(printable(cell), overflow="fold") for cell in row))
    wide = None if sys.stdout.isatty() else _WIDTH
    Console(highlight=False, width=wide).print(table)
