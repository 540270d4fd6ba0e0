"""Whether a page has the place that a fragment names. What a script may add later is not called missing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from selectolax.lexbor import LexborHTMLParser, LexborNode

# Not places of the HTML but words to whoever shows it: text to highlight, a PDF's page, a time, a script's own route.
_NOT_A_PLACE = re.compile(r"(?:top|[!/].*|.*=.*|\W*)", re.IGNORECASE | re.DOTALL)
_LINES = re.compile(r"L\d+(?:C\d+)?(?:-L?\d+(?:C\d+)?)?")
_APPLICATIONS = "#root, #app, #__next, #__nuxt, [data-reactroot], app-root, react-app, script[type=module]"
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
    tree = LexborHTMLParser(body.text)
    there = {
        value
        for node in tree.css("[id], a[name]")
        for key in ("id", "name")
        if (value := node.attributes.get(key))
    }
    absent = frozenset(fragment for fragment in fragments if not _spellings(fragment) & there)
    if not absent or not body.whole or _is_built_by_script(tree):
        return frozenset()
    return absent


def _spellings(fragment: str) -> set[str]:
    name = fragment.partition(":~:")[0]
    names = {name, unquote(name)}
    return {spelling for one in names for spelling in (one, f"user-content-{one}", one.lower())}


def _is_built_by_script(tree: LexborHTMLParser) -> bool:
    """Whether a page's scripts may well make more of it than its own text does."""
    if tree.css_first(_APPLICATIONS) is not None:
        return True
    scripts = tree.css("script")
    weight = sum(_weight(script) for script in scripts)
    tree.strip_tags(["script", "style", "noscript", "template"])
    return bool(scripts) and weight > len(tree.body.text() if tree.body else "")


def _weight(script: LexborNode) -> int:
    return _SCRIPT_WEIGHT if script.attributes.get("src") else len(script.text())
