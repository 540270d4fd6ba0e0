"""`course build`, `stage`, `verify` and `serve`: from the course to a site."""

from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
import sys
from pathlib import Path

import click
from rich.console import Console

from coursekit import report
from coursekit.checks import run_checks
from coursekit.commands.common import (
    FINDINGS,
    as_of_option,
    exit_code,
    format_option,
    open_root,
    print_findings,
    read_course,
    root_option,
    strict_option,
)
from coursekit.inventory import PATH, read_inventory
from coursekit.model import CannotStart
from coursekit.pipeline import build
from coursekit.promises import broken_promises
from coursekit.verify import verify_site


@click.command("build")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    default=None,
    help="The folder to write; site/ beside course.yml when left out.",
)
@strict_option
@click.option("--offline", is_flag=True, help="A site that opens from a zip, without a server.")
@as_of_option
@root_option
def build_command(
    out: Path | None, strict: bool, offline: bool, as_of: dt.datetime | None, root: Path | None
) -> None:
    """Check, convert, render and verify the site; the folder is replaced whole or not at all."""
    from coursekit.publish import publish  # MkDocs is slow to import and only needed here

    root = open_root(root)
    console = Console(stderr=True, highlight=False)
    course = read_course(root, as_of, whole=True)
    found = run_checks(course)
    if strict and exit_code(found, strict):
        print_findings(found, "full", root, course)
        click.echo("Nothing was written: --strict asks for a course without findings.", err=True)
        sys.exit(FINDINGS)
    out = out or root / "site"
    with console.status("Converting the material") as status:
        made = build(course, directory_urls=not offline, findings=tuple(found))
        wrong = publish(made, root, out, offline=offline, say=lambda text: status.update(text))
    print_findings([*made.findings, *wrong], "full", root, made.course)
    pages = sum(1 for output in made.outputs if output.path.endswith(".md"))
    click.echo(f"{pages} pages in {out}")
    sys.exit(exit_code([*made.findings, *wrong], strict))


@click.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@as_of_option
@root_option
def stage(directory: Path, as_of: dt.datetime | None, root: Path | None) -> None:
    """Write the site's pages as plain Markdown into DIRECTORY, for a shell without our plugin."""
    from coursekit.publish import stage as write_stage

    root = open_root(root)
    made = build(read_course(root, as_of, whole=True))
    write_stage(made, directory, made.course.config.title)
    click.echo(
        f"{len(made.outputs)} files in {directory}/docs; build them with: mkdocs build -f {directory}/mkdocs.yml"
    )
    sys.exit(exit_code(made.findings, False))


@click.command()
@click.argument("site", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--published",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The published site's course.json: what it has and SITE has not is an error, unless course.yml "
    "says under `moved` or `removed` what became of it.",
)
@format_option(*report.FORMATS)
def verify(site: Path, published: Path | None, output_format: str) -> None:
    """Judge a built SITE: links, anchors, requests to other hosts, what could run a script, what would vanish."""
    click.get_current_context().meta["format"] = output_format
    found = [*verify_site(site)]
    if published:
        old = read_inventory(published.read_bytes(), str(published))
        built = site / PATH
        if not built.is_file():
            raise CannotStart(f"{site} has no {PATH}, so it can't be compared; build it with `course build`")
        found += broken_promises(read_inventory(built.read_bytes(), str(built)), old)
    print_findings(sorted(found, key=lambda finding: finding.order), output_format, site, None)
    sys.exit(exit_code(found, False))


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@root_option
def serve(arguments: tuple[str, ...], root: Path | None) -> None:
    """Preview the site on this computer and follow every save (the same as `mkdocs serve`)."""
    root = open_root(root)
    if not {"-a", "--dev-addr"} & {argument.partition("=")[0] for argument in arguments} and _is_taken(8000):
        raise CannotStart(
            "port 8000 is in use, perhaps by another preview; take another: course serve -a 127.0.0.1:8001"
        )
    command = [sys.executable, "-m", "mkdocs", "serve", "-f", str(root / "mkdocs.yml"), *arguments]
    sys.exit(subprocess.call(command, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}))


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
