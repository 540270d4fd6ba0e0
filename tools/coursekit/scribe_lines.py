"""The lines of a scribe note with their places: what is code or mathematics is known, HTML lists are Markdown.

A mark counts only outside of blocks whose text is verbatim; and a list that somebody wrote in HTML becomes a
Markdown list, every part with its own place, so that one reader serves both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from coursekit.model import Place

LIST_ITEM = re.compile(r"[ \t]*(?:(\d{1,9}[.)]|[-*+])[ \t]+)?")
_FENCE = re.compile(r"`{3,}|~{3,}")
_TEX = re.compile(r"\\begin\{([^{}]*)\}")
_RAW = re.compile(r"<(pre|script|style|textarea)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its place; `code` says that it lies inside a block whose text is never a mark."""

    text: str
    place: Place
    code: bool = False

    @property
    def depth(self) -> int:
        """The columns that it is indented by, a tab reaching to the next multiple of four."""
        return len(self.text[: len(self.text) - len(self.text.lstrip(" \t"))].expandtabs(4))

    @property
    def blank(self) -> bool:
        """Whether it holds nothing but white space."""
        return not self.text.strip()


def _opened(text: str) -> str:
    """What closes the block that this line opens and doesn't close itself; '' where it opens none."""
    match = LIST_ITEM.match(text)
    start = text[match.end() :] if match else text
    if fence := _FENCE.match(start):
        return "" if fence[0][0] == "`" and "`" in start[fence.end() :] else fence[0]
    if start.startswith("$$") or start.rstrip().endswith("$$"):
        return "$$" if start.count("$$") % 2 else ""
    closer = ""
    if start.startswith("\\["):
        closer = "\\]"
    elif start.startswith("<!--"):
        closer = "-->"
    elif tex := _TEX.match(start):
        closer = f"\\end{{{tex[1].lower()}}}"
    elif raw := _RAW.match(start):
        closer = f"</{raw[1].lower()}"
    return "" if closer in start.lower() else closer


def _closes(text: str, closer: str) -> bool:
    """Whether a line ends the block; mathematics also ends at a blank line, as it does for the renderer."""
    if closer[0] in "`~":
        bare = text.strip()
        return len(bare) >= len(closer) and not bare.strip(closer[0])
    return closer in text.lower() or (closer[0] in "$\\" and not text.strip())


def read_lines(body: str, first_line: int = 1) -> list[Line]:
    """The lines of a note's body, which starts on line `first_line` of its file; a byte-order mark is dropped."""
    lines = []
    closer = ""
    for number, text in enumerate(body.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), first_line):
        place = Place(number, len(text) - len(text.lstrip()) + 1 if text.strip() else 1)
        lines.append(Line(text, place, code=bool(closer) and not (closer[0] in "$\\" and not text.strip())))
        if not closer:
            closer = _opened(text)
        elif _closes(text, closer):
            closer = ""
    return lines


# --- HTML lists ----------------------------------------------------------------------------------------

_TAG = re.compile(r"<(/?)(ol|ul|li)\b[^<>]*>", re.IGNORECASE)
_STARTS_LIST = re.compile(r" {0,3}<(?:ol|ul)\b[^<>]*>", re.IGNORECASE)
_DEEPEST = 8


def markdown_lists(lines: Sequence[Line], wanted: Callable[[Sequence[Line]], bool]) -> list[Line]:
    """The lines, with those HTML lists written as Markdown lists whose Markdown is `wanted`."""
    ends = _list_ends(lines)
    result: list[Line] = []
    index = 0
    while index < len(lines):
        stop = ends.get(index, index) + 1
        block = lines[index:stop]
        written = _as_markdown(block) if index in ends else None
        result += written if written and wanted(written) else block
        index = stop
    return result


def _list_ends(lines: Sequence[Line]) -> dict[int, int]:
    """Index of each line that starts with a list tag -> index of the line where that list is closed."""
    ends: dict[int, int] = {}
    stack: list[int | None] = []
    for index, line in enumerate(lines):
        starts = bool(_STARTS_LIST.match(line.text))
        for tag in () if line.code else _TAG.finditer(line.text):
            if tag[2].lower() == "li":
                continue
            if not tag[1]:
                stack.append(index if starts else None)
                starts = False
            elif stack and (opened := stack.pop()) is not None:
                ends[opened] = index
    return ends


def _as_markdown(block: Sequence[Line]) -> list[Line] | None:
    """An HTML list as a Markdown list; None where it holds code or is nested too deep."""
    if any(line.code for line in block):
        return None
    writer = _ListWriter()
    for line in block:
        if line.blank:
            writer.lines.append(line)
        for start, text, closing, name in _parts(line.text):
            writer.write(start, text, line.place.line)
            writer.turn(name, closing, line.place)
            if len(writer.counts) > _DEEPEST:
                return None
    return writer.lines


@dataclass(slots=True)
class _ListWriter:
    """Writes the parts of an HTML list as Markdown; `marker` is that of an item whose text is still to come.

    `counts` has for each list around how many items it had so far, None where it isn't numbered.
    """

    lines: list[Line] = field(default_factory=list)
    counts: list[int | None] = field(default_factory=list)
    marker: str = ""

    def write(self, start: int, text: str, number: int) -> None:
        """Writes a text that starts at index `start` of line `number`."""
        if text.strip():
            indent = "    " * (len(self.counts) - bool(self.marker))
            column = start + len(text) - len(text.lstrip()) + 1
            self.lines.append(Line(indent + self.marker + text.strip(), Place(number, column)))
            self.marker = ""

    def turn(self, name: str, closing: bool, place: Place) -> None:
        """Takes note of a tag; '' is none."""
        if name == "li":
            if not closing:
                self._start_item()
        elif name and closing:
            del self.counts[-1:]
            self.marker = ""
            self.lines.append(Line("", place))  # what follows no longer belongs to the inner item
        elif name:
            self.counts.append(0 if name == "ol" else None)

    def _start_item(self) -> None:
        number = self.counts[-1] if self.counts else None
        self.marker = "- " if number is None else f"{number + 1}. "
        if number is not None:
            self.counts[-1] = number + 1


def _parts(text: str) -> Iterator[tuple[int, str, bool, str]]:
    """A line cut at its list tags: start and text of each part, and the tag behind it ('' at the end)."""
    start = 0
    for tag in _TAG.finditer(text):
        yield start, text[start : tag.start()], bool(tag[1]), tag[2].lower()
        start = tag.end()
    yield start, text[start:], False, ""
