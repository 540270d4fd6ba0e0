"""Whether a page has the place that a fragment names. What a script may add later is not called missing.

A page is searched and not parsed: a tree of tags takes hours for a page that is made to take them, and what is
found too much here (an id in a comment) only keeps a place from being called missing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

# Not places of the HTML but words to whoever shows it: text to highlight, a PDF's page, a time, a script's own route.
_NOT_A_PLACE = re.compile(r"(?:top|[!/].*|.*=.*|\W*)", re.IGNORECASE | re.DOTALL)
_LINES = re.compile(r"L\d+(?:C\d+)?(?:-L?\d+(?:C\d+)?)?")
_NAMED = re.compile(
    r"""(?<![\w-])(?:id|name)\s*=\s*(?:"([^"]{1,500})"|'([^']{1,500})'|([^\s"'>]{1,500}))""", re.IGNORECASE
)
_TAG = re.compile(r"<[^<>]*>")
_ROOTS = frozenset({"root", "app", "__next", "__nuxt"})  # what the usual frameworks fill in
_SIGNS = ("data-reactroot", "<app-root", "<react-app", 'type="module"', "type=module")
_SCRIPT_WEIGHT = 1000  # characters of text that one script from a file may well stand for


@dataclass(frozen=True, slots=True)
class Body:
    """As much of a page as was read; `whole` says whether that was all."""

    text: str
    whole: bool


def places_wanted(fragments: frozenset[str]) -> frozenset[str]:
    """The fragments that a page's HTML can be searched for."""
    named = {fragment: fragment.partition(":~:")[0] for fragment in fragments}
    return frozenset(
        whole
        for whole, name in named.items()
        if not _NOT_A_PLACE.fullmatch(name) and not _LINES.fullmatch(name)
    )


def missing_places(fragments: frozenset[str], body: Body) -> frozenset[str]:
    """Which of the fragments the page certainly does not have."""
    there = {unescape("".join(found)) for found in _NAMED.findall(body.text)}
    absent = frozenset(fragment for fragment in fragments if not _spellings(fragment) & there)
    if not absent or not body.whole or there & _ROOTS or _is_built_by_script(body.text.lower()):
        return frozenset()
    return absent


def _spellings(fragment: str) -> set[str]:
    name = fragment.partition(":~:")[0]
    names = {name, unquote(name)}
    return {spelling for one in names for spelling in (one, f"user-content-{one}", one.lower())}


def _is_built_by_script(page: str) -> bool:
    """Whether a page's scripts may well make more of it than its own text does."""
    if any(sign in page for sign in _SIGNS):
        return True
    page, scripts = _taken_out(page, "script")
    page, _ = _taken_out(page, "style")
    weight = sum(_SCRIPT_WEIGHT if "src" in attributes else len(inside) for attributes, inside in scripts)
    return bool(scripts) and weight > len(_TAG.sub("", page))


def _taken_out(page: str, tag: str) -> tuple[str, list[tuple[str, str]]]:
    """A page without the elements of one tag; and of each of them the attributes and what stands in it."""
    first, *pieces = page.split(f"<{tag}")
    kept, found = [first], []
    for piece in pieces:
        attributes, _, rest = piece.partition(">")
        inside, _, after = rest.partition(f"</{tag}")
        kept.append(after.partition(">")[2])
        found.append((attributes, inside))
    return "".join(kept), found
