"""Students' text in Markdown that GitHub shows: it stays text, whatever it holds, and calls nobody."""

from __future__ import annotations

import re

from coursekit.report import printable

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>#|~$&@]|:(?=//)|(?<=www)\.", re.IGNORECASE)

_APART = "\u2060"  # a word joiner: GitHub looks for @name and #1 in what is rendered, where an entity is gone


def plain(text: str, most: int = 300) -> str:
    """A text on one line without a meaning: no markup, no link, no mention of a person or an issue.

    It must not stand at the start of a line, where a number or a hyphen would begin a list.
    """
    line = " ".join(printable(text).split())
    cut = line if len(line) <= most else line[: most - 1] + "…"
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};{_APART if found[0] in '@#' else ''}", cut)


def sentence(text: str, most: int = 600) -> str:
    """A sentence of a finding: what it puts in backticks becomes code, all else is plain."""
    parts = text.split("`")
    if len(parts) % 2 == 0 or len(text) > most:
        return plain(text, most)
    return "".join(
        (code(part) if index % 2 else _spaced(part)) if part else "" for index, part in enumerate(parts)
    )


def _spaced(text: str) -> str:
    """Plain text that keeps a blank at its ends, since it is joined to others."""
    before, after = " " * (text[:1].isspace()), " " * (text[-1:].isspace())
    return before + plain(text, len(text)) + after if text.strip() else " "


def code(text: str, most: int = 200) -> str:
    """A name or path as code; also safe in a table."""
    line = " ".join(printable(text).split()).replace("|", "¦")
    cut = (line if len(line) <= most else line[: most - 1] + "…") or " "
    ticks = "`" * (max((len(run) for run in re.findall("`+", cut)), default=0) + 1)
    pad = " " if "`" in cut else ""
    return f"{ticks}{pad}{cut}{pad}{ticks}"


def fenced(text: str, language: str = "") -> str:
    """A block of code that nothing inside can end."""
    clean = printable(text)
    ticks = "`" * max(3, max((len(run) for run in re.findall("`+", clean)), default=0) + 1)
    return f"{ticks}{language}\n{clean}\n{ticks}"
