"""A notebook: .ipynb, or text that jupytext understands (percent .py, .md with its header). Never run here."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import jupytext
import nbformat
from nbformat.v4.rwbase import rejoin_lines
from nbformat.validator import NotebookValidationError

from coursekit.kinds import Kind
from coursekit.markup import plain_text, render_markdown
from coursekit.model import AssetOutput, Document, Fault, Heading, Link, Output, Place, Prose
from coursekit.notebook_lines import lines_in_json, lines_in_text
from coursekit.notebook_markdown import joined, notebook_to_markdown, printable
from coursekit.page import demote
from coursekit.prose import read_prose
from coursekit.source import decode, text_fault

if TYPE_CHECKING:
    from coursekit.render import Renderer

_PERCENT = re.compile(rb"^# %%", re.MULTILINE)
_JUPYTEXT_HEADER = re.compile(rb"\A(# )?---\r?\n(?:.*\r?\n){0,40}?(# )?jupyter:", re.ASCII)
_FIRST_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
MAX_CELLS = 2000
MAX_DEPTH = 100  # of lists and mappings in one another; interactive plots have some twenty
_PASTED = "attachment:"


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
    tags: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()  # of the file, for each line of the source


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
    def __init__(
        self, message: str, place: Place | None = None, help: str = "", rule: str = "notebook-invalid"
    ) -> None:
        super().__init__(message)
        self.fault = Fault(rule, message, place or Place(), help)


_SAVE = "open it in Jupyter and save it again; or put back the last good version:  git checkout -- FILE"
_CONVERT = "convert it:  jupyter nbconvert --to notebook --nbformat 4 --inplace FILE"
_CONFLICT = re.compile(r"^(<{7} |>{7} )", re.MULTILINE)


def read_notebook(path: str, data: bytes) -> Notebook:
    """Read a notebook of any of the three forms; what can't be shown has an empty `html` and says why."""
    text = decode(data)
    try:
        nb, lines = _parse_json(text) if path.endswith(".ipynb") else _parse_text(text, path)
    except _Refused as error:
        return Notebook(path, "notebook", (error.fault,))
    except RecursionError:
        return Notebook(path, "notebook", (Fault("notebook-invalid", _TOO_DEEP, help=_SAVE),))
    return _described(path, nb, text, lines)


_TOO_DEEP = f"its JSON is nested more than {MAX_DEPTH} levels deep; no notebook is"
_Parsed = tuple[Any, list[list[int]]]  # the notebook, and for each cell the file's line of each of its lines


def _refuse_conflicts(text: str) -> None:
    if found := _CONFLICT.search(text):
        place = Place(text.count("\n", 0, found.start()) + 1)
        help = "keep one of the two versions and delete the marker lines; or take one version whole:  git checkout --theirs FILE"
        raise _Refused("a merge conflict was left unresolved here", place, help, "file-conflict-markers")


def _parse_json(text: str) -> _Parsed:
    _refuse_conflicts(text)
    if not text.strip():
        raise _Refused("the file is empty: it holds no notebook", help=_SAVE)
    if text.startswith("version https://git-lfs"):
        raise _Refused(
            "a git-LFS pointer, not the notebook itself",
            help="commit the file without LFS:  git lfs uninstall, then add it again",
        )
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise _Refused(f"not JSON: {error.msg}", Place(error.lineno, error.colno), _SAVE) from None
    if not isinstance(raw, dict):
        raise _Refused(f"JSON, but no notebook: it holds only {_spoken(raw)}", help=_SAVE)
    _refuse_formats(raw)
    if _depth(raw) > MAX_DEPTH:
        raise _Refused(_TOO_DEEP, help=_SAVE)
    # JSON may hold half a character, which no file can: it is shown as the replacement character
    whole = _whole(raw) if _SURROGATE.search(text) else raw
    return _validated(whole, lines := lines_in_json(text)), lines


