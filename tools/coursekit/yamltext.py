"""YAML with the place of each value: YAML 1.2 scalars; aliases, tags and duplicate keys refused.

PyYAML's C parser gives events with marks; composing them here (instead of in PyYAML) is what lets
an alias be refused before it is expanded and `no`, `010` and `1:30` mean what YAML 1.2 says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml

from coursekit.model import Fault, Place, Small

MAX_CHARACTERS = 256 * 1024
MAX_DEPTH = 20
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

# The core schema of YAML 1.2.2, section 10.3.2.
_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {
    word: value
    for value, words in ((True, "true True TRUE"), (False, "false False FALSE"))
    for word in words.split()
}
_INT = re.compile(r"[-+]?[0-9]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_MAX_NUMBER_LENGTH = 30

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node(Small):
    """A YAML value and where it stands; mappings also keep the place of each key."""

    value: Scalar | list[Node] | dict[str, Node]
    place: Place
    keys: dict[str, Place] = field(default_factory=dict)

    def plain(self) -> Any:
        """The value as Python's own dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def locate(self, path: tuple[int | str, ...], *, key: bool = False) -> Place:
        """The place of the value at `path` (of its key, with `key`), or of the nearest thing above it."""
        node, place = self, self.place
        for step in path:
            if isinstance(node.value, dict) and isinstance(step, str) and step in node.value:
                place = node.keys[step] if key else node.value[step].place
                node = node.value[step]
            elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                place = node.place
            # any other step is the type checker's own (a union's branch), not part of the document
        return place


class YamlFault(Exception):  # noqa: N818 - it carries a fault, it is not one of Python's errors
    """Raised where the text can't be understood; `fault` says what and where."""

    def __init__(self, rule: str, message: str, place: Place, help: str = "") -> None:
        super().__init__(message)
        self.fault = Fault(rule, message, place, help)


def read_yaml(text: str, first_line: int = 1) -> Node:
    """Parse one YAML document; `first_line` is the line of the file that the text starts at.

    Raises:
        YamlFault: the text is no YAML, or uses what is refused (aliases, tags, duplicate keys).
    """
    if len(text) > MAX_CHARACTERS:
        raise YamlFault(
            "yaml-syntax",
            f"{len(text):,} characters of YAML; {MAX_CHARACTERS:,} are the most",
            Place(first_line),
        )
    try:
        return _Composer(text, first_line).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark and error.context_mark and mark.index >= len(text):
            mark = error.context_mark  # the text ended too early: show what was left open, not the end
        place = Place(mark.line + first_line, mark.column + 1) if mark else Place(first_line)
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise YamlFault("yaml-syntax", f"not YAML: {what}", place, _hint(what)) from None
    except yaml.YAMLError as error:
        raise YamlFault("yaml-syntax", f"not YAML: {str(error).splitlines()[0]}", Place(first_line)) from None


def _hint(problem: str) -> str:
    if "mapping values are not allowed" in problem:
        return 'put a value that contains ": " in quotes, for example  title: "Attention: a survey"'
    if "cannot start any token" in problem:
        return (
            "use spaces instead of tabs, and put a value that starts with `@`, `%` or a back-quote in quotes"
        )
    return "one `key: value` a line; quote a value that starts with a special character"


class _Composer:
    def __init__(self, text: str, first_line: int) -> None:
        self.events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
        self.first_line = first_line

    def place(self, event: Any) -> Place:
        return Place(event.start_mark.line + self.first_line, event.start_mark.column + 1)

    def document(self) -> Node:
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                node = self.node(next(self.events), 0)
                next(self.events)  # the document's end
                after = next(self.events)
                if not isinstance(after, yaml.StreamEndEvent):
                    raise YamlFault(
                        "yaml-syntax", "a second YAML document starts here; one is allowed", self.place(after)
                    )
                return node
        return Node(None, Place(self.first_line))

    def node(self, event: Any, depth: int) -> Node:
        place = self.place(event)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            sign = "*" if isinstance(event, yaml.AliasEvent) else "&"
            raise YamlFault(
                "yaml-alias",
                f"`{sign}{event.anchor}`: anchors and aliases are not allowed",
                place,
                "write the value out where it is needed; put one that really starts with `*` or `&` in quotes",
            )
        if event.tag and event.tag != "!":
            raise YamlFault(
                "yaml-syntax", f"the tag `{event.tag}` is not allowed", place, "write the plain value"
            )
        if depth > MAX_DEPTH:
            raise YamlFault("yaml-syntax", f"nested more than {MAX_DEPTH} levels deep", place)
        if isinstance(event, yaml.ScalarEvent):
            return Node(self.scalar(event, place), place)
        if isinstance(event, yaml.SequenceStartEvent):
            return Node(list(self.items(depth)), place)
        return self.mapping(place, depth)

    def items(self, depth: int) -> Iterator[Node]:
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            yield self.node(event, depth + 1)

    def mapping(self, place: Place, depth: int) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            at = self.place(event)
            key = self.node(event, depth + 1).value
            if isinstance(key, list | dict):
                raise YamlFault("yaml-syntax", "a key must be a word, not a list or a mapping", at)
            name = event.value
            if name in values:
                raise YamlFault(
                    "yaml-duplicate-key",
                    f"`{name}` stands here a second time (first in line {keys[name].line})",
                    at,
                    "keep one of the two; put several values into one list",
                )
            values[name], keys[name] = self.node(next(self.events), depth + 1), at
        return Node(values, place, keys)

    def scalar(self, event: Any, place: Place) -> Scalar:
        text: str = event.value
        if not event.implicit[0]:
            return text
        if text in _NULL:
            return None
        if text in _BOOL:
            return _BOOL[text]
        if len(text) > _MAX_NUMBER_LENGTH:
            return text
        if _INT.match(text):
            return int(text)
        return float(text) if _FLOAT.match(text) else text
