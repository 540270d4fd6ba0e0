"""Findings for people and for machines: full, concise, json and github (sarif has a module of its own). The same tree gives the same bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text

from coursekit.config import Config
from coursekit.model import Diagnostic, Severity
from coursekit.schema import is_bidi_control

FORMATS = ("full", "concise", "json", "github", "sarif")
MOST_ANNOTATIONS = 10  # of each severity in one step, as GitHub documents it
Touched = Callable[[str, int], bool]
_COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.INFO: "bold blue"}
_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_SHOWN_WIDTH = 160


def printable(text: str) -> str:
    """Text that can't steer a terminal: control characters and overrides of direction become `?`."""
    return "".join(
        char if (char.isprintable() or char == "\n") and not is_bidi_control(char) else "?" for char in text
    )


def site_address(config: Config | None) -> str:
    """Where GitHub Pages serves the course: it follows from the repository's address."""
    found = re.match(
        r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?$",
        (config.links.repository or "") if config else "",
    )
    return f"https://{found[1]}.github.io/{found[2]}/" if found else "/"


def rule_address(base: str, rule: str) -> str:
    """The address of a rule's page."""
    return f"{base}rules/{rule}/"


def summary(findings: Sequence[Diagnostic]) -> dict[str, int]:
    """How many findings there are of each severity."""
    return {
        severity.value: sum(1 for finding in findings if finding.severity is severity)
        for severity in Severity
    }


def as_json(findings: Sequence[Diagnostic], *, root: str, base: str) -> str:
    """The agreed JSON (schema 1)."""
    rows = [
        {
            "rule": finding.rule,
            "severity": finding.severity.value,
            "path": finding.path,
            "line": finding.place.line,
            "column": finding.place.column,
            "cell": finding.place.cell,
            "message": finding.message,
            "help": finding.help,
            "url": rule_address(base, finding.rule),
            "fixable": finding.fixable,
        }
        for finding in findings
    ]
    return json.dumps(
        {"schema": 1, "root": root, "summary": summary(findings), "diagnostics": rows},
        ensure_ascii=False,
        indent=2,
    )


def everywhere(path: str, line: int) -> bool:
    """Where nothing is known of what changed, every line counts as touched."""
    return True


def as_github(findings: Sequence[Diagnostic], *, base: str, touched: Touched = everywhere) -> str:
    """Workflow commands, never more than GitHub shows of a step: touched lines first, then the gravest.

    GitHub hides what is over its limit in silence, so the rest is counted in the last line.
    """

    def rank(finding: Diagnostic) -> tuple[object, ...]:
        place = (finding.path, finding.place.line)
        return (not touched(*place), list(Severity).index(finding.severity), finding.order)

    ranked = sorted(findings, key=rank)
    by_severity = {severity: [one for one in ranked if one.severity is severity] for severity in Severity}
    shown = sorted((one for group in by_severity.values() for one in group[:MOST_ANNOTATIONS]), key=rank)
    lines = [_github_line(finding, base) for finding in shown]
    hidden = len(findings) - len(shown)
    more = f" {hidden} more than GitHub shows here; the summary lists them all." if hidden else ""
    return "\n".join([*lines, _count_line(findings) + more])


def _github_line(finding: Diagnostic, base: str) -> str:
    where = {
        "file": finding.path,
        "line": str(finding.place.line),
        "col": str(finding.place.column),
        "title": finding.rule,
    }
    properties = ",".join(f"{key}={_github_escaped(value, True)}" for key, value in where.items())
    message = f"{finding.message}\n{finding.help}\n{rule_address(base, finding.rule)}"
    return f"::{_GITHUB[finding.severity]} {properties}::{_github_escaped(message, False)}"


def _github_escaped(text: str, is_property: bool) -> str:
    escaped = printable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return escaped.replace(":", "%3A").replace(",", "%2C") if is_property else escaped


def as_concise(findings: Sequence[Diagnostic]) -> str:
    """One line a finding, as compilers write it."""
    lines = [
        printable(f"{_where(finding)} {finding.severity.value}: {finding.message} [{finding.rule}]").replace(
            "\n", " "
        )
        for finding in findings
    ]
    return "\n".join([*lines, _count_line(findings)])


def _where(finding: Diagnostic) -> str:
    cell = f" (cell {finding.place.cell})" if finding.place.cell else ""
    return f"{finding.path}:{finding.place.line}:{finding.place.column}{cell}"


def _count_line(findings: Sequence[Diagnostic]) -> str:
    if not findings:
        return "No findings."
    parts = [
        f"{count} {name}{'s' if count != 1 and name != 'info' else ''}"
        for name, count in summary(findings).items()
        if count
    ]
    return f"Found {', '.join(parts)}."


def print_full(
    console: Console, findings: Sequence[Diagnostic], lines_of: Callable[[str], Sequence[str]], *, base: str
) -> None:
    """Grouped by file: the line with a mark under the place, the help, the address of the rule's page."""
    for path, group in groupby(findings, key=lambda finding: finding.path):
        console.print(Text(printable(path), style="bold underline"))
        lines = lines_of(path)
        for finding in group:
            console.print(_finding_text(finding, lines, base))
        console.print()
    console.print(Text(_count_line(findings), style="" if findings else "green"))


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


def rules_json(rules: Sequence[Mapping[str, Any]]) -> str:
    """The agreed list of rules."""
    return json.dumps(list(rules), ensure_ascii=False, indent=2)
