"""The `course` command. Exit codes: 0 clean, 1 findings, 2 could not run."""

from __future__ import annotations

import atexit
import importlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from coursekit.model import CannotStart

# Where each command is: only the one that is called is imported, since some need libraries that are slow to start.
COMMANDS = {
    "check": "check:check",
    "build": "site:build_command",
    "serve": "site:serve",
    "stage": "site:stage",
    "verify": "site:verify",
    "report": "report:report",
    "status": "status:status",
    "announce": "messages:announce",
    "remind": "messages:remind",
    "new": "new:new",
    "adopt": "adopt:adopt",
    "run": "run:run_group",
    "rota": "rota:rota",
    "rules": "rules:rules",
    "github": "github:github",
}


class _Group(click.Group):
    """A group whose every command tells a broken course in the agreed way instead of a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command = getattr(importlib.import_module(f"coursekit.commands.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CannotStart as error:
            from coursekit.commands.common import could_not_run

            ctx.exit(could_not_run(error, ctx.meta.get("format", "full"), ctx.meta.get("root", Path())))


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="coursekit")
def main() -> None:
    """Check, preview and build the website of a course in which students present papers and code.

    Start with `course check`; it names every problem with its file and line, and how to mend it.
    """


def run() -> None:
    """The program: a command, and then the end at once.

    Python would take the course in memory apart, record by record, before the process gives all of it back anyhow.
    """
    try:
        code = _code_of_main()
        atexit._run_exitfuncs()
        sys.stdout.flush()
    except OSError as error:  # a full disk, a folder that may not be written
        sys.stderr.write(f"course: {error}\n")
        code = 2
    sys.stderr.flush()
    os._exit(code)


def _code_of_main() -> int:
    try:
        main()
    except SystemExit as end:
        if isinstance(end.code, int | None):
            return end.code or 0
        raise
    return 0


if __name__ == "__main__":
    run()
