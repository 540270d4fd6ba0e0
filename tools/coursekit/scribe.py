"""Reads the body of a scribe note: questions with answers, promises with their keeping, and prose.

Four line starts are agreed: `Q (name): `, `A (name): `, `Note: ` and `Done: `. Beside them the forms
that scribes fall into on their own are read where that takes no guess: a numbered, listed or `Name: ` line
that ends in a question mark is a question, and the list items below such a line are its answers. All else
stays a `Passage` as it was written. HTML lists become Markdown lists first, so that one reader serves both.

The way: body -> lines (what is code or mathematics is known) -> pieces (what each line is) -> entries.
"""

from __future__ import annotations

import hashlib
import re
import textwrap
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from coursekit.model import Fault, Place


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a question, or how a promise was kept; `who` is '' where nobody is named."""

    text: str
    who: str
    place: Place


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answers; without answers it is open."""

    text: str
    who: str
    place: Place
    answers: tuple[Answer, ...] = ()

    @property
    def id(self) -> str:
        """The question's stable id; two questions of the same words share it."""
        return question_id(self.text)


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the presenters owe; with `done` it was kept."""

    text: str
    who: str
    place: Place
    done: tuple[Answer, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """Any other Markdown, as it was written."""

    text: str
    place: Place


Entry = Question | Note | Passage


def question_id(text: str) -> str:
    """`q-` and 8 hex digits; case, punctuation, line breaks and what stands around don't change it."""
    folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    kept = "".join(c for c in folded if c != "`" and not unicodedata.category(c).startswith("P"))
    return "q-" + hashlib.sha256(" ".join(kept.split()).encode("utf-8", "replace")).hexdigest()[:8]


def read_note(body: str, first_line: int = 1) -> tuple[tuple[Entry, ...], tuple[Fault, ...]]:
    """The entries of a note's body in their order, and the answers and `Done:`s that belong to nothing.

    `first_line` is the line of the file that the body starts on. Never raises; linear in the body's length.
    """
    reader = _Reader()
    for piece in _pieces(_unlisted(_lines(body, first_line))):
        reader.take(piece)
    reader.flush()
    return tuple(reader.entries), tuple(reader.faults)


# ------------------------------------------------------------------------------------------- lines

