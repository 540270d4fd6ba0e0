"""The formulas of a text: what the site hands to KaTeX, each with its place in what was written."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from coursekit.model import Formula, Place
from coursekit.written import Written

_ELEMENT = re.compile(r'<(span|div) class="arithmatex">(.*?)</\1>', re.DOTALL)
_FORMULA = re.compile(r"\s*\\([(\[])(.*)\\[)\]]\s*\Z", re.DOTALL)


def formulas_in(clean: str, texts: Sequence[tuple[str, Place]]) -> tuple[Formula, ...]:
    """The formulas of a page's HTML; `texts` are what it was made of, each with its start."""
    if "arithmatex" not in clean:
        return ()
    written = Written(texts)
    return tuple(
        Formula(inner[2], inner[1] == "[", written.formula(inner[2]))
        for element in _ELEMENT.finditer(clean)
        if (inner := _FORMULA.match(html.unescape(element[2])))
    )
