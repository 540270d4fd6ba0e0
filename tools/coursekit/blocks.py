"""Lists, tables and formulas as GitHub reads them, in the form that Python-Markdown needs.

People write nested lists with two or three spaces and start a list, a table or a formula right below a
line of text; GitHub's preview shows what they mean. Python-Markdown wants four spaces a level and empty
lines around, and else runs everything into one paragraph. So the lines are moved before it reads them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_ITEM = re.compile(r"( *)([-*+]|\d{1,9}[.)])( +)(?=\S)")
_FENCE = re.compile(r" *(`{3,}|~{3,})")
_RULE = re.compile(r" *([-*_])( *\1){2,} *\Z")
_NO_PARAGRAPH = re.compile(r" *(#{1,6} |>|\||<|:|!!!|\?\?\?|===|\[\^|\*\[|\$\$)")
_HEADER = re.compile(r" {0,3}\S.*\|")
_DELIMITER = re.compile(r" {0,3}\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)+\|?\s*\Z|\s*\|\s*:?-+:?\s*\|\s*\Z")
_TEXT = re.compile(r" {0,3}[^\s|#>]")
INDENT = 4


@dataclass(frozen=True, slots=True)
class _Level:
    """An open list item: where its marker and its contents stand, in the source and in the result."""

    content: int
    out: int
    ordered: bool
    marker: int


def spaced_blocks(text: str) -> str:
    """The text with its lists indented by four spaces a level, and its blocks set off from paragraphs."""
    return "\n".join(_Blocks().moved(text.split("\n")))


class _Blocks:
    """One pass over the lines."""

    def __init__(self) -> None:
        self.out: list[str] = []
        self.levels: list[_Level] = []
        self.fence = ""
        self.mathematics = False
        self.shift = 0  # by how much the lines of an open fence are moved

    def moved(self, lines: list[str]) -> list[str]:
        for number, line in enumerate(lines):
            mark = _FENCE.match(line)
            below = lines[number + 1] if number + 1 < len(lines) else ""
            if self.mathematics or (line.strip() == "$$" and not self.fence):
                self.formula(line)
            elif self.fence:
                self.out.append(_shifted(line, self.shift))
                if mark and mark[1].startswith(self.fence) and not line.strip().strip(self.fence[0]):
                    self.fence = ""
            elif not line.strip():
                self.out.append(line)
            elif (item := _ITEM.match(line)) and not _RULE.match(line):
                self.item(line, item)
            else:
                if _HEADER.match(line) and _DELIMITER.match(below) and self.out and _TEXT.match(self.out[-1]):
                    self.out.append("")  # a table below a line of text
                self.other(line)
                self.fence = mark[1] if mark else ""
        return self.out

    def formula(self, line: str) -> None:
        """A displayed formula stands alone: an empty line before its first `$$` and after its last."""
        mark = line.strip() == "$$"
        if mark and not self.mathematics and self.out and self.out[-1].strip() and not self.levels:
            self.out.append("")
        self.out.append(line)
        if mark and self.mathematics and not self.levels:
            self.out.append("")
        self.mathematics ^= mark

    def item(self, line: str, item: re.Match[str]) -> None:
        indent, ordered = len(item[1]), item[2][-1] in ".)"
        while self.levels and indent < self.levels[-1].content and indent != self.levels[-1].marker:
            self.levels.pop()
        same = self.levels.pop() if self.levels and indent < self.levels[-1].content else None
        parent = self.levels[-1] if self.levels else None
        # what is indented by four or more below no list is code, or the inside of an admonition: it stays
        out = same.out if same else max(indent, parent.out + INDENT) if parent else indent
        if self.interrupts(same, parent, ordered, item[2]):
            self.out.append("")
        self.levels.append(
            _Level(
                len(item[0]) if len(item[3]) <= INDENT else indent + len(item[2]) + 1, out, ordered, indent
            )
        )
        self.out.append(_shifted(line, out - indent))

    def interrupts(self, same: _Level | None, parent: _Level | None, ordered: bool, marker: str) -> bool:
        """Whether this item starts a list that Python-Markdown would take for more of the text above."""
        above = self.out[-1] if self.out else ""
        if not above.strip() or (parent and not same):
            return False
        if same:
            return same.ordered != ordered
        starts = not ordered or marker[:-1] == "1"  # as in CommonMark: a year at a line's start is no list
        return starts and not _NO_PARAGRAPH.match(above)

    def other(self, line: str) -> None:
        """A line that is no item: more of an item's text, or the end of the list."""
        indent = len(line) - len(line.lstrip(" "))
        after_blank = not self.out or not self.out[-1].strip()
        if self.levels and indent < self.levels[-1].content and not after_blank and _RULE.match(line):
            self.out.append("")  # or the rule would make a heading of the item
            after_blank = True
        while (
            self.levels
            and indent < self.levels[-1].content
            and (after_blank or indent < self.levels[-1].marker)
        ):
            self.levels.pop()
        inside = self.levels[-1] if self.levels and indent >= self.levels[-1].content else None
        self.shift = max(0, inside.out + INDENT - indent) if inside else 0
        self.out.append(_shifted(line, self.shift))


def _shifted(line: str, by: int) -> str:
    return " " * by + line if by > 0 and line.strip() else line
