"""Reads a Markdown file with front matter whole: its record, its prose with places, its sanitised HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import unquote

from pydantic import BaseModel

from coursekit.formulas import formulas_in
from coursekit.leftovers import leftover_faults
from coursekit.markup import render_markdown
from coursekit.model import Fault, Link, Place, Prose
from coursekit.page import Page
from coursekit.plaintext import plain_text
from coursekit.prose import read_prose
from coursekit.schema import validate
from coursekit.source import decode
from coursekit.yamltext import Node, YamlFault, read_yaml

_CONFLICT = re.compile(r"^(<{7} |>{7} )", re.MULTILINE)
_FIRST_TITLE = re.compile(r"\s*<h1[^>]*>(.*?)</h1>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The parts of a Markdown file: `node` is the YAML between the `---` lines, None where there is none."""

    node: Node | None
    body: str
    body_line: int
    faults: tuple[Fault, ...] = ()


def split_front_matter(text: str) -> FrontMatter:
    """Take the front matter off; a text that starts with anything but `---` has none and loses nothing."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return FrontMatter(None, text, 1)
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() in {"---", "..."}), None)
    if end is None:
        fault = Fault(
            "yaml-syntax",
            "the front matter starts here and is never closed",
            Place(),
            "end it with a line of three hyphens:  ---",
        )
        return FrontMatter(None, text, 1, (fault,))
    body, body_line = "\n".join(lines[end + 1 :]), end + 2
    try:
        return FrontMatter(read_yaml("\n".join(lines[1:end]), first_line=2), body, body_line)
    except YamlFault as error:
        return FrontMatter(None, body, body_line, (error.fault,))


def read_page(path: str, data: bytes, model: type[BaseModel], kind: str) -> Page:
    """Read a Markdown file whose front matter is a `model`; whatever is wrong is among the faults."""
    text = decode(data)
    parts = split_front_matter(text)
    meta, faults = _meta(parts, model)
    prose = read_prose(parts.body, parts.body_line)
    rendered = render_markdown(parts.body)
    title, html = _title(getattr(meta, "title", None), rendered.html)
    html = demote(html) if "<h1" in html else html
    texts = [(parts.body, Place(parts.body_line))]
    conflict = tuple(
        Fault(
            "file-conflict-markers",
            "a merge conflict was left unresolved here",
            Place(text.count("\n", 0, found.start()) + 1),
            "keep one of the two versions and delete the marker lines",
        )
        for found in _CONFLICT.finditer(text)
    )
    return Page(
        path,
        kind,
        (
            *parts.faults,
            *faults,
            *conflict,
            *reconciled(rendered.removed, prose.faults, texts),
            *leftover_faults(rendered.html, texts),
        ),
        meta=meta,
        node=parts.node,
        title=title,
        html=html,
        body=parts.body,
        body_line=parts.body_line,
        prose=Prose(
            prose.headings,
            (*prose.links, *_unseen(rendered.html, prose, parts)),
            rendered.anchors,
            fences=prose.fences,
            formulas=formulas_in(rendered.html, texts),
        ),
    )


def _unseen(clean: str, prose: Prose, parts: FrontMatter) -> Iterator[Link]:
    """Links that only the site's own reader of Markdown finds, such as addresses with a space in them."""
    known = {unquote(link.target) for link in prose.links}
    told = " ".join(fault.message for fault in prose.faults)
    for attribute, written in re.findall(r'\b(href|src)="([^"#][^"]*)"', clean):
        target = unescape(written)
        if (
            unquote(target) not in known
            and target not in told
            and not re.match(r"[a-z][a-z0-9+.-]*:|//", target, re.IGNORECASE)
        ):
            known.add(unquote(target))
            at = max(0, parts.body.find(target))
            place = Place(parts.body.count("\n", 0, at) + parts.body_line, at - parts.body.rfind("\n", 0, at))
            yield Link(target, place, picture=attribute == "src", alt=target)


def reconciled(
    removed: Iterable[str], faults: Iterable[Fault], texts: Sequence[tuple[str, Place]]
) -> tuple[Fault, ...]:
    """The faults of a text's HTML, brought into line with what was really taken away from the rendered page.

    `read_prose` follows another reader of Markdown than the site: what only it takes for a tag is dropped, and
    what only the site takes for one is added, at its first place in `texts` (each with its start).
    """
    wanted, taken = set(removed), []
    for fault in faults:
        tag = fault.message.partition(">")[0].lower() + ">"
        if fault.rule != "html-removed" or tag in wanted:
            taken.append(fault)
    known = {fault.rule for fault in taken} | {
        fault.message.partition(">")[0].lower() + ">" for fault in taken
    }
    return (
        *taken,
        *(_removed(name, texts) for name in sorted(wanted) if not known & {name, *_explained_by(name)}),
    )


def _explained_by(name: str) -> tuple[str, ...]:
    if name.startswith("<"):
        return ()
    return (
        ("html-unsafe-url", "link-local-path")
        if name in {"href", "src"}
        else ("html-style",)
        if name == "style"
        else ("html-event-handler",)
    )


def _removed(name: str, texts: Sequence[tuple[str, Place]]) -> Fault:
    written, place = _first(name, texts)
    if not name.startswith("<"):
        return Fault("html-removed", f"the attribute `{name}` is removed from the site", place, "delete it")
    help = f"if it is meant as text, write `&lt;` for the `<`, or put it in backticks: `{written}>`"
    return Fault("html-removed", f"{written}> is read as HTML and is removed from the page", place, help)


def _first(name: str, texts: Sequence[tuple[str, Place]]) -> tuple[str, Place]:
    """How a tag or attribute was first written, and where."""
    bare = name.rstrip(">")
    pattern = re.compile(
        re.escape(bare) if name.startswith("<") else rf"\b{re.escape(bare)}(?=\s*=)", re.IGNORECASE
    )
    for text, start in texts:
        if found := pattern.search(text):
            row = text.count("\n", 0, found.start())
            return found[0], Place(
                start.line + row, found.start() - text.rfind("\n", 0, found.start()), start.cell
            )
    return bare, texts[0][1] if texts else Place()


def _meta(parts: FrontMatter, model: type[BaseModel]) -> tuple[Any, tuple[Fault, ...]]:
    if parts.node is not None and parts.node.value is not None:
        return validate(parts.node, model)
    if parts.faults:
        return None, ()
    required = [name for name, info in model.model_fields.items() if info.is_required()]
    if not required:
        return model(), ()
    keys = getattr(model, "example", "") or "\n".join(f"{name}: …" for name in required)
    message = f"no front matter: {', '.join(f'`{name}`' for name in required)} is missing"
    return None, (Fault("meta-key-missing", message, Place(), f"start the file with\n---\n{keys}\n---"),)


def _title(given: str | None, html: str) -> tuple[str, str]:
    """The page's title, and its HTML without the heading that said the title."""
    found = _FIRST_TITLE.match(html)
    if found and (given is None or plain_text(found[1]).casefold() == given.casefold()):
        return given or plain_text(found[1]), html[found.end() :]
    return given or "", html


def demote(html: str) -> str:
    """Every heading one level lower: the page's title is the only first-level heading."""
    return re.sub(r"(</?h)([1-5])(?=[ >])", lambda found: f"{found[1]}{int(found[2]) + 1}", html)
