"""Small changes of a YAML text at the places of its values: what is not changed keeps every byte.

A round trip through an emitter would set the whole file anew: indents, blanks in flow lists, long lines. Here
the parser's marks say where a value begins and ends, and only that much is replaced.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import yaml

from coursekit.yamltext import read_yaml

_LINE_END = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]|\Z")


@dataclass(frozen=True, slots=True)
class Edit:
    """Put `text` in the place of what stands from `start` to `end`."""

    start: int
    end: int
    text: str


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with all of the edits, which don't overlap; those at one place come in the order that they are given."""
    pieces, done = [], 0
    for edit in sorted(edits, key=lambda one: one.start):
        pieces += [text[done : edit.start], edit.text]
        done = edit.end
    return "".join([*pieces, text[done:]])


def scalar(value: str) -> str:
    """A word as YAML, in quotes where it would mean something else without."""
    return value if read_yaml(value).value == value else f'"{value}"'


class YamlText:
    """A YAML text whose values can be found and changed; it was read without a fault before."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = yaml.compose(text, Loader=yaml.SafeLoader)
        found = _LINE_END.search(text)
        self.line_end = found[0] if found and found[0] else "\n"

    def at(self, path: Sequence[str | int]) -> yaml.Node | None:
        """The node that these keys lead to, None where there is none."""
        node = self.root
        for step in path:
            if isinstance(node, yaml.SequenceNode) and isinstance(step, int):
                node = node.value[step] if step < len(node.value) else None
            elif isinstance(node, yaml.MappingNode):
                node = next((value for key, value in node.value if key.value == step), None)
            else:
                return None
        return node

    def replace(self, node: yaml.Node, text: str) -> Edit:
        """Another value; an empty one gets its blank, and its colon where it has none."""
        start, end = node.start_mark.index, node.end_mark.index
        if start == end:
            text = f" {text}" if self.text[:start].endswith(":") else f": {text}"
        return Edit(start, end, text)

    def add_keys(self, mapping: yaml.CollectionNode, written: Sequence[str]) -> Edit:
        """More `key: value` at the end of a mapping, in the style that it has."""
        if not mapping.value:
            start = mapping.start_mark.index + 1
            return Edit(start, start, ", ".join(written))
        last = mapping.value[-1][1]
        if mapping.flow_style:
            end = self._end(last)
            return Edit(end, end, "".join(f", {one}" for one in written))
        return self._lines(last, mapping.value[0][0].start_mark.column, written)

    def add_items(self, sequence: yaml.CollectionNode, items: Sequence[str]) -> Edit:
        """More items at the end of a list, in the style that it has."""
        if not sequence.value:
            end = sequence.end_mark.index - 1
            return Edit(end, end, ", ".join(items))
        last = sequence.value[-1]
        if not sequence.flow_style:
            return self._lines(last, sequence.start_mark.column, [f"- {item}" for item in items])
        end = self._end(last)
        return Edit(end, end, "".join(f",{self._before(last)}{item}" for item in items))

    def _before(self, item: yaml.Node) -> str:
        """What stands before an item of a flow list: a new line and its indent, or a blank."""
        line = self.text[: item.start_mark.index][-item.start_mark.column :] if item.start_mark.column else ""
        return f"{self.line_end}{line}" if not line.strip(" \t") else " "

    def fill_list(self, key: yaml.Node, sequence: yaml.CollectionNode, items: Sequence[str]) -> list[Edit]:
        """An empty list as a block with a line for each item, below its key; what is said behind it stays there."""
        start, end = sequence.start_mark.index, sequence.end_mark.index
        if "#" in self.text[start:end]:
            return [self.add_items(sequence, items)]
        lines = self._lines(sequence, key.start_mark.column + 2, [f"- {item}" for item in items])
        before = self.text[:start].rstrip(" ")
        if before.endswith(":"):
            start = len(before)
        return [Edit(start, end, ""), lines]

    def _lines(self, last: yaml.Node, indent: int, written: Iterable[str]) -> Edit:
        found = _LINE_END.search(self.text, self._end(last))
        assert found, "the end of the text is the end of a line"
        return Edit(
            found.start(), found.start(), "".join(f"{self.line_end}{' ' * indent}{one}" for one in written)
        )

    def _end(self, node: yaml.Node) -> int:
        """Where a value ends: the parser's mark of a block is where the next thing begins."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end(last[1] if isinstance(last, tuple) else last)
        end: int = node.end_mark.index
        if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
            return len(self.text[:end].rstrip())
        return end
