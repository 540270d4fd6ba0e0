"""The weeks and talks of the old course: what the README says, joined with the folders that lie in the tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from coursekit.adopt.matching import Matcher
from coursekit.adopt.naming import short_slug, slug_of, title_of, unique, words_of
from coursekit.adopt.record import Sureness
from coursekit.adopt.talks import Talk, Week
from coursekit.adopt.tree import OldTree
from coursekit.adopt.vocabulary import Role, week_in_name

NOTE_SHELVES = frozenset(
    {"scribe_notes", "scribe-notes", "scribenotes", "scribe notes", "scribes", "scribe", "notes"}
)
CONTAINERS = NOTE_SHELVES | frozenset(
    "presentations presentation talks talk slides decks papers paper material materials docs doc notebooks code lectures"
    " lecture weeks content course".split()
)
PROJECTS = frozenset({"projects", "project", "final_projects", "final-projects", "final projects"})
_MATERIAL = (".pdf", ".ipynb", ".md")
_LONG_SLUG = 40  # from here on the name of the folder, which somebody chose to type, is the better slug


@dataclass(frozen=True, slots=True)
class Schedule:
    """Weeks with what is read in them, and talks in their order, each with its slug."""

    weeks: tuple[Week, ...]
    talks: tuple[Talk, ...]


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder that may be a talk's: its path, the name that tells, and the week that its path names."""

    path: str
    name: str
    week: int | None


def schedule(tree: OldTree, weeks: Iterable[Week]) -> Schedule:
    """Weeks and talks; a folder joins the talk that links to it or that its name names, or is a talk by itself."""
    planned = {week.number: _with_own_talk(week) for week in _merged(weeks)}
    talks = [talk for week in planned.values() for talk in week.talks]
    for folder in _folders(tree):
        found = _linked(talks, folder) or _named(talks, folder)
        if found:
            at, why = found
            talks[at] = replace(talks[at], folder=folder.path, why=f"{talks[at].why}; {why}")
        elif week := _reading_of(planned, folder):
            talks.append(_talk_of(week, folder))
            planned[week.number] = replace(week, links=(), body="", people=(), talks=(talks[-1],))
        elif folder.week is not None and words_of(folder.name):
            talks.append(_talk_alone(folder, folder.week))
            planned.setdefault(folder.week, Week(folder.week, "", 0))
    ordered = sorted(talks, key=lambda talk: talk.week)
    return Schedule(tuple(planned[number] for number in sorted(planned)), tuple(_with_slugs(ordered)))


def _merged(weeks: Iterable[Week]) -> Iterator[Week]:
    """One week for each number, with all that its sections hold."""
    found: dict[int, Week] = {}
    for week in weeks:
        first = found.get(week.number)
        found[week.number] = (
            week
            if first is None
            else replace(
                first,
                title=first.title or week.title,
                links=(*first.links, *week.links),
                body="\n\n".join(text for text in (first.body, week.body) if text),
                talks=(*first.talks, *week.talks),
                people=(*first.people, *week.people),
            )
        )
    yield from found.values()


def _with_own_talk(week: Week) -> Week:
    """A week without sections is a talk itself where it names presenters, has slides, or links to files of the tree."""
    shown = any(link.local or (link.role is Role.SLIDES and not link.extra) for link in week.links)
    if week.talks or not (shown or week.people):
        return week
    papers = [link.title for link in week.links if link.role is Role.PAPER and not link.extra]
    title = week.title or (papers or [f"Week {week.number}"])[0]
    why = "the week names presenters, slides or files, and nothing in it is set apart"
    talk = Talk(week.number, title, week.line, Sureness.LIKELY, why, week.links, week.people, week.body)
    return replace(week, links=(), body="", people=(), talks=(talk,))


def _folders(tree: OldTree) -> list[_Folder]:
    """The topmost folders that are neither a shelf such as `slides/` nor a week's, and hold material."""
    found: dict[str, _Folder] = {}
    for path in sorted(tree.files):
        parts = path.split("/")[:-1]
        hidden = any(part.startswith(".") or part.lower() in NOTE_SHELVES for part in parts)
        if path.lower().endswith(_MATERIAL) and not hidden and parts[:1] and parts[0].lower() not in PROJECTS:
            folder = _telling(parts)
            if folder:
                found.setdefault(folder.path, folder)
    return list(found.values())


def _telling(parts: Sequence[str]) -> _Folder | None:
    """The first folder of a path whose name is telling, else the one of a week."""
    week, folder = None, ""
    for depth, part in enumerate(parts, 1):
        here = "/".join(parts[:depth])
        if (number := week_in_name(part)) is not None:
            week, folder = number, here
        if part.lower() not in CONTAINERS and words_of(part):
            return _Folder(here, part, week)
    return _Folder(folder, folder.rpartition("/")[2], week) if folder else None


def _linked(talks: Sequence[Talk], folder: _Folder) -> tuple[int, str] | None:
    """The talk that links to the folder or to a file in it."""
    for at, talk in enumerate(talks):
        for link in talk.links:
            if not talk.folder and (link.local == folder.path or link.local.startswith(f"{folder.path}/")):
                return at, f"its line {link.line} links into {folder.path}/"
    return None


def _named(talks: Sequence[Talk], folder: _Folder) -> tuple[int, str] | None:
    """The talk that the folder's name names; a week's folder without a name of its own is its only talk's."""
    in_week = [at for at, talk in enumerate(talks) if talk.week == folder.week and not talk.folder]
    if folder.week is not None and not words_of(folder.name):
        return (in_week[0], f"{folder.path}/ is the folder of its week") if len(in_week) == 1 else None
    match = Matcher([(talk.week, talk.about) for talk in talks]).best(folder.name, folder.week)
    if match and match.sureness is Sureness.LIKELY and not talks[match.at].folder:
        return match.at, f"of the folder {folder.path}/ {match.why}"
    return None


def _reading_of(weeks: dict[int, Week], folder: _Folder) -> Week | None:
    """The week without talks whose reading the folder's name names."""
    bare = [week for week in weeks.values() if not week.talks and week.links]
    if folder.week is not None and not words_of(folder.name):
        return next((week for week in bare if week.number == folder.week), None)
    abouts = [(week.number, " ".join([week.title, *(link.title for link in week.links)])) for week in bare]
    match = Matcher(abouts).best(folder.name, folder.week)
    return bare[match.at] if match and match.sureness is Sureness.LIKELY else None


def _talk_of(week: Week, folder: _Folder) -> Talk:
    named = title_of(folder.name) if words_of(folder.name) else ""
    title = week.title or named or f"Week {week.number}"
    why = f"the name of the folder {folder.path}/ names what is read in that week"
    return Talk(
        week.number, title, week.line, Sureness.LIKELY, why, week.links, week.people, week.body, folder.path
    )


def _talk_alone(folder: _Folder, week: int) -> Talk:
    why = "a folder with material whose path names the week; no other text speaks of it"
    return Talk(
        week, title_of(folder.name), None, Sureness.LIKELY, why, folder=folder.path, source=folder.path
    )


def _with_slugs(talks: Iterable[Talk]) -> Iterator[Talk]:
    taken: set[str] = set()
    for talk in talks:
        name = talk.folder.rpartition("/")[2]
        slug = short_slug(talk.title)
        if len(slug) > _LONG_SLUG and words_of(name):
            slug = min(slug, slug_of(name), key=len)
        slug = unique(f"{talk.week}/{slug}", taken)
        taken.add(slug)
        yield replace(talk, slug=slug.partition("/")[2])