def _spoken(value: object) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def _refuse_formats(raw: dict[str, Any]) -> None:
    version = raw.get("nbformat")
    if version is None and "cells" not in raw:
        raise _Refused("JSON, but no notebook: it has neither `cells` nor `nbformat`", help=_SAVE)
    if type(version) is int and version > 4:
        raise _Refused(
            f"a notebook of format {version}; format 4 is read",
            help="save it as format 4 (.ipynb, nbformat 4)",
        )
    if type(version) is int and version < 4:
        raise _Refused(f"a notebook of the old format {version}; format 4 is read", help=_CONVERT)
    if version != 4 or type(version) is not int:
        raise _Refused(
            f"`nbformat` is {json.dumps(version)[:40]}; it has to be the number 4",
            help='write  "nbformat": 4',
        )
    if not isinstance(raw.get("cells"), list):
        raise _Refused("not a valid notebook: `cells` is missing or is no list", help=_SAVE)
    if len(raw["cells"]) > MAX_CELLS:
        raise _Refused(
            f"{len(raw['cells'])} cells; {MAX_CELLS} are the most", help="split it in two notebooks"
        )


def _depth(value: object) -> int:
    """How many lists and mappings lie in one another; counted without recursion."""
    level, depth = [value], 0
    while level:
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        depth += 1
    return depth


_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _whole(value: Any) -> Any:
    """The value with every half of a surrogate pair replaced."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_whole(key): _whole(inner) for key, inner in value.items()}
    return [_whole(inner) for inner in value] if isinstance(value, list) else value


def _validated(raw: dict[str, Any], lines: list[list[int]]) -> Any:
    """The notebook with ids of its own: those in the file may be missing, doubled or random."""
    try:
        for number, cell in enumerate(raw["cells"], 1):
            if isinstance(cell, dict):
                cell["id"] = f"cell-{number:03d}"
        raw["nbformat_minor"] = 5
        nb = nbformat.from_dict(raw)
        nbformat.validate(nb)
    except NotebookValidationError as error:
        number = next((step + 1 for step in getattr(error, "path", ()) if isinstance(step, int)), None)
        place = Place(lines[number - 1][0] if number and number <= len(lines) else 1, 1, number)
        where = f"cell {number}: " if number else ""
        raise _Refused(f"not a valid notebook: {where}{_problem(error)}", place, _SAVE) from None
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        raise _Refused(f"not a valid notebook: {printable(str(error))[:160]}", help=_SAVE) from None
    return rejoin_lines(nb)


def _problem(error: NotebookValidationError) -> str:
    """What a schema's error says, without the whole cell that it quotes."""
    message = " ".join(printable(str(error.message)).split())
    return message if len(message) <= 160 else f"{message[:80]} … {message[-70:]}"


def _parse_text(text: str, path: str) -> _Parsed:
    _refuse_conflicts(text)
    try:
        nb = jupytext.reads(text, fmt="py" if path.endswith(".py") else "md")
        raw = json.loads(json.dumps(nb))
    except Exception as error:  # jupytext raises whatever its many readers raise
        help = "start each code cell with a line  # %%  and each text cell with  # %% [markdown]"
        raise _Refused(f"jupytext can't read it: {printable(str(error))[:160]}", help=help) from None
    _refuse_formats(raw)
    lines = lines_in_text(text, nb.cells)
    return _validated(raw, lines), lines


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
    headings = tuple(heading for prose in proses for heading in prose.headings)
    title, html = _title(headings, rendered.html)
    return Notebook(
        path,
        "notebook",
        (*faults, *controls, *(fault for prose in proses for fault in prose.faults)),
        title=title,
        cells=tuple(_cell(cell, places) for cell, places in zip(nb.cells, lines, strict=True)),
        prose=Prose(headings, tuple(link for prose in proses for link in prose.links), rendered.anchors),
        html=demote(html) if "<h1" in html else html,
        pictures=pictures,
        as_ipynb=_download(nb, text, path),
        as_python=jupytext.writes(nb, fmt="py:percent").encode(),
    )


def _title(headings: tuple[Heading, ...], html: str) -> tuple[str, str]:
    """The notebook's title, if its first heading is one of the first level, and the HTML without it."""
    found = _FIRST_HEADING.search(html) if headings and headings[0].level == 1 else None
    return (plain_text(found[1]), html.replace(found[0], "", 1)) if found else ("", html)


def _download(nb: Any, text: str, path: str) -> bytes:
    return text.encode() if path.endswith(".ipynb") else (nbformat.writes(nb) + "\n").encode()


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
        yield AssetOutput(f"{stem}.ipynb", book.as_ipynb)
        yield AssetOutput(f"{stem}.py", book.as_python)
        for name, data in book.pictures:
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


KIND = Kind("notebook", claims=_claims, read=read_notebook, outputs=_outputs, order=10)
