"""`course check`: all findings in one run."""

from __future__ import annotations

import datetime as dt
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import click

from coursekit import report
from coursekit.affected import Affected
from coursekit.changes import Changes, read_changes
from coursekit.checks import Check, all_checks, family_of, run_checks
from coursekit.commands.common import (
    as_of_option,
    exit_code,
    format_option,
    open_root,
    print_findings,
    read_course,
    root_option,
    strict_option,
    waiting,
)
from coursekit.commands.roster import roster_at
from coursekit.course import Course
from coursekit.model import Diagnostic
from coursekit.request import LOGIN, Request, read_event

MAIN_BRANCH = ""  # what `--changed` alone compares with


@dataclass(frozen=True, slots=True)
class _Compared:
    """Whose work is judged, and against which commit."""

    base: str | None = None
    author: str | None = None

    @classmethod
    def chosen(cls, changed: str | None, author: str | None, event: Path | None) -> _Compared | None:
        """From the options; what is said by name goes before what the event says. None: nothing is compared."""
        if event:
            pull = read_event(event).pull_request
            return cls(changed or pull.base.sha, author or pull.user.login)
        return cls(changed or None, author) if changed is not None or author else None


@click.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@strict_option
@click.option(
    "--changed",
    is_flag=False,
    flag_value=MAIN_BRANCH,
    metavar="[BASE]",
    help="Only what differs from BASE, unstaged work too, and what follows from it; BASE is the main branch "
    "when left out. Put PATHs first, or write --changed=BASE.",
)
@click.option(
    "--select",
    multiple=True,
    metavar="ID",
    help="Only this rule (or family, such as `notebook`); may be given several times.",
)
@click.option(
    "--ignore", multiple=True, metavar="ID", help="Not this rule (or family); may be given several times."
)
@format_option(*report.FORMATS)
@click.option("--fix", is_flag=True, help="Mend what is safe to mend, and say what was done; then check.")
@click.option(
    "--diff", is_flag=True, help="Show what --fix changes before it writes; alone it writes nothing."
)
@click.option(
    "--external", is_flag=True, help="Ask the hosts of all addresses whether they still lead to something."
)
@click.option(
    "--memory",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Where --external remembers earlier nights; .course-links.json beside course.yml when left out.",
)
@click.option("--author", metavar="LOGIN", help="Whose pull request this is, by the name on GitHub.")
@click.option(
    "--event",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The event file of a pull request: its author and its base.",
)
@as_of_option
@root_option
def check(
    paths: tuple[str, ...],
    strict: bool,
    changed: str | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    output_format: str,
    fix: bool,
    diff: bool,
    external: bool,
    memory: Path | None,
    author: str | None,
    event: Path | None,
    as_of: dt.datetime | None,
    root: Path | None,
) -> None:
    """Check the course, or only the PATHs, and print all findings."""
    root = open_root(root, output_format)
    checks = _chosen(select, ignore)
    inside = [_inside(root, path) for path in paths]
    if author and not LOGIN.match(author):
        raise click.BadParameter(f"{author!r} is no name on GitHub", param_hint="--author")
    compared = _Compared.chosen(changed, author, event)
    course, changes = _read(root, as_of, compared, whole=fix or diff)
    if fix or diff:
        course = _mended(course, inside, changes, write=fix, show=diff, as_of=as_of)
        changes = read_changes(root, compared.base) if compared else None
    if compared and changes and compared.author:
        course = replace(course, request=Request(compared.author, changes, roster_at(course, changes)))
    if external:
        course = _asked(course, memory or root / ".course-links.json")
    affected = Affected(course, changes) if changes and (changed is not None or event) else None
    found = run_checks(affected.narrowed() if affected else course, checks)
    found = _wanted(found, inside, affected)
    touched = changes.touched if changes else report.everywhere
    print_findings(found, output_format, root, course, touched=touched)
    sys.exit(exit_code(found, strict))


def _read(
    root: Path, as_of: dt.datetime | None, compared: _Compared | None, *, whole: bool
) -> tuple[Course, Changes | None]:
    """The course, and what changed in it: git works while the course is read.

    It is read `whole` for a mend, which must not change what readers see.
    """
    with ThreadPoolExecutor(1) as background:
        asked = background.submit(read_changes, root, compared.base) if compared else None
        course = read_course(root, as_of, whole=whole)
        return course, asked.result() if asked else None


def _wanted(
    found: Sequence[Diagnostic], inside: Sequence[str], affected: Affected | None
) -> list[Diagnostic]:
    """Of all findings those of the paths that were named, and of the changes where these are asked for."""
    return [
        finding
        for finding in found
        if finding.rule == "scope-paths"
        or (_is_below(finding.path, inside) and (affected is None or affected.concerns(finding)))
    ]


def _is_below(path: str, inside: Sequence[str]) -> bool:
    return not inside or any(path == one or path.startswith(f"{one}/") or one == "." for one in inside)


def _mended(
    course: Course,
    inside: Sequence[str],
    changes: Changes | None,
    *,
    write: bool,
    show: bool,
    as_of: dt.datetime | None,
) -> Course:
    """The course after its safe mends; what they are goes to the error stream, the findings to the other."""
    from coursekit.mends import plan

    def wanted(path: str) -> bool:
        return _is_below(path, inside) and (changes is None or path in changes.present)

    mends = plan(course, wanted)
    if show:
        click.echo(report.printable(mends.diff()), err=write, nl=False)
    if not write:
        return course
    for line in mends.write(course.root):
        click.echo(report.printable(line), err=True)
    return read_course(course.root, as_of) if mends.changes else course


def _asked(course: Course, memory: Path) -> Course:
    """The course with what other hosts say of the addresses that it names."""
    from coursekit.external.night import check_addresses  # aiohttp is only needed here

    def say(words: str) -> None:
        click.echo(report.printable(words), err=True)

    with waiting("Asking other hosts"):
        verdicts = check_addresses(course, memory=memory, today=course.as_of, say=say)
    return replace(course, outside=verdicts)


def _inside(root: Path, path: str) -> str:
    """A path that was given on the command line, relative to the root."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() follows links, and a link is a finding
    try:
        inside = absolute.relative_to(Path(os.path.abspath(root)))  # noqa: PTH100 - the same
    except ValueError:
        raise click.BadParameter(f"{path} is not in the course at {root}", param_hint="PATH") from None
    if not os.path.lexists(absolute):
        raise click.BadParameter(f"{path} does not exist", param_hint="PATH")
    return inside.as_posix()


def _chosen(select: Sequence[str], ignore: Sequence[str]) -> list[type[Check]]:
    known = {check.id for check in all_checks()}
    families = {family_of(id) for id in known}
    for name in (*select, *ignore):
        if name not in known | families:
            raise click.BadParameter(
                f"no rule is called {name!r}; `course rules` lists them", param_hint="--select/--ignore"
            )

    def among(id: str, names: Sequence[str]) -> bool:
        return id in names or family_of(id) in names

    return [
        check
        for check in all_checks()
        if (not select or among(check.id, select)) and not among(check.id, ignore)
    ]
