"""The text of a paragraph, heading or cell of a table, line by line, with the links in it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

_BARE = re.compile(r"https?://[^\s<>()\[\]\"'`]+[^\s<>()\[\]\"'`.,;:!?]")


@dataclass(frozen=True, slots=True)
class Mention:
    """A link in a text. `before` is what its line says up to it, `labels` what stands above it, nearest last."""

    text: str
    target: str
    line: int
    before: str = ""
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A line of text without its links' addresses: the words around its links, and the links."""

    text: str
    rest: str
    line: int
    mentions: tuple[Mention, ...] = ()


def inline_rows(node: SyntaxTreeNode) -> list[Row]:
    """The text of a paragraph, heading or cell, line by line."""
    inline = next((child for child in node.children if child.type == "inline"), None)
    if inline is None:
        return []
    reader = _Inline((node.map or inline.map or (0, 0))[0])
    for child in inline.children:
        reader.take(child)
    return reader.finished()


class _Inline:
    """Reads the tokens of one paragraph."""

    def __init__(self, line: int) -> None:
        self.line = line
        self.rows: list[Row] = []
        self.start()

    def start(self) -> None:
        self.text, self.rest, self.since = "", "", ""
        self.mentions: list[Mention] = []

    def take(self, node: SyntaxTreeNode) -> None:
        if node.type in {"softbreak", "hardbreak"}:
            self.end()
        elif node.type == "link":
            self.link(_words(node), str(node.attrs.get("href", "")))
        elif node.type == "text":
            self.words(node.content)
        elif node.type in {"strong", "em", "s"}:
            for child in node.children:
                self.take(child)
        elif node.type == "code_inline":
            self.plain(node.content)

    def words(self, text: str) -> None:
        at = 0
        for found in _BARE.finditer(text):
            self.plain(text[at : found.start()])
            self.link("", found[0])
            at = found.end()
        self.plain(text[at:])

    def plain(self, text: str) -> None:
        self.text += text
        self.rest += text
        self.since += text

    def link(self, text: str, target: str) -> None:
        self.mentions.append(Mention(_flat(text), target.strip(), self.line + 1, _flat(self.since)))
        self.text += text
        self.rest += " "
        self.since = ""

    def end(self) -> None:
        if self.text.strip() or self.mentions:
            self.rows.append(Row(_flat(self.text), _flat(self.rest), self.line, tuple(self.mentions)))
        self.line += 1
        self.start()

    def finished(self) -> list[Row]:
        self.end()
        return self.rows


def _words(node: SyntaxTreeNode) -> str:
    return node.content if not node.children else "".join(_words(child) for child in node.children)


def _flat(text: str) -> str:
    """A text with single blanks, which patterns can search in a time that grows with its length only."""
    return " ".join(text.split())
