"""The `course` command. Exit codes: 0 clean, 1 findings, 2 could not run."""

from __future__ import annotations

import datetime as dt
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from coursekit import report, scaffold
from coursekit.checks import all_checks, checks_by_id, rule_doc, run_checks
from coursekit.config import Config
from coursekit.course import Course
from coursekit.model import CannotStart, Diagnostic, Severity
from coursekit.pipeline import build, find_root, load, load_config
from coursekit.source import decode

CLEAN, FINDINGS, COULD_NOT_RUN = 0, 1, 2


class _Group(click.Group):
    """A group whose every command tells a broken course in the agreed way instead of a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except CannotStart as error:
            ctx.exit(_could_not_run(error, ctx.meta.get("format", "full"), ctx.meta.get("root", Path())))


def _could_not_run(error: CannotStart, style: str, root: Path) -> int:
    _print_findings(error.diagnostics, style, root, None)
    click.echo(f"course: {report.printable(str(error))}", err=True)
    return COULD_NOT_RUN


root_option = click.option(
    "--root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The course's folder; found from here upwards when left out.",
)
as_of_option = click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    help="Judge as if today were this day (YYYY-MM-DD).",
)
strict_option = click.option("--strict", is_flag=True, help="Warnings count as errors.")


def format_option(*formats: str) -> Callable[[Any], Any]:
    """--output-format with these choices, the first being the default."""
    return click.option(
        "--output-format",
        type=click.Choice(formats),
        default=formats[0],
        show_default=True,
        help="How to print.",
    )


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="coursekit")
def main() -> None:
    """Check, preview and build the website of a course in which students present papers and code.

    Start with `course check`; it names every problem with its file and line, and how to mend it.
    """


def _root(given: Path | None, style: str = "full") -> Path:
    context = click.get_current_context()
    context.meta["format"] = style
    root = find_root(given or Path.cwd())
    context.meta["root"] = root
    return root


def _load(root: Path, as_of: dt.datetime | None) -> Course:
    with Console(stderr=True).status("Reading the course"):
        return load(root, as_of=as_of.date() if as_of else None)


@main.command()
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@strict_option
@click.option(
    "--select",
    multiple=True,
    metavar="ID",
    help="Only this rule (or family, such as `notebook`); may be given several times.",
)
@click.option(
    "--ignore", multiple=True, metavar="ID", help="Not this rule (or family); may be given several times."
)
@format_option(*report.FORMATS)
@as_of_option
@root_option
def check(
    paths: tuple[str, ...],
    strict: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    output_format: str,
    as_of: dt.datetime | None,
    root: Path | None,
) -> None:
    """Check the course, or only the PATHs, and print all findings."""
    root = _root(root, output_format)
    checks = _chosen(select, ignore)
    wanted = [_inside(root, path) for path in paths]
    course = _load(root, as_of)
    found = [
        f
        for f in run_checks(course, checks)
        if not wanted
        or any(f.path == path or f.path.startswith(f"{path}/") or path == "." for path in wanted)
    ]
    _print_findings(found, output_format, root, course)
    sys.exit(_exit_code(found, strict))


def _inside(root: Path, path: str) -> str:
    """A path that was given on the command line, relative to the root."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100 - resolve() follows links, and a link is a finding
    try:
        inside = absolute.relative_to(Path(os.path.abspath(root)))  # noqa: PTH100 - the same
    except ValueError:
        raise click.BadParameter(f"{path} is not in the course at {root}", param_hint="PATH") from None
    if not os.path.lexists(absolute):
        raise click.BadParameter(f"{path} does not exist", param_hint="PATH")
    return inside.as_posix()


def _chosen(select: Sequence[str], ignore: Sequence[str]) -> list[Any]:
    known = {check.id for check in all_checks()}
    families = {id.split("-")[0] for id in known}
    for name in (*select, *ignore):
        if name not in known | families:
            raise click.BadParameter(
                f"no rule is called {name!r}; `course rules` lists them", param_hint="--select/--ignore"
            )

    def among(id: str, names: Sequence[str]) -> bool:
        return id in names or id.split("-")[0] in names

    return [
        check
        for check in all_checks()
        if (not select or among(check.id, select)) and not among(check.id, ignore)
    ]


