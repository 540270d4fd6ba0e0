"""What each line of a scribe note is: one of the four marks, a question without a mark, or neither.

The marks are `Q (name): `, `A (name): `, `Note: ` and `Done: `, also in bold and in list items. A numbered,
listed or `Name: ` line that ends in a question mark is a question too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from coursekit.scribe_lines import LIST_ITEM, Line

_MARK = re.compile(
    r"(\*\*)?((?:Q|A|Question|Answer|Note|Done)(?:(?<=[QA])\d{1,3})?)(\*\*)?"
    r"(?:[ \t]+\(([^()]*)\))?(\*\*)?:(\*\*)?(?=\s|$|[^\W\d_]{2})",
    re.IGNORECASE,
)
# `Q (s, a): ...` is mathematics: a name has two letters in a row, or is one capital letter.
_BRACKET_NAME = re.compile(r"[^\n]*?[^\W\d_]{2}|[A-Z]\.?$")
_SPEAKER = re.compile(r"(\*\*)?([^\W\d_][\w.'’-]+(?: [^\W\d_][\w.'’-]*){0,3})(\*\*)?:(\*\*)?(?=\s)")
_PARTICLES = {"al", "bin", "da", "de", "del", "den", "der", "di", "du", "la", "le", "ten", "van", "von"}
# What scribes put before a colon that is nobody's name: `Slide: what is W?`
_NO_NAMES = re.compile(
    r"\b(?:code|comments?|data|discussion|example|experiments?|figure|hint|idea|model|paper|part|questions?|remarks?"
    r"|results?|section|slides?|summary|table|takeaways?|tip|todo|topic|training|video|warning)\b",
    re.IGNORECASE,
)
MARKS = ("q", "a", "note", "done", "ask")
_BREAK = re.compile(r" {0,3}(?:#{1,6}(?:\s|$)|([-*_])(?:[ \t]*\1){2,}\s*$)|\s*\d{1,2}:\d\d\b")
_BREAKS = ("<br>", "</br>", "<br/>", "<br />")


@dataclass(frozen=True, slots=True)
class Piece:
    """One or more lines and what they are.

    `kind`: q, a, note, done (the marks), ask (a question without a mark), item (another list line), break
    (a heading, a rule, a time), text, code or blank. `marker`: '1' in a numbered list, '-' in another, or ''.
    """

    kind: str
    lines: tuple[Line, ...]
    text: str = ""
    who: str = ""
    marker: str = ""

    @property
    def depth(self) -> int:
        """The columns that its first line is indented by."""
        return self.lines[0].depth


def read_pieces(lines: Sequence[Line]) -> Iterator[Piece]:
    """What the lines are, every line in one piece and in their order."""
    index = 0
    while index < len(lines):
        piece = read_piece(lines[index])
        after = lines[index + 1] if index + 1 < len(lines) else None
        if piece.kind in ("q", "note") and not piece.text and not (after and _goes_on(after)):
            piece = Piece("text", piece.lines)  # a mark with nothing behind it says nothing
        elif piece.kind == "item":
            piece = _wrapped(piece, lines, index)
        yield piece
        index += len(piece.lines)


def read_piece(line: Line) -> Piece:
    """What one line is by itself; the lines around it may still make more of it."""
    if line.code or line.blank:
        return Piece("code" if line.code else "blank", (line,))
    if _BREAK.match(line.text):
        return Piece("break", (line,))
    match = LIST_ITEM.match(line.text)
    marker = (match[1] or "") if match else ""
    start = line.text[match.end() :] if match else line.text
    kind = "-" if marker in ("-", "*", "+") else "1"
    piece = Piece("item" if marker else "text", (line,), start, marker=marker and kind)
    return _marked(piece) or _asked(piece) or piece


def _marked(piece: Piece) -> Piece | None:
    """The piece as one of the four marks, also in bold: `**Q:** why?`, `**Q**: why?`, `**Q: why?**`."""
    match = _MARK.match(piece.text)
    if not match or (match[4] is not None and not _BRACKET_NAME.match(match[4].strip())):
        return None
    kind = {"question": "q", "answer": "a"}.get(match[2].lower(), match[2].lower().rstrip("0123456789"))
    if kind in ("q", "note") and piece.depth >= 4 and not piece.marker:
        return None  # an indented code block
    text = _balanced(match, (1, 3, 5, 6), piece.text[match.end() :])
    return None if text is None else replace(piece, kind=kind, text=text, who=(match[4] or "").strip())


def _asked(piece: Piece) -> Piece | None:
    """The piece as a question without a mark: a list line or a `Name: ` line that ends in a question mark."""
    if not _ends_in_question(piece.text):
        return None
    match = _SPEAKER.match(piece.text)
    text = _balanced(match, (1, 3, 4), piece.text[match.end() :]) if match and _is_name(match[2]) else None
    asked = replace(piece, kind="ask", text=trimmed(piece.text))
    if match and text:
        asked = replace(asked, text=text, who=match[2])
    # without a list marker only a name makes the question, and four blanks make a code block
    return asked if piece.marker or (asked.who and piece.depth < 4) else None


def _balanced(match: re.Match[str], groups: tuple[int, ...], rest: str) -> str | None:
    """The text behind a mark, freed from the `**` that the mark opened; None where the stars don't pair."""
    stars = sum(bool(match[group]) for group in groups)
    rest = trimmed(rest)
    if stars in (0, 2):
        return rest
    around = stars == 1 and match[1] and rest.endswith("**") and rest.count("**") == 1
    return rest[:-2].strip() if around else None


def _is_name(text: str) -> bool:
    first, *others = text.split(" ")
    capital = not first[0].islower() and all(word in _PARTICLES or not word[0].islower() for word in others)
    return capital and not _NO_NAMES.search(text)


def trimmed(text: str) -> str:
    """The text without white space and `<br>`s at its ends."""
    end = len(text.rstrip())
    while text.endswith(_BREAKS, 0, end):
        end = text.rindex("<", 0, end)
        while end and text[end - 1].isspace():
            end -= 1
    return text[:end].strip()


def _ends_in_question(text: str) -> bool:
    return trimmed(text).rstrip("!\"'”’»*_`").endswith("?")


def _goes_on(line: Line) -> bool:
    """Whether a line can be the next line of the sentence before."""
    return read_piece(line).kind == "text" and trimmed(line.text) != ""


def _wrapped(piece: Piece, lines: Sequence[Line], index: int) -> Piece:
    """A list item that its indented next lines bring to a question mark, as the question; else as it was."""
    for stop in range(index + 1, len(lines)):
        line = lines[stop]
        if line.depth < 2 or not _goes_on(line):
            break
        if _ends_in_question(line.text):
            whole = (piece.text, *(one.text.strip() for one in lines[index + 1 : stop + 1]))
            asked = _asked(replace(piece, text="\n".join(whole), lines=tuple(lines[index : stop + 1])))
            return asked or piece
    return piece
