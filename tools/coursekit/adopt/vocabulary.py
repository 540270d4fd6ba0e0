"""The words of a course's README: which week a heading means, what a label or an address says of a link."""

from __future__ import annotations

import re
from enum import StrEnum

from coursekit.checks.papers import what_else
from coursekit.checks.presentations import DECKS
from coursekit.papers_identity import paper_identity
from coursekit.site import split


class Role(StrEnum):
    """What a link is for."""

    PAPER = "paper"
    CODE = "code"
    SLIDES = "slides"
    VIDEO = "video"
    NOTES = "notes"
    BLOG = "blog"
    SCRIBE = "scribe note"
    OTHER = "link"


_NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen".split()
)
_WEEK = re.compile(
    rf"\W*(?:week|wk\.?|woche)[\s_#.-]*(?:no\.?\s*)?(?:0*(\d{{1,2}})|({'|'.join(_NUMBERS)}))(?![\w])",
    re.IGNORECASE,
)
_WEEK_IN_NAME = re.compile(
    rf"(?:\A|[^a-z])(?:week|wk)[\s_.-]*(?:0*(\d{{1,2}})|({'|'.join(_NUMBERS)}))(?![0-9])",
    re.IGNORECASE,
)
MOST_WEEKS = 53

_ROLES = (
    (Role.SCRIBE, r"scribes?|scribe\W?notes?"),
    (Role.PAPER, r"papers?|preprint|publication"),
    (Role.CODE, r"code|code\W?bases?|repo|repository|implementation|source code|github|notebooks?|colab"),
    (Role.SLIDES, r"slides?|slide ?decks?|deck|presentation|talk"),
    (Role.VIDEO, r"videos?|recording|lecture recording"),
    (Role.BLOG, r"blog|blog\W?posts?|post"),
    (Role.NOTES, r"notes|lecture notes|tutorial|reading"),
)
_ROLE = re.compile("|".join(rf"(?P<r{n}>\b(?:{words})\b)" for n, (_, words) in enumerate(_ROLES)), re.I)
# Words that stand beside the word of a role without saying what the thing itself is called.
_FILLERS = re.compile(
    r"\b(?:link|links|to|the|a|an|original|main|presenting|presented|our|for|of|from|and|here|this|draft|final|version"
    r"|pdf|materials?|resources?|references?|supplementa?l?|supplement|supplements|supplementary|additional|more|other"
    r"|official|author'?s?|training|with|click|read|reading|see|some|readings|interactive)\b|\d+",
    re.IGNORECASE,
)
_EXTRA = re.compile(
    r"\b(?:supplement\w*|additional|background|optional|further|related|extra|see also|more on|recommended)\b",
    re.IGNORECASE,
)
_PRESENTERS = re.compile(
    r"\W*(?:presenters?|presented by|presenting|speakers?|group)\W*(?::|\bby\b|\bare\b|\bis\b)?", re.I
)
_SCRIBES = re.compile(r"\W*(?:scribes?|scribed by|notes by|note taker)\W*(?::|\bby\b)?", re.I)


def week_of_heading(text: str) -> tuple[int, str] | None:
    """The week that a heading names and what else it says: 'Week 03: Attention' -> (3, 'Attention')."""
    found = _WEEK.match(text)
    number = _number(found)
    if not found or number is None:
        return None
    return number, text[found.end() :].strip(" \t:.-–—|*_()[],")


def week_in_name(name: str) -> int | None:
    """The week that a file or folder names anywhere: 'week7_scribeNotes' -> 7."""
    return _number(_WEEK_IN_NAME.search(name))


def without_week(name: str) -> str:
    """A name without the week in it: 'week_7_lstm-notes' -> '_lstm-notes'."""
    return _WEEK_IN_NAME.sub(" ", name)


def _number(found: re.Match[str] | None) -> int | None:
    if not found:
        return None
    number = int(found[1]) if found[1] else _NUMBERS.index(found[2].lower()) + 1
    return number if 1 <= number <= MOST_WEEKS else None


def role_said(text: str) -> Role | None:
    """What the first word of a kind in a label says: 'Link to the code-base' -> code."""
    found = _ROLE.search(text)
    return _ROLES[int(str(found.lastgroup)[1:])][0] if found else None


def only_a_role(text: str) -> bool:
    """Whether a text says nothing but what kind of thing it leads to: 'Presentation Slides (draft)', 'here'."""
    return not re.sub(r"[\W_]+", "", _FILLERS.sub(" ", _ROLE.sub(" ", text)))


def is_extra(text: str) -> bool:
    """Whether a heading or label sets what follows apart from what is presented: 'Supplementary materials'."""
    return bool(_EXTRA.search(text))


def people_label(text: str) -> str | None:
    """'presenters' or 'scribes' where a label asks for names."""
    if _SCRIBES.fullmatch(text):
        return "scribes"
    return "presenters" if _PRESENTERS.fullmatch(text) else None


def role_by_address(url: str) -> Role | None:
    """What an address leads to, where its host or its form tells."""
    if DECKS.match(url):
        return Role.SLIDES
    if paper_identity(url) is not None:
        return Role.PAPER
    other = what_else(url)
    if other:
        return {"a video": Role.VIDEO, "code": Role.CODE, "a post": Role.BLOG}.get(other, Role.NOTES)
    address = split(url)
    if re.search(r"(?:\A|\.)blog\.", address.hostname or "") or "/blog/" in address.path:
        return Role.BLOG
    return Role.PAPER if address.path.lower().endswith(".pdf") else None
