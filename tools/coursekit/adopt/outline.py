"""A README as a tree of sections: headings, lists and tables with the links in them and what stands around each.

Runs in a process that can be ended, since the text is a stranger's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from coursekit.adopt.inline import Mention, Row, inline_rows
from coursekit.adopt.vocabulary import week_of_heading

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

BOLD_LEVEL = 7  # a paragraph that is all bold is a heading below all others
LIST_LEVEL = 8  # an item `Week 3` and what hangs on it; each level of the list is one more


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list or other block: its lines (first, behind the last), its rows, and whether it is a list."""

    lines: tuple[int, int]
    rows: tuple[Row, ...] = ()
    is_list: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, an item or a row of a table, with what stands below it; `line` counts from 0, -1 for the text's top."""

    level: int
    title: str
    lines: tuple[int, int]
    blocks: tuple[Block, ...] = ()
    parts: tuple[Section, ...] = ()
    mentions: tuple[Mention, ...] = ()  # of the heading itself

    @property
    def line(self) -> int:
        """The line that it starts on, counted from 1."""
        return self.lines[0] + 1

    def walk(self) -> Iterator[Section]:
        """The section and all that are in it, in the order of the text."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(slots=True)
class _Open:
    """A section that is still being read."""

    level: int
    title: str
    start: int
    mentions: tuple[Mention, ...] = ()
    blocks: list[Block] = field(default_factory=list)
    parts: list[Section] = field(default_factory=list)

    def closed(self, end: int) -> Section:
        return Section(
            self.level, self.title, (self.start, end), tuple(self.blocks), tuple(self.parts), self.mentions
        )


def outline(text: str) -> Section:
    """The tree of a Markdown text; its root has level 0."""
    from markdown_it import MarkdownIt
    from markdown_it.tree import SyntaxTreeNode

    parser = MarkdownIt("commonmark", {"maxNesting": 60}).enable(["table", "strikethrough"])
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    tree = SyntaxTreeNode(parser.parse(text))
    builder = _Builder(text.count("\n") + 1)
    for node in tree.children:
        builder.take(node)
    return builder.finished()


class _Builder:
    """Puts blocks below the heading that they stand under."""

    def __init__(self, rows: int) -> None:
        self.rows = rows
        self.open = [_Open(0, "", 0)]

    def take(self, node: SyntaxTreeNode) -> None:
        """Gives the next block to the open section, or opens a new one."""
        start, end = node.map or (0, 0)
        if node.type == "heading":
            self.start(int(node.tag[1]), start, rows=inline_rows(node))
        elif node.type == "paragraph" and _all_bold(node):
            self.start(BOLD_LEVEL, start, rows=inline_rows(node))
        elif node.type in {"bullet_list", "ordered_list"} and _names_weeks(node):
            for item in node.children:
                self.add(_section_of_item(item, LIST_LEVEL))
        elif node.type == "table":
            for section in _sections_of_table(node):
                self.add(section)
        else:
            is_list = node.type in {"bullet_list", "ordered_list"}
            self.open[-1].blocks.append(Block((start, end), tuple(_rows(node, ())), is_list))

    def start(self, level: int, line: int, *, rows: list[Row]) -> None:
        while self.open[-1].level >= level:
            self.close(line)
        mentions = tuple(mention for row in rows for mention in row.mentions)
        self.open.append(_Open(level, " ".join(row.text for row in rows).strip(), line, mentions))

    def close(self, line: int) -> None:
        done = self.open.pop()
        self.open[-1].parts.append(done.closed(line))

    def add(self, section: Section) -> None:
        """A section that is whole already."""
        self.open[-1].parts.append(section)

    def finished(self) -> Section:
        while len(self.open) > 1:
            self.close(self.rows)
        return _with_lead_ins(self.open[0].closed(self.rows))


def _all_bold(node: SyntaxTreeNode) -> bool:
    """Whether a paragraph is one line that is bold from end to end, and no `Label:`."""
    inline = [one for one in node.children[0].children if one.type != "text" or one.content.strip(" :")]
    words = "".join(one.content for one in node.children[0].children if one.type == "text")
    return len(inline) == 1 and inline[0].type == "strong" and ":" not in words


def _names_weeks(node: SyntaxTreeNode) -> bool:
    """Whether the items of a list are weeks."""
    heads = [_head(item) for item in node.children]
    return any(head and week_of_heading(head[0].text) for head in heads)


def _head(item: SyntaxTreeNode) -> list[Row]:
    first = item.children[0] if item.children else None
    return inline_rows(first) if first is not None and first.type in {"paragraph", "heading"} else []


def _section_of_item(item: SyntaxTreeNode, level: int) -> Section:
    """An item of a list as a section; items in it that have a list of their own become its parts."""
    rows = _head(item)
    title, *rest = rows or [Row("", "", (item.map or (0, 0))[0])]
    blocks: list[Block] = [Block((row.line, row.line + 1), (row,)) for row in rest]
    parts: list[Section] = []
    for node in item.children[1 if rows else 0 :]:
        if node.type not in {"bullet_list", "ordered_list"}:
            blocks.append(Block(node.map or (0, 0), tuple(_rows(node, ()))))
            continue
        for child in node.children:
            head = _head(child)
            if len(child.children) > 1 and head and not head[0].mentions:
                parts.append(_section_of_item(child, level + 1))
            else:
                blocks.append(Block(child.map or (0, 0), tuple(_rows_of_item(child, ())), is_list=True))
    lines = item.map or (title.line, title.line + 1)
    return Section(level, title.text, lines, tuple(blocks), tuple(parts), title.mentions)


def _sections_of_table(node: SyntaxTreeNode) -> Iterator[Section]:
    """Each row of a table as a section; where a column is headed `Week`, a row belongs to the week it names."""
    rows = [row for part in node.children for row in part.children]
    names = [" ".join(row.text for row in inline_rows(cell)) for cell in rows[0].children]
    column = next((at for at, name in enumerate(names) if re.match(r"\W*(week|wk)\b", name, re.I)), None)
    week = ""
    for line in rows[1:]:
        cells = [inline_rows(cell) for cell in line.children]
        said = [" ".join(row.text for row in cell).strip() for cell in cells]
        if column is not None and column < len(said) and said[column]:
            week = said[column] if week_of_heading(said[column]) else f"Week {said[column]}"
        filled = [
            replace(row, text=f"{name}: {row.text}", mentions=tuple(_labelled(row.mentions, name)))
            for at, (name, cell) in enumerate(zip(names, cells, strict=False))
            for row in cell
            if at != column
        ]
        lines = line.map or (0, 0)
        inner = Section(LIST_LEVEL + 1, "", lines, tuple(Block(lines, (row,)) for row in filled))
        yield Section(LIST_LEVEL, week, lines, (), (inner,))


def _labelled(mentions: tuple[Mention, ...], label: str) -> Iterator[Mention]:
    yield from (replace(mention, labels=(label,)) for mention in mentions)


def _rows(node: SyntaxTreeNode, labels: tuple[str, ...]) -> Iterator[Row]:
    """The lines of text in a block, each link with the items that it hangs on."""
    if node.type == "list_item":
        yield from _rows_of_item(node, labels)
    elif node.type in {"paragraph", "heading"}:
        for row in inline_rows(node):
            yield replace(row, mentions=tuple(replace(one, labels=labels) for one in row.mentions))
    else:
        for child in node.children:
            if child.type != "inline":
                yield from _rows(child, labels)


def _rows_of_item(item: SyntaxTreeNode, labels: tuple[str, ...]) -> Iterator[Row]:
    """An item's lines; its own text is the label of what is nested in it, unless it is a link itself."""
    head = _head(item)
    own = tuple(row.text for row in head[:1] if not row.mentions)
    for at, child in enumerate(item.children):
        yield from _rows(child, labels if at == 0 else (*labels, *own))


def _with_lead_ins(section: Section) -> Section:
    """The section with the paragraph right above a list as a label of the list's links."""
    blocks: list[Block] = []
    for block in section.blocks:
        above = blocks[-1] if blocks else None
        label = above.rows[-1].text if above and above.rows and not above.is_list else ""
        lead = above is not None and block.is_list and bool(label) and not above.rows[-1].mentions
        blocks.append(_led_by(block, label) if lead else block)
    return replace(section, blocks=tuple(blocks), parts=tuple(_with_lead_ins(part) for part in section.parts))


def _led_by(block: Block, label: str) -> Block:
    rows = (
        replace(row, mentions=tuple(replace(one, labels=(label, *one.labels)) for one in row.mentions))
        for row in block.rows
    )
    return replace(block, rows=tuple(rows))