_LIST = re.compile(r"[ \t]*(?:(\d{1,9}[.)]|[-*+])[ \t]+)?")
_FENCE = re.compile(r"`{3,}|~{3,}")
_TEX = re.compile(r"\\begin\{([^{}]*)\}")
_RAW = re.compile(r"<(pre|script|style|textarea)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Line:
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
        return not self.text.strip()


def _opened(text: str) -> str:
    """What closes the block that this line opens and doesn't close itself; '' where it opens none."""
    match = _LIST.match(text)
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


def _lines(body: str, first_line: int) -> list[_Line]:
    lines = []
    closer = ""
    for number, text in enumerate(body.removeprefix("\ufeff").replace("\r\n", "\n").split("\n"), first_line):
        place = Place(number, len(text) - len(text.lstrip()) + 1 if text.strip() else 1)
        lines.append(_Line(text, place, code=bool(closer) and not (closer[0] in "$\\" and not text.strip())))
        if not closer:
            closer = _opened(text)
        elif _closes(text, closer):
            closer = ""
    return lines


# -------------------------------------------------------------------------------------- HTML lists

_TAG = re.compile(r"<(/?)(ol|ul|li)\b[^<>]*>", re.IGNORECASE)
_STARTS_LIST = re.compile(r" {0,3}<(?:ol|ul)\b[^<>]*>", re.IGNORECASE)
_DEEPEST = 8


def _list_ends(lines: Sequence[_Line]) -> dict[int, int]:
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


def _unlisted(lines: Sequence[_Line]) -> list[_Line]:
    """The lines with those HTML lists that hold a question or a mark written as Markdown lists."""
    ends = _list_ends(lines)
    result: list[_Line] = []
    index = 0
    while index < len(lines):
        stop = ends.get(index, index) + 1
        block = lines[index:stop]
        result += (_as_markdown(block) if index in ends else None) or block
        index = stop
    return result


def _as_markdown(block: Sequence[_Line]) -> list[_Line] | None:
    """An HTML list as a Markdown list, every part with its own place; None where it had better stay."""
    if any(line.code for line in block):
        return None
    counts: list[int | None] = []  # of each list around: how many items so far, None where not numbered
    marker = ""
    result: list[_Line] = []
    for line in block:
        if line.blank:
            result.append(line)
        for start, text, closing, name in _parts(line.text):
            if text.strip():
                indent = "    " * (len(counts) - bool(marker))
                column = start + len(text) - len(text.lstrip()) + 1
                result.append(_Line(indent + marker + text.strip(), Place(line.place.line, column)))
                marker = ""
            if name == "li" and not closing:
                number = counts[-1] if counts else None
                if number is not None:
                    counts[-1] = number + 1
                marker = "- " if number is None else f"{number + 1}. "
            elif name != "li" and name and closing:
                del counts[-1:]
                marker = ""
                result.append(_Line("", line.place))  # what follows no longer belongs to the inner item
            elif name and not closing:
                counts.append(0 if name == "ol" else None)
                if len(counts) > _DEEPEST:
                    return None
    return (
        result if any(piece.kind in ("q", "a", "note", "done", "ask") for piece in _pieces(result)) else None
    )


def _parts(text: str) -> Iterator[tuple[int, str, bool, str]]:
    """A line cut at its list tags: start and text of each part, and the tag behind it ('' at the end)."""
    start = 0
    for tag in _TAG.finditer(text):
        yield start, text[start : tag.start()], bool(tag[1]), tag[2].lower()
        start = tag.end()
    yield start, text[start:], False, ""


# ------------------------------------------------------------------------------------------ pieces

_MARK = re.compile(
    r"(\*\*)?(Q|A|Question|Answer|Note|Done)(\*\*)?"
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
_MARKS = ("q", "a", "note", "done", "ask")
_BREAK = re.compile(r" {0,3}(?:#{1,6}(?:\s|$)|([-*_])(?:[ \t]*\1){2,}\s*$)|\s*\d{1,2}:\d\d\b")
_BREAKS = ("<br>", "</br>", "<br/>", "<br />")


@dataclass(frozen=True, slots=True)
class _Piece:
    """One or more lines and what they are.

    `kind`: q, a, note, done (the marks), ask (a question without a mark), item (another list line), break
    (a heading, a rule, a time), text, code or blank. `marker`: '1' in a numbered list, '-' in another, or ''.
    """

    kind: str
    lines: tuple[_Line, ...]
    text: str = ""
    who: str = ""
    marker: str = ""

    @property
    def depth(self) -> int:
        return self.lines[0].depth


def _pieces(lines: Sequence[_Line]) -> Iterator[_Piece]:
    index = 0
    while index < len(lines):
        piece = _piece(lines[index])
        after = lines[index + 1] if index + 1 < len(lines) else None
        if piece.kind in ("q", "note") and not piece.text and not (after and _goes_on(after)):
            piece = _Piece("text", piece.lines)  # a mark with nothing behind it says nothing
        elif piece.kind == "item":
            piece = _wrapped(piece, lines, index)
        yield piece
        index += len(piece.lines)


def _piece(line: _Line) -> _Piece:
    if line.code or line.blank:
        return _Piece("code" if line.code else "blank", (line,))
    if _BREAK.match(line.text):
        return _Piece("break", (line,))
    match = _LIST.match(line.text)
    marker = (match[1] or "") if match else ""
    start = line.text[match.end() :] if match else line.text
    kind = "-" if marker in ("-", "*", "+") else "1"
    piece = _Piece("item" if marker else "text", (line,), start, marker=marker and kind)
    return _marked(piece) or _asked(piece) or piece


def _marked(piece: _Piece) -> _Piece | None:
    """The piece as one of the four marks, also in bold: `**Q:** why?`, `**Q**: why?`, `**Q: why?**`."""
    match = _MARK.match(piece.text)
    if not match or (match[4] is not None and not _BRACKET_NAME.match(match[4].strip())):
        return None
    kind = {"question": "q", "answer": "a"}.get(match[2].lower(), match[2].lower())
    if kind in ("q", "note") and piece.depth >= 4 and not piece.marker:
        return None  # an indented code block
    text = _balanced(match, (1, 3, 5, 6), piece.text[match.end() :])
    return None if text is None else replace(piece, kind=kind, text=text, who=(match[4] or "").strip())


def _asked(piece: _Piece) -> _Piece | None:
    """The piece as a question without a mark: a list line or a `Name: ` line that ends in a question mark."""
    if not _ends_in_question(piece.text):
        return None
    match = _SPEAKER.match(piece.text)
    text = _balanced(match, (1, 3, 4), piece.text[match.end() :]) if match and _is_name(match[2]) else None
    asked = replace(piece, kind="ask", text=_trimmed(piece.text))
    if match and text:
        asked = replace(asked, text=text, who=match[2])
    # without a list marker only a name makes the question, and four blanks make a code block
    return asked if piece.marker or (asked.who and piece.depth < 4) else None


def _balanced(match: re.Match[str], groups: tuple[int, ...], rest: str) -> str | None:
    """The text behind a mark, freed from the `**` that the mark opened; None where the stars don't pair."""
    stars = sum(bool(match[group]) for group in groups)
    rest = _trimmed(rest)
    if stars in (0, 2):
        return rest
    around = stars == 1 and match[1] and rest.endswith("**") and rest.count("**") == 1
    return rest[:-2].strip() if around else None


def _is_name(text: str) -> bool:
    first, *others = text.split(" ")
    capital = not first[0].islower() and all(word in _PARTICLES or not word[0].islower() for word in others)
    return capital and not _NO_NAMES.search(text)


def _trimmed(text: str) -> str:
    """The text without white space and `<br>`s at its ends."""
    end = len(text.rstrip())
    while text.endswith(_BREAKS, 0, end):
        end = text.rindex("<", 0, end)
        while end and text[end - 1].isspace():
            end -= 1
    return text[:end].strip()


def _ends_in_question(text: str) -> bool:
    return _trimmed(text).rstrip("!\"'”’»*_`").endswith("?")


def _goes_on(line: _Line) -> bool:
    """Whether a line can be the next line of the sentence before."""
    return _piece(line).kind == "text" and _trimmed(line.text) != ""


def _wrapped(piece: _Piece, lines: Sequence[_Line], index: int) -> _Piece:
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


# ----------------------------------------------------------------------------------------- entries

_ORPHANS = {
    "a": (
        "scribe-answer-orphan",
        "this answer stands below no question",
        "Put it right below its question:\nQ (Ada): Why is the mean taken twice?\nA (Ben): Once per axis.",
    ),
    "done": (
        "scribe-done-orphan",
        "this `Done:` stands below no `Note:`",
        "Put it right below its note:\nNote: say on slide 7 what W is.\nDone: slide 7 now says it.",
    ),
}


@dataclass(slots=True)
class _Part:
    """A question, note, answer or `Done:` that may still grow by further lines."""

    piece: _Piece
    more: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return _trimmed(self.piece.text + "\n" + textwrap.dedent("\n".join(self.more)))

    def answer(self) -> Answer:
        return Answer(self.text, self.piece.who, self.piece.lines[0].place)


@dataclass(slots=True)
class _Reader:
    """Puts pieces together: `parts` is the open question or note with its answers.

    `gap` holds the blank lines since its last line, `passage` the lines of the passage before it or now.
    """

    entries: list[Entry] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    passage: list[_Line] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)
    gap: list[_Line] = field(default_factory=list)

    def take(self, piece: _Piece) -> None:
        """Gives the next piece to the open entry, to a new one or to a passage."""
        if piece.kind == "blank":
            (self.gap if self.parts else self.passage).extend(piece.lines)
        elif piece.kind in ("q", "note"):
            self._start(piece)
        elif piece.kind in ("a", "done"):
            self._reply(piece)
        elif self._answers(piece):
            self._add(piece)
        elif self._continues(piece):
            self.parts[-1].more += (line.text for line in (*self.gap, *piece.lines))
            self.gap.clear()
        elif piece.kind == "ask":
            self._start(piece)
        else:
            self._close()
            self.passage += piece.lines

    def flush(self) -> None:
        """Ends the open entry and the passage."""
        self._close()
        text = "\n".join(line.text for line in self.passage)
        first = next((line for line in self.passage if not line.blank), None)
        if first:
            stripped = re.sub(r"\A(?:[^\S\n]*\n)+", "", text).rstrip()
            # the rest of a list whose head became a question must not look like indented code
            cut = first.depth >= 4 and _piece(first).marker
            self.entries.append(Passage(textwrap.dedent(stripped) if cut else stripped, first.place))
        self.passage.clear()

    def _start(self, piece: _Piece) -> None:
        self.flush()
        self._add(piece)

    def _add(self, piece: _Piece) -> None:
        self.gap.clear()
        self.parts.append(_Part(piece))

    def _close(self) -> None:
        if self.parts:
            head, *others = self.parts
            place = head.piece.lines[0].place
            answers = tuple(answer for answer in (part.answer() for part in others) if answer.text)
            make = Note if head.piece.kind == "note" else Question
            self.entries.append(make(head.text, head.piece.who, place, answers))
        self.passage += self.gap
        self.parts.clear()
        self.gap.clear()

    def _reply(self, piece: _Piece) -> None:
        heads = ("note",) if piece.kind == "done" else ("q", "ask")
        if self.parts and self.parts[0].piece.kind in heads:
            self._add(piece)
            return
        self._close()
        self.passage += piece.lines
        if piece.marker or piece.depth < 4:  # else it is an indented code block
            rule, message, example = _ORPHANS[piece.kind]
            self.faults.append(Fault(rule, message, piece.lines[0].place, example))

    def _answers(self, piece: _Piece) -> bool:
        """Whether a list item is an answer by standing below a question that has no mark."""
        if not piece.marker or not self.parts or self.parts[0].piece.kind != "ask":
            return False
        head, last = self.parts[0].piece, self.parts[-1].piece
        beside = piece.depth == head.depth and piece.marker != head.marker and not self.gap
        first = last is head or (last.marker != "" and piece.depth <= last.depth)
        return first and (piece.depth > head.depth or beside)

    def _continues(self, piece: _Piece) -> bool:
        """Whether a piece belongs to the text of the open question, note or answer."""
        if not self.parts or piece.kind == "break" or (piece.kind == "ask" and piece.who):
            return False
        head, last = self.parts[0].piece, self.parts[-1].piece
        if last.kind == "ask" and last is head:
            return False  # its question mark ended it
        if piece.kind == "code":
            return True  # its first line was taken before
        if self.gap:
            return piece.depth > max(1, last.depth)
        if not piece.marker:
            return True
        if last.marker:
            return piece.depth > last.depth
        return head.marker != piece.marker or piece.depth > head.depth
