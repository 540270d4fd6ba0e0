"""`course announce` and `course remind`: what the course's chat is told."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click
from platformdirs import user_data_path

from coursekit.changes import head_of, read_changes
from coursekit.commands.common import CLEAN, FINDINGS, as_of_option, open_root, read_course, root_option
from coursekit.messages import Message, Writer
from coursekit.report import printable

dry_run_option = click.option("--dry-run", is_flag=True, help="Print the messages; send nothing.")
memory_option = click.option(
    "--memory",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The file that remembers what was sent, so that nothing is sent twice.",
)


@click.command()
@click.option("--base", required=True, metavar="BASE", help="Announce what came in since this commit.")
@dry_run_option
@memory_option
@root_option
def announce(base: str, dry_run: bool, memory: Path | None, root: Path | None) -> None:
    """Tell the course's Slack what is new or improved since BASE. The webhook comes from SLACK_WEBHOOK_URL."""
    root = open_root(root)
    changes = read_changes(root, base)
    course = read_course(root)
    _deliver(Writer(course).announcements(changes, head_of(root)), dry_run=dry_run, memory=memory)


@click.command()
@dry_run_option
@memory_option
@as_of_option
@root_option
def remind(dry_run: bool, memory: Path | None, as_of: dt.datetime | None, root: Path | None) -> None:
    """Tell the course's Slack of the coming session: who presents and takes notes, and what is still to come in."""
    course = read_course(open_root(root), as_of)
    _deliver(Writer(course).reminders(), dry_run=dry_run, memory=memory)


def _deliver(messages: tuple[Message, ...], *, dry_run: bool, memory: Path | None) -> None:
    if dry_run or not messages:
        click.echo("\n\n".join(printable(message.text) for message in messages) or "Nothing to tell.")
        sys.exit(CLEAN)
    from coursekit.slack import Memory, send_all, webhook_address  # slow to import

    kept = Memory(memory or user_data_path("coursekit") / "sent.json")
    told = send_all(messages, webhook_address(), kept)
    for one in told:
        head = printable(one.message.text.partition("\n")[0])
        click.echo(
            f"{'sent' if one.done else 'not sent'}: {head}" + (f" ({printable(one.why)})" if one.why else "")
        )
    if len(told) < len(messages):
        click.echo(f"{len(messages) - len(told)} sent before")
    sys.exit(CLEAN if all(one.done for one in told) else FINDINGS)
