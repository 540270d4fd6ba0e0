"""Where a course names addresses on other hosts: in its texts, in front matter and in course.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urldefrag

from coursekit.course import Course
from coursekit.linking import written_links
from coursekit.model import Place
from coursekit.page import Page
from coursekit.site import split
from coursekit.yamltext import Node

_WEB = re.compile(r"https?://\S+", re.IGNORECASE)
# RFC 2606 and 6761 keep these for examples, which lead nowhere by intention.
_EXAMPLES = re.compile(r"(?:.*\.)?(?:example\.(?:com|net|org)|example|test|invalid)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """One place that names an address, as it is written there."""

    path: str
    place: Place
    written: str

    @property
    def address(self) -> str:
        """What a server is asked for: with a scheme, without the fragment."""
        return urldefrag(f"https:{self.written}" if self.written.startswith("//") else self.written)[0]

    @property
    def fragment(self) -> str:
        """What stands behind the `#`."""
        return split(self.written).fragment

    @property
    def host(self) -> str:
        """The host as it is written, without the port."""
        try:
            return split(self.address).hostname or ""
        except ValueError:
            return ""


def mentions(course: Course) -> Iterator[Mention]:
    """Every place of the course that names an address on another host."""
    for path, place, written in _written(course):
        target = written.strip()
        if _WEB.fullmatch(f"https:{target}" if target.startswith("//") else target) and _readable(target):
            yield Mention(path, place, target)


def addresses(course: Course) -> dict[str, frozenset[str]]:
    """Each address that is worth asking for, once, with the fragments that are wanted of it."""
    found: dict[str, set[str]] = {}
    for mention in mentions(course):
        if not _EXAMPLES.fullmatch(mention.host.rstrip(".")):
            found.setdefault(mention.address, set()).add(mention.fragment)
    return {address: frozenset(fragments - {""}) for address, fragments in sorted(found.items())}


def _written(course: Course) -> Iterator[tuple[str, Place, str]]:
    for path, link in written_links(course):
        yield path, link.place, link.target
    for page in course.judged(Page):
        if page.node is not None:
            yield from ((page.path, place, text) for text, place in _texts(page.node))
    yield from (("course.yml", place, text) for text, place in _texts(course.config_node))


def _texts(node: Node) -> Iterator[tuple[str, Place]]:
    """Every text in a YAML document; its depth is bounded where it is read."""
    if isinstance(node.value, str):
        yield node.value, node.place
    elif isinstance(node.value, dict | list):
        inside = node.value.values() if isinstance(node.value, dict) else node.value
        for child in inside:
            yield from _texts(child)


def _readable(target: str) -> bool:
    """Whether it can be taken apart at all; a `[` that is never closed can't."""
    return bool(split(target).netloc)
