"""`course status`: what is in and what is still owed."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from coursekit.commands.common import (
    CLEAN,
    FINDINGS,
    as_of_option,
    format_option,
    open_root,
    read_course,
    root_option,
    strict_option,
)
from coursekit.course import Course
from coursekit.owed import Duty
from coursekit.report import printable
from coursekit.status import Item, as_json, everything


@click.command()
@click.option("--all", "everything_too", is_flag=True, help="Also what is done, and what is not due yet.")
@strict_option
@format_option("full", "json")
@as_of_option
@root_option
def status(
    everything_too: bool, strict: bool, output_format: str, as_of: dt.datetime | None, root: Path | None
) -> None:
    """What every week, project and group has sent in and still owes. --strict ends with 1 when something is owed."""
    course = read_course(open_root(root, output_format), as_of)
    items = everything(course)
    if output_format == "json":
        click.echo(as_json(course))
    else:
        _print(course, items, everything_too=everything_too)
    is_owed = any(item.owed(course.as_of) for item in items)
    sys.exit(FINDINGS if strict and is_owed else CLEAN)


def _print(course: Course, items: tuple[Item, ...], *, everything_too: bool) -> None:
    from rich.console import Console  # slow to import, and no machine needs it
    from rich.text import Text

    console = Console(highlight=False, soft_wrap=True)
    today = course.as_of
    owed = sum(len(item.owed(today)) for item in items)
    for item in items:
        shown = item.duties if everything_too else item.owed(today)
        if not shown and not everything_too:
            continue
        week = f"week {item.week}  " if item.week else ""
        state = f"  ({item.state.value})" if item.state else ""
        console.print(Text(printable(f"{week}{item.title}{state}"), style="bold"))
        for duty in shown:
            console.print(_line(course, duty))
    slots = sum(week.open_slots for week in course.weeks if week.day >= today)
    if slots:
        console.print(f"{slots} open slot{'s' if slots != 1 else ''} in the weeks to come", style="dim")
    last = "Nothing is owed." if not owed else f"{owed} thing{'s are' if owed != 1 else ' is'} owed."
    console.print(Text(f"{last} As of {today:%-d %B %Y}.", style="" if owed else "green"))


def _line(course: Course, duty: Duty) -> object:
    from rich.text import Text

    mark, style = (
        ("done ", "green")
        if duty.done
        else ("owed ", "yellow")
        if duty.owed(course.as_of)
        else ("later", "dim")
    )
    text = Text(f"  {mark} ", style=style)
    text.append(printable(duty.what), style="default")
    if not duty.done:
        names = ", ".join(course.person(one) for one in duty.who)
        since = f" since {duty.since:%-d %B}" if duty.since and duty.owed(course.as_of) else ""
        due = f" from {duty.since:%-d %B} on" if duty.since and not since else ""
        text.append(f"{since}{due}, {duty.role}" + (f" ({printable(names)})" if names else ""), style="dim")
        text.append(f"\n        {duty.path}: {duty.how}", style="dim")
    return text