def _print_findings(found: Sequence[Diagnostic], style: str, root: Path, course: Course | None) -> None:
    base = report.site_address(course.config if course else None)
    if style == "json":
        click.echo(report.as_json(found, root=Path(os.path.relpath(root)).as_posix(), base=base))
    elif style == "github":
        click.echo(report.as_github(found, base=base))
    elif style == "concise":
        click.echo(report.as_concise(found))
    elif found or course:
        report.print_full(
            Console(highlight=False, soft_wrap=True), found, _line_source(root, course), base=base
        )


def _line_source(root: Path, course: Course | None) -> Callable[[str], list[str]]:
    def lines_of(path: str) -> list[str]:
        data = course.data.get(path) if course else None
        if path == "course.yml":
            data = (root / path).read_bytes()
        try:
            return decode(data).split("\n") if data else []
        except UnicodeDecodeError:
            return []

    return lines_of


def _exit_code(found: Sequence[Diagnostic], strict: bool) -> int:
    counted = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return FINDINGS if any(finding.severity in counted for finding in found) else CLEAN


@main.command("build")
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

    root = _root(root)
    console = Console(stderr=True, highlight=False)
    course = _load(root, as_of)
    found = run_checks(course)
    if strict and _exit_code(found, strict):
        _print_findings(found, "full", root, course)
        click.echo("Nothing was written: --strict asks for a course without findings.", err=True)
        sys.exit(FINDINGS)
    out = out or root / "site"
    with console.status("Converting the material") as status:
        made = build(course, directory_urls=not offline, findings=tuple(found))
        wrong = publish(made, root, out, offline=offline, say=lambda text: status.update(text))
    _print_findings([*made.findings, *wrong], "full", root, made.course)
    pages = sum(1 for output in made.outputs if output.path.endswith(".md"))
    click.echo(f"{pages} pages in {out}")
    sys.exit(_exit_code([*made.findings, *wrong], strict))


@main.command()
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@as_of_option
@root_option
def stage(directory: Path, as_of: dt.datetime | None, root: Path | None) -> None:
    """Write the site's pages as plain Markdown into DIRECTORY, for a shell without our plugin."""
    from coursekit.publish import stage as write_stage

    root = _root(root)
    made = build(_load(root, as_of))
    write_stage(made, directory, made.course.config.title)
    click.echo(
        f"{len(made.outputs)} files in {directory}/docs; build them with: mkdocs build -f {directory}/mkdocs.yml"
    )
    sys.exit(_exit_code(made.findings, False))


