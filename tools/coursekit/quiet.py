"""Which findings are to be kept quiet: what course.yml ignores by path, and what a file ignores by a comment."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Set

from coursekit.config import Rules
from coursekit.course import Course
from coursekit.ignores import EXAMPLE, FOR_EVERYBODY
from coursekit.model import Diagnostic, Fault, Ignore

_BOUNDS = "scope-paths"


def rules_for(course: Course, rule: str) -> Rules:
    """What course.yml says of a rule; of a request's bounds, what it said before the request."""
    return course.request.roster.rules if course.request and rule == _BOUNDS else course.config.rules


class Quiet:
    """Judges findings one by one and remembers which ignores were needed."""

    def __init__(self, course: Course) -> None:
        self._course = course
        self._globs = course.config.rules.ignore
        self._comments = {
            path: document.ignores for path, document in course.documents.items() if document.ignores
        }
        self._used: set[object] = set()

    def hides(self, finding: Diagnostic) -> bool:
        """Whether nobody is to hear of a finding; every ignore that says so counts as needed."""
        globs = [
            index
            for index, ignore in enumerate(self._globs)
            if ignore.rule == finding.rule and _matches(finding.path, ignore.path)
        ]
        comments = [
            (finding.path, ignore.place)
            for ignore in self._comments.get(finding.path, ())
            if _counts(ignore, finding.rule) and ignore.covers(finding)
        ]
        self._used.update(globs)
        self._used.update((path, place, finding.rule) for path, place in comments)
        counting = rules_for(self._course, finding.rule).ignore
        return bool(comments) or any(self._globs[index] in counting for index in globs)

    def unused(self, ran: Set[str]) -> Iterator[tuple[str, Fault]]:
        """Ignores that no finding needed, of rules that were asked; and those that can't be heeded."""
        for index, glob in enumerate(self._globs):
            if glob.rule in ran and index not in self._used:
                place = self._course.config_node.locate(("rules", "ignore", index))
                message = f"nothing below `{glob.path}` breaks `{glob.rule}` any more"
                yield "course.yml", Fault("ignore-unused", message, place)
        for path, ignores in self._comments.items():
            for ignore in ignores if self._course.judges(path) else ():
                yield from ((path, fault) for fault in self._idle(path, ignore, ran))

    def _idle(self, path: str, ignore: Ignore, ran: Set[str]) -> Iterator[Fault]:
        if not ignore.reason:
            message = f"this keeps `{', '.join(ignore.rules)}` quiet without saying why"
            yield Fault("ignore-no-reason", message, ignore.place, f"add the reason:  {EXAMPLE}")
            return
        for rule in ignore.rules:
            if rule in FOR_EVERYBODY:
                message = f"`{rule}` can't be ignored by a comment"
                yield Fault("ignore-unused", message, ignore.place, "mend what it says, or ask a maintainer")
            elif rule in ran and (path, ignore.place, rule) not in self._used:
                yield Fault("ignore-unused", f"nothing here breaks `{rule}`", ignore.place)


def _counts(ignore: Ignore, rule: str) -> bool:
    return bool(ignore.reason) and rule not in FOR_EVERYBODY


def _matches(path: str, glob: str) -> bool:
    """Globs as in .gitignore: `**` crosses folders; fnmatch's `*` does so too, which is close enough."""
    return fnmatch.fnmatchcase(path, glob.replace("**", "*"))
