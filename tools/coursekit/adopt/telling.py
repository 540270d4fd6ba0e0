"""What is told of an adoption: ADOPTED.md for people, manifest.json for tools, a table for the terminal."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from coursekit.adopt.record import Fate, Outcome, Proposal, Sureness, Taken
from coursekit.source import shown_path

_HEAD = """\
# What was adopted

`course adopt` made this tree from an old one. Nothing of the old one is lost: every file lies here byte for byte, in its
place, in `adopted/originals/` where its text was changed, or in `adopted/left-over/`. Read the guesses first, fill in what
course.yml marks, run `course check`, and delete this page and `adopted/` once you are content.
"""


def adopted_md(proposal: Proposal) -> str:
    """The report as Markdown."""
    parts = [
        _HEAD,
        f"{counts(proposal)}\n",
        _list("To decide and to fill in", list(proposal.remarks)),
        _decisions("Guesses", proposal.taken, sureness=Sureness.GUESS),
        _left_over(proposal.outcomes),
        _decisions("Likely", proposal.taken, sureness=Sureness.LIKELY),
        _decisions("Sure", proposal.taken, sureness=Sureness.SURE),
        _files(proposal.outcomes),
    ]
    return "\n".join(part for part in parts if part)


def counts(proposal: Proposal) -> str:
    """How many files came where, and how sure the decisions are, in one line."""
    fates = Counter(one.fate for one in proposal.outcomes)
    sure = Counter(one.sureness for one in proposal.taken)
    files = ", ".join(f"{fates[fate]} {fate}" for fate in Fate if fates[fate])
    decisions = ", ".join(f"{sure[one]} {one}" for one in Sureness if sure[one])
    return f"Of {len(proposal.outcomes)} files: {files}. Of {len(proposal.taken)} decisions: {decisions}."


def _list(title: str, items: Sequence[str]) -> str:
    return f"## {title}\n\n" + "".join(f"- {_cell(item)}\n" for item in items) if items else ""


def _decisions(title: str, taken: Sequence[Taken], *, sureness: Sureness) -> str:
    rows = [one for one in taken if one.sureness is sureness]
    cells = [(where(one), one.target, one.what, one.why) for one in rows]
    return _table(title, ("Source", "Target", "Taken for", "Why"), rows=cells)


def _left_over(outcomes: Sequence[Outcome]) -> str:
    rows = [one for one in outcomes if one.fate in {Fate.LEFT_OVER, Fate.NOT_COPIED}]
    cells = [(one.file.path, one.kept or "not copied", "; ".join(one.changed)) for one in rows]
    return _table("Left over", ("File", "Kept in", "Why"), rows=cells)


def _files(outcomes: Sequence[Outcome]) -> str:
    cells = [
        (one.file.path, one.fate.value, one.target or one.kept, "; ".join(one.changed), one.file.digest[:12])
        for one in outcomes
    ]
    return _table("Every file", ("File", "Became", "Where", "What was changed", "SHA-256"), rows=cells)


def _table(title: str, heads: Sequence[str], *, rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [" | ".join(heads), " | ".join("---" for _ in heads)]
    lines += [" | ".join(_cell(cell) for cell in row) for row in rows]
    return f"## {title}\n\n" + "".join(f"| {line} |\n" for line in lines)


def _cell(text: str) -> str:
    """A stranger's words in a table: on one line, and nothing of it alive."""
    shown = shown_path(" ".join(text.split()))
    for char in "\\|<>[]*_":
        shown = shown.replace(char, f"\\{char}")
    return shown


def where(taken: Taken) -> str:
    """'README.md:42'"""
    return f"{taken.source}:{taken.line}" if taken.line else taken.source


def manifest(proposal: Proposal) -> str:
    """Every old file with its digest and where its bytes are now, and every decision."""
    files = [
        {
            "path": shown_path(one.file.path),
            "sha256": one.file.digest or None,
            "bytes": len(one.file.data) if one.file.data is not None else None,
            "fate": one.fate.value,
            "target": one.target or None,
            "kept": one.kept or None,
            "changed": [shown_path(told) for told in one.changed],
        }
        for one in proposal.outcomes
    ]
    decisions = [
        {
            "source": shown_path(one.source),
            "line": one.line,
            "target": one.target,
            "taken_for": shown_path(one.what),
            "sureness": one.sureness.value,
            "why": shown_path(one.why),
        }
        for one in proposal.taken
    ]
    return (
        json.dumps({"schema": 1, "files": files, "decisions": decisions}, ensure_ascii=False, indent=2) + "\n"
    )


def table_rows(proposal: Proposal) -> Iterator[tuple[str, str, str, str, str]]:
    """The rows of the terminal's table: the least sure last, where a terminal stands still."""
    order = list(Sureness)
    for one in sorted(proposal.taken, key=lambda one: order.index(one.sureness)):
        yield one.sureness.value, shown_path(where(one)), one.target, one.what, one.why
    for left in proposal.outcomes:
        if left.fate in {Fate.LEFT_OVER, Fate.NOT_COPIED}:
            yield (
                left.fate.value,
                shown_path(left.file.path),
                shown_path(left.kept),
                "",
                "; ".join(left.changed),
            )
