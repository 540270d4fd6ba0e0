"""Findings as people read them in a terminal. A module of its own, since rich is slow to import."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from rich.console import Console
from rich.text import Text

from coursekit.model import Diagnostic, Severity
from coursekit.report import count_line, printable, rule_address

_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold blue"}
_SHOWN_WIDTH = 160


def print_full(
    findings: Sequence[Diagnostic], lines_of: Callable[[str], Sequence[str]], *, base: str
) -> None:
    """Grouped by file: the line with a mark under the place, the help, the address of the rule's page."""
    console = Console(highlight=False, soft_wrap=True)
    for path, group in groupby(findings, key=lambda finding: finding.path):
        console.print(Text(printable(path), style="bold underline"))
        lines = lines_of(path)
        for finding in group:
            console.print(_finding_text(finding, lines, base))
        console.print()
    console.print(Text(count_line(findings), style="" if findings else "green"))


def _finding_text(finding: Diagnostic, lines: Sequence[str], base: str) -> Text:
    place = finding.place
    text = Text(f"  {place.line}:{place.column} ", style="dim")
    text.append(finding.severity.value, style=_COLOURS[finding.severity])
    text.append(f" {printable(finding.message)} ", style="default")
    text.append(f"[{finding.rule}]", style="dim")
    if place.cell:
        text.append(f" cell {place.cell}", style="dim")
    if 0 < place.line <= len(lines):
        text.append(_source_line(lines[place.line - 1], place.line, place.column))
    for number, row in enumerate(printable(finding.help).split("\n") if finding.help else ()):
        text.append(f"\n      {'help: ' if not number else '      '}", style="cyan")
        text.append(row, style="default")
    text.append(f"\n      {rule_address(base, finding.rule)}", style="dim")
    return text


def _source_line(line: str, number: int, column: int) -> Text:
    """The line of the file with a mark under the column; a long one is cut around the place."""
    start = max(0, column - _SHOWN_WIDTH // 2) if len(line) > _SHOWN_WIDTH else 0
    shown = printable(line.replace("\t", " ")[start : start + _SHOWN_WIDTH])
    gutter = f"{number:>6} | "
    text = Text(f"\n{gutter}", style="dim")
    text.append(shown, style="default")
    text.append("\n" + " " * (len(gutter) - 2) + "| " + " " * (column - 1 - start) + "^", style="bold red")
    return text
