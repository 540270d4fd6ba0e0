"""What of a README's section stays as text: every block that says more than the links which became references."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet

from coursekit.adopt.inline import Row
from coursekit.adopt.outline import LIST_LEVEL, Block, Section
from coursekit.adopt.vocabulary import only_a_role, people_label, role_said

_SHORT = 8  # words: a line such as `And here is the code-base:` says no more than what it stands above


def body_of(section: Section, lines: Sequence[str], *, used: AbstractSet[str]) -> str:
    """The Markdown of a section without its own heading and without what became front matter.

    `used` are the targets of the links that did.
    """
    parts = list(_blocks(section.blocks, lines, used=used, quoted=section.level < LIST_LEVEL))
    for part in section.parts:
        inner = body_of(part, lines, used=used)
        if inner:
            level = "#" * min(6, max(2, part.level - section.level + 1))
            parts += [f"{level} {part.title.strip(' :')}", inner] if part.title else [inner]
    return "\n\n".join(parts)


def _blocks(
    blocks: Sequence[Block], lines: Sequence[str], *, used: AbstractSet[str], quoted: bool
) -> Iterator[str]:
    for at, block in enumerate(blocks):
        below = blocks[at + 1] if at + 1 < len(blocks) else None
        above = blocks[at - 1] if at else None
        if _leads_in(block, below):
            keep = below is not None and _says_more(below, used)
        elif above is not None and _leads_on(above, block):
            keep = True  # the sentence above would lead to nothing without it
        else:
            keep = _says_more(block, used)
        if keep:
            yield _text(block, lines) if quoted else "\n".join(row.text for row in block.rows)


def _text(block: Block, lines: Sequence[str]) -> str:
    return textwrap.dedent("\n".join(lines[slice(*block.lines)])).strip("\n").rstrip()


def _leads_in(block: Block, below: Block | None) -> bool:
    """Whether a paragraph is only the label of the list below it."""
    if below is None or not below.is_list or block.is_list or len(block.rows) != 1 or block.rows[0].mentions:
        return False
    text = block.rows[0].text
    return len(text.split()) <= _SHORT and (text.endswith(":") or role_said(text) is not None)


def _leads_on(above: Block, block: Block) -> bool:
    """Whether the paragraph above is a sentence that ends in a colon and goes on in this list."""
    said = above.rows[-1].text if above.rows else ""
    return block.is_list and not above.is_list and said.endswith(":") and not _leads_in(above, block)


def _says_more(block: Block, used: AbstractSet[str]) -> bool:
    return not block.rows or any(row_says_more(row, used) for row in block.rows)


def row_says_more(row: Row, used: AbstractSet[str]) -> bool:
    """Whether a line holds more than links that became references, their labels, and names."""
    label, colon, _ = row.text.partition(":")
    if colon and (people_label(label) or label.strip().lower() in {"topic", "title"}):
        return False
    if any(mention.target not in used for mention in row.mentions):
        return True
    rest = re.sub(r"https?://\S+", " ", row.rest)
    return not only_a_role(rest)
