"""Reads a notebook of any of its forms: cells with their places, and the page from the stored outputs.

Only workers import this: nbconvert, nbformat and jupytext take longer to load than a check takes to run.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jupytext
import nbformat

from coursekit.formulas import formulas_in
from coursekit.leftovers import leftover_faults
from coursekit.markup import render_markdown
from coursekit.model import Fault, Heading, Link, Place, Prose
from coursekit.notebook import Cell, Notebook, NotebookPage
from coursekit.notebook_file import Refused, parse
from coursekit.notebook_markdown import joined, notebook_to_markdown, printable
from coursekit.page_reader import demote, reconciled
from coursekit.plaintext import plain_text
from coursekit.prose import read_prose
from coursekit.source import decode, text_fault

_FIRST_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_PASTED = "attachment:"


def read_notebook(path: str, data: bytes) -> Notebook:
    """Read a notebook of any of the three forms; what can't be shown has no page and says why."""
    text = decode(data)
    try:
        nb, lines = parse(text, path)
    except Refused as error:
        return Notebook(path, "notebook", (error.fault,))
    return _described(path, nb, text, lines)


def _described(path: str, nb: Any, text: str, lines: list[list[int]]) -> Notebook:
    numbered = list(enumerate(zip(nb.cells, lines, strict=True), 1))
    proses = [
        _prose(cell, number, places) for number, (cell, places) in numbered if cell.cell_type == "markdown"
    ]
    controls = [
        fault for number, (cell, places) in numbered for fault in _control_faults(cell, number, places)
    ]
    markdown, pictures, found = notebook_to_markdown(nb, path.rpartition("/")[2].rpartition(".")[0])
    faults = (
        replace(fault, place=Place(lines[(fault.place.cell or 1) - 1][0], 1, fault.place.cell))
        for fault in found
    )
    rendered = render_markdown(markdown)
    texts = [
        (text, Place(line, 1, number))
        for number, (cell, places) in numbered
        if cell.cell_type == "markdown"
        for text, line in zip(cell.source.split("\n"), places, strict=False)
    ]
    headings = tuple(heading for prose in proses for heading in prose.headings)
    title, html = _title(headings, rendered.html)
    return Notebook(
        path,
        "notebook",
        (
            *faults,
            *controls,
            *reconciled(rendered.removed, (f for p in proses for f in p.faults), texts),
            *leftover_faults(rendered.html, texts),
        ),
        title=title,
        cells=tuple(_cell(cell, places) for cell, places in zip(nb.cells, lines, strict=True)),
        prose=Prose(
            headings,
            tuple(link for prose in proses for link in prose.links),
            rendered.anchors,
            formulas=formulas_in(rendered.html, texts),
        ),
        pictures=tuple(name for name, _ in pictures),
        shown=NotebookPage(
            demote(html) if "<h1" in html else html, pictures, _download(nb, text, path), _as_python(nb)
        ),
    )


def _title(headings: tuple[Heading, ...], html: str) -> tuple[str, str]:
    """The notebook's title, if its first heading is one of the first level, and the HTML without it."""
    found = _FIRST_HEADING.search(html) if headings and headings[0].level == 1 else None
    return (plain_text(found[1]), html.replace(found[0], "", 1)) if found else ("", html)


def _download(nb: Any, text: str, path: str) -> bytes:
    return text.encode() if path.endswith(".ipynb") else (nbformat.writes(nb) + "\n").encode()


def _as_python(nb: Any) -> bytes:
    """The notebook as a percent script; without its metadata where jupytext stumbles over those."""
    without: dict[str, Any] = {}
    for metadata in (nb.metadata, without):
        try:
            return str(
                jupytext.writes(nbformat.from_dict({**nb, "metadata": metadata}), fmt="py:percent")
            ).encode()
        except Exception:  # noqa: S112 - jupytext raises whatever its many parts raise
            continue
    return b""


def _cell(cell: Any, lines: list[int]) -> Cell:
    outputs = cell.get("outputs", [])
    errors = [
        f"{output.get('ename', 'error')}: {output.get('evalue', '')}"
        for output in outputs
        if output.output_type == "error"
    ]
    return Cell(
        cell.cell_type,
        cell.source,
        lines[0],
        count=cell.get("execution_count"),
        error=""
        if "raises-exception" in cell.metadata.get("tags", [])
        else " ".join(printable("; ".join(errors)).split())[:200],
        output_text="\n".join(printable(_output_text(output)) for output in outputs),
        output_bytes=len(json.dumps(outputs)) if outputs else 0,
        tags=tuple(cell.metadata.get("tags", [])),
        lines=tuple(lines),
    )


def _output_text(output: Any) -> str:
    if output.output_type == "stream":
        return joined(output.text)
    if output.output_type == "error":
        return "\n".join(output.traceback)
    return "\n".join(joined(value) for kind, value in output.data.items() if kind.startswith("text/"))


def _moved(place: Place, number: int, lines: list[int]) -> Place:
    """A place in a cell's source as a place in the file; the column stays that in the cell."""
    return Place(lines[min(place.line, len(lines)) - 1], place.column, number)


def _control_faults(cell: Any, number: int, lines: list[int]) -> Iterator[Fault]:
    """Invisible characters that JSON's escapes brought past the gate, which looks at the file's bytes."""
    if fault := text_fault(cell.source.encode()):
        yield replace(fault, place=_moved(fault.place, number, lines))


def _prose(cell: Any, number: int, lines: list[int]) -> Prose:
    """A text cell's prose, with places moved from the cell to the file."""
    prose = read_prose(cell.source, cell=number)
    pasted = (
        [f"`{_PASTED}`"] if cell.get("attachments") else []
    )  # pictures inside the notebook have addresses of their own
    return Prose(
        tuple(Heading(h.level, h.text, h.anchor, _moved(h.place, number, lines)) for h in prose.headings),
        tuple(
            Link(li.target, _moved(li.place, number, lines), li.text, li.picture, li.alt)
            for li in prose.links
        ),
        frozenset(),
        tuple(
            replace(fault, place=_moved(fault.place, number, lines))
            for fault in prose.faults
            if not any(address in fault.message for address in pasted)
        ),
    )
