"""Findings as SARIF 2.1.0, which code hosts and editors read. Paths are relative to the course's root."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from coursekit.checks import checks_by_id, rule_doc
from coursekit.model import Diagnostic, Severity
from coursekit.report import printable, rule_address

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def as_sarif(findings: Sequence[Diagnostic], *, base: str) -> str:
    """One run with the rules that found something, and all results."""
    names = sorted({finding.rule for finding in findings})
    driver = {
        "name": "coursekit",
        "informationUri": _absolute(base),
        "rules": [_rule(name, base) for name in names],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            "ROOT": {"description": {"text": "The folder that holds course.yml."}},
        },
        "results": _results(findings, {name: index for index, name in enumerate(names)}),
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(document, ensure_ascii=False, indent=2)


def _absolute(base: str) -> str:
    return base if base.startswith("https://") else "https://example.org/"


def _rule(name: str, base: str) -> dict[str, Any]:
    check = checks_by_id()[name]
    doc = rule_doc(check)
    return {
        "id": name,
        "shortDescription": {"text": doc.summary},
        "fullDescription": {"text": f"{doc.what}\n\n{doc.why}".strip()},
        "help": {"text": doc.mend},
        "helpUri": _absolute(base) + rule_address("", name),
        "defaultConfiguration": {"level": _LEVELS[check.severity]},
    }


def _results(findings: Sequence[Diagnostic], indices: Mapping[str, int]) -> list[dict[str, Any]]:
    seen: dict[str, int] = {}
    results: list[dict[str, Any]] = []
    for finding in findings:
        words = f"{finding.rule}\0{finding.path}\0{finding.message}"
        count = seen[words] = seen.get(words, 0) + 1
        results.append(_result(finding, indices[finding.rule], f"{words}\0{count}"))
    return results


def _result(finding: Diagnostic, index: int, identity: str) -> dict[str, Any]:
    """`identity` holds no line, so that a finding stays the same when lines are added above it."""
    place = finding.place
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": _LEVELS[finding.severity],
        "message": {"text": printable(f"{finding.message}\n{finding.help}".strip())},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(finding.path), "uriBaseId": "ROOT"},
                    "region": {"startLine": max(1, place.line), "startColumn": max(1, place.column)},
                }
            }
        ],
        "partialFingerprints": {"coursekit/v1": hashlib.sha256(identity.encode()).hexdigest()},
    }
    if place.cell:
        result["properties"] = {"cell": place.cell}
    return result
