"""Findings for people and for machines: full, concise, json and github (sarif has a module of its own). The same tree gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from coursekit.model import Diagnostic, Severity
from coursekit.schema import is_bidi_control

FORMATS = ("full", "concise", "json", "github", "sarif")
MOST_ANNOTATIONS = 10  # of each severity in one step, as GitHub documents it
Touched = Callable[[str, int], bool]
_GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def printable(text: str) -> str:
    """Text that can't steer a terminal: control characters and overrides of direction become `?`."""
    return "".join(
        char if (char.isprintable() or char == "\n") and not is_bidi_control(char) else "?" for char in text
    )


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
    return "\n".join([*lines, count_line(findings) + more])


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
    return "\n".join([*lines, count_line(findings)])


def _where(finding: Diagnostic) -> str:
    cell = f" (cell {finding.place.cell})" if finding.place.cell else ""
    return f"{finding.path}:{finding.place.line}:{finding.place.column}{cell}"


def count_line(findings: Sequence[Diagnostic]) -> str:
    """The last line of what people read: how many findings there are."""
    if not findings:
        return "No findings."
    parts = [
        f"{count} {name}{'s' if count != 1 and name != 'info' else ''}"
        for name, count in summary(findings).items()
        if count
    ]
    return f"Found {', '.join(parts)}."


def rules_json(rules: Sequence[Mapping[str, Any]]) -> str:
    """The agreed list of rules."""
    return json.dumps(list(rules), ensure_ascii=False, indent=2)
