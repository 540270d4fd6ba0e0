"""What was meant as a formula, a table or code and stands on the page as the signs that were typed.

Looked at is the page as it was rendered, so nothing is reported that readers don't see; the place is then
looked up in what was written.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from itertools import islice

from coursekit.model import Fault, Place
from coursekit.written import Written

_NO_TEXT = re.compile(
    r'<(?:pre|code)\b.*?</(?:pre|code)>|<(span|div) class="arithmatex">.*?</\1>|<t[dh]\b.*?</t[dh]>',
    re.DOTALL,
)
_TAG = re.compile(r'<(?:[^>"]|"[^"]*")*>')
_DASHES = re.compile(r"\|?[ ]*:?-{2,}:?[ ]*(?:\|[ ]*:?-{2,}:?[ ]*)+\|?|\|[ ]*:?-{2,}:?[ ]*\|")
MOST_FAULTS = 60  # of one page: no report shows more of them, and each is looked up in the whole text
MOST_TICKS = 200  # back-quotes of a row in which code is looked for
_BLANK_INSIDE = re.compile(r"(?<![\\$\w])\$(?: [^$\n]*|[^$\n]* )\$(?![$\w])")
_TEX = re.compile(r"\\[A-Za-z]+|[_^]\{|\w[_^]\w")


def leftover_faults(clean: str, texts: Sequence[tuple[str, Place]]) -> Iterator[Fault]:
    """The leftovers of a page's HTML; `texts` are what it was made of, each with its start."""
    if any(sign in clean for sign in ("$", "|", "```", "~~~")):
        written = Written(texts)
        for fault, words, sign in islice(_leftovers(clean), MOST_FAULTS):
            place = written.find(words, behind=sign + _THEN if sign else "", whole=True)
            if place := place or (written.find(_plain(sign)) if sign else None):
                yield Fault(fault.rule, fault.message, place, fault.help)


def _leftovers(clean: str) -> _Found:
    text = html.unescape(_TAG.sub("", _NO_TEXT.sub("", clean)))
    lines = [line.strip() for line in text.split("\n")]
    opened = {"$$": False, "```": False}
    for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
        yield from _formulas(line, after, opened)
        yield from _tables(line, before)
        yield from _fences(line, after, opened)


_THEN = r"[^\S\n]*\n?\s*"
_Found = Iterator[
    tuple[Fault, str, str]
]  # a fault, the words that it is looked up by, and the sign before them


def _formulas(line: str, after: str, opened: dict[str, bool]) -> _Found:
    if line.startswith("$$") or line.endswith("$$"):
        whole = line.startswith("$$") and line.endswith("$$") and len(line) > 4
        opened["$$"] = not opened["$$"] and not whole
        if opened["$$"] or whole:
            help = (
                "put each $$ on a line of its own, with blank lines around and none inside; "
                "in a list indent all of it by four spaces. Within a line write $…$"
            )
            message = "no formula is made here: the `$$` stays as it is"
            inner = (line.strip("$ ") or after).partition("$")[0].strip()[:30]
            yield Fault("math-stray-dollars", message, help=help), inner, r"\$\$"
    for found in _BLANK_INSIDE.finditer(line):
        if _TEX.search(found[0]):
            message = f"no formula is made of `{found[0][:40]}`: a blank stands beside one of its dollars"
            help = f"write ${found[0].strip('$ ')}$"
            yield Fault("math-stray-dollars", message, help=help), found[0], ""


def _tables(line: str, before: str) -> _Found:
    if _DASHES.fullmatch(line) and "|" in before:
        ours, theirs = cells_of(line), cells_of(before)
        message = "these lines don't become a table"
        help = "leave a blank line above the table; in a list indent it by four spaces"
        if ours != theirs:
            message += f": the row of dashes has {ours} cells, the one above it {theirs}"
            help = f"write  {'|'.join(['', *['---'] * theirs, ''])}"
        yield Fault("table-broken", message, help=help), line, re.escape(before)
    elif _is_row(line) and _is_row(before) and line.count("|") == before.count("|"):
        help = f"write below its first row  {'|'.join(['', *['---'] * cells_of(before), ''])}"
        message = "these rows have no row of dashes, so they become no table"
        yield Fault("table-broken", message, help=help), line, re.escape(before)


def _is_row(line: str) -> bool:
    bars = line.startswith("|") and line.endswith("|") and line.count("|") > 2
    return bars and not _DASHES.fullmatch(line)


def _fences(line: str, after: str, opened: dict[str, bool]) -> _Found:
    if line.startswith(("```", "~~~")):
        opened["```"] = not opened["```"]
        if opened["```"]:
            help = f"end it with a line of its own, {line[:3]}; in a list indent all of it by four spaces"
            message = "this code block is never closed, so it is shown as text"
            yield Fault("code-block-open", message, help=help), after[:30], re.escape(line)


def row_problems(rows: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Rows of a table that have other cells than its first row: (which row, message, help)."""
    wanted = cells_of(rows[0])
    for at, row in enumerate(rows):
        cells = cells_of(row)
        if cells == wanted or not row.strip():
            continue
        if cells == 1 and "|" not in row:
            yield at, "a line right below a table becomes a row of it", "leave a blank line above it"
        elif cells > wanted:
            message = f"a row of {cells} cells in a table of {wanted}: what is too much is not shown"
            yield at, message, "write \\| for a bar that divides no cells, or give the first row more cells"
        else:
            message = f"a row of {cells} cell{'s' if cells > 1 else ''} in a table of {wanted}"
            yield at, message, "write an empty cell as  | |"


def cells_of(row: str) -> int:
    """How many cells a row of a table has; signs in code, and those behind a backslash, divide none."""
    code = r"(`+)(?:(?!\1).)*\1" if row.count("`") <= MOST_TICKS else r"\Z"
    plain = re.sub(code, "", row).replace("\\\\", "").replace("\\|", "").strip()
    return len(plain.removeprefix("|").removesuffix("|").split("|"))


def _plain(pattern: str) -> str:
    """An escaped pattern as the text that it stands for."""
    return re.sub(r"\\(.)", r"\1", pattern)
