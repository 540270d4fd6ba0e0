"""From a report's facts and text to its PDF. Runs in a process of its own, in a folder that holds only what is printed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from coursekit.htmlblocks import sections
from coursekit.reportpdf.nodes import Converter, Node

TEMPLATE = Path(__file__).parent / "report.typ"
# What a summary has by the ML Reproducibility Challenge's form, by the words of its headings.
_SUMMARY = {
    "Scope": ("scope", "attempted", "what was compared"),
    "Methodology": ("method", "what it was run on", "set-up", "setup"),
    "Results": ("result",),
    "What was easy": ("easy",),
    "What was difficult": ("difficult",),
    "Communication with the authors": ("author",),
}


def printed(
    facts: Mapping[str, Any],
    clean: str,
    embeds: Mapping[str, Node],
    formulas: Mapping[tuple[str, bool], str],
    pictures: Mapping[str, bytes],
) -> bytes:
    """The PDF. A picture that Typst can't draw costs all pictures, not the report."""
    import typst

    try:
        return _compiled(facts, clean, Converter(formulas, embeds), pictures)
    except typst.TypstError:
        return _compiled(facts, clean, Converter(formulas, embeds, pictures=False), {})


def _compiled(
    facts: Mapping[str, Any], clean: str, converter: Converter, pictures: Mapping[str, bytes]
) -> bytes:
    import typst

    text = {"body": converter.nodes(clean), "summary": list(_summary(clean, converter))}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "report.json").write_text(json.dumps({**facts, **text}), encoding="utf-8")
        (folder / "report.typ").write_bytes(TEMPLATE.read_bytes())
        for file, data in pictures.items():
            (folder / file).write_bytes(data)
        # packages are looked for where there are none: nothing is fetched, and no font of this machine is used
        return typst.compile(
            str(folder / "report.typ"),
            root=name,
            ignore_system_fonts=True,
            timestamp=0,
            package_path=name,
            package_cache_path=name,
        )


def _summary(clean: str, converter: Converter) -> Iterator[dict[str, Any]]:
    """The first paragraph or list of each section that a summary would have."""
    found = {
        head.text: first
        for head, below in sections(clean)
        if head and (first := next((block.html for block in below if block.tag in {"p", "ul", "ol"}), ""))
    }
    for title, words in _SUMMARY.items():
        heading = next((text for text in found if any(word in text.casefold() for word in words)), None)
        if heading is not None:
            yield {"title": title, "text": {"t": "group", "c": _run_in(converter.nodes(found[heading]))}}


def _run_in(nodes: list[Node]) -> list[Node]:
    """A paragraph goes on in the line of its title; a list stands below it."""
    return [part for node in nodes for part in (node["c"] if node["t"] == "p" else [node])]
