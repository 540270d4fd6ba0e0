"""Names that stand in the old texts, and the ids that follow from them. Nobody is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable

from coursekit.adopt.naming import slug_of

_SPLIT = re.compile(r"\s*(?:,\s*and\b|,|;|/|&|\+|\band\b|\bund\b)\s*")
_WORD = r"(?:[^\W\d_a-zß-öø-ÿ][^\W\d_]*(?:[-'’][^\W\d_]+)*\.?|(?:van|von|de|der|den|la|le|di|da|al|bin|ibn))"
_NAME = re.compile(rf"{_WORD}(?: {_WORD}){{0,4}}\Z")
_NOBODY = frozenset("tbd tba none nobody open n/a na everyone all anyone".split())
_ACRONYM = re.compile(r"[A-Z0-9]{3,}\Z")
_BEHIND = re.compile(r"\s*[(\[]([^()\[\]]+)[)\]]\s*\Z")
_PRESENTED_BY = re.compile(r"\s*[-–—,:(\[]*\s*\bpresented\s+by:?\s+([^()\[\]]+?)[)\]]?\s*\Z", re.IGNORECASE)
_SAID_BY = re.compile(
    r"^[ \t#>*_-]{0,20}(presented|scribed|notes|scribe notes)[ \t]+by:?[ \t]+([^\n]{1,200})$", re.I | re.M
)
_SPEAKER = re.compile(
    r"^[ \t]{0,20}(?:\d{1,4}[.)]|[-*]|<li>)?[ \t]{0,8}([^\W\d_][\w .'’-]{0,40}?):\s", re.MULTILINE
)
_LONGEST = 600  # characters of a heading that is searched for names


def names_in(text: str) -> tuple[str, ...]:
    """The names in a list such as 'Ada Example, Ben & Cleo'; none where any part of it is no name."""
    parts = [part.strip(" .*_") for part in _SPLIT.split(text.strip(" .*_:()"))]
    parts = [part for part in parts if part]
    if any(part.lower() in _NOBODY or _ACRONYM.match(part) or not _NAME.match(part) for part in parts):
        return ()
    return tuple(dict.fromkeys(parts))


def behind_title(title: str, known: Iterable[str] = ()) -> tuple[str, tuple[str, ...], bool]:
    """A heading without the names behind it, the names, and whether it says that they present.

    Several names in brackets can hardly be anything else; a single one counts if it is known from elsewhere.
    """
    if len(title) > _LONGEST:
        return title, (), False
    if (said := _PRESENTED_BY.search(title)) and (names := names_in(said[1])):
        return title[: said.start()].strip(), names, True
    if found := _BEHIND.search(title):
        names = names_in(found[1])
        if len(names) > 1 or (names and names[0] in set(known)):
            return title[: found.start()].strip(), names, False
    return title.strip(), (), False


def said_in_note(text: str, of: str) -> tuple[tuple[str, ...], int]:
    """Who a note says it was presented or scribed by, and in which line; nobody where it doesn't say."""
    for found in _SAID_BY.finditer(text):
        is_scribe = found[1].lower() != "presented"
        if is_scribe == (of == "scribes") and (names := names_in(found[2])):
            return names, text.count("\n", 0, found.start()) + 1
    return (), 0


def speakers(text: str) -> frozenset[str]:
    """What stands before a colon at the start of lines, and may be somebody's name."""
    return frozenset(name.strip() for name in _SPEAKER.findall(text))


def id_of(name: str) -> str:
    """The id of a person: the name as a slug."""
    return slug_of(name)


def alike(ids: Iterable[str]) -> list[tuple[str, str]]:
    """Ids that may be the same person: one is the beginning of the other's first word, or its first word."""
    ordered = sorted(set(ids))
    return [
        (short, long)
        for short in ordered
        for long in ordered
        if short != long and "-" not in short and len(short) > 2 and long.startswith(short)
    ]
