"""From a course to a folder: the built site, or the staged pages for another shell. Whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import yaml
from filelock import FileLock, Timeout
from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.exceptions import MkDocsException

from coursekit.model import AssetOutput, CannotStart, Diagnostic, Output, PageOutput
from coursekit.pipeline import Build
from coursekit.shell import MARKDOWN_EXTENSIONS, SCRIPTS, STYLE_SHEETS, navigation
from coursekit.staging import to_markdown
from coursekit.verify import verify_site

_STAGED_MARK = "# Written by `course stage`; it will be replaced whole the next time."
SITE_MARK = "assets/course/vendor/vendor.json"  # every site of ours has it, and hardly anything else
_UNFIT = frozenset({"site-unsafe", "site-remote-request"})
_OFFLINE_SHIM = "assets/course/vendor/iframe-worker/shim.js"


def publish(
    made: Build, root: Path, out: Path, *, offline: bool = False, say: Callable[[str], None] = lambda _: None
) -> tuple[Diagnostic, ...]:
    """Let MkDocs build the site beside `out`, judge it, and put it in the place of `out`.

    Returns what is wrong with the built site; one that is unsafe stays out of `out`.

    Raises:
        CannotStart: mkdocs.yml can't be used, MkDocs fails, or `out` holds something else than a site of
            ours; `out` is then as it was.
    """
    _require_site_folder(out)
    if not (root / "mkdocs.yml").is_file():
        raise CannotStart("mkdocs.yml is missing")
    with _alone(out, say), _folder_beside(out) as beside, _steady_dates(made):
        say("Rendering the pages")
        _run_mkdocs(made, root, beside, offline)
        say("Verifying the site")
        found = verify_site(
            beside,
            pages=[output.path for output in made.outputs if isinstance(output, PageOutput)],
            directory_urls=not offline,
        )
        if not any(finding.rule in _UNFIT for finding in found):
            swap(beside, out)
    return found


def _run_mkdocs(made: Build, root: Path, beside: Path, offline: bool) -> None:
    settings: dict[str, Any] = {"site_dir": str(beside)}
    if offline:
        given = yaml.load((root / "mkdocs.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - strings only
        # a page that is opened as a file has no origin that a policy could name
        plugins = [
            {"coursekit": {"policy": False}} if plugin == "coursekit" else plugin
            for plugin in given.get("plugins", ["search", "coursekit"])
        ]
        settings |= {
            "use_directory_urls": False,
            "plugins": [*plugins, "offline"],
            "extra": {**given.get("extra", {}), "generator": False, "polyfills": [_OFFLINE_SHIM]},
        }
    logger = logging.getLogger("mkdocs")
    logger.setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # what MkDocs has to say of its own future
            config = load_config(str(root / "mkdocs.yml"), **settings)
        plugin: Any = config.plugins.get("coursekit")
        if plugin is None:
            raise CannotStart("mkdocs.yml does not name the plugin `coursekit`")
        config.plugins.on_startup(command="build", dirty=False)
        plugin.prepared = made
        mkdocs_build(config)
    except MkDocsException as error:
        raise CannotStart(f"MkDocs: {error}") from None
    finally:
        logger.setLevel(logging.NOTSET)


def stage(made: Build, directory: Path, site_name: str) -> None:
    """Write the pages as Markdown into `directory`/docs with a mkdocs.yml that needs nothing of ours.

    Raises:
        CannotStart: the folder holds something that `course stage` did not write.
    """
    settings = directory / "mkdocs.yml"
    if (
        directory.exists()
        and any(directory.iterdir())
        and not (settings.is_file() and settings.read_text(encoding="utf-8").startswith(_STAGED_MARK))
    ):
        raise CannotStart(
            f"{directory} is not empty and was not written by `course stage`; name another folder"
        )
    with _folder_beside(directory) as beside:
        for output in made.outputs:
            write_output(beside / "docs", output)
        text = yaml.safe_dump(_plain_settings(made, site_name), sort_keys=False, allow_unicode=True)
        (beside / "mkdocs.yml").write_text(f"{_STAGED_MARK}\n{text}", encoding="utf-8")
        swap(beside, directory)


def _plain_settings(made: Build, site_name: str) -> dict[str, Any]:
    return {
        "site_name": site_name,
        "theme": {
            "name": "material",
            "font": False,
            "features": ["navigation.indexes", "navigation.prune", "navigation.tabs"],
        },
        "extra_css": list(STYLE_SHEETS),
        "extra_javascript": list(SCRIPTS),
        "markdown_extensions": MARKDOWN_EXTENSIONS,
        "plugins": ["search"],
        "extra": {"generator": False},
        "nav": navigation(output for output in made.outputs if isinstance(output, PageOutput)),
    }


def write_output(folder: Path, output: Output) -> None:
    """Write one page or file below `folder`."""
    file = folder / output.path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(output.data if isinstance(output, AssetOutput) else to_markdown(output).encode())


def _require_site_folder(out: Path) -> None:
    """Only an earlier site, or nothing at all, is ever replaced."""
    if not os.path.lexists(out):
        return
    if out.is_dir() and not out.is_symlink() and (not any(out.iterdir()) or (out / SITE_MARK).is_file()):
        return
    raise CannotStart(f"{out} is not empty and holds no site that `course build` wrote; name another folder")


@contextlib.contextmanager
def _alone(out: Path, say: Callable[[str], None]) -> Iterator[None]:
    """One build of a folder at a time: a second one says so and waits."""
    name = hashlib.sha256(str(out.resolve()).encode()).hexdigest()[:16]
    lock = FileLock(Path(tempfile.gettempdir()) / f"coursekit-{name}.lock")
    try:
        lock.acquire(timeout=0.1)
    except Timeout:
        say(f"Another build is writing {out.name}/; waiting for it")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextlib.contextmanager
def _folder_beside(out: Path) -> Iterator[Path]:
    """A new folder on the same disk as `out`, gone at the end whatever happens."""
    parent = out.resolve().parent
    parent.mkdir(parents=True, exist_ok=True)
    for left_over in parent.glob(f".{out.name}.building-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{out.name}.building-", dir=parent))
    beside.chmod(0o755)
    try:
        yield beside
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def swap(new: Path, out: Path) -> None:
    """Put the folder `new` in the place of `out`; the moment between the two renames is as short as can be."""
    old = out.with_name(f".{out.name}.old")
    if old.exists() and not out.exists():
        old.rename(out)  # an earlier swap was cut off between its two renames
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    new.rename(out)
    shutil.rmtree(old, ignore_errors=True)


@contextlib.contextmanager
def _steady_dates(made: Build) -> Iterator[None]:
    """Let the site map carry the date of the commit, so that one commit always gives the same bytes.

    A date that the caller has set goes before; ours is gone afterwards, since the next site is of another commit.
    """
    if "SOURCE_DATE_EPOCH" in os.environ:
        yield
        return
    date = made.course.history.head_date
    os.environ["SOURCE_DATE_EPOCH"] = str(int(date.timestamp()) if date else 0)
    try:
        yield
    finally:
        del os.environ["SOURCE_DATE_EPOCH"]
