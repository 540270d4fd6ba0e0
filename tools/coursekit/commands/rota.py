"""`course rota`: suggest who presents, takes notes and reviews, and judge what was planned by hand."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coursekit import report
from coursekit.checks import all_checks, family_of, run_checks
from coursekit.commands.common import (
    CLEAN,
    FINDINGS,
    exit_code,
    format_option,
    open_root,
    print_findings,
    read_course,
    root_option,
    strict_option,
    waiting,
)
from coursekit.loading import load_config
from coursekit.model import CannotStart

if TYPE_CHECKING:
    from coursekit.rota.suggestion import Suggestion

OF_THE_ROTA = {"rota", "review", "presenters", "scribe", "group", "person"}  # families of rules


@click.group("rota")
def rota() -> None:
    """Who presents, who takes notes, who reviews whom."""


def _weeks(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[int, int]:
    """'3-5' or '4' as the first and the last week."""
    found = re.fullmatch(r"\s*(\d{1,3})\s*(?:-\s*(\d{1,3})\s*)?", value or "1-999")
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
    if not 1 <= first <= last:
        raise click.BadParameter(f"{value!r} are no weeks; write for example 3-5, or 4")
    return first, last


@rota.command("suggest")
@click.option("--seed", default=0, show_default=True, help="Another number draws other lots.")
@click.option("--write", "do_write", is_flag=True, help="Write what is new into course.yml.")
@click.option("--weeks", callback=_weeks, metavar="A-B", help="Fill only these weeks.")
@format_option("full", "json")
@root_option
def suggest_command(
    seed: int, do_write: bool, weeks: tuple[int, int], output_format: str, root: Path | None
) -> None:
    """Fill the open slots evenly; what is written by hand stays. Ends with 1 where something can't be filled."""
    from coursekit.rota.edit import edited, write  # the solver is slow to import
    from coursekit.rota.suggestion import suggest

    root = open_root(root, output_format)
    file = root / "course.yml"
    config, _ = load_config(root)
    data = file.read_bytes()
    if weeks[0] > config.term.weeks:
        raise CannotStart(
            f"the term has {config.term.weeks} weeks, so there is nothing to plan in week {weeks[0]}"
        )
    with waiting("Planning"):
        suggestion = suggest(config, seed=seed, first=weeks[0], last=weeks[1])
    written = do_write and suggestion.is_new and not suggestion.broken
    if written:
        write(file, data, edited(data, suggestion))
    _print(suggestion, output_format, do_write=do_write, written=written)
    sys.exit(FINDINGS if suggestion.broken else CLEAN)


def _print(suggestion: Suggestion, style: str, *, do_write: bool, written: bool) -> None:
    from rich.console import Console  # slow to import, and no machine needs it

    from coursekit.rota import show

    if style == "json":
        click.echo(show.as_json(suggestion, written=written))
        return
    console = Console(highlight=False)
    if suggestion.before.rota or suggestion.after.reviews:
        show.print_tables(suggestion, console)
    show.print_words(suggestion, console)
    console.print(_last_line(suggestion, do_write=do_write, written=written), markup=False)


def _last_line(suggestion: Suggestion, *, do_write: bool, written: bool) -> str:
    if not suggestion.is_new and not suggestion.broken:
        return "Nothing is open."
    if written:
        return "Written into course.yml; look at it with git diff."
    if suggestion.broken:
        lacking = "Nothing was written" if do_write else "This is not complete"
        return f"{lacking}: change what is named above, or fill those places by hand."
    return "Nothing is written yet; write it with --write."


@rota.command("check")
@strict_option
@format_option(*report.FORMATS)
@root_option
def check_command(strict: bool, output_format: str, root: Path | None) -> None:
    """Judge the rota of course.yml: what can't be, what is uneven, and which wishes are not kept."""
    root = open_root(root, output_format)
    course = read_course(root)
    rules = [check for check in all_checks() if family_of(check.id) in OF_THE_ROTA]
    found = [finding for finding in run_checks(course, rules) if finding.path == "course.yml"]
    print_findings(found, output_format, root, course)
    sys.exit(exit_code(found, strict))
