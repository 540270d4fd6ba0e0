"""A notebook: .ipynb, or text that jupytext understands (percent .py, .md with its header). Never run here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from coursekit.kinds import Kind
from coursekit.model import AssetOutput, Document, Output
from coursekit.notebook import Notebook

if TYPE_CHECKING:
    from coursekit.render import Renderer

_PERCENT = re.compile(rb"^# %%", re.MULTILINE)
_JUPYTEXT_HEADER = re.compile(rb"\A(# )?---\r?\n(?:.*\r?\n){0,40}?(# )?jupyter:", re.ASCII)


def _read(path: str, data: bytes) -> Document:
    from coursekit.notebook_reader import read_notebook  # slow to load, and only workers need it

    return read_notebook(path, data)


def _claims(path: str, data: bytes) -> bool:
    suffix = PurePosixPath(path).suffix
    if suffix == ".py":
        return bool(_PERCENT.search(data) or _JUPYTEXT_HEADER.match(data))
    return suffix == ".ipynb" or (suffix == ".md" and bool(_JUPYTEXT_HEADER.match(data)))


def _outputs(renderer: Renderer) -> Iterable[Output]:
    course = renderer.course
    for book in course.of(Notebook):
        stem = book.path.rpartition(".")[0]
        path = f"{stem}.md"
        if book.is_text and f"{stem}.ipynb" in course.documents:
            continue  # its twin, which carries the outputs, is shown
        if (shown := book.page) is None:
            yield renderer.page(path, "broken.html", title=book.name, source=book.path)
            continue
        talk = course.presentation_of(book.path)
        section = ("Presentations", f"Week {talk.week}", talk.title) if talk else ("Weeks",)
        title = book.title or book.stem.replace("-", " ").capitalize()
        yield renderer.page(
            path,
            "notebook.html",
            title=title,
            source=book.path,
            section=section,
            book=book,
            talk=talk,
            stem=stem,
            colab=colab_url(renderer, book),
        )
        yield AssetOutput(f"{stem}.ipynb", shown.as_ipynb)
        yield AssetOutput(f"{stem}.py", shown.as_python)
        for name, data in shown.pictures:
            yield AssetOutput(f"{stem}-files/{name}", data)


def colab_url(renderer: Renderer, book: Notebook) -> str | None:
    """Where Colab opens the notebook: it reads .ipynb files from GitHub, and nothing else."""
    repository = renderer.course.config.links.repository or ""
    found = re.match(r"https://github\.com/([\w.-]+/[\w.-]+?)/?$", repository)
    return (
        f"https://colab.research.google.com/github/{found[1]}/blob/main/{book.path}"
        if found and not book.is_text
        else None
    )


KIND = Kind("notebook", claims=_claims, read=_read, outputs=_outputs, order=10)
