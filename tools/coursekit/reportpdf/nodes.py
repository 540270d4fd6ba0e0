"""Sanitised HTML as nodes that Typst only shows: plain dictionaries, each with its kind `t`.

Nothing that people wrote becomes Typst's language, so there is nothing to escape and nothing to run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from coursekit.reportpdf.mathematics import formula_node

Node = dict[str, Any]
MAX_DEPTH = 10  # Typst follows no more than some 80 calls; deeper than this, only the words are kept
_NAMED = {
    "em": "em", "i": "em", "cite": "em", "var": "em", "strong": "strong", "b": "strong", "del": "strike",
    "s": "strike", "sup": "sup", "sub": "sub", "dt": "strong",
}  # fmt: skip
_BOXES = {"admonition": "box", "details": "box", "blockquote": "quote"}
_GONE = frozenset({"input", "audio", "video", "source", "wbr", "-comment"})
_FORMULA = re.compile(r"\s*\\([(\[])(.*)\\[)\]]\s*\Z", re.DOTALL)
_WEB = re.compile(r"(?:https?://|mailto:)\S")
_PICTURE = re.compile(r"picture-\d+\.\w+\Z")
_INLINE = frozenset({"text", "em", "strong", "strike", "sup", "sub", "code", "br", "link", "formula"})


@dataclass(frozen=True, slots=True)
class Converter:
    """Makes nodes of HTML whose links are final.

    `formulas` holds MathML by what was written, `embeds` the table in the place of a block of runs by its mark.
    """

    formulas: Mapping[tuple[str, bool], str]
    embeds: Mapping[str, Node]
    pictures: bool = True

    def nodes(self, clean: str) -> list[Node]:
        """The nodes of a piece of HTML."""
        body = LexborHTMLParser(f"<body>{clean}").body
        return _in_paragraphs(list(self._children(body, 0))) if body else []

    def _children(self, node: LexborNode, depth: int) -> Iterator[Node]:
        for child in node.iter(include_text=True):
            yield from self._node(child, depth + 1)

    def _node(self, node: LexborNode, depth: int) -> Iterator[Node]:
        tag = node.tag or ""
        if tag == "-text":
            yield words(node.text_content or "")
        elif tag in _GONE:
            return
        elif depth > MAX_DEPTH:
            yield words(node.text(deep=True))
        elif (made := self._special(node, tag, depth)) is not None:
            yield from made
        elif tag in {"p", "summary"}:
            title = tag == "summary" or "admonition-title" in (node.attributes.get("class") or "")
            inside = list(self._children(node, depth))
            yield from _in_paragraphs([{"t": "strong", "c": inside}] if title else inside)
        elif tag in _NAMED:
            yield from _wrapped({"t": _NAMED[tag]}, list(self._children(node, depth)))
        else:
            yield from self._children(node, depth)

    def _special(self, node: LexborNode, tag: str, depth: int) -> Iterable[Node] | None:
        """The nodes of an element that is more than a name for what it holds."""
        classes = (node.attributes.get("class") or "").split()
        if "arithmatex" in classes:
            return [self._formula(node)]
        if "runs-embed" in classes:
            return _embed(self.embeds, node)
        if re.fullmatch("h[1-6]", tag):
            level = max(1, int(tag[1]) - 1)  # the report's own sections are on the first level
            return [{"t": "heading", "level": level, "c": list(self._children(node, depth))}]
        if kind := next((_BOXES[name] for name in (tag, *classes) if name in _BOXES), ""):
            return [{"t": kind, "c": _in_paragraphs(list(self._children(node, depth)))}]
        makers = {
            "pre": self._listing, "table": self._table, "ul": self._list, "ol": self._list, "code": self._code,
            "br": self._break, "hr": self._rule, "img": self._picture, "a": self._link,
        }  # fmt: skip
        return makers[tag](node, depth) if tag in makers else None

    def _listing(self, node: LexborNode, depth: int) -> Iterator[Node]:
        language = re.search(r"\blanguage-([\w+-]+)", " ".join(_classes_around(node)))
        code = node.text(deep=True).rstrip("\n")
        yield {"t": "listing", "v": code, "lang": language[1] if language else None}

    def _code(self, node: LexborNode, depth: int) -> Iterator[Node]:
        yield {"t": "code", "v": node.text(deep=True)}

    def _break(self, node: LexborNode, depth: int) -> Iterator[Node]:
        yield {"t": "br"}

    def _rule(self, node: LexborNode, depth: int) -> Iterator[Node]:
        yield {"t": "rule"}

    def _picture(self, node: LexborNode, depth: int) -> Iterator[Node]:
        file, alt = node.attributes.get("src") or "", node.attributes.get("alt") or ""
        if self.pictures and _PICTURE.match(file):
            yield {"t": "picture", "file": file, "alt": alt}
        elif alt:
            yield {"t": "em", "c": [words(f"[picture: {alt}]")]}

    def _link(self, node: LexborNode, depth: int) -> Iterator[Node]:
        if "footnote-backref" in (node.attributes.get("class") or ""):
            return
        to, inside = node.attributes.get("href") or "", list(self._children(node, depth))
        yield from _wrapped({"t": "link", "to": to}, inside) if _WEB.match(to) and inside else inside

    def _formula(self, node: LexborNode) -> Node:
        text = node.text(deep=True)
        found = _FORMULA.match(text)
        tex, display = (found[2], found[1] == "[") if found else (text, False)
        made = formula_node(self.formulas.get((tex, display), ""), display=display)
        return made or (
            {"t": "listing", "v": tex.strip(), "lang": None} if display else {"t": "code", "v": tex.strip()}
        )

    def _list(self, node: LexborNode, depth: int) -> Iterator[Node]:
        items = [child for child in node.iter() if child.tag == "li"]
        inside = [{"t": "group", "c": _in_paragraphs(list(self._children(item, depth)))} for item in items]
        start = node.attributes.get("start") or ""
        if inside:
            yield {
                "t": node.tag,
                "start": int(start) if start.isdecimal() and len(start) < 7 else 1,
                "c": inside,
            }

    def _table(self, node: LexborNode, depth: int) -> Iterator[Node]:
        rows = [[cell for cell in row.iter() if cell.tag in {"td", "th"}] for row in node.css("tr")]
        columns = max((len(row) for row in rows), default=0)
        if not 0 < columns <= 40:
            return
        cells = [
            {
                "t": "strong" if cell is not None and cell.tag == "th" else "group",
                "c": self._cell(cell, depth),
            }
            for row in rows
            for cell in [*row, *[None] * (columns - len(row))]
        ]
        yield {"t": "table", "columns": columns, "c": cells}

    def _cell(self, cell: LexborNode | None, depth: int) -> list[Node]:
        return list(self._children(cell, depth)) if cell is not None else []


def _wrapped(node: Node, inside: list[Node]) -> Iterator[Node]:
    """What stands in a line around other nodes; a block among them can't, and stays without it."""
    if all(one["t"] in _INLINE and not one.get("display") for one in inside):
        yield {**node, "c": inside}
    else:
        yield from inside


def words(text: str) -> Node:
    """A text, blanks as HTML shows them."""
    return {"t": "text", "v": re.sub(r"\s+", " ", text)}


def _classes_around(node: LexborNode) -> Iterator[str]:
    yield (node.parent.attributes.get("class") or "") if node.parent else ""
    for code in node.css("code"):
        yield code.attributes.get("class") or ""


def _embed(embeds: Mapping[str, Node], node: LexborNode) -> list[Node]:
    key = "|".join(node.attributes.get(f"data-{name}") or "" for name in ("show", "runs", "metric"))
    return [embeds[key]] if key in embeds else []


def _in_paragraphs(nodes: list[Node]) -> list[Node]:
    """Words that stand between blocks as paragraphs, and no empty ones."""
    out: list[Node] = []
    line: list[Node] = []
    for node in [*nodes, None]:
        if node and node["t"] in _INLINE and not node.get("display"):
            line.append(node)
            continue
        if any(one["t"] != "text" or one["v"].strip() for one in line):
            out.append({"t": "p", "c": line})
        line = []
        if node:
            out.append(node)
    return out
