"""The bounds of a pull request: what its author may change."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.model import Diagnostic
from coursekit.request import Owners, Request
from coursekit.source import shown_path

MOST_NAMED = 8  # in the message; the commands name all
MOST_IN_COMMANDS = 100


class ScopePaths(Check):
    """A pull request changes files that are not its author's.

    A presentation is its presenters', a note the scribe's and the presenters', a project its group's, a review its
    reviewers' too; a slot without names is open to all. Pages of the site and of weeks are the staff's; `tools/`,
    workflows, mkdocs.yml and course.yml are the maintainers'. Looked at only in a pull request (`--author` or
    `--event`), with the roster as it was before the request.

    Why: A request that holds one thing is merged with a look. Another group's file in it may overwrite their work.

    Bad:
        presentations/week-04/attention/index.md     (yours)
        presentations/week-05/their-talk/slides.pdf  (not yours)

    Good:
        presentations/week-04/attention/index.md

    Mend: Take the other files out with the commands that the finding shows; nothing of yours is lost. If such a
    file should change, open a request of its own, or ask those whose file it is.
    """

    id = "scope-paths"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """One finding for all paths."""
        request = course.request
        if request is None:
            return
        paths = list(request.outside(Owners(request.roster, _said(course))))
        if not paths:
            return
        who = f"@{request.author}"
        count = f"{len(paths)} path{'s' if len(paths) != 1 else ''}"
        message = (
            f"{count} that {who} may not change: {_named(paths)}"
            if request.person
            else f"{who} is not among the people of course.yml, so nothing here is theirs: {_named(paths)}"
        )
        yield self.at(shown_path(paths[0]), message, help=_help(request, paths))


def _named(paths: Sequence[str]) -> str:
    shown = ", ".join(f"`{shown_path(path)}`" for path in paths[:MOST_NAMED])
    return shown + (f" and {len(paths) - MOST_NAMED} more" if len(paths) > MOST_NAMED else "")


def _help(request: Request, paths: Sequence[str]) -> str:
    commands = "\n".join(_commands(request, paths))
    if request.person is None:
        return (
            f"a maintainer adds `github: {request.author}` to your entry; or take the files out:\n{commands}"
        )
    return f"take them out; nothing of yours is lost:\n{commands}"


def _commands(request: Request, paths: Sequence[str]) -> Iterator[str]:
    """What takes the paths out: old files as they were at the base, new ones removed."""
    base = request.changes.base[:12]
    old = [path for path in paths if path not in request.changes.added]
    new = [path for path in paths if path in request.changes.added]
    if old:
        yield f"git restore --source={base} --staged --worktree -- {_quoted(old)}"
    if new:
        yield f"git rm -r --force -- {_quoted(new)}"
    yield 'git commit -m "Leave out what is not ours" && git push'


def _quoted(paths: Sequence[str]) -> str:
    """Paths for a shell; of very many their folders."""
    named = paths if len(paths) <= MOST_IN_COMMANDS else sorted({path.split("/")[0] for path in paths})
    return " ".join(shlex.quote(shown_path(path)) for path in named)


def _said(course: Course) -> dict[str, tuple[str, ...]]:
    """Who the material itself says it is by."""
    said = {talk.folder: talk.presenters for talk in course.presentations}
    said |= {talk.note_path: talk.scribes for talk in course.presentations}
    for project in course.projects:
        said[project.folder] = tuple(project.page.said("members", ())) if project.page else ()
    return said
