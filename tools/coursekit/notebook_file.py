"""From a file's text to a notebook of format 4 that is valid, or to the one fault that says why not."""

from __future__ import annotations

import json
import re
from typing import Any

import jupytext
import nbformat
from nbformat.v4.rwbase import rejoin_lines
from nbformat.validator import NotebookValidationError

from coursekit.model import Fault, Place
from coursekit.notebook_lines import lines_in_json, lines_in_text
from coursekit.notebook_markdown import printable

MAX_CELLS = 2000
MAX_DEPTH = 100  # of lists and mappings in one another; interactive plots have some twenty


class Refused(Exception):  # noqa: N818 - it carries a fault
    def __init__(
        self, message: str, place: Place | None = None, help: str = "", rule: str = "notebook-invalid"
    ) -> None:
        super().__init__(message)
        self.fault = Fault(rule, message, place or Place(), help)


SAVE = "open it in Jupyter and save it again; or put back the last good version:  git checkout -- FILE"
_CONVERT = "convert it:  jupyter nbconvert --to notebook --nbformat 4 --inplace FILE"
_CONFLICT = re.compile(r"^(<{7} |>{7} )", re.MULTILINE)


TOO_DEEP = f"its JSON is nested more than {MAX_DEPTH} levels deep; no notebook is"
Parsed = tuple[Any, list[list[int]]]  # the notebook, and for each cell the file's line of each of its lines


def parse(text: str, path: str) -> Parsed:
    """The notebook in a file's text; the suffix of `path` says which of the three forms it has.

    Raises:
        Refused: it can't be read, with the fault that says why.
    """
    try:
        return _from_json(text) if path.endswith(".ipynb") else _from_text(text, path)
    except RecursionError:
        raise Refused(TOO_DEEP, help=SAVE) from None


def _refuse_conflicts(text: str) -> None:
    if found := _CONFLICT.search(text):
        place = Place(text.count("\n", 0, found.start()) + 1)
        help = "keep one of the two versions and delete the marker lines; or take one version whole:  git checkout --theirs FILE"
        raise Refused("a merge conflict was left unresolved here", place, help, "file-conflict-markers")


def _from_json(text: str) -> Parsed:
    _refuse_conflicts(text)
    if not text.strip():
        raise Refused("the file is empty: it holds no notebook", help=SAVE)
    if text.startswith("version https://git-lfs"):
        raise Refused(
            "a git-LFS pointer, not the notebook itself",
            help="commit the file without LFS:  git lfs uninstall, then add it again",
        )
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise Refused(f"not JSON: {error.msg}", Place(error.lineno, error.colno), SAVE) from None
    if not isinstance(raw, dict):
        raise Refused(f"JSON, but no notebook: it holds only {_spoken(raw)}", help=SAVE)
    _refuse_formats(raw)
    if _depth(raw) > MAX_DEPTH:
        raise Refused(TOO_DEEP, help=SAVE)
    # JSON may hold half a character, which no file can: it is shown as the replacement character
    whole = _whole(raw) if _SURROGATE.search(text) else raw
    return _validated(whole, lines := lines_in_json(text)), lines


def _spoken(value: object) -> str:
    kinds = {list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def _refuse_formats(raw: dict[str, Any]) -> None:
    version = raw.get("nbformat")
    if version is None and "cells" not in raw:
        raise Refused("JSON, but no notebook: it has neither `cells` nor `nbformat`", help=SAVE)
    if type(version) is int and version > 4:
        raise Refused(
            f"a notebook of format {version}; format 4 is read",
            help="save it as format 4 (.ipynb, nbformat 4)",
        )
    if type(version) is int and version < 4:
        raise Refused(f"a notebook of the old format {version}; format 4 is read", help=_CONVERT)
    if version != 4 or type(version) is not int:
        raise Refused(
            f"`nbformat` is {json.dumps(version)[:40]}; it has to be the number 4",
            help='write  "nbformat": 4',
        )
    if not isinstance(raw.get("cells"), list):
        raise Refused("not a valid notebook: `cells` is missing or is no list", help=SAVE)
    if len(raw["cells"]) > MAX_CELLS:
        raise Refused(
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
    for number, cell in enumerate(raw["cells"], 1):
        if problem := _cell_problem(cell):
            raise Refused(f"cell {number}: {problem}", _cell_place(lines, number), SAVE)
        cell["id"] = f"cell-{number:03d}"
    raw["nbformat_minor"] = 5
    try:
        nb = nbformat.from_dict(raw)
        nbformat.validate(nb)
    except NotebookValidationError as error:
        wrong = _wrong_cell(raw)
        where = f"cell {wrong}: " if wrong else ""
        raise Refused(
            f"not a valid notebook: {where}{_problem(error)}", _cell_place(lines, wrong), SAVE
        ) from None
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        raise Refused(f"not a valid notebook: {printable(str(error))[:160]}", help=SAVE) from None
    return rejoin_lines(nb)


def _cell_place(lines: list[list[int]], number: int | None) -> Place:
    return Place(lines[number - 1][0] if number and number <= len(lines) else 1, 1, number)


def _cell_problem(cell: Any) -> str:
    """The commonest faults of a cell in plain words; the schema finds the others."""
    if not isinstance(cell, dict):
        return "not a valid cell: it is no object with `cell_type` and `source`"
    if cell.get("cell_type") not in ("code", "markdown", "raw"):
        return (
            f"its `cell_type` is {json.dumps(cell.get('cell_type'))[:40]}; code, markdown and raw are known"
        )
    source = cell.get("source")
    parts = source if isinstance(source, list) else [source]
    return "" if all(isinstance(part, str) for part in parts) else "its `source` is no text"


def _wrong_cell(raw: dict[str, Any]) -> int | None:
    """The number of the first cell that is not valid by itself."""
    for number, cell in enumerate(raw["cells"], 1):
        try:
            nbformat.validate(nbformat.from_dict({**raw, "metadata": {}, "cells": [cell]}))
        except (NotebookValidationError, TypeError, AttributeError, KeyError, ValueError):
            return number
    return None


def _problem(error: NotebookValidationError) -> str:
    """What a schema's error says, without the whole cell that it quotes."""
    message = " ".join(printable(str(error.message)).split())
    return message if len(message) <= 160 else f"{message[:80]} … {message[-70:]}"


def _from_text(text: str, path: str) -> Parsed:
    _refuse_conflicts(text)
    try:
        nb = jupytext.reads(text, fmt="py" if path.endswith(".py") else "md")
        raw = json.loads(json.dumps(nb))
    except Exception as error:  # jupytext raises whatever its many readers raise
        help = "start each code cell with a line  # %%  and each text cell with  # %% [markdown]"
        raise Refused(f"jupytext can't read it: {printable(str(error))[:160]}", help=help) from None
    _refuse_formats(raw)
    lines = lines_in_text(text, nb.cells)
    return _validated(raw, lines), lines
