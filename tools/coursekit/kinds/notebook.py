"""A notebook: .ipynb, or text that jupytext understands (percent .py, .md with its header). Never run here."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import jupytext
import nbformat
from nbformat.v4.rwbase import rejoin_lines
from nbformat.validator import NotebookValidationError, better_validation_error

from coursekit.kinds import Kind
from coursekit.markup import plain_text, render_markdown
from coursekit.model import AssetOutput, Document, Fault, Heading, Link, Output, Place, Prose
from coursekit.notebook_markdown import notebook_to_markdown
from coursekit.page import demote
from coursekit.prose import read_prose
from coursekit.source import decode

if TYPE_CHECKING:
    from coursekit.render import Renderer

_PERCENT = re.compile(rb"^# %%", re.MULTILINE)
_JUPYTEXT_HEADER = re.compile(rb"\A(# )?---\r?\n(?:.*\r?\n){0,40}?(# )?jupyter:", re.ASCII)
_FIRST_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
MAX_CELLS = 2000


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as checks see it; `count` is its execution number, `line` where it starts in the file."""

    kind: str
    source: str
    line: int
    count: int | None = None
    error: str = ""
    output_text: str = ""
    output_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Notebook(Document):
    """A notebook that was read; `html` is its page from the stored outputs, `pictures` lie beside it."""

    title: str = ""
    cells: tuple[Cell, ...] = ()
    prose: Prose = Prose()
    html: str = ""
    pictures: tuple[tuple[str, bytes], ...] = ()
    as_ipynb: bytes = b""
    as_python: bytes = b""

    @property
    def is_text(self) -> bool:
        """Whether it is kept as text, so that it can't carry outputs."""
        return not self.path.endswith(".ipynb")


class _Refused(Exception):  # noqa: N818 - it carries a fault
    def __init__(self, message: str, place: Place | None = None, help: str = "") -> None:
        super().__init__(message)
        self.fault = Fault("notebook-invalid", message, place or Place(), help)


def read_notebook(path: str, data: bytes) -> Notebook:
    """Read a notebook of any of the three forms; what can't be shown has an empty `html` and says why."""
    text = decode(data)
    try:
        nb = _parse_json(text) if path.endswith(".ipynb") else _parse_text(text, path)
    except _Refused as error:
        return Notebook(path, "notebook", (error.fault,))
    except RecursionError:
        return Notebook(path, "notebook", (Fault("notebook-invalid", "the JSON is nested too deeply"),))
    for number, cell in enumerate(nb.cells, 1):  # ids in the file may be missing, doubled or random
        cell["id"] = f"cell-{number:03d}"
    return _described(path, nb, text)


def _parse_json(text: str) -> Any:
    if re.search(r"^(<{7} |>{7} )", text, re.MULTILINE):
        line = next(number for number, row in enumerate(text.split("\n"), 1) if row.startswith(("<<<<<<< ", ">>>>>>> ")))
        raise _Refused("a merge conflict was left unresolved here", Place(line), "keep one version:  git checkout --theirs FILE, then save it from Jupyter")
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise _Refused(f"not JSON: {error.msg}", Place(error.lineno, error.colno), "save it again from Jupyter") from None
    if not isinstance(raw, dict) or "cells" not in raw:
        what = "an older notebook format (before 4)" if isinstance(raw, dict) and "worksheets" in raw else f"JSON, but no notebook ({type(raw).__name__} without `cells`)"
        raise _Refused(what, help="jupyter nbconvert --to notebook --nbformat 4 --inplace FILE")
    if raw.get("nbformat") != 4:
        raise _Refused(f"notebook format {raw.get('nbformat')!r}; 4 is read", help="jupyter nbconvert --to notebook --nbformat 4 --inplace FILE")
    return _validated(raw)


def _validated(raw: dict[str, Any]) -> Any:
    cells = raw["cells"]
    if isinstance(cells, list) and len(cells) > MAX_CELLS:
        raise _Refused(f"{len(cells)} cells; {MAX_CELLS} are the most")
    try:
        for number, cell in enumerate(cells if isinstance(cells, list) else (), 1):
            if isinstance(cell, dict):  # a missing or doubled id is noise, not a reason to refuse
                cell["id"] = f"cell-{number:03d}"
        raw["nbformat_minor"] = 5
        nb = nbformat.from_dict(raw)
        nbformat.validate(nb)
    except NotebookValidationError as error:
        where = re.search(r"cells\[(\d+)\]", str(better_validation_error(error, 4, 5)))
        cell_number = int(where[1]) + 1 if where else None
        raise _Refused(f"not a valid notebook: {error.message[:160]}", Place(cell=cell_number), "save it again from Jupyter") from None
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        raise _Refused(f"not a valid notebook: {str(error)[:160]}", help="save it again from Jupyter") from None
    return rejoin_lines(nb)


