"""Links that follow what gets another name: in texts, in notebooks' text cells, in front matter, in `runs` blocks."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from coursekit.linking import is_elsewhere, relative
from coursekit.model import Document, Fence, Place
from coursekit.naming import Renames
from coursekit.notebook import Notebook
from coursekit.page import Page
from coursekit.site import split
from coursekit.source import decode
from coursekit.tidy.notebooks import loaded, set_source, source_of, written
from coursekit.yamltext import Node, YamlFault, read_yaml

_FENCE = re.compile(r"[\s>]*(`{3,}|~{3,})")
_KEYS = frozenset({"slides", "run", "runs", "url", "evidence"})  # of front matter, that hold paths


@dataclass(frozen=True, slots=True)
class Spot:
    """A path that somebody wrote into a file, and where."""

    target: str
    place: Place


@dataclass(frozen=True, slots=True)
class Edit:
    """Another target in the place of one; `about` are the renamed parts of its path."""

    spot: Spot
    new: str
    about: tuple[str, ...]


def spots(document: Document) -> Iterator[Spot]:
    """Every path in a document that leads to a file of the course."""
    for spot in _all_spots(document):
        if split(spot.target).path.strip() and not is_elsewhere(spot.target):
            yield spot


def _all_spots(document: Document) -> Iterator[Spot]:
    if isinstance(document, Page | Notebook):
        yield from (Spot(link.target, link.place) for link in document.prose.links)
    if isinstance(document, Page):
        if document.node is not None:
            yield from _in_yaml(document.node)
        for fence in document.prose.fences:
            yield from _in_fence(fence)


def _in_yaml(node: Node, key: str = "") -> Iterator[Spot]:
    if isinstance(node.value, dict):
        for name, inner in node.value.items():
            yield from _in_yaml(inner, name)
    elif isinstance(node.value, list):
        for inner in node.value:
            yield from _in_yaml(inner, key)
    elif isinstance(node.value, str) and key in _KEYS:
        yield Spot(node.value, node.place)


def _in_fence(fence: Fence) -> Iterator[Spot]:
    """Runs that are named by their path from the root; all others are found beside the file."""
    try:
        node = read_yaml(fence.text, fence.place.line)
    except YamlFault:
        return
    yield from (spot for spot in _in_yaml(node) if spot.target.startswith("/"))


@dataclass(frozen=True, slots=True)
class Router:
    """Where links led before the renames, and where they have to lead after them.

    `asked` says what path a link in a file asks for, `there` holds the files that there are.
    """

    names: Renames
    there: Container[str]
    asked: Callable[[str, str], str]

    def end(self, path: str, target: str) -> str:
        """The path that a link in the file `path` has to ask for after the renames, as short as it was written."""
        wanted = self.asked(path, target)
        meant = self.meant(wanted)
        then = self.names.moved(meant)
        if meant.endswith(".md") and not wanted.endswith(".md"):
            then = then.removesuffix(".md")
        return then if wanted.startswith("site_src/") or meant == wanted else then.removeprefix("site_src/")

    def meant(self, wanted: str) -> str:
        """What the site takes a path for: itself, a page without its suffix, a page of the site's root."""
        tries = (wanted, f"{wanted}.md", f"site_src/{wanted}", f"site_src/{wanted}.md")
        return next((one for one in tries if one in self.there), wanted)

    def edits(self, path: str, document: Document) -> list[Edit]:
        """What has to be written otherwise in a file so that it leads where it led before."""
        new = self.names.moved(path)
        found = []
        for spot in spots(document):
            end = self.end(path, spot.target)
            if self.asked(new, spot.target) != end:
                found.append(Edit(spot, _rewritten(spot.target, new, end), self._about(path, spot.target)))
        return found

    def _about(self, path: str, target: str) -> tuple[str, ...]:
        parts = self.meant(self.asked(path, target)).split("/")
        above = ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
        return tuple(part for part in above if part in self.names.done)


def _rewritten(target: str, source: str, path: str) -> str:
    """A link to `path` from `source`, in the manner of the old one: from the root, with its `./`, `/` and `#`."""
    written_path = re.split(r"[?#]", target, maxsplit=1)[0]
    rest = target[len(written_path) :]
    new = f"/{path}" if written_path.startswith("/") else relative(source, path)
    if written_path.startswith("./") and not new.startswith("."):
        new = f"./{new}"
    slash = "/" if written_path.endswith("/") else ""
    return quote(new, safe="/") + slash + rest


def apply(path: str, data: bytes, document: Document, found: Sequence[Edit]) -> bytes | None:
    """The file's bytes with the edits made, None where the file can't be written again."""
    if not (isinstance(document, Notebook) and path.endswith(".ipynb")):
        return _in_text(data, found)
    raw = loaded(data)
    if raw is None or len(raw["cells"]) != len(document.cells):
        return None
    for number, (cell, read) in enumerate(zip(raw["cells"], document.cells, strict=True), 1):
        here = [edit for edit in found if edit.spot.place.cell == number]
        if here:
            new = _edited(source_of(cell).split("\n"), read.lines, here)
            set_source(cell, "\n".join(new))
    return written(raw)


def _in_text(data: bytes, found: Sequence[Edit]) -> bytes:
    """A text with the edits made; its line ends and its byte-order mark are another mend's."""
    rows = decode(data).split("\n")
    text = "\n".join(_edited(rows, range(1, len(rows) + 1), found)).encode()
    windows = data.count(b"\r\n") == data.count(b"\n") == data.count(b"\r")
    mark = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
    return mark + (text.replace(b"\n", b"\r\n") if windows else text)


def _edited(rows: Sequence[str], lines: Sequence[int], found: Sequence[Edit]) -> list[str]:
    """The rows with each target replaced where it stands; `lines` are theirs in the file."""
    new = list(rows)
    anywhere = []
    for edit in sorted(found, key=lambda edit: edit.spot.place, reverse=True):  # the last in a row first
        old, start = edit.spot.target, edit.spot.place.column - 1
        here = (
            row for row, line in zip(range(len(new)), lines, strict=False) if line == edit.spot.place.line
        )
        at = next(((row, col) for row in here if 0 <= (col := new[row].find(old, start)) <= start + 4), None)
        if at is not None:
            row, column = at
            new[row] = new[row][:column] + edit.new + new[row][column + len(old) :]
        if at is None or " " in old:  # only the site's own reader takes an address with a blank for a link
            anywhere.append(edit)
    for row in _outside_of_fences(new):
        for edit in anywhere:
            new[row] = _target(edit.spot.target).sub(partial(_in_its_place, edit.new), new[row])
    return new


def _outside_of_fences(rows: Sequence[str]) -> Iterator[int]:
    fence = ""
    for number, row in enumerate(rows):
        mark = _FENCE.match(row)
        if not fence and not mark:
            yield number
        elif mark and (not fence or mark[1].startswith(fence)):
            fence = "" if fence else mark[1]


def _in_its_place(new: str, found: re.Match[str]) -> str:
    return found[1] + new


def _target(old: str) -> re.Pattern[str]:
    """An address where a link, a picture or the definition of one has it."""
    before = r"(\]\(\s*<?|^ {0,3}\[[^\]]+\]:[ \t]*<?|\b(?:src|href)\s*=\s*[\"']?)"
    return re.compile(before + re.escape(old) + r"(?=[)>\s\"']|$)")
