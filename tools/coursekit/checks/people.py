"""Who presents, who takes notes, who is in a project: against course.yml's people, groups and policy."""

from __future__ import annotations

from collections.abc import Iterator

from coursekit.checks import Check
from coursekit.config import Config
from coursekit.course import Course, Presentation
from coursekit.model import Diagnostic, Severity
from coursekit.page import Page
from coursekit.schema import nearest


def person_meant(config: Config, id: str) -> str | None:
    """The id of the person that was probably meant: `id` has a slip, or is a GitHub login or a name."""
    people = config.people.items()
    other = {name: person for person, entry in people for name in _names(entry.name, entry.github)}
    return other.get(id.lower()) or nearest(id, config.people) or other.get(nearest(id, other) or "")


def _names(name: str, github: str | None) -> Iterator[str]:
    words = name.lower().split()
    yield from ("-".join(words), *words)
    if github:
        yield github.lower()


def count(number: int, what: str) -> str:
    """'1 presenter', '3 presenters'."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def allowed(limits: tuple[int, int]) -> str:
    """(3, 4) -> '3 to 4', (2, 2) -> '2'."""
    low, high = limits
    return f"{low} to {high}" if low != high else str(low)


class PersonUnknown(Check):
    """An id that course.yml does not know as a person.

    The ids in `presenters`, `scribes` and `members`, and everywhere in course.yml, are those of its `people`.

    Why: The site shows a person's name, and collects what a person presented and wrote, by this id. With a
    misspelt id that work would belong to nobody.

    Bad:
        presenters: [adda]

    Good:
        presenters: [ada]

    Mend: Write the id as course.yml has it under `people`, or add the person there:
    `ada: {name: Ada Example}`.
    """

    id = "person-unknown"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each unknown id in front matter, at its place."""
        for page in course.judged(Page):
            for key in ("presenters", "scribes", "members"):
                for index, id in enumerate(page.said(key) or ()):
                    if id not in course.config.people:
                        yield self._unknown(course.config, page, key, index, id)

    def _unknown(self, config: Config, page: Page, key: str, index: int, id: str) -> Diagnostic:
        if meant := person_meant(config, id):
            help = f"did you mean `{meant}` ({config.people[meant].name})?"
        else:
            help = f"add them to course.yml:  people: {{{id}: {{name: …}}}}"
        message = f"`{key}`: course.yml knows nobody called `{id}`"
        return self.at(page.path, message, page.place(key, index), help)


class GroupUnknown(Check):
    """An id that course.yml does not know as a project group or as a project.

    Looked at are the groups of `projects`, and the reviewers and projects of `reviews`, in course.yml.

    Why: Who owes a review to whom is read from these ids; with a misspelt one nobody is asked for it.

    Bad:
        groups: {project: {p1: [ada, ben, cleo]}}
        projects: {separation: {group: p9}}

    Good:
        groups: {project: {p1: [ada, ben, cleo]}}
        projects: {separation: {group: p1}}

    Mend: Write the id as it stands under `groups.project` (or under `projects`), or add it there.
    """

    id = "group-unknown"


class PresentersCount(Check):
    """A presentation has more or fewer presenters than the course plans.

    The limits are `policy.presenters` of course.yml. A presentation for which nobody is planned yet is left
    out.

    Why: The load is meant to be even: each presentation is prepared by as many people as the course says.

    Bad:
        presenters: [ada, ben, cleo, dan]

    Good:
        presenters: [ada, ben]

    Mend: Name those who present, or talk to the instructor, who can change `policy.presenters`.
    """

    id = "presenters-count"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """What a page says itself is judged there, what only the rota says at the rota."""
        for talk in course.presentations:
            number, limits = len(talk.presenters), course.config.policy.presenters
            message = f"`{talk.slug}` has {count(number, 'presenter')}; the course plans {allowed(limits)}"
            wrong = not limits[0] <= number <= limits[1]
            if talk.page and talk.page.meta and talk.page.meta.presenters is not None:
                if wrong:
                    yield self.at(talk.page.path, message, talk.page.place("presenters"))
            elif wrong and number and (talk.page or number > limits[1]):
                # a rota may be filled bit by bit: too few are a fault only once the presentation is there
                place = course.config_node.locate(course.config.slot_path(talk.week, talk.slug, "presenters"))
                yield self.at("course.yml", message, place)


class ProjectSize(Check):
    """A project has more or fewer members than the course plans.

    The limits are `policy.project_size` of course.yml. A project without any `members` yet is left out.

    Why: The work of a project is made for a group of this size.

    Bad:
        members: [ada]

    Good:
        members: [ada, ben, cleo]

    Mend: Name all members in the project's index.md, or talk to the instructor about the group.
    """

    id = "project-size"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each project whose page names its members."""
        low, high = course.config.policy.project_size
        for project in course.projects:
            members = project.page.meta.members if project.page and project.page.meta else ()
            if project.page and members and not low <= len(members) <= high:
                has = count(len(members), "member")
                message = f"the project has {has}; the course plans {allowed((low, high))}"
                yield self.at(project.page.path, message, project.page.place("members"))


class ScribeIsPresenter(Check):
    """Somebody is to take the notes of their own presentation.

    Looked at are the `scribes` of a note, and the rota of course.yml.

    Why: Who presents can't write down questions at the same time.

    Bad:
        - {week: 4, presentations: [{slug: attention, presenters: [ada, ben], scribe: ada}]}

    Good:
        - {week: 4, presentations: [{slug: attention, presenters: [ada, ben], scribe: cleo}]}

    Mend: Name somebody as scribe who does not present in this slot.
    """

    id = "scribe-is-presenter"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Notes first by their own word, then the rota by its own."""
        for talk in course.presentations:
            scribes = talk.note.meta.scribes if talk.note and talk.note.meta else ()
            for index, id in enumerate(scribes):
                if talk.note and id in talk.presenters:
                    place = talk.note.place("scribes", index)
                    yield self.at(talk.note.path, self._message(course, talk, id), place)
            if talk.slot and talk.slot.scribe in talk.slot.presenters:
                place = course.config_node.locate(course.config.slot_path(talk.week, talk.slug, "scribe"))
                yield self.at("course.yml", self._message(course, talk, talk.slot.scribe or ""), place)

    def _message(self, course: Course, talk: Presentation, id: str) -> str:
        return f"{course.person(id)} presents `{talk.slug}` and can't take its notes"
