"""The texts of the new tree: front matter from what was found, and bodies as they were."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from coursekit.adopt.classify import Link, clean
from coursekit.adopt.emit import front_matter
from coursekit.adopt.naming import title_of
from coursekit.adopt.people import id_of
from coursekit.adopt.talks import Talk, Week
from coursekit.adopt.vocabulary import Role
from coursekit.page_reader import split_front_matter

_FIRST_HEADING = re.compile(r"\A\s*#\s+(.+?)\s*#*\s*$", re.MULTILINE)
_MARKS = re.compile(r"[*_`]|\[([^\]]*)\]\([^)]*\)")
_KNOWN = ("title", "date")
_HEAD = 2000  # characters in which a text's first heading stands


@dataclass(frozen=True, slots=True)
class OldPage:
    """A Markdown text of the old tree: what of its own front matter is kept, its body, and the keys left out."""

    kept: Mapping[str, Any]
    body: str
    dropped: tuple[str, ...] = ()


def old_page(text: str) -> OldPage:
    """Take the old front matter off: other tools' keys mean nothing here."""
    parts = split_front_matter(text)
    values = parts.node.plain() if parts.node is not None else None
    if not isinstance(values, dict):
        return OldPage({}, text)
    kept = {key: str(values[key]) for key in _KNOWN if isinstance(values.get(key), str)}
    return OldPage(kept, parts.body, tuple(sorted(set(values) - set(kept))))


def first_heading(text: str) -> str:
    """The words of the first-level heading that a text starts with, or ''."""
    found = _FIRST_HEADING.match(text[:_HEAD])
    return clean(_MARKS.sub(lambda mark: mark[1] or "", found[1])) if found else ""


def page_text(page: OldPage, name: str, *, body: str) -> str:
    """A page of the site, with the title that the site's navigation needs."""
    title = page.kept.get("title") or first_heading(page.body) or title_of(name)
    return front_matter({"title": clean(title) or "Untitled"}) + body


def note_text(body: str, *, scribes: Sequence[str], date: dt.date | None) -> str:
    """A scribe note; who wrote it and when only if the old texts say so."""
    comment = (
        () if scribes else ("scribes: [id]   nobody is named in the old texts; the ids are in course.yml",)
    )
    return front_matter({"scribes": [id_of(name) for name in scribes], "date": date}, comment) + body


def talk_text(talk: Talk, body: str, *, slides: str) -> str:
    """The index.md of a presentation; who presents is said by the rota alone."""
    outside = [link for link in talk.links if link.outside]
    papers = [link for link in outside if link.role is Role.PAPER and not link.extra]
    code = [link for link in outside if link.role is Role.CODE and not link.extra]
    values = {
        "title": clean(talk.title) or "Untitled",
        "papers": [_reference(link) for link in papers],
        "topic": "" if papers else clean(talk.title) or "Untitled",
        "code": [_reference(link) for link in code],
        "slides": slides if slides != "slides.pdf" else "",
        "links": [_reference(link, kind=True) for link in outside if link not in papers and link not in code],
    }
    return front_matter(values) + _spaced(body)


def week_text(week: Week, body: str, *, talks: Sequence[Talk]) -> str:
    """The index.md of a week: its theme, and what is read in it."""
    outside = [link for link in week.links if link.outside]
    discussed = [link for link in outside if any("discuss" in label.lower() for label in link.mention.labels)]
    discuss = discussed[0] if len(discussed) == 1 else None
    title = clean(week.title) or _joined([talk.title for talk in talks] or [link.title for link in outside])
    comment = () if week.title else ("the old README gives this week no title",)
    values = {
        "title": title or f"Week {week.number}",
        "reading": [_reference(link, kind=True) for link in outside if link is not discuss],
        "discuss": _reference(discuss) if discuss else None,
    }
    return front_matter(values, comment) + _spaced(body)


def _joined(titles: Sequence[str]) -> str:
    """What a week is about, from the beginnings of its first titles."""
    return clean("; ".join(re.split(r":\s|\s\(", title, maxsplit=1)[0] for title in titles[:2]))


def _reference(link: Link, *, kind: bool = False) -> dict[str, str]:
    return {"title": link.title, "url": link.target} | ({"kind": link.kind} if kind and link.kind else {})


def _spaced(body: str) -> str:
    return f"\n{body.strip(chr(10))}\n" if body.strip() else ""


def without_repeats(body: str, other: str) -> str:
    """The paragraphs of a body that the other text does not say as well."""
    said = {line.strip() for line in other.split("\n")}
    parts = re.split(r"\n{2,}", body)
    return "\n\n".join(part for part in parts if not all(line.strip() in said for line in part.split("\n")))


def home_text(title: str, body: str) -> str:
    """The page that the site starts with."""
    return front_matter({"title": title}) + _spaced(body)


def home_body(lines: Sequence[str], away: Sequence[tuple[int, int]], *, heading: int | None) -> str:
    """The README without its weeks, which have pages of their own, and without the heading that is the title."""
    gone = {row for first, last in away for row in range(first, last)}
    start = min((first for first, _ in away), default=None)
    out: list[str] = []
    for row, line in enumerate(lines):
        if row == start:
            out += ["", "What was read and presented in which week is in the [schedule](schedule.md).", ""]
        if row not in gone and row != heading:
            out.append(line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_without_empty_tables(out)))


def _without_empty_tables(lines: Sequence[str]) -> Iterator[str]:
    """The lines without heads of tables that have no rows any more."""
    skipped = False
    for row, line in enumerate(lines):
        rule, after = (*lines[row + 1 : row + 3], "", "")[:2]
        head = "|" in line and "---" in rule and set(rule) <= set(" :|-") and "|" not in after
        if not head and not skipped:
            yield line
        skipped = head
