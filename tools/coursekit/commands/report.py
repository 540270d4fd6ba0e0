"""`course report`: a pull request in Markdown."""

from __future__ import annotations

import datetime as dt
import sys
from dataclasses import replace
from pathlib import Path

import click

from coursekit.affected import Affected
from coursekit.changes import Changes, read_changes, read_file_at
from coursekit.checks import run_checks
from coursekit.commands.common import (
    CLEAN,
    COULD_NOT_RUN,
    as_of_option,
    exit_code,
    open_root,
    read_course,
    root_option,
    strict_option,
)
from coursekit.commands.roster import roster_at
from coursekit.jobs import Failure, run_all
from coursekit.kinds import kind_named
from coursekit.model import CannotStart
from coursekit.notebook import Notebook
from coursekit.request import Request, read_event
from coursekit.summary import Summary, of_broken_course


@click.command()
@click.option(
    "--base",
    metavar="BASE",
    help="What to compare with; the main branch, or the event's base, when left out.",
)
@click.option(
    "--event",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="The event file of a pull request: its author and its base.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of printing."
)
@strict_option
@as_of_option
@root_option
def report(
    base: str | None,
    event: Path | None,
    out: Path | None,
    strict: bool,
    as_of: dt.datetime | None,
    root: Path | None,
) -> None:
    """Tell in Markdown what differs from BASE: what comes in, what is still owed, what is to be mended."""
    root = open_root(root)
    pull = read_event(event).pull_request if event else None
    changes = read_changes(root, base or (pull.base.sha if pull else None))
    try:
        course = read_course(root, as_of)
    except CannotStart as error:
        _write(of_broken_course(str(error), error.diagnostics), out)
        sys.exit(COULD_NOT_RUN)
    if pull:
        course = replace(course, request=Request(pull.user.login, changes, roster_at(course, changes)))
    affected = Affected(course, changes)
    found = [
        one for one in run_checks(affected.narrowed()) if one.rule == "scope-paths" or affected.concerns(one)
    ]
    text = Summary(
        course, changes, found, lambda path: _before(root, changes, path), _sizes(root, changes)
    ).markdown()
    _write(text, out)
    sys.exit(exit_code(found, strict) if strict else CLEAN)


def _write(text: str, out: Path | None) -> None:
    if out:
        out.write_text(text, encoding="utf-8")
    else:
        click.echo(text, nl=False)


def _before(root: Path, changes: Changes, path: str) -> Notebook | None:
    """A notebook as it was at the base; None where it can't be read."""
    data = read_file_at(root, changes.base, path)
    if data is None:
        return None
    (document,) = run_all(kind_named("notebook").read, [(path, data)])
    return document if not isinstance(document, Failure) and isinstance(document, Notebook) else None


def _sizes(root: Path, changes: Changes) -> dict[str, int]:
    """The sizes of the changed files that are regular ones."""
    files = {path: root / path for path in changes.present}
    return {
        path: file.lstat().st_size for path, file in files.items() if file.is_file() and not file.is_symlink()
    }
