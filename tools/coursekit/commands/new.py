"""`course new`: first versions of what is handed in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from coursekit import scaffold
from coursekit.commands.common import open_root, root_option
from coursekit.config import Config
from coursekit.loading import load_config


@click.group()
def new() -> None:
    """Make the first version of what you hand in. Nothing is ever overwritten."""


def _say(made: scaffold.Scaffold) -> None:
    for path in made.written:
        click.echo(f"made {path}")
    click.echo(f"next: {made.next_step}")


def _config(root: Path) -> Config:
    return load_config(root)[0]


@new.command("week")
@click.argument("number", type=int, metavar="N")
@root_option
def new_week(number: int, root: Path | None) -> None:
    """weeks/week-N/index.md"""
    root = open_root(root)
    _say(scaffold.new_week(root, _config(root), number))


@new.command("presentation")
@click.argument("week", type=int)
@click.argument("slug")
@root_option
def new_presentation(week: int, slug: str, root: Path | None) -> None:
    """presentations/week-WEEK/SLUG/index.md"""
    root = open_root(root)
    _say(scaffold.new_presentation(root, _config(root), week, slug))


@new.command("scribe")
@click.argument("week", type=int)
@click.argument("slug")
@root_option
def new_scribe(week: int, slug: str, root: Path | None) -> None:
    """scribe_notes/week-WEEK/SLUG.md, for the presentation of that name"""
    root = open_root(root)
    _say(scaffold.new_scribe(root, _config(root), week, slug))


@new.command("project")
@click.argument("slug")
@root_option
def new_project(slug: str, root: Path | None) -> None:
    """projects/SLUG/ with its index, tips and tricks, and report"""
    root = open_root(root)
    config = _config(root)
    _say(scaffold.new_project(root, config, slug, dt.datetime.now(tz=config.zone).date()))


@new.command("review")
@click.argument("project")
@click.argument("week", type=int)
@root_option
def new_review(project: str, week: int, root: Path | None) -> None:
    """projects/PROJECT/reviews/week-WEEK.md"""
    root = open_root(root)
    _say(scaffold.new_review(root, _config(root), project, week))
