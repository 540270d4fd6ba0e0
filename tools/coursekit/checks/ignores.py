"""Ignores: a finding that is kept quiet is a decision, and a decision has a reason and an end."""

from __future__ import annotations

from collections.abc import Iterator

from coursekit.checks import Check, checks_by_id
from coursekit.course import Course
from coursekit.model import Diagnostic, Severity
from coursekit.schema import nearest


class IgnoreNoReason(Check):
    """A comment keeps a finding quiet and does not say why.

    The comment is `course-ignore: RULE; REASON`, before the block that it speaks of or at the end of its line;
    `course-ignore-file:` speaks of all of the file. Without a reason it is not heeded.

    Why: Whoever mends the page next year can't tell a decision from an oversight.

    Bad:
        <!-- course-ignore: alt-text-missing -->

    Good:
        <!-- course-ignore: alt-text-missing; the picture is decoration -->

    Mend: Write the reason behind a semicolon, or delete the comment and mend what the rule says.
    """

    id = "ignore-no-reason"


class IgnoreUnused(Check):
    """Something is ignored that is no longer there.

    Looked at are the `ignore` list of course.yml and the `course-ignore` comments of texts and notebooks.

    Why: An ignore that nothing needs hides the next fault of its kind.

    Bad:
        <!-- course-ignore: alt-text-missing; the picture is decoration -->
        A paragraph without a picture.

    Good:
        A paragraph without a picture.

    Mend: Delete the comment, or the entry in course.yml. If it is meant for another line, move it there.
    """

    id = "ignore-unused"
    severity = Severity.WARNING


class IgnoreUnknownRule(Check):
    """A comment ignores a rule that does not exist.

    Looked at is each id of each `course-ignore` comment.

    Why: With a misspelt id the rule that was meant goes on as if nothing had been said.

    Bad:
        <!-- course-ignore: alt-text; the picture is decoration -->

    Good:
        <!-- course-ignore: alt-text-missing; the picture is decoration -->

    Mend: Write the id as the finding shows it; `course rules` lists them all.
    """

    id = "ignore-unknown-rule"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each id of each comment."""
        for path, document in course.documents.items():
            for ignore in document.ignores:
                for rule in ignore.rules:
                    if rule not in checks_by_id():
                        meant = nearest(rule, checks_by_id())
                        help = f"did you mean `{meant}`?" if meant else ""
                        yield self.at(path, f"there is no rule `{rule}`", ignore.place, help)
