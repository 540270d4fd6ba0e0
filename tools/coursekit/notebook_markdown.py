"""A notebook's stored outputs as Markdown, through nbconvert, so that the site renders it like any page.

Outputs are cut down before nbconvert sees them: of each rich output one form is kept, pictures only if
they really are pictures, scripts and widgets never. Text cells are rendered one by one, so that what one of
them leaves open (a fence, a tag, a comment) can't swallow the cells below it.
"""

from __future__ import annotations

import base64
import binascii
import copy
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import nbformat
from jinja2 import DictLoader
from nbconvert import MarkdownExporter

from coursekit import picture_reader
from coursekit.markup import render_markdown, sanitise
from coursekit.model import Fault, Place
from coursekit.plaintext import plain_text

MAX_TEXT = 200_000  # characters of one output
MAX_DEPTH = 100  # levels of tags in an HTML output
FOLD_LINES = 30
_PICTURES = {"image/png": "png", "image/jpeg": "jpg", "image/svg+xml": "svg"}
_PASTED = {"image/png": "png", "image/jpeg": "jpg"}
# Terminal commands (links and titles, then colours), controls, overrides of the direction of writing.
_UNPRINTABLE = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]"
    r"|[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]"
)
# What the site's mathematics reads; a table that pandas wrote in LaTeX has a better form beside it.
_MATHEMATICS = re.compile(r"\s*(?:\$|\\\(|\\\[|\\begin\{(?:equation|align|gather|multline)\*?\})")
_LIVE = re.compile(r"<(?:IPython\.core\.display|plotly|altair|bokeh|ipywidgets)\.?[\w.]* (?:object|at )")
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_ID = re.compile(r'\bid="([^"]*)"')