def _joined(text: str | list[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _parse_text(text: str, path: str) -> Any:
    try:
        nb = jupytext.reads(text, fmt="py:percent" if path.endswith(".py") else "md")
    except Exception as error:  # jupytext raises whatever its many readers raise
        raise _Refused(f"jupytext can't read it: {str(error)[:160]}", help="start code cells with a line  # %%") from None
    return nb


def _described(path: str, nb: Any, text: str) -> Notebook:
    lines = _cell_lines(nb, text, escaped=path.endswith(".ipynb"))
    proses = [_prose(cell, number, places) for number, (cell, places) in enumerate(zip(nb.cells, lines, strict=True), 1) if cell.cell_type == "markdown"]
    markdown, pictures, faults = notebook_to_markdown(nb, path.rpartition("/")[2].rpartition(".")[0])
    rendered = render_markdown(markdown)
    found = _FIRST_HEADING.search(rendered.html)
    html = rendered.html.replace(found[0], "", 1) if found else rendered.html
    return Notebook(
        path,
        "notebook",
        (*faults, *(fault for prose in proses for fault in prose.faults)),
        title=plain_text(found[1]) if found else "",
        cells=tuple(_cell(cell, places) for cell, places in zip(nb.cells, lines, strict=True)),
        prose=Prose(tuple(h for p in proses for h in p.headings), tuple(li for p in proses for li in p.links), rendered.anchors),
        html=demote(html) if "<h1" in html else html,
        pictures=pictures,
        as_ipynb=_download(nb, text, path),
        as_python=jupytext.writes(nb, fmt="py:percent").encode(),
    )


def _download(nb: Any, text: str, path: str) -> bytes:
    return text.encode() if path.endswith(".ipynb") else (nbformat.writes(nb) + "\n").encode()


def _cell(cell: Any, lines: list[int]) -> Cell:
    outputs = cell.get("outputs", [])
    errors = [f"{output.get('ename', 'error')}: {output.get('evalue', '')}" for output in outputs if output.output_type == "error"]
    return Cell(
        cell.cell_type,
        cell.source,
        lines[0] if lines else 1,
        count=cell.get("execution_count"),
        error="" if "raises-exception" in cell.metadata.get("tags", []) else "; ".join(errors)[:200],
        output_text="\n".join(_output_text(output) for output in outputs),
        output_bytes=len(json.dumps(outputs)),
    )


def _output_text(output: Any) -> str:
    if output.output_type == "stream":
        return _joined(output.text)
    if output.output_type == "error":
        return "\n".join(output.traceback)
    return "\n".join(_joined(value) for kind, value in output.data.items() if kind.startswith("text/"))


def _prose(cell: Any, number: int, lines: list[int]) -> Prose:
    """A text cell's prose, with places moved from the cell to the file."""
    prose = read_prose(cell.source, cell=number)

    def moved(place: Place) -> Place:
        return Place(lines[min(place.line, len(lines)) - 1] if lines else 1, place.column, number)

    return Prose(
        tuple(Heading(h.level, h.text, h.anchor, moved(h.place)) for h in prose.headings),
        tuple(Link(li.target, moved(li.place), li.text, li.picture, li.alt) for li in prose.links),
        frozenset(),
        tuple(replace(fault, place=moved(fault.place)) for fault in prose.faults),
    )


def _cell_lines(nb: Any, text: str, *, escaped: bool) -> list[list[int]]:
    """For each cell the file's line of each of its lines, found by searching the file in order."""
    rows = text.split("\n")
    cursor = 0
    out: list[list[int]] = []
    for cell in nb.cells:
        lines = []
        for line in cell.source.split("\n"):
            needle = json.dumps(line, ensure_ascii=False)[1:-1] if escaped else line.strip()
            also = json.dumps(line)[1:-1] if escaped else needle
            found = next((row for row in range(cursor, min(cursor + 5000, len(rows))) if needle in rows[row] or also in rows[row]), None) if needle else None
            cursor = cursor if found is None else found + (0 if escaped and len(rows) == 1 else 1)
            lines.append(cursor if found is None else found + 1)
        out.append([max(1, line) for line in lines])
    return out


def _claims(path: str, data: bytes) -> bool:
    suffix = os.path.splitext(path)[1]
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
        if not book.html:
            yield renderer.page(path, "broken.html", title=book.name, source=book.path)
            continue
        talk = course.presentation_of(book.path)
        section = ("Presentations", f"Week {talk.week}", talk.title) if talk else ("Weeks",)
        title = book.title or book.stem.replace("-", " ").capitalize()
        yield renderer.page(path, "notebook.html", title=title, source=book.path, section=section, book=book, talk=talk, stem=stem, colab=colab_url(renderer, book))
        yield AssetOutput(f"{stem}.ipynb", book.as_ipynb)
        yield AssetOutput(f"{stem}.py", book.as_python)
        for name, data in book.pictures:
            yield AssetOutput(f"{stem}-files/{name}", data)


def colab_url(renderer: Renderer, book: Notebook) -> str | None:
    """Where Colab opens the notebook: it reads .ipynb files from GitHub, and nothing else."""
    repository = renderer.course.config.links.repository or ""
    found = re.match(r"https://github\.com/([\w.-]+/[\w.-]+?)/?$", repository)
    return f"https://colab.research.google.com/github/{found[1]}/blob/main/{book.path}" if found and not book.is_text else None


KIND = Kind("notebook", claims=_claims, read=read_notebook, outputs=_outputs, order=10)
