"""From the findings of a night to the text of the issue about dead links, and to what is new in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, ValidationError

from coursekit.hostile_markdown import code, plain
from coursekit.model import CannotStart

MARKER = "<!-- course-links -->"
DEAD = "external-dead"
_SHOWN = (DEAD, "external-private", "external-moved", "external-anchor-missing")
_MOST_BYTES = 50_000_000
_MOST_TABLE = 35_000  # characters; GitHub takes 65,536 in an issue
_MOST_PLACES = 5
_MOST_KNOWN, _MOST_ADDRESS = 120, 150  # addresses that the issue remembers, and how much of each
_KNOWN = re.compile(r"^<!-- dead (\[.*\]) -->$", re.MULTILINE)
_QUOTED = re.compile(r"`([^`]+)`")


class Finding(BaseModel):
    """A finding of `course check --output-format json`, as far as it is used."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    rule: str
    path: str
    line: int
    message: str
    help: str

    @property
    def address(self) -> str:
        """The address that it is about: the first that its message quotes."""
        found = _QUOTED.search(self.message)
        return found[1] if found else self.message

    @property
    def instead(self) -> str:
        """The address that its help offers, '' where it offers none."""
        found = _QUOTED.findall(self.help)
        return next((one for one in found if one.startswith(("https://", "http://"))), "")


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    diagnostics: tuple[Finding, ...]


def read_findings(file: Path) -> tuple[Finding, ...]:
    """The findings in a file that `course check --output-format json` wrote.

    Raises:
        CannotStart: it is none.
    """
    try:
        with file.open("rb") as stream:
            data = stream.read(_MOST_BYTES + 1)
        if len(data) > _MOST_BYTES:
            raise CannotStart(f"{file} has more than {_MOST_BYTES:,} bytes")
        return _File.model_validate_json(data).diagnostics
    except OSError as error:
        raise CannotStart(f"{file} can't be read: {error.strerror}") from None
    except ValidationError:
        raise CannotStart(
            f"{file} holds no findings; write it with  course check --external --output-format json"
        ) from None


@dataclass(frozen=True)
class DeadLinks:
    """What a night has found; `source` is the address of the repository's files."""

    findings: Sequence[Finding]
    source: str

    @property
    def dead(self) -> tuple[str, ...]:
        """The dead addresses, as far as they are remembered; several places count once."""
        return tuple(
            sorted({one.address[:_MOST_ADDRESS] for one in self.findings if one.rule == DEAD})[:_MOST_KNOWN]
        )

    def body(self) -> str:
        """The issue's text. Its second line is for the next night."""
        rows, table = list(self._rows()), ""
        for number, row in enumerate(rows):
            if len(table) + len(row) > _MOST_TABLE:
                table += f"\nand {len(rows) - number} more: run `course check --external`\n"
                break
            table += f"{row}\n"
        head = "| address | what is wrong | instead | where |\n|---|---|---|---|\n"
        about = "Every night the course's links to other hosts are asked for. These led to nothing on three nights, or have moved for good. This issue is kept up to date, and closed when no link is dead."
        return f"{MARKER}\n<!-- dead {_hidden(self.dead)} -->\n{about}\n\n{head}{table}"

    def _rows(self) -> Iterator[str]:
        found: dict[tuple[int, str], list[Finding]] = {}
        for one in self.findings:
            if one.rule in _SHOWN:
                found.setdefault((_SHOWN.index(one.rule), one.address), []).append(one)
        for (_, address), group in sorted(found.items()):
            first = group[0]
            wrong = plain(first.message.replace(f"`{address}`", "", 1).strip(" ,:"))
            instead = code(first.instead, 400) if first.instead else ""
            yield f"| {code(address, 300)} | {wrong} | {instead} | {self._places(group)} |"

    def _places(self, group: Sequence[Finding]) -> str:
        links = [
            f"[{plain(f'{one.path}:{one.line}', 120)}]({self.source}/{quote(one.path)}#L{one.line})"
            for one in group[:_MOST_PLACES]
        ]
        more = len(group) - _MOST_PLACES
        return "<br>".join([*links, *([f"and {more} more"] if more > 0 else [])])


def _hidden(addresses: Sequence[str]) -> str:
    """A list in JSON that nothing in it can end as a comment."""
    text = json.dumps(addresses)
    return text.replace("-", "\\u002d").replace("<", "\\u003c").replace(">", "\\u003e")


def known_dead(body: str) -> tuple[str, ...]:
    """What the issue's text says was dead before; nothing where somebody has rewritten it."""
    found = _KNOWN.search(body)
    try:
        known = json.loads(found[1]) if found else []
    except (ValueError, RecursionError):
        return ()
    return tuple(one for one in known if isinstance(one, str))


def news(before: Sequence[str], now: Sequence[str]) -> str:
    """What changed between two nights, in Markdown; '' where nothing did."""
    parts = []
    if fresh := [one for one in now if one not in before]:
        parts.append("Dead since last time:\n\n" + "\n".join(f"- {code(one)}" for one in fresh))
    if gone := [one for one in before if one not in now]:
        parts.append(
            "No longer dead, or no longer linked to:\n\n" + "\n".join(f"- {code(one)}" for one in gone)
        )
    return "\n\n".join(parts)
