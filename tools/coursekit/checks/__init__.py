"""The checks, one module for each family. A check is a class with an id, a severity, a docstring, `run`.

The docstring is the rule's page on the site: the first line says what, then come `Why:`, `Bad:`, `Good:`
and `Mend:`. A check without a `run` of its own reports the faults that the readers filed under its id.
A new check is a new class in one of these modules, or in a new one; nothing else has to be told of it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import ClassVar

from coursekit.course import Course
from coursekit.model import Diagnostic, Place, Severity
from coursekit.quiet import Quiet, rules_for

MOST_ALIKE = 50


class Check:
    """One rule. Subclasses set `id`, may set `severity` and `fixable`, and override `run`."""

    id: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    fixable: ClassVar[bool] = False
    of_site: ClassVar[bool] = False  # judged by `verify` on the built site; a course alone never breaks it

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Everything in the course that breaks the rule."""
        for path, fault in course.faults.get(self.id, ()):
            yield self.at(path, fault.message, fault.place, fault.help)

    def at(
        self,
        path: str,
        message: str,
        place: Place = Place(),
        help: str = "",
        *,
        about: tuple[str, ...] = (),
        fixable: bool | None = None,
    ) -> Diagnostic:
        """A finding of this rule; `about` are other files that it follows from, `fixable` whether a mend takes it away."""
        help = help or rule_doc(type(self)).mend_line
        mendable = self.fixable if fixable is None else fixable
        return Diagnostic(self.id, self.severity, path, place, message, help, mendable, about)


@dataclass(frozen=True, slots=True)
class RuleDoc:
    """A rule's docstring taken apart; `bad` and `good` are examples, the rest is Markdown."""

    summary: str
    what: str
    why: str
    bad: str
    good: str
    mend: str

    @property
    def mend_line(self) -> str:
        """`mend` on one line, as the help of a finding."""
        return " ".join(self.mend.split())


def rule_doc(check: type[Check]) -> RuleDoc:
    """The parts of a check's docstring."""
    return _taken_apart(check.__doc__ or "")


@cache
def _taken_apart(docstring: str) -> RuleDoc:
    parts: dict[str, list[str]] = {"what": []}
    name = "what"
    for line in inspect.cleandoc(docstring).split("\n"):
        label, colon, rest = line.partition(":")
        if colon and label in {"Why", "Bad", "Good", "Mend"}:
            name = label.lower()
            parts[name] = [rest.strip()] if rest.strip() else []
        else:
            parts[name].append(line)
    text = {key: inspect.cleandoc("\n".join(["", *lines])).strip("\n") for key, lines in parts.items()}
    summary, _, what = text["what"].partition("\n")
    return RuleDoc(summary, what.strip(), *(text.get(key, "") for key in ("why", "bad", "good", "mend")))


def family_of(rule: str) -> str:
    """The family of a rule, by its id: 'notebook' for 'notebook-order'."""
    return rule.split("-")[0]


@lru_cache(maxsize=1)
def all_checks() -> tuple[type[Check], ...]:
    """Every check of this package, sorted by id."""
    found: dict[str, type[Check]] = {}
    for module in pkgutil.iter_modules(__path__):
        for _, member in inspect.getmembers(
            importlib.import_module(f"{__name__}.{module.name}"), inspect.isclass
        ):
            if issubclass(member, Check) and "id" in member.__dict__:
                assert found.setdefault(member.id, member) is member, f"two checks have the id {member.id}"
    return tuple(found[id] for id in sorted(found))


@lru_cache(maxsize=1)
def checks_by_id() -> dict[str, type[Check]]:
    """The checks by their id."""
    return {check.id: check for check in all_checks()}


def run_checks(course: Course, checks: Iterable[type[Check]] | None = None) -> list[Diagnostic]:
    """All findings, with the course's own severities, less what is ignored; sorted."""
    chosen = {check.id: check for check in (all_checks() if checks is None else checks)}
    quiet = Quiet(course)
    loud = [
        finding for check in chosen.values() for finding in check().run(course) if not quiet.hides(finding)
    ]
    for path, fault in quiet.unused(chosen.keys()):
        if fault.rule in chosen:
            loud.append(chosen[fault.rule]().at(path, fault.message, fault.place, fault.help))
    found = {
        finding.order: replace(
            finding, severity=rules_for(course, finding.rule).severity.get(finding.rule, finding.severity)
        )
        for finding in loud
    }
    return list(_few_of_each(sorted(found.values(), key=lambda finding: finding.order)))


def _few_of_each(findings: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """At most so many findings of one rule in one file; the last one says how many more there are."""
    groups: dict[tuple[str, str], list[Diagnostic]] = {}
    ordered = list(findings)
    for finding in ordered:
        groups.setdefault((finding.path, finding.rule), []).append(finding)
    last = {
        id(group[MOST_ALIKE - 1]): len(group) - MOST_ALIKE
        for group in groups.values()
        if len(group) > MOST_ALIKE
    }
    hidden = {id(finding) for group in groups.values() for finding in group[MOST_ALIKE:]}
    for finding in ordered:
        if id(finding) not in hidden:
            more = last.get(id(finding))
            yield (
                replace(finding, message=f"{finding.message} (and {more} more like this)")
                if more
                else finding
            )
