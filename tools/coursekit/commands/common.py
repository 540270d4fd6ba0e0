"""What the commands share: their options, how they start, how they print and which exit code follows."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import click

from coursekit import report
from coursekit.addresses import site_address
from coursekit.course import Course
from coursekit.loading import find_root, load
from coursekit.model import CannotStart, Diagnostic, Severity
from coursekit.report import Touched, everywhere
from coursekit.report_full import print_full
from coursekit.sarif import as_sarif
from coursekit.source import decode

CLEAN, FINDINGS, COULD_NOT_RUN = 0, 1, 2
WORTH_A_BAR = 10  # files; fewer are read in about a second

root_option = click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The course's folder; found from here upwards when left out.",
)
as_of_option = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Judge as if today were this day (YYYY-MM-DD).",
)
strict_option = click.option("--strict", is_flag=True, help="Warnings count as errors.")


def format_option(*formats: str) -> Callable[[Any], Any]:
    """--output-format with these choices, the first being the default."""
    return click.option(
        "--output-format",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to print.",
    )


def open_root(given: Path | None, style: str = "full") -> Path:
    """The course's folder; what goes wrong from here on is printed in this style."""
    context = click.get_current_context()
    context.meta["format"] = style
    root = find_root(given or Path.cwd())
    context.meta["root"] = root
    return root


def read_course(root: Path, as_of: dt.datetime | None = None, *, whole: bool = False) -> Course:
    """The course, with a sign of life for who waits; `whole` for who builds it."""
    return load(root, as_of=as_of.date() if as_of else None, whole=whole, watch=_reading)


def _reading(items: Iterable[Any], total: int) -> Iterable[Any]:
    """In a terminal, a bar for as long as there is much to read; what is known already takes no time."""
    if total < WORTH_A_BAR or not sys.stderr.isatty():
        return items
    from rich.console import Console  # slow to import
    from rich.progress import track

    return track(items, "Reading the course", total, console=Console(stderr=True), transient=True)


def waiting(words: str) -> AbstractContextManager[object]:
    """A sign of life in a terminal; nothing where nobody looks on."""
    if not sys.stderr.isatty():
        return nullcontext()
    from rich.console import Console  # slow to import

    return Console(stderr=True).status(words)


def print_findings(
    found: Sequence[Diagnostic],
    style: str,
    root: Path,
    course: Course | None,
    *,
    touched: Touched = everywhere,
) -> None:
    """Print findings in the asked form; `touched` says which lines the reader has written."""
    base = site_address(course.config if course else None)
    if style == "json":
        click.echo(report.as_json(found, root=Path(os.path.relpath(root)).as_posix(), base=base))
    elif style == "sarif":
        click.echo(as_sarif(found, base=base))
    elif style == "github":
        click.echo(report.as_github(found, base=base, touched=touched))
    elif style == "concise":
        click.echo(report.as_concise(found))
    else:
        print_full(found, line_source(root, course), base=base)


def line_source(root: Path, course: Course | None) -> Callable[[str], list[str]]:
    """The lines of a file of the course, none where it holds no text."""

    def lines_of(path: str) -> list[str]:
        data = course.data.get(path) if course else None
        if path == "course.yml":
            data = (root / path).read_bytes()
        try:
            return decode(data).split("\n") if data else []
        except UnicodeDecodeError:
            return []

    return lines_of


def exit_code(found: Sequence[Diagnostic], strict: bool) -> int:
    """1 for errors, under --strict for warnings too; else 0."""
    counted = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return FINDINGS if any(finding.severity in counted for finding in found) else CLEAN


def could_not_run(error: CannotStart, style: str, root: Path) -> int:
    """Say why there is nothing to judge; returns the exit code for it."""
    if error.diagnostics or style != "full":
        print_findings(error.diagnostics, style, root, None)
    click.echo(f"course: {report.printable(str(error))}", err=True)
    return COULD_NOT_RUN
