"""Notebooks without what only an editor needs, and with an id for every cell; outputs are never touched.

Only the standard library's JSON is used: the libraries for notebooks take longer to load than a check to run.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from typing import Any

from coursekit.model import Fault, Place
from coursekit.notebook_lines import lines_in_json
from coursekit.source import decode
from coursekit.tidy.record import Mended, Tidied

# What editors write into a cell for themselves: times, what is folded or scrolled, who ran it where.
_CELL_NOISE = frozenset(
    "ExecuteTime autoscroll collapsed colab execution executionInfo heading_collapsed hidden outputId papermill"
    " pycharm run_control scrolled start_time trusted vscode _cell_guid _uuid".split()
)
# The same for the whole notebook. Kernel, language, jupytext, accelerator and what is not known here stay.
_BOOK_NOISE = frozenset(
    "anaconda-cloud interpreter latex_envs nbTranslate notify_time orig_nbformat signature toc varInspector"
    " vscode".split()
)
_PAPERMILL_NOISE = frozenset(
    "duration end_time environment_variables exception input_path output_path start_time".split()
)
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}\Z")


def tidy_notebook(path: str, data: bytes) -> Tidied:
    """A notebook without noise whose cells have ids, written as Jupyter writes it."""
    raw = loaded(data) if path.endswith(".ipynb") else None
    if raw is None:
        return Tidied(data)
    places = lines_in_json(decode(data))
    mended = [*_without_noise(raw, places), *_with_ids(raw, places)]
    if any("id" in cell for cell in raw["cells"]):
        raw["nbformat_minor"] = max(5, raw["nbformat_minor"])  # ids came with format 4.5
    return Tidied(written(raw), tuple(mended)) if mended else Tidied(data)


def loaded(data: bytes) -> dict[str, Any] | None:
    """The JSON of a notebook of format 4, None where it can't be written again without any loss."""
    try:
        raw = json.loads(decode(data), object_pairs_hook=_unique, parse_constant=_refuse, parse_float=_finite)
        written(raw)
    except (ValueError, RecursionError, TypeError, AttributeError, KeyError):
        return None
    known = isinstance(raw, dict) and raw.get("nbformat") == 4 and type(raw.get("nbformat_minor")) is int
    return raw if known and all(_is_cell(cell) for cell in raw.get("cells", [None])) else None


def _is_cell(cell: Any) -> bool:
    return isinstance(cell, dict) and isinstance(cell.get("metadata"), dict) and "source" in cell


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands here twice")
    return found


def _refuse(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number} is too large")
    return value


def source_of(cell: dict[str, Any]) -> str:
    """What a cell holds, as one text."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def set_source(cell: dict[str, Any], source: str) -> None:
    """Give a cell another text, in the form that Jupyter writes."""
    cell["source"] = source.splitlines(keepends=True)


def written(raw: dict[str, Any]) -> bytes:
    """The bytes of a notebook as Jupyter itself writes them; outputs keep the form that they have."""
    cells = [{**cell, "source": source_of(cell).splitlines(keepends=True)} for cell in raw["cells"]]
    text = json.dumps({**raw, "cells": cells}, ensure_ascii=False, indent=1, sort_keys=True)
    return (text + "\n").encode()


def _without_noise(raw: dict[str, Any], places: list[list[int]]) -> list[Mended]:
    noisy: list[int] = []
    names: set[str] = set()
    for number, cell in enumerate(raw["cells"], 1):
        if found := _CELL_NOISE & cell["metadata"].keys():
            noisy.append(number)
            names |= found
            cell["metadata"] = {key: value for key, value in cell["metadata"].items() if key not in found}
    names |= _clean_book(raw)
    if not names:
        return []
    where = f"{len(noisy)} cell{'s' if len(noisy) > 1 else ''}" if noisy else "the notebook's metadata"
    verb = "holds" if len(noisy) < 2 else "hold"
    message = f"{where} {verb} what only an editor needs: {', '.join(sorted(names))}"
    fault = Fault("notebook-noise", message, _place(places, noisy[0] if noisy else None))
    return [Mended(fault, f"{', '.join(sorted(names))} are taken out of its metadata")]


def _clean_book(raw: dict[str, Any]) -> set[str]:
    metadata = raw.get("metadata")
    if not isinstance(metadata, dict):
        return set()
    found = _BOOK_NOISE & metadata.keys()
    kept = {key: value for key, value in metadata.items() if key not in found}
    papermill = kept.get("papermill")
    if isinstance(papermill, dict) and (extra := _PAPERMILL_NOISE & papermill.keys()):
        kept["papermill"] = {key: value for key, value in papermill.items() if key not in extra}
        found |= {f"papermill.{key}" for key in extra}
    raw["metadata"] = kept
    return set(found)


def _with_ids(raw: dict[str, Any], places: list[list[int]]) -> list[Mended]:
    taken: set[str] = set()
    missing: list[int] = []
    for number, cell in enumerate(raw["cells"], 1):
        id = cell.get("id")
        if isinstance(id, str) and _ID.match(id) and id not in taken:
            taken.add(id)
        else:
            missing.append(number)
    if not missing or raw["nbformat_minor"] > 5:
        return []
    for number in missing:
        cell = raw["cells"][number - 1]
        cell["id"] = new_id(number, cell, taken)
        taken.add(cell["id"])
    which = "has no id of its own" if len(missing) == 1 else "have no id of their own"
    message = f"{len(missing)} of {len(raw['cells'])} cells {which}"
    fault = Fault("notebook-cell-id", message, _place(places, missing[0]))
    return [Mended(fault, f"{len(missing)} cell{'s get' if len(missing) > 1 else ' gets'} an id")]


def new_id(number: int, cell: dict[str, Any], taken: set[str]) -> str:
    """An id that follows from a cell's place and content, and that no other cell has."""
    seed = f"{number}\0{cell.get('cell_type')}\0{source_of(cell)}"
    id = hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:8]
    while id in taken:
        id = hashlib.sha256(id.encode()).hexdigest()[:8]
    return id


def _place(places: list[list[int]], cell: int | None) -> Place:
    return Place(places[cell - 1][0] if cell and cell <= len(places) else 1, 1, cell)
