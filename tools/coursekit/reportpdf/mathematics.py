"""Formulas for paper: KaTeX turns what was written into MathML, and MathML becomes nodes for Typst."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from selectolax.lexbor import LexborHTMLParser, LexborNode

from coursekit.typesetting import MEMORY, SECONDS, options

Node = dict[str, Any]
MAX_DEPTH = 14
_KATEX = Path(__file__).parent.parent / "assets" / "vendor" / "katex" / "katex.min.js"
_SET = """function set(tex, displayMode) {
  try { return katex.renderToString(tex, {...(OPTIONS), output: "mathml"}); }
  catch { return ""; }
}"""
_VARIANTS = {
    "bold": "bold", "normal": "upright", "script": "calligraphic", "double-struck": "blackboard", "bold-italic": "bold",
}  # fmt: skip
_ACCENTS = {"^": "\u0302", "ˆ": "\u0302", "~": "\u0303", "˜": "\u0303", "ˉ": "\u0304", "¯": "\u0304", "→": "\u20d7",
            "⃗": "\u20d7", "˙": "\u0307", "¨": "\u0308", "‾": "\u0304"}  # fmt: skip
_GROUPS = frozenset({"mrow", "mstyle", "mpadded", "semantics", "mtd", "menclose", "math", "merror"})
_SCRIPTS: dict[str, tuple[tuple[str, ...], bool]] = {
    "msub": (("b",), False),
    "msup": (("t",), False),
    "msubsup": (("b", "t"), False),
    "munder": (("b",), True),
    "mover": (("t",), True),
    "munderover": (("b", "t"), True),
}


class NotShown(Exception):  # noqa: N818 - a formula that has no form in Typst
    """MathML that is not known here, or too deep."""


def set_formulas(texts: Sequence[tuple[str, bool]]) -> list[str]:
    """The MathML of each formula, '' where KaTeX has none. To be called in a process of its own: V8 survives no fork."""
    from py_mini_racer import JSOOMException, JSTimeoutException, MiniRacer  # loads V8

    engine = MiniRacer()
    engine.eval(_KATEX.read_text(encoding="utf-8"))
    engine.eval(_SET.replace("OPTIONS", options()))
    made: list[str] = []
    for tex, display in texts:
        try:
            made.append(str(engine.call("set", tex, display, timeout_sec=SECONDS, max_memory=MEMORY)))
        except (JSTimeoutException, JSOOMException):
            break
    return [*made, *[""] * (len(texts) - len(made))]


def formula_node(mathml: str, *, display: bool) -> Node | None:
    """A formula as a node, or None where it can't be shown faithfully."""
    math = LexborHTMLParser(mathml).css_first("math") if mathml else None
    if math is None:
        return None
    try:
        return {"t": "formula", "display": display, "c": _all(math, 0)}
    except NotShown:
        return None


def _all(node: LexborNode, depth: int) -> list[Node]:
    if depth > MAX_DEPTH:
        raise NotShown("too deep")
    return [_node(child, depth + 1) for child in _elements(node)]


def _elements(node: LexborNode) -> list[LexborNode]:
    return [child for child in node.iter() if child.tag not in {"annotation", "-comment"}]


def _node(node: LexborNode, depth: int) -> Node:
    tag = node.tag or ""
    if tag in {"mi", "mn", "mo", "mtext"}:
        return _leaf(node, tag)
    if tag == "mspace":
        return {"t": "space", "em": _em(node.attributes.get("width") or "")}
    if tag in _GROUPS:
        inside = _all(node, depth)
        if len(inside) == 1:
            return inside[0]
        return {"t": "fenced" if _is_fenced(node) else "group", "c": inside}
    if tag == "mfrac":
        parts = _exactly(_all(node, depth), 2)
        bare = node.attributes.get("linethickness") is not None  # one above the other, as \binom has them
        return {"t": "matrix", "columns": 1, "c": parts} if bare else {"t": "fraction", "c": parts}
    if tag == "msqrt":
        return {"t": "root", "c": [{"t": "group", "c": _all(node, depth)}]}
    if tag == "mroot":
        return {"t": "root", "c": _exactly(_all(node, depth), 2)}
    if tag in _SCRIPTS:
        return _scripts(node, tag, depth)
    if tag == "mtable":
        return _matrix(node, depth)
    raise NotShown(tag)


def _leaf(node: LexborNode, tag: str) -> Node:
    text = node.text(deep=True)
    if tag == "mtext":
        return {"t": "words", "v": text.replace("\u00a0", " ")}
    text = text.strip()
    if text == "\u2061":  # function application: nothing to see
        return {"t": "group", "c": []}
    made: Node = {"t": "symbol", "v": text} if len(text) == 1 else {"t": "text", "v": text}
    if tag == "mi" and len(text) > 1:
        made = {"t": "operator", "v": text}
    variant = _VARIANTS.get(node.attributes.get("mathvariant") or "")
    return {"t": variant, "c": [made]} if variant and made["t"] != "operator" else made


def _is_fenced(node: LexborNode) -> bool:
    """Whether it starts or ends with a bracket that grows with what stands beside it."""
    inside = _elements(node)
    return len(inside) > 1 and any(
        one.tag == "mo" and one.attributes.get("fence") == "true" for one in (inside[0], inside[-1])
    )


def _scripts(node: LexborNode, tag: str, depth: int) -> Node:
    places, limits = _SCRIPTS[tag]
    inside = _exactly(_all(node, depth), len(places) + 1)
    if tag == "mover" and (accent := _ACCENTS.get(_elements(node)[1].text(deep=True).strip())):
        return {"t": "accent", "v": accent, "c": inside[:1]}
    return {"t": "attach", "at": list(places), "limits": limits, "c": inside}


def _matrix(node: LexborNode, depth: int) -> Node:
    rows = [[cell for cell in row.iter() if cell.tag == "mtd"] for row in node.iter() if row.tag == "mtr"]
    columns = max((len(row) for row in rows), default=0)
    if not columns:
        raise NotShown("mtable")
    sides = (node.attributes.get("columnalign") or "").split()
    aligned = sides[:2] == ["right", "left"]
    cells = [_cell(cell, depth) for row in rows for cell in [*row, *[None] * (columns - len(row))]]
    return {"t": "aligned" if aligned else "matrix", "columns": columns, "c": cells}


def _cell(cell: LexborNode | None, depth: int) -> Node:
    return _node(cell, depth + 1) if cell is not None else {"t": "group", "c": []}


def _exactly(inside: list[Node], count: int) -> list[Node]:
    if len(inside) != count:
        raise NotShown("parts are missing")
    return inside


def _em(width: str) -> float:
    number = width.removesuffix("em")
    try:
        return max(-5.0, min(20.0, float(number))) if number != width else 0.0
    except ValueError:
        return 0.0
