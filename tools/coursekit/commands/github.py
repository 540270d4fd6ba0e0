"""`course github`: what the workflows do on GitHub. None of it runs code of a pull request."""

from __future__ import annotations

from pathlib import Path

import click

from coursekit.report import printable
from coursekit.request import read_event

# The HTTP client is slow to import, and no other command needs it: each of these imports its part when it is called.

_event_option = click.option(
    "--event",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    required=True,
    help="The event file that GitHub wrote for the workflow.",
)


@click.group()
def github() -> None:
    """For the workflows on GitHub: the comment, the issue about dead links, what is published."""


def _say(text: str) -> None:
    """One line that begins with our own word, so that the runner takes no command from it."""
    click.echo(f"course: {printable(' '.join(text.split()))}")


@github.command("pack")
@_event_option
@click.option("--report", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, metavar="DIR")
def pack(event: Path, report: Path, out: Path) -> None:
    """Lay the report of a pull request into DIR, with the number and the commit that it is of."""
    from coursekit.hub.parcel import pack as write_parcel

    write_parcel(read_event(event), report, out)
    _say(f"packed {report.name} into {out}")


@github.command("comment")
@_event_option
def comment(event: Path) -> None:
    """Bring the one comment under a pull request up to date, from what its check has left."""
    from coursekit.hub.errands import comment_on

    _say(comment_on(event))


@github.command("links-issue")
@click.argument("findings", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="FILE")
def links_issue(findings: Path) -> None:
    """Keep the one issue about dead links in step with FILE, the JSON of `course check --external`."""
    from coursekit.hub.errands import keep_links_issue

    _say(keep_links_issue(findings))


@github.command("published")
@click.option("--site", metavar="ADDRESS", help="The site's address; the repository's Pages when left out.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, metavar="FILE")
def published(site: str | None, out: Path) -> None:
    """Write the published course.json into FILE, an empty one before the first deployment."""
    from coursekit.hub.errands import save_published

    _say(save_published(site, out))
