"""The `course` command. Exit codes: 0 clean, 1 findings, 2 could not run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from coursekit.commands.check import check
from coursekit.commands.common import could_not_run
from coursekit.commands.new import new
from coursekit.commands.report import report
from coursekit.commands.rules import rules
from coursekit.commands.run import run_group
from coursekit.commands.site import build_command, serve, stage, verify
from coursekit.model import CannotStart


class _Group(click.Group):
    """A group whose every command tells a broken course in the agreed way instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CannotStart as error:
            ctx.exit(could_not_run(error, ctx.meta.get("format", "full"), ctx.meta.get("root", Path())))


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="coursekit")
def main() -> None:
    """Check, preview and build the website of a course in which students present papers and code.

    Start with `course check`; it names every problem with its file and line, and how to mend it.
    """


for command in (check, report, build_command, serve, stage, verify, new, rules, run_group):
    main.add_command(command)


if __name__ == "__main__":
    main()
