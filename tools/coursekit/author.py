"""What a maintainer runs on a trusted tree: notebooks with their outputs, slides from their source."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jupytext
import nbformat


class AuthoringError(Exception):
    """The material could not be made; the message says why."""


def execute_notebook(file: Path, timeout: int) -> Path:
    """Run a notebook in its own folder and store its outputs in the .ipynb, which is returned.

    A text notebook is paired: its cells replace those of the .ipynb. Ids, counts and metadata are made the
    same at each run, so that only real changes show in a diff.
    """
    try:
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError
    except ImportError as error:
        raise AuthoringError(
            f"{error.name} is missing; install it with: pip install 'coursekit[author]'"
        ) from None
    notebook: Any = _read(file)
    twin = file.with_suffix(".py")
    if file.suffix == ".ipynb" and twin.exists() and _sources(notebook) != _sources(_read(twin)):
        raise AuthoringError(
            f"{twin} holds other cells than {file}, and would be overwritten; run the one that is right: "
            f"`course run notebook {twin}`, or first `jupytext --sync {file}` if the .ipynb is"
        )
    notebook.metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": "python3"}
    client = NotebookClient(notebook, timeout=timeout, resources={"metadata": {"path": str(file.parent)}})
    try:
        client.execute()
    except CellExecutionError as error:
        raise AuthoringError(f"{file}: {_last_line(str(error))}; nothing was stored") from None
    _tidy(notebook, file.stem)
    target = file.with_suffix(".ipynb")
    nbformat.write(notebook, target)
    if twin.exists() or file.suffix == ".py":
        jupytext.write(notebook, twin, fmt="py:percent")
    return target


def _read(file: Path) -> Any:
    return nbformat.read(file, as_version=4) if file.suffix == ".ipynb" else jupytext.read(file)


def _sources(notebook: Any) -> list[str]:
    """What the cells hold, blanks at their ends aside."""
    return [cell.source.strip() for cell in notebook.cells if cell.source.strip()]


def _tidy(notebook: Any, stem: str) -> None:
    notebook.metadata = {
        "jupytext": {"formats": "ipynb,py:percent"},
        "kernelspec": notebook.metadata["kernelspec"],
        "language_info": {"name": "python"},
    }
    notebook.nbformat_minor = 5
    for number, cell in enumerate(notebook.cells, 1):
        cell["id"] = f"cell-{number:02d}"
        cell.metadata.pop("execution", None)


def _last_line(text: str) -> str:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text).strip().split("\n")
    return next((line for line in reversed(plain) if line.strip()), "a cell failed")


def compile_slides(file: Path) -> Path:
    """Compile slides.typ to slides.pdf with Typst's own fonts; returns the PDF."""
    try:
        import typst
    except ImportError:
        raise AuthoringError("typst is missing; install it with: pip install 'coursekit[author]'") from None
    target = file.with_suffix(".pdf")
    try:
        pdf = typst.compile(str(file), root=str(file.parent), ignore_system_fonts=True)
    except RuntimeError as error:
        raise AuthoringError(f"{file}: {error}") from None
    target.write_bytes(pdf)
    return target
