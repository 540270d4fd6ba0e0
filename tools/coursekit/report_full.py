"""Findings as people read them in a terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import click

from coursekit.model import Diagnostic, Severity
from coursekit.report import count_line, printable, rule_address

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
_SHOWN_WIDTH = 160


def print_full(
    findings: Sequence[Diagnostic], lines_of: Callable[[str], Sequence[str]], *, base: str
) -> None:
    """Grouped by file: the line with a mark under the place, the help, the address of the rule's page."""
    colour = _wants_colour()
    for path, group in groupby(findings, key=lambda finding: finding.path):
        click.echo(click.style(printable(path), bold=True, underline=True), color=colour)
        lines = lines_of(path)
        for finding in group:
            click.echo("".join(_finding(finding, lines, base)), color=colour)
        click.echo()
    click.echo(click.style(count_line(findings), fg=None if findings else "green"), color=colour)


def _wants_colour() -> bool | None:
    """As the environment says (no-color.org); None leaves it to whether this is a terminal."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def _dim(text: str) -> str:
    return click.style(text, dim=True)


def _finding(finding: Diagnostic, lines: Sequence[str], base: str) -> Iterator[str]:
    place = finding.place
    yield _dim(f"  {place.line}:{place.column} ")
    yield click.style(finding.severity.value, fg=_COLOURS[finding.severity], bold=True)
    yield f" {printable(finding.message)} " + _dim(f"[{finding.rule}]")
    if place.cell:
        yield _dim(f" cell {place.cell}")
    if 0 < place.line <= len(lines):
        yield from _source_line(lines[place.line - 1], place.line, place.column)
    for number, row in enumerate(printable(finding.help).split("\n") if finding.help else ()):
        yield click.style(f"\n      {'help: ' if not number else '      '}", fg="cyan") + row
    yield _dim(f"\n      {rule_address(base, finding.rule)}")


def _source_line(line: str, number: int, column: int) -> Iterator[str]:
    """The line of the file with a mark under the column; a long one is cut around the place."""
    start = max(0, column - _SHOWN_WIDTH // 2) if len(line) > _SHOWN_WIDTH else 0
    gutter = f"{number:>6} | "
    yield _dim(f"\n{gutter}") + printable(line.replace("\t", " ")[start : start + _SHOWN_WIDTH])
    mark = " " * (len(gutter) - 2) + "| " + " " * (column - 1 - start) + "^"
    yield "\n" + click.style(mark, fg="red", bold=True)
