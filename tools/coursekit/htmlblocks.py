"""Sanitised HTML cut into pieces that are exactly what was written: blocks, and lines that start with a label.

Nothing is rebuilt here, so what the sanitiser allowed is all that there can be in a piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from coursekit.plaintext import plain_text

_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:[^>"]|"[^"]*")*)>')
_VOID = frozenset("area br col hr img input source track wbr".split())
_ID = re.compile(r'\bid="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Block:
    """An outermost element, or a text between two of them (then `tag` is '')."""

    html: str
    tag: str = ""
    attributes: str = ""
    inner: str = ""

    @property
    def level(self) -> int:
        """A heading's level, 0 for anything else."""
        return int(self.tag[1]) if re.fullmatch(r"h[1-6]", self.tag) else 0

    @property
    def id(self) -> str:
        """Its id, or ''."""
        found = _ID.search(self.attributes)
        return found[1] if found else ""

    @property
    def text(self) -> str:
        """Its words."""
        return plain_text(self.html)


def blocks(clean: str) -> Iterator[Block]:
    """The outermost elements of sanitised HTML and the texts between them; joined they are what was given."""
    depth = start = 0
    opened: re.Match[str] | None = None
    for found in _TAG.finditer(clean):
        closing, void = found[1] == "/", found[2] in _VOID
        if depth == 0 and not closing:
            if clean[start : found.start()]:
                yield Block(clean[start : found.start()])
            start, opened = found.start(), found
        depth += 0 if void else -1 if closing else 1
        if depth == 0 and opened:
            inner = "" if void else clean[opened.end() : found.start()]
            yield Block(clean[start : found.end()], opened[2], opened[3], inner)
            start, opened = found.end(), None
    if clean[start:]:
        yield Block(clean[start:])


def sections(clean: str, starts: Iterable[int] = (2,)) -> Iterator[tuple[Block | None, list[Block]]]:
    """A heading of one of these levels with what stands below it; first, without one, what stands before them."""
    levels = frozenset(starts)
    head: Block | None = None
    below: list[Block] = []
    for block in blocks(clean):
        if block.level in levels:
            yield head, below
            head, below = block, []
        else:
            below.append(block)
    yield head, below


@dataclass(frozen=True, slots=True)
class Piece:
    """HTML behind a label at a line's start; `label` is '' for what stands before the first one."""

    html: str
    label: str = ""
    number: int | None = None


@lru_cache(maxsize=8)
def _label(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        rf"(?:\A|(?<=\n)|(?<=<br>))\s*(?:<(strong|em)>)?({'|'.join(words)})(?:e?s)?(?: (\d{{1,3}}))?"
        r"(</\1>)?[ \t]*:(</\1>)?[ \t]*",
        re.IGNORECASE,
    )


def labelled(inner: str, words: tuple[str, ...]) -> Iterator[Piece]:
    """Cut the inside of a paragraph at lines that start with one of the words and a colon, also in bold."""
    found = list(_outermost(_label(words).finditer(inner), inner))
    starts = [*(match.start() for match in found), len(inner)]
    if before := inner[: starts[0]].strip():
        yield Piece(before)
    for match, end in zip(found, starts[1:], strict=True):
        # `**Fix: clip** it` opens its bold in front of the label
        bold = f"<{match[1]}>" if match[1] and not (match[4] or match[5]) else ""
        number = int(match[3]) if match[3] else None
        yield Piece(bold + inner[match.end() : end].strip(), match[2].capitalize(), number)


def _outermost(matches: Iterable[re.Match[str]], inner: str) -> Iterator[re.Match[str]]:
    """Those of the matches that stand in no element."""
    tags = _TAG.finditer(inner)
    tag, depth = next(tags, None), 0
    for match in matches:
        while tag and tag.start() < match.start():
            depth += 0 if tag[2] in _VOID else -1 if tag[1] else 1
            tag = next(tags, None)
        if depth == 0:
            yield match


_FLOW = frozenset("p pre ul ol div table blockquote details dl figure section aside hr".split())


def paragraphs(inner: str) -> Iterator[Block]:
    """The inside of a list item as blocks: words that stand in no paragraph become one."""
    words = ""
    for block in blocks(inner):
        if block.tag not in _FLOW and not block.level:
            words += block.html
            continue
        if words.strip():
            yield Block(f"<p>{words.strip()}</p>", "p", "", words.strip())
        words = ""
        yield block
    if words.strip():
        yield Block(f"<p>{words.strip()}</p>", "p", "", words.strip())


def starts_with(inner: str, words: tuple[str, ...]) -> bool:
    """Whether the inside of an element begins with a label, maybe in a paragraph of its own."""
    return _label(words).match(inner.lstrip().removeprefix("<p>").lstrip()) is not None
