"""The people and groups of course.yml, and the names by which texts call them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.model import Diagnostic, Place, Severity
from coursekit.scribe_note import ScribeNote

SHORTEST_NAME = 5  # shorter names differ by a letter and are both right: Dan and Dana, Ann and Anna
ALIKE = 0.8


class PersonTwice(Check):
    """Two people of course.yml have one name or one GitHub account.

    Names are compared without regard to capitals.

    Why: What one person presented and wrote is split between two ids, and a pull request belongs to neither.

    Bad:
        ada: {name: Ada Example, github: ada}
        ada-e: {name: Ada Example, github: ada}

    Good:
        ada: {name: Ada Example, github: ada}

    Mend: Delete one of the two, and write the other's id wherever it stood. Two people who share a name need
    something that tells them apart: `Ada Example (B)`.
    """

    id = "person-twice"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each person against those before."""
        seen: dict[tuple[str, str], str] = {}
        for id, person in course.config.people.items():
            for key, value in (("name", person.name), ("github", person.github or "")):
                other = seen.setdefault((key, value.casefold()), id) if value else id
                if other != id:
                    what = "GitHub account" if key == "github" else "name"
                    place = course.config_node.locate(("people", id, key))
                    yield self.at("course.yml", f"`{id}` has the same {what} as `{other}`", place)


class GroupMemberTwice(Check):
    """Somebody is in two groups of one kind, or twice in one.

    Looked at are the presenting groups and the project groups of course.yml, each kind by itself.

    Why: Who is in two project groups owes two projects.

    Bad:
        groups: {project: {p1: [ada, ben, cleo], p2: [ada, dan, eve]}}

    Good:
        groups: {project: {p1: [ada, ben, cleo], p2: [dan, eve, finn]}}

    Mend: Leave the person in one of the two.
    """

    id = "group-member-twice"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each membership after a person's first."""
        groups = course.config.groups
        for kind, members in (("presenting", groups.presenting), ("project", groups.project)):
            first: dict[str, str] = {}
            for group, ids in members.items():
                for index, id in enumerate(ids):
                    if id in first:
                        place = course.config_node.locate(("groups", kind, group, index))
                        message = f"{course.person(id)} is in the {kind} group `{first[id]}` already"
                        yield self.at("course.yml", message, place)
                    first.setdefault(id, group)


class GroupEmpty(Check):
    """A group of course.yml has nobody in it.

    Looked at are presenting groups and project groups.

    Why: What such a group owes, a review or a project, nobody will do.

    Bad:
        groups: {project: {p1: []}}

    Good:
        groups: {project: {p1: [ada, ben, cleo]}}

    Mend: Name its members, or delete the group.
    """

    id = "group-empty"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each such group."""
        groups = course.config.groups
        for kind, members in (("presenting", groups.presenting), ("project", groups.project)):
            for group, ids in members.items():
                if not ids:
                    place = course.config_node.locate(("groups", kind, group), key=True)
                    yield self.at("course.yml", f"nobody is in the {kind} group `{group}`", place)


class PersonNameMisspelt(Check):
    """A name in a scribe note is nearly, but not quite, that of somebody in the course.

    Looked at are the names of who asked and who answered, as in `Q (name):`, where they come close to exactly one
    person of course.yml. Short names are left alone.

    Why: Names that are misspelt are noticed by the one person who minds.

    Bad:
        Q (Ada Exmaple): Why does it converge?

    Good:
        Q (Ada Example): Why does it converge?

    Mend: Write the name as course.yml has it. If somebody else is meant, all is well: leave it, or add them to
    `people`.
    """

    id = "person-name-misspelt"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each name once in a note."""
        known = _names(course)
        for note in course.judged(ScribeNote):
            told: set[str] = set()
            for who, place in _said_by(note):
                for name in re.split(r"\s*(?:,|/|&|\+|;| and )\s*", who):
                    meant = None if name in told else _meant(name, known)
                    if meant:
                        told.add(name)
                        message = f"`{name[:60]}` is nobody in this course; nearly the same is `{meant}`"
                        yield self.at(note.path, message, place, f"write {meant}, if that is who is meant")


def _said_by(note: ScribeNote) -> Iterator[tuple[str, Place]]:
    for entry in (*note.questions, *note.notes):
        yield entry.who, entry.place
        yield from ((said.who, said.place) for said in entry.replies)


def _names(course: Course) -> dict[str, frozenset[str]]:
    """The ids of the people that each name, or word of a name, may stand for."""
    found: dict[str, set[str]] = {}
    for id, person in course.config.people.items():
        for name in (person.name, *person.name.split(), id, person.github or id):
            found.setdefault(name.casefold(), set()).add(id)
    return {name: frozenset(ids) for name, ids in found.items()}


def _meant(name: str, known: dict[str, frozenset[str]]) -> str | None:
    """The one name that this is probably a slip of, as its first letters in capitals."""
    folded = name.strip().casefold()
    if len(folded) < SHORTEST_NAME or not name[:1].isupper() or folded in known:
        return None
    if any(word in known for word in folded.split()) and " " not in folded:
        return None
    close = difflib.get_close_matches(
        folded, [one for one in known if len(one) >= SHORTEST_NAME], n=3, cutoff=ALIKE
    )
    people = {known[one] for one in close}
    return close[0].title() if len(people) == 1 and len(next(iter(people))) == 1 else None
