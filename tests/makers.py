"""Files that can't be written down as text: small PDFs, pictures and notebooks, good and bad."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from typing import Any

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject


def pdf() -> bytes:
    """A PDF of one empty page."""
    writer = PdfWriter()
    writer.add_blank_page(320, 180)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def png() -> bytes:
    """A small picture."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "PNG")
    return out.getvalue()


def _written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def pdf_cut_off() -> bytes:
    """The first half of a PDF."""
    whole = pdf()
    return whole[: len(whole) // 2]


def pdf_encrypted() -> bytes:
    """A PDF with a password."""
    writer = PdfWriter()
    writer.add_blank_page(320, 180)
    writer.encrypt("secret", algorithm="RC4-128")
    return _written(writer)


def pdf_with_script() -> bytes:
    """A PDF that runs a script when it is opened."""
    return _with_action({"/S": NameObject("/JavaScript"), "/JS": TextStringObject("app.alert('hello')")})


def pdf_with_link() -> bytes:
    """A PDF with an address in it."""
    return _with_action({"/S": NameObject("/URI"), "/URI": TextStringObject("https://example.org/")})


def _with_action(action: Mapping[str, Any]) -> bytes:
    writer = PdfWriter()
    page = writer.add_blank_page(320, 180)
    opened = DictionaryObject({NameObject(key): value for key, value in action.items()})
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): opened})
    return _written(writer)


def pdf_of_301_pages() -> bytes:
    """A PDF with more pages than are shown."""
    writer = PdfWriter()
    for _ in range(301):
        writer.add_blank_page(320, 180)
    return _written(writer)


def pdf_of_300_pages() -> bytes:
    """A PDF with as many pages as are shown."""
    writer = PdfWriter()
    for _ in range(300):
        writer.add_blank_page(320, 180)
    return _written(writer)


def png_cut_off() -> bytes:
    """The first half of a picture."""
    out = io.BytesIO()
    Image.radial_gradient("L").save(out, "PNG")
    return out.getvalue()[: len(out.getvalue()) // 2]


def png_of_48_megapixels() -> bytes:
    """A picture of one colour that is far too large."""
    out = io.BytesIO()
    Image.new("1", (8000, 6000)).save(out, "PNG")
    return out.getvalue()


def png_of_3_megabytes() -> bytes:
    """A picture of noise, which no compression makes smaller."""
    out = io.BytesIO()
    Image.effect_noise((1800, 1800), 100).save(out, "PNG")
    return out.getvalue()


def png_of_5000_pixels() -> bytes:
    """A picture of one colour that is very wide."""
    out = io.BytesIO()
    Image.new("1", (5000, 10)).save(out, "PNG")
    return out.getvalue()


def notebook(cells: Iterable[Mapping[str, Any]], **metadata: Any) -> bytes:
    """An .ipynb as Jupyter writes it; a cell is {markdown: text} or {code: text, count: 1, outputs: […], tags: […]}."""
    document = {
        "cells": [_cell(cell) | {"id": f"cell-{number:02d}"} for number, cell in enumerate(cells, 1)],
        "metadata": metadata,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return (json.dumps(document, indent=1, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    kind = next(kind for kind in ("markdown", "code", "raw") if kind in cell)
    made = {
        "cell_type": kind,
        "metadata": {"tags": cell["tags"]} if "tags" in cell else {},
        "source": cell[kind].splitlines(keepends=True),
    }
    if kind == "code":
        made |= {"execution_count": cell.get("count"), "outputs": list(cell.get("outputs", []))}
    return made | ({"attachments": cell["attachments"]} if "attachments" in cell else {})


def notebook_with_large_outputs() -> bytes:
    """A table that is too long to be shown, and a log that makes the outputs larger than 2 MB."""
    table = {"text/html": "<table>" + "<tr><td>1</td></tr>" * 15_000 + "</table>", "text/plain": "a table"}
    shown = {"output_type": "display_data", "metadata": {}, "data": table}
    log = {"output_type": "stream", "name": "stdout", "text": "step 1: loss 0.5\n" * 150_000}
    cells = [{"markdown": "# Demo"}, {"code": "table", "count": 1, "outputs": [shown]}]
    return notebook([*cells, {"code": "train()", "count": 2, "outputs": [log]}])


def keys() -> bytes:
    """Code with invented keys, put together here so that no scanner takes this repository for leaky."""
    pieces = {
        "aws": ["AKIA", "Q2W3E4R5T6Y7U8IO"],
        "github": ["ghp_", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6"],
        "slack": ["xoxb-", "2048-4096-", "aB3dE6gH9jK2mN5p"],
        "hook": ["https://hooks.slack", ".com/services/T0A1B2C3D/B0A1B2C3D/", "aB3dE6gH9jK2mN5pQ8sT1vW4"],
        "google": ["AIza", "SyA1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6Q"],
        "face": ["hf_", "aBcDeFgHiJkLmNoPqRsTuVwXyZaBcDeFgH"],
        "openai": ["sk-", "proj-", "aB3dE6gH9jK2mN5pQ8sT1vW4_yZ7bC0eF3hI6"],
    }
    lines = [f'{name} = "{"".join(parts)}"' for name, parts in pieces.items()]
    key = ["-----BEGIN RSA ", "PRIVATE KEY-----\n", "MIIEowIBAAKCAQEAq1w2e3r4t5y6u7i8o9p0aSdFgHjKlZxCvBnM\n"]
    return ("\n".join(lines) + f'\nkey = """{"".join(key)}"""\n').encode()


def notebook_with_key() -> bytes:
    """A key in a cell's code and in what it printed."""
    key = "".join(["ghp_", "aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6"])
    printed = {"output_type": "stream", "name": "stdout", "text": f"logged in with {key}\n"}
    return notebook(
        [{"markdown": "# A notebook"}, {"code": f'login("{key}")', "count": 1, "outputs": [printed]}]
    )
