"""Comments in a file that keep a finding quiet, each with a reason.

<!-- course-ignore: alt-text-missing; the picture is decoration -->       in Markdown, before a block
- {title: …}  # course-ignore: paper-address; the abstract page is gone   in front matter and code
<!-- course-ignore-file: heading-order; the report keeps the venue's own levels -->
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from coursekit.model import Ignore, Place

SUFFIXES = (".md", ".ipynb", ".py")
EXAMPLE = "<!-- course-ignore: alt-text-missing; the picture is decoration -->"
# What goes public or runs in a reader's browser is never a matter of one file: only course.yml may ignore these.
FOR_EVERYBODY = frozenset({"secret-in-text", "scope-paths", "ignore-no-reason", "ignore-unused"})
_MARK = b"course-ignore"
_COMMENT = re.compile(
    r"(?P<open><!--|#)\s*course-ignore(?P<file>-file)?\s*:\s*"
    r"(?P<rules>[a-z0-9-]+(?:\s*,\s*[a-z0-9-]+)*)\s*(?:;\s*(?P<reason>.*?))?\s*(?:-->|\Z)"
)
_FENCE = re.compile(r"\s*(`{3,}|~{3,})")
_JSON_END = re.compile(r'(?:\\n)?",?\s*\Z')


def read_ignores(path: str, data: bytes) -> tuple[Ignore, ...]:
    """The ignores that a text file declares."""
    if _MARK not in data or not path.endswith(SUFFIXES):
        return ()
    lines = data.decode("utf-8-sig", "replace").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if path.endswith(".ipynb"):
        lines = [_JSON_END.sub("", line) for line in lines]
    return tuple(_found(lines, fenced=_fenced(lines) if path.endswith(".md") else frozenset()))


def _fenced(lines: Sequence[str]) -> frozenset[int]:
    """The lines of fenced code, where a comment is an example of one."""
    inside: set[int] = set()
    fence = ""
    for number, line in enumerate(lines, 1):
        mark = _FENCE.match(line)
        if fence:
            inside.add(number)
            fence = "" if mark and mark[1].startswith(fence) else fence
        elif mark:
            fence = mark[1]
    return frozenset(inside)


def _found(lines: Sequence[str], *, fenced: frozenset[int]) -> Iterator[Ignore]:
    for number, line in enumerate(lines, 1):
        found = _COMMENT.search(line) if number not in fenced else None
        if found and "`" not in line[: found.start()]:
            yield Ignore(
                tuple(re.split(r"\s*,\s*", found["rules"])),
                (found["reason"] or "").strip(),
                Place(number, found.start() + 1),
                None if found["file"] else _reach(lines, number, found),
            )


def _reach(lines: Sequence[str], number: int, found: re.Match[str]) -> tuple[int, int]:
    """First and last line that a comment speaks of: its own, the next one, or in Markdown the next block."""
    alone = not re.sub(r'\A\s*"', "", lines[number - 1][: found.start()]).strip()
    if not alone:
        return number, number
    if found["open"] == "#":
        return number, number + 1
    last = number
    while last < len(lines) and not lines[last].strip():
        last += 1
    while last < len(lines) and lines[last].strip():
        last += 1
    return number, last
