"""The `separation` command. Exit codes: 0 done, 1 a study isn't done yet, 2 could not run, 130 stopped by Ctrl-C."""

from __future__ import annotations

from typing import Any

import click

from separation import __version__
from separation.children import follow_parent
from separation.commands.bench import bench
from separation.commands.data import data
from separation.commands.judge import evaluate, export, pack
from separation.commands.separate import separate
from separation.commands.train import study, train
from separation.errors import SeparationError

# torch is imported by the commands that need it: --help answers at once, and so do the processes that make speech


class _Group(click.Group):
    """A group whose every command tells a person's mistake in one line instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SeparationError as error:
            click.echo(f"separation: {error}", err=True)
            ctx.exit(2)
        except KeyboardInterrupt:
            click.echo("separation: stopped", err=True)
            ctx.exit(130)
        except OSError as error:
            click.echo(f"separation: {error}", err=True)
            ctx.exit(2)
        except ModuleNotFoundError as error:
            click.echo(
                f"separation: {error.name} is missing; `make separation` installs what is needed", err=True
            )
            ctx.exit(2)
        except RuntimeError as error:
            if "out of memory" not in str(error) and "allocate memory" not in str(error):
                raise
            click.echo(
                "separation: the device's memory is full; lower training.stages' batch or frames", err=True
            )
            ctx.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Train networks to separate voices, judge them, and use them.

    \b
    A first round, some four minutes on a laptop:
      separation train smoke --out runs/smoke
      separation evaluate runs/smoke
      separation export runs/smoke exported/smoke
      separation separate recording.wav --checkpoint runs/smoke
    Without --checkpoint, a small network that comes with the package separates.
    """
    follow_parent()


for command in (data, train, evaluate, export, study, pack, separate, bench):
    main.add_command(command)
