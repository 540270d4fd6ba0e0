"""A notebook's stored outputs as Markdown, through nbconvert, so that the site renders it like any page.

Outputs are cut down before nbconvert sees them: of each rich output one form is kept, pictures only if
they really are pictures, scripts and widgets never.
"""

from __future__ import annotations

import base64
import binascii
import copy
import html
import io
import re
from typing import Any

import nbformat
from jinja2 import DictLoader
from nbconvert import MarkdownExporter
from PIL import Image

from coursekit.markup import plain_text, sanitise
from coursekit.model import Fault, Place

MAX_TEXT = 200_000
FOLD_LINES = 30
MAX_PIXELS = 40_000_000
_RASTER = {"image/png": ("PNG", "png"), "image/jpeg": ("JPEG", "jpg")}
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f]")

_TEMPLATE = """\
{% extends 'markdown/index.md.j2' %}
{% block input %}
{% set language = nb.metadata.get('language_info', {}).get('name', 'python') %}

~~~~~~~~~~~~ {{ language | fence_language }}
{{ cell.source }}
~~~~~~~~~~~~

{% endblock input %}
{% block stream %}{{ output.text | output_html('nb-stream') }}{% endblock stream %}
{% block error %}{{ output.traceback | join('\\n') | output_html('nb-error') }}{% endblock error %}
{% block data_text scoped %}{{ output.data['text/plain'] | output_html('nb-result') }}{% endblock data_text %}
{% block data_png %}{{ output.metadata | picture('image/png') }}{% endblock data_png %}
{% block data_jpg %}{{ output.metadata | picture('image/jpeg') }}{% endblock data_jpg %}
{% block data_html scoped %}

<div class="nb-output nb-html">{{ output.data['text/html'] }}</div>

{% endblock data_html %}
{% block data_latex %}

{{ output.data['text/latex'] }}

{% endblock data_latex %}
{% block markdowncell scoped %}

{{ cell.source }}

{% endblock markdowncell %}
"""


def notebook_to_markdown(nb: Any, stem: str) -> tuple[str, tuple[tuple[str, bytes], ...], tuple[Fault, ...]]:
    """The notebook as Markdown, the pictures that it shows (name, bytes), and what was wrong with outputs."""
    nb = copy.deepcopy(nb)
    pictures: dict[str, bytes] = {}
    faults: list[Fault] = []
    for number, cell in enumerate(nb.cells, 1):
        if cell.cell_type == "code":
            cell.outputs = [kept for index, output in enumerate(cell.outputs) if (kept := _reduced(output, f"{stem}-{number:03d}-{index}", number, pictures, faults))]
        elif cell.cell_type == "markdown":
            cell.source = _with_attachments(cell, stem, number, pictures, faults)
    exporter = MarkdownExporter(
        extra_loaders=[DictLoader({"course.md.j2": _TEMPLATE})],
        template_file="course.md.j2",
        filters={"output_html": _output_html, "picture": _picture, "fence_language": lambda name: re.sub(r"[^a-z0-9+-]", "", str(name).lower()) or "text"},
    )
    _drop_tagged(nb)
    markdown, _ = exporter.from_notebook_node(nb)
    return markdown, tuple(sorted(pictures.items())), tuple(faults)


def _drop_tagged(nb: Any) -> None:
    """Follow the tags that Jupyter Book and nbconvert agree on: remove-cell, remove-input, remove-output."""
    kept = []
    for cell in nb.cells:
        tags = {tag.replace("_", "-") for tag in cell.metadata.get("tags", []) if isinstance(tag, str)}
        if "remove-cell" in tags:
            continue
        if cell.cell_type == "code" and "remove-output" in tags:
            cell.outputs = []
        if tags & {"remove-input", "hide-input"}:
            cell.metadata["transient"] = {"remove_source": True}
        kept.append(cell)
    nb.cells = kept


def _reduced(output: Any, name: str, number: int, pictures: dict[str, bytes], faults: list[Fault]) -> Any | None:
    if output.output_type in {"stream", "error"}:
        return output
    data, alt = output.data, output.metadata.get("alt")
    for kind in ("image/png", "image/jpeg"):
        if kind in data:
            picture = _decoded(data[kind], kind)
            if isinstance(picture, str):
                faults.append(Fault("notebook-picture", f"cell {number}: an output said to be {kind} {picture}", Place(cell=number), "run the cell again"))
                continue
            file = f"{name}.{_RASTER[kind][1]}"
            pictures[file] = picture
            label = alt if isinstance(alt, str) and alt.strip() else f"Picture made by cell {number}"
            return nbformat.v4.new_output("display_data", {kind: ""}, metadata={"file": file, "alt": label})
    if "text/html" in data and len(_text(data["text/html"])) <= MAX_TEXT:
        clean = sanitise(_text(data["text/html"])).html
        if plain_text(clean):
            return nbformat.v4.new_output("display_data", {"text/html": clean})
    for kind in ("text/latex", "text/plain"):
        if kind in data:
            return nbformat.v4.new_output("display_data", {kind: _text(data[kind])})
    return None


def _text(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "".join(value)


def _decoded(value: str | list[str], kind: str) -> bytes | str:
    """The bytes of a picture, or in words what is wrong with it."""
    try:
        data = base64.b64decode(_text(value), validate=False)
        with Image.open(io.BytesIO(data), formats=[_RASTER[kind][0]]) as picture:
            if picture.width * picture.height > MAX_PIXELS:
                return f"has {picture.width} x {picture.height} pixels"
            picture.verify()
    except (binascii.Error, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        return "is none"
    return data


def _with_attachments(cell: Any, stem: str, number: int, pictures: dict[str, bytes], faults: list[Fault]) -> str:
    """Pictures pasted into a text cell become files; what is no raster picture is left out and named."""
    source: str = cell.source
    for index, (name, bundle) in enumerate(sorted(cell.get("attachments", {}).items())):
        kind = next((kind for kind in _RASTER if kind in bundle), None)
        picture = _decoded(bundle[kind], kind) if kind else f"is {', '.join(bundle) or 'empty'}, no PNG or JPEG"
        if isinstance(picture, str):
            faults.append(Fault("notebook-picture", f"cell {number}: the attachment {name!r} {picture}", Place(cell=number), "paste a PNG or JPEG"))
            continue
        file = f"{stem}-{number:03d}-attachment-{index}.{_RASTER[kind or 'image/png'][1]}"
        pictures[file] = picture
        source = source.replace(f"attachment:{name}", f"{stem}-files/{file}")
    return source


def _output_html(text: str, css: str) -> str:
    """Text output as an HTML block; a long one is folded."""
    shown = _ANSI.sub("", text)[:MAX_TEXT].rstrip("\n")
    lines = shown.count("\n") + 1
    block = f'<div class="nb-output {css}"><pre>{html.escape(shown)}</pre></div>'
    if lines > FOLD_LINES:
        block = f'<details class="nb-fold"><summary>Output: {lines} lines</summary>{block}</details>'
    return f"\n\n{block}\n\n"


def _picture(metadata: Any, kind: str) -> str:
    file, alt = str(metadata["file"]), html.escape(str(metadata["alt"]))
    folder = re.sub(r"-\d{3}-\d+\.[a-z]+$", "-files", file)
    return f'\n\n<figure class="nb-figure"><img src="{folder}/{file}" alt="{alt}"></figure>\n\n'