_TEMPLATE = """\
{% extends 'markdown/index.md.j2' %}
{% block input %}
{% set language = nb.metadata.get('language_info', {}).get('name', 'python') %}

{{ cell.source | fenced(language) }}

{% endblock input %}
{% block stream %}{{ output.text | output_html('nb-stream') }}{% endblock stream %}
{% block error %}{{ output.traceback | join('\\n') | output_html('nb-error') }}{% endblock error %}
{% block data_text scoped %}{{ output.data['text/plain'] | output_html('nb-result') }}{% endblock data_text %}
{% block data_png %}{{ output.metadata | picture }}{% endblock data_png %}
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
    """The notebook as Markdown, the pictures that it shows (name, bytes), and what was wrong with outputs.

    A fault's place has the number of its cell only; the caller knows the line.
    """
    nb = copy.deepcopy(nb)
    reducer = _Reducer(stem)
    for number, cell in enumerate(nb.cells, 1):
        reducer.number = number
        if cell.cell_type == "code":
            reduced = (reducer.output(output, index) for index, output in enumerate(cell.outputs))
            cell.outputs = _merged(output for output in reduced if output)
        elif cell.cell_type == "markdown":
            cell.source = reducer.text_cell(cell)
        else:
            _show_raw(cell)
    exporter = MarkdownExporter(
        extra_loaders=[DictLoader({"course.md.j2": _TEMPLATE})],
        template_file="course.md.j2",
        filters={"output_html": _output_html, "picture": _picture, "fenced": _fenced},
    )
    _drop_tagged(nb)
    markdown, _ = exporter.from_notebook_node(nb)
    return markdown, tuple(sorted(reducer.pictures.items())), tuple(reducer.faults)


def printable(text: str) -> str:
    """The text without colours and other commands for terminals, controls and overrides of direction."""
    return _UNPRINTABLE.sub("", text)


def joined(text: str | list[str]) -> str:
    """A text that a notebook may keep as a list of lines."""
    return text if isinstance(text, str) else "".join(text)


def _merged(outputs: Iterable[Any]) -> list[Any]:
    """Pieces of the same stream that follow each other, as one."""
    kept: list[Any] = []
    for output in outputs:
        if kept and output.output_type == "stream" and kept[-1].get("name") == output.name:
            kept[-1].text += output.text
        else:
            kept.append(output)
    return kept


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


def _show_raw(cell: Any) -> None:
    """Text meant for other programs is shown as it stands; but not the front matter that some of them read."""
    header = cell.source.startswith("---\n")
    cell.cell_type, cell.source = "markdown", "" if header else _output_html(cell.source, "nb-raw").strip()


@dataclass
class _Reducer:
    """Goes through the cells and collects what they show; `number` is that of the cell in hand."""

    stem: str
    number: int = 0
    pictures: dict[str, bytes] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    _ids: set[str] = field(default_factory=set)

    def output(self, output: Any, index: int) -> Any | None:
        """The one form of an output that is shown, or None."""
        if output.output_type == "stream":
            return output
        if output.output_type == "error":
            output.traceback = output.traceback or [f"{output.ename}: {output.evalue}"]
            return output
        return self._picture(output, index) or self._html(output.data) or self._plain(output.data)

    def _picture(self, output: Any, index: int) -> Any | None:
        for kind in (kind for kind in _PICTURES if kind in output.data):
            data = _decoded(output.data[kind], kind)
            if not isinstance(data, bytes):
                self._bad_picture(
                    f"an output that says it is {kind} {data}", "run the cell again and save the notebook"
                )
                continue
            file = f"{self.stem}-{self.number:03d}-{index}.{_PICTURES[kind]}"
            self.pictures[file] = data
            metadata = {"file": file, "alt": self._alt(output.metadata, kind)}
            return nbformat.v4.new_output("display_data", {"image/png": ""}, metadata=metadata)
        return None

    def _alt(self, metadata: Any, kind: str) -> str:
        own = metadata.get(kind)
        for found in (metadata.get("alt"), own.get("alt") if isinstance(own, dict) else None):
            if isinstance(found, str) and found.strip():
                return printable(found)
        return f"Picture made by cell {self.number}"

    def _html(self, data: Any) -> Any | None:
        if "text/markdown" in data and len(joined(data["text/markdown"])) <= MAX_TEXT:
            clean = render_markdown(printable(joined(data["text/markdown"]))).html
        elif "text/html" in data and (unsafe := printable(joined(data["text/html"]))):
            if problem := _too_much(unsafe):
                message = f"the HTML output of cell {self.number} {problem}, so it is not shown as HTML"
                help = "show fewer rows, for example  table.head(20), or save a picture of it"
                self.faults.append(Fault("notebook-output-large", message, Place(cell=self.number), help))
                return None
            clean = sanitise(unsafe).html
        else:
            return None
        return (
            nbformat.v4.new_output("display_data", {"text/html": _inert(clean)})
            if plain_text(clean)
            else None
        )

    def _plain(self, data: Any) -> Any | None:
        if (
            "text/latex" in data
            and _MATHEMATICS.match(latex := joined(data["text/latex"]))
            and len(latex) <= MAX_TEXT
        ):
            shown = _inert(render_markdown(printable(latex)).html)
            return nbformat.v4.new_output("display_data", {"text/html": shown})
        if "text/plain" in data and not _LIVE.match(text := joined(data["text/plain"])):
            return nbformat.v4.new_output("display_data", {"text/plain": text})
        if not data:
            return None
        kinds = ", ".join(sorted(map(str, data)))[:120]
        return nbformat.v4.new_output(
            "display_data", {"text/plain": f"[An output that can't be shown here: {kinds}]"}
        )

    def text_cell(self, cell: Any) -> str:
        """A text cell as sanitised HTML whose ids no earlier cell has."""
        source = self._with_attachments(cell)
        rendered = render_markdown(printable(source))
        new = {id: _fresh(id, self._ids) for id in _ID.findall(rendered.html)}
        self._ids |= set(new.values())
        clean = rendered.html
        if any(id != other for id, other in new.items()):
            clean = re.sub(
                r'\b(id="|href="#)([^"]*)"', lambda found: f'{found[1]}{new.get(found[2], found[2])}"', clean
            )
        return _inert(clean)

    def _with_attachments(self, cell: Any) -> str:
        """Pictures pasted into a text cell become files; what is no raster picture is left out and named."""
        source: str = cell.source
        for index, (name, bundle) in enumerate(sorted(cell.pop("attachments", {}).items())):
            kind = next((kind for kind in _PASTED if kind in bundle), None)
            data = (
                _decoded(bundle[kind], kind)
                if kind
                else f"is {', '.join(bundle) or 'empty'}, not a PNG or JPEG"
            )
            if not isinstance(data, bytes):
                self._bad_picture(
                    f"the attachment {name!r} {data}",
                    "paste a PNG or JPEG, or put the file beside the notebook",
                )
                continue
            file = f"{self.stem}-{self.number:03d}-attachment-{index}.{_PASTED[kind or 'image/png']}"
            self.pictures[file] = data
            for written in (name, quote(name)):
                source = source.replace(f"attachment:{written}", f"{self.stem}-files/{file}")
        return source

    def _bad_picture(self, what: str, help: str) -> None:
        self.faults.append(
            Fault("notebook-picture", f"cell {self.number}: {what}", Place(cell=self.number), help)
        )


def _decoded(value: str | list[str], kind: str) -> bytes | str:
    """The bytes of a picture, or in words what is wrong with it."""
    text = joined(value)
    try:
        data = text.encode() if kind == "image/svg+xml" else base64.b64decode(text, validate=False)
    except (binascii.Error, ValueError):
        return "is not base64, so no picture"
    faults = picture_reader.read_figure(f"output.{_PICTURES[kind]}", data).faults
    if not faults:
        return data
    if faults[0].rule != "figure-invalid":
        return f"can't be shown: {faults[0].message}"
    seems = picture_reader.looks_like(data)
    return "is damaged" if _PICTURES[kind][:2].upper() in seems else f"is no picture of that type but {seems}"


def _too_much(unsafe: str) -> str:
    """What keeps HTML from being sanitised in reasonable time, or ''."""
    if len(unsafe) > MAX_TEXT:
        return f"has {len(unsafe):,} characters; {MAX_TEXT:,} are the most"
    depth = 0
    for closing, name in _TAG.findall(unsafe):
        depth += 0 if name.lower() in _VOID else -1 if closing else 1
        if depth > MAX_DEPTH:
            return f"has more than {MAX_DEPTH} levels of tags"
    return ""


def _fresh(id: str, taken: set[str]) -> str:
    """The id, or the id with the first number behind it that makes it new."""
    number, new = 0, id
    while new in taken:
        number += 1
        new = f"{id}_{number}"
    return new


def _inert(clean: str) -> str:
    """Sanitised HTML in which Markdown finds no fence: it looks for those before it looks for HTML."""
    return clean.replace("`", "&#96;").replace("~", "&#126;")


def _fenced(source: str, language: Any) -> str:
    """Code as a fenced block whose fence is longer than any in the code."""
    name = re.sub(r"[^a-z0-9+-]", "", str(language).lower()) or "text"
    fence = "~" * max(12, *(len(run) + 1 for run in re.findall(r"~+", source)), 0)
    return f"{fence} {name}\n{printable(source)}\n{fence}"


def _output_html(text: str, css: str) -> str:
    """Text output as an HTML block; a long one is folded, a very long one cut."""
    # a progress bar goes back to the start of its line and writes over it: the last state counts
    rows = (row.rstrip("\r").rpartition("\r")[2] for row in text.split("\n"))
    shown = printable("\n".join(rows)).rstrip("\n")
    if len(shown) > MAX_TEXT:
        shown = f"{shown[:MAX_TEXT]}\n… cut here: {MAX_TEXT:,} of {len(shown):,} characters"
    lines = shown.count("\n") + 1
    block = f'<div class="nb-output {css}"><pre>{_inert(html.escape(shown))}</pre></div>'
    if lines > FOLD_LINES:
        block = f'<details class="nb-fold"><summary>Output: {lines} lines</summary>{block}</details>'
    return f"\n\n{block}\n\n" if shown.strip() else ""


def _picture(metadata: Any) -> str:
    file, alt = str(metadata["file"]), html.escape(str(metadata["alt"]))
    folder = re.sub(r"-\d{3}-\d+\.[a-z]+$", "-files", file)
    return f'\n\n<figure class="nb-figure"><img src="{folder}/{file}" alt="{_inert(alt)}"></figure>\n\n'
