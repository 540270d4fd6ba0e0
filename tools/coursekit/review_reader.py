"""Reads a code review: its findings, and what the group answered to each.

Three forms are read: numbered lists below `## Findings` and `## Answers` that share their numbers, paragraphs
that start with `Finding:` and `Answer:`, and task lists, where a tick closes a finding. A heading below `## Findings`
is a finding too. It reads the page's sanitised HTML; what is not understood stays prose, and nothing is lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from coursekit.htmlblocks import Block, Piece, blocks, labelled, paragraphs, sections, starts_with
from coursekit.reviews import Finding, Review

LABELS = ("Finding", "Answer")
_LISTS = ("ol", "ul")
_FINDINGS = re.compile(r"\bfindings?\b|\bfound\b", re.IGNORECASE)
_ANSWERS = re.compile(r"\banswer|\brepl(?:y|ies)\b|\bresponses?\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?:(?:finding|answer)\s+)?(?:to\s+)?#?(\d{1,3})\b", re.IGNORECASE)
_BOX = re.compile(
    r"<label[^>]*>\s*<input[^>]*?(\bchecked\b)?[^>]*>.*?</label>\s*|<input([^>]*)>\s*", re.DOTALL
)
_START = re.compile(r'\bstart="(\d{1,3})"')


def read_review(clean: str) -> Review:
    """A review's parts from the HTML of its page."""
    reader = _Reader()
    found = list(sections(clean))
    named = any(head and _FINDINGS.search(head.text) for head, _ in found)
    for head, below in found:
        role = _role(head, named=named)
        if head and not role:
            reader.prose.append(head.html)
        for item in _joined(_items(below, lists=_LISTS if head else ("ol",), listed=bool(role))):
            reader.take(item, item.label or (role if item.is_entry else ""))
    return Review(tuple(reader.findings), "".join(reader.prose).strip(), tuple(reader.orphans))


def _role(head: Block | None, *, named: bool) -> str:
    """What the entries of a section are; where no heading names findings, a numbered list before all headings does."""
    if head is None:
        return "" if named else "Finding"
    return "Answer" if _ANSWERS.search(head.text) else "Finding" if _FINDINGS.search(head.text) else ""


@dataclass(frozen=True, slots=True)
class _Item:
    """A piece of a section: `is_entry` for an item of a list or a heading; what stands behind it may `join` it."""

    html: str
    number: int | None = None
    label: str = ""
    is_entry: bool = False
    join: bool = True


def _items(below: Iterable[Block], *, lists: tuple[str, ...], listed: bool) -> Iterator[_Item]:
    """The pieces of a section; only where `listed` do lists of these kinds and headings hold entries."""
    headed = ""
    for block in below:
        if listed and block.level:
            headed = f"<p><strong>{block.inner}</strong></p>"
            number = _NUMBER.match(block.text)
            yield _Item(headed, int(number[1]) if number else None, is_entry=True)
        elif listed and not headed and block.tag in lists:
            yield from _list_items(block)
        elif block.tag == "p":
            for piece in labelled(block.inner, LABELS):
                yield _Item(f"<p>{piece.html}</p>", piece.number, piece.label)
        elif block.html.strip():
            yield _Item(block.html)


def _list_items(block: Block) -> Iterator[_Item]:
    start = _START.search(block.attributes)
    items = [item for item in blocks(block.inner) if item.html.strip()]
    for number, item in enumerate(items, int(start[1]) if start else 1):
        yield _Item(item.inner, number, is_entry=True, join=False)


def _joined(items: Iterable[_Item]) -> Iterator[_Item]:
    """What stands below a labelled line, or below a heading that is an entry, belongs to it."""
    now: _Item | None = None
    for item in items:
        if now and not (item.label or item.is_entry) and now.join:
            now = replace(now, html=now.html + item.html)
            continue
        if now:
            yield now
        now = item
    if now:
        yield now


@dataclass(slots=True)
class _Reader:
    """Puts the pieces in their places."""

    findings: list[Finding] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)

    def take(self, item: _Item, role: str) -> None:
        """The next piece, which is a finding, an answer or prose."""
        if role == "Finding":
            self._finding(item)
        elif role == "Answer":
            self._answer(item.html, self._asked(item))
        else:
            self.prose.append(item.html)

    def _finding(self, item: _Item) -> None:
        box = _BOX.search(item.html)
        body, answers = _split(_BOX.sub("", item.html, count=1))
        last = self.findings[-1].number if self.findings else 0
        number = max(last + 1, item.number or 0)
        self.findings.append(Finding(number, body, answers, bool(box and "checked" in box[0])))

    def _asked(self, item: _Item) -> int | None:
        """Which finding an answer is to, as its place in the list."""
        if item.number is not None:
            numbers = [finding.number for finding in self.findings]
            return numbers.index(item.number) if item.number in numbers else None
        if item.label:
            return len(self.findings) - 1 if self.findings else None
        return next((at for at, finding in enumerate(self.findings) if finding.open), None)

    def _answer(self, html: str, at: int | None) -> None:
        if at is None:
            self.orphans.append(html)
        else:
            asked = self.findings[at]
            self.findings[at] = replace(asked, answers=(*asked.answers, html))


def _split(html: str) -> tuple[str, tuple[str, ...]]:
    """A finding's own text, and the answers that stand inside of it."""
    kept, answers = "", list[str]()
    for block in _unlisted(paragraphs(html)):
        pieces = list(labelled(block.inner, ("Answer",))) if block.tag == "p" else [Piece(block.html)]
        for piece in pieces:
            text = f"<p>{piece.html}</p>" if block.tag == "p" else piece.html
            if piece.label:
                answers.append(text)
            elif answers:
                answers[-1] += text
            else:
                kept += text
    return kept, tuple(answers)


def _unlisted(given: Iterable[Block]) -> Iterator[Block]:
    """The blocks, with the items of a list of answers in the place of the list."""
    for block in given:
        items = (
            [item for item in blocks(block.inner) if item.html.strip()] if block.tag in {"ul", "ol"} else []
        )
        if items and all(starts_with(item.inner, ("Answer",)) for item in items):
            for item in items:
                yield from paragraphs(item.inner)
        else:
            yield block