@main.command()
@click.argument("site", type=click.Path(path_type=Path, exists=True, file_okay=False))
@format_option("full", "concise", "json")
def verify(site: Path, output_format: str) -> None:
    """Judge a built SITE: links, anchors, requests to other hosts, anything that could run a script."""
    from coursekit.verify import verify_site

    found = verify_site(site)
    if output_format == "json":
        click.echo(report.as_json(found, root=site.as_posix(), base="/"))
    elif output_format == "concise":
        click.echo(report.as_concise(found))
    else:
        report.print_full(Console(highlight=False, soft_wrap=True), found, lambda path: [], base="/")
    sys.exit(_exit_code(found, False))


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@root_option
def serve(arguments: tuple[str, ...], root: Path | None) -> None:
    """Preview the site on this computer and follow every save (the same as `mkdocs serve`)."""
    root = _root(root)
    if not {"-a", "--dev-addr"} & {argument.partition("=")[0] for argument in arguments} and _is_taken(8000):
        raise CannotStart(
            "port 8000 is in use, perhaps by another preview; take another: course serve -a 127.0.0.1:8001"
        )
    command = [sys.executable, "-m", "mkdocs", "serve", "-f", str(root / "mkdocs.yml"), *arguments]
    sys.exit(subprocess.call(command, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"}))


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@main.command()
@click.argument("rule", required=False, metavar="[ID]")
@format_option("full", "json")
def rules(rule: str | None, output_format: str) -> None:
    """List the rules, or print one rule's page."""
    if rule and rule not in checks_by_id():
        raise click.BadParameter(f"no rule is called {rule!r}; `course rules` lists them", param_hint="ID")
    chosen = [checks_by_id()[rule]] if rule else list(all_checks())
    if output_format == "json":
        click.echo(
            report.rules_json(
                [{"id": c.id, "severity": c.severity.value, "summary": rule_doc(c).summary} for c in chosen]
            )
        )
    elif rule:
        doc = rule_doc(chosen[0])
        click.echo(
            f"{rule} ({chosen[0].severity.value})\n\n{doc.summary}\n\n{doc.what}\n\nWhy: {doc.why}\n\nBad:\n{_indented(doc.bad)}\n\nGood:\n{_indented(doc.good)}\n\nMend: {doc.mend}"
        )
    else:
        width = max(len(check.id) for check in chosen)
        for check in chosen:
            click.echo(f"{check.id:<{width}}  {check.severity.value:<7}  {rule_doc(check).summary}")


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.split("\n"))


@main.group("run")
def run_group() -> None:
    """Notebooks, slides and run folders: what is made before it is sent. Notebooks are run, so trust them."""


@run_group.command("notebook")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
@click.option("--timeout", default=600, show_default=True, help="Seconds that a notebook may take.")
def run_notebook(files: tuple[Path, ...], timeout: int) -> None:
    """Run notebooks from top to bottom and store their outputs; a text twin is brought in step first."""
    from coursekit.author import AuthoringError, execute_notebook

    for file in files:
        click.echo(f"Running {file}")
        try:
            click.echo(f"Stored {execute_notebook(file, timeout)}")
        except AuthoringError as error:
            click.echo(f"course: {error}", err=True)
            sys.exit(COULD_NOT_RUN)


@run_group.command("slides")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
def run_slides(files: tuple[Path, ...]) -> None:
    """Make slides.pdf from its Typst source (slides.typ), the same bytes each time."""
    from coursekit.author import AuthoringError, compile_slides

    for file in files:
        try:
            click.echo(f"Wrote {compile_slides(file)}")
        except AuthoringError as error:
            click.echo(f"course: {error}", err=True)
            sys.exit(COULD_NOT_RUN)


@run_group.command("seal")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
def run_seal(folder: Path) -> None:
    """Complete a run folder: metrics from scores.csv, digests of all files, and what is still missing."""
    from coursekit.seal import SealError, seal

    try:
        run = seal(folder)
    except SealError as error:
        click.echo(f"course: {error}", err=True)
        sys.exit(COULD_NOT_RUN)
    if run.record:
        click.echo(f"sealed {folder}: {len(run.record.files)} files, {len(run.record.metrics)} metrics")
    for fault in run.faults:
        click.echo(
            f"{folder}/run.json:{fault.place.line}:{fault.place.column} {fault.message} [{fault.rule}]"
        )
        click.echo(f"  help: {fault.help}")
    sys.exit(FINDINGS if run.faults else 0)


@main.group()
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
    root = _root(root)
    _say(scaffold.new_week(root, _config(root), number))


@new.command("presentation")
@click.argument("week", type=int)
@click.argument("slug")
@root_option
def new_presentation(week: int, slug: str, root: Path | None) -> None:
    """presentations/week-WEEK/SLUG/index.md"""
    root = _root(root)
    _say(scaffold.new_presentation(root, _config(root), week, slug))


@new.command("scribe")
@click.argument("week", type=int)
@click.argument("slug")
@root_option
def new_scribe(week: int, slug: str, root: Path | None) -> None:
    """scribe_notes/week-WEEK/SLUG.md, for the presentation of that name"""
    root = _root(root)
    _say(scaffold.new_scribe(root, _config(root), week, slug))


@new.command("project")
@click.argument("slug")
@root_option
def new_project(slug: str, root: Path | None) -> None:
    """projects/SLUG/ with its index, tips and tricks, and report"""
    root = _root(root)
    config = _config(root)
    _say(scaffold.new_project(root, config, slug, dt.datetime.now(tz=config.zone).date()))


@new.command("review")
@click.argument("project")
@click.argument("week", type=int)
@root_option
def new_review(project: str, week: int, root: Path | None) -> None:
    """projects/PROJECT/reviews/week-WEEK.md"""
    root = _root(root)
    _say(scaffold.new_review(root, _config(root), project, week))


if __name__ == "__main__":
    main()
