"""The rota by itself: who is planned where, and whether they can be there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from coursekit.checks import Check
from coursekit.config import Slot
from coursekit.course import Course
from coursekit.model import Diagnostic, Place, Severity


@dataclass(frozen=True, slots=True)
class Planned:
    """A slot of the rota that somebody or something is planned for."""

    week: int
    slot: Slot
    path: tuple[str | int, ...]


def planned(course: Course) -> Iterator[Planned]:
    """Every slot, with the keys that lead to it in course.yml."""
    for at, entry in enumerate(course.config.rota):
        for index, slot in enumerate(entry.presentations):
            yield Planned(entry.week, slot, ("rota", at, "presentations", index))


def _duties(one: Planned) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
    """Who does what in a slot, and where it says so."""
    for index, id in enumerate(one.slot.presenters):
        yield id, "presents", (*one.path, "presenters", index)
    if one.slot.scribe:
        yield one.slot.scribe, "takes notes", (*one.path, "scribe")


class _PlanCheck(Check):
    def there(self, course: Course, path: tuple[str | int, ...], message: str, help: str = "") -> Diagnostic:
        """A finding at a place of course.yml."""
        return self.at("course.yml", message, course.config_node.locate(path), help)


class RotaBreak(_PlanCheck):
    """A presentation is planned in a week that has no session.

    Looked at are the slots of the rota that name a presentation or a person, against the `breaks` of the term.

    Why: Somebody would prepare for a day on which nobody comes.

    Bad:
        breaks: [{from: 2020-04-15, to: 2020-04-15, what: A holiday}]
        rota: [{week: 2, presentations: [{slug: attention, presenters: [ada]}]}]

    Good:
        rota: [{week: 3, presentations: [{slug: attention, presenters: [ada]}]}]

    Mend: Move the slot to a week with a session, or mend the break.
    """

    id = "rota-break"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each such slot."""
        for one in planned(course):
            day = course.config.session(one.week)
            pause = course.config.break_on(day)
            if pause and (one.slot.slug or one.slot.presenters):
                name = f"`{one.slot.slug}`" if one.slot.slug else "a presentation"
                message = (
                    f"week {one.week}: {name} is planned on {day}, and there is no session ({pause.what})"
                )
                yield self.there(course, one.path, message)


class RotaAbsent(_PlanCheck):
    """Somebody is planned for a week in which they are away.

    The rota is compared with `absences` of course.yml.

    Why: The slot will be empty, and it is easier to swap now than on the day.

    Bad:
        absences: [{who: ada, weeks: [2]}]
        rota: [{week: 2, presentations: [{slug: attention, presenters: [ada]}]}]

    Good:
        rota: [{week: 3, presentations: [{slug: attention, presenters: [ada]}]}]

    Mend: Swap the slot with somebody who is there, or take the week out of `absences`.
    """

    id = "rota-absent"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each presenter and each scribe."""
        away = {(entry.who, week) for entry in course.config.absences for week in entry.weeks}
        for one in planned(course):
            for id, duty, path in _duties(one):
                if (id, one.week) in away:
                    message = f"{course.person(id)} {duty} in week {one.week} and is away then"
                    yield self.there(course, path, message)


class RotaSlugTwice(_PlanCheck):
    """Two slots of one week have the same name.

    The `slug` of a slot is the name of the presentation's folder in that week.

    Why: Both would be the same page, and one of the two presentations would be missing.

    Bad:
        - {week: 2, presentations: [{slug: attention, presenters: [ada]}, {slug: attention, presenters: [ben]}]}

    Good:
        - {week: 2, presentations: [{slug: attention, presenters: [ada]}, {slug: dropout, presenters: [ben]}]}

    Mend: Give each presentation a slug of its own.
    """

    id = "rota-slug-twice"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each slot whose name an earlier one of its week has."""
        seen: set[tuple[int, str]] = set()
        for one in planned(course):
            if one.slot.slug and (one.week, one.slot.slug) in seen:
                message = f"week {one.week} has a second slot with the slug `{one.slot.slug}`"
                yield self.there(course, (*one.path, "slug"), message)
            seen.add((one.week, one.slot.slug or ""))


class RotaWeekTwice(_PlanCheck):
    """The rota has two entries for one week.

    All slots of a week stand in one entry.

    Why: Who looks for their week finds the first entry, and takes the plan for complete.

    Bad:
        - {week: 2, presentations: [{slug: attention}]}
        - {week: 2, presentations: [{slug: dropout}]}

    Good:
        - {week: 2, presentations: [{slug: attention}, {slug: dropout}]}

    Mend: Move the slots of the second entry into the first, or mend its number.
    """

    id = "rota-week-twice"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each entry after the first of its week."""
        seen: set[int] = set()
        for at, entry in enumerate(course.config.rota):
            if entry.week in seen:
                yield self.there(course, ("rota", at, "week"), f"week {entry.week} stands here a second time")
            seen.add(entry.week)


class RotaPersonTwice(_PlanCheck):
    """A student has the same duty twice in one week.

    Looked at are the presenters and scribes of the rota. Instructors and assistants may well present twice.

    Why: Nobody can prepare two presentations for one day, and a duty that one person has twice is one that
    somebody else never has.

    Bad:
        - {week: 2, presentations: [{slug: attention, scribe: ada}, {slug: dropout, scribe: ada}]}

    Good:
        - {week: 2, presentations: [{slug: attention, scribe: ada}, {slug: dropout, scribe: ben}]}

    Mend: Give one of the two to somebody else.
    """

    id = "rota-person-twice"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each duty that its person has had before in the week."""
        seen: set[tuple[int, str, str]] = set()
        for one in planned(course):
            for id, duty, path in _duties(one):
                person = course.config.people.get(id)
                if person and person.role == "student" and (one.week, id, duty) in seen:
                    yield self.there(course, path, f"{person.name} {duty} twice in week {one.week}")
                seen.add((one.week, id, duty))


class WeekPageMissing(Check):
    """A week has presentations, its session is over, and it has no page of its own.

    The page of a week is weeks/week-NN/index.md.

    Why: The page says what everybody read, and ties the week's presentations together; without it the schedule
    shows a number.

    Bad:
        presentations/week-02/attention/index.md, and no weeks/week-02/index.md

    Good:
        weeks/week-02/index.md

    Mend: Add the page; `course new week N` writes a first version.
    """

    id = "week-page-missing"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each such week, at its first presentation."""
        for week in course.weeks:
            path = f"{week.folder}/index.md"
            shown = next((talk.page for talk in week.presentations if talk.page), None)
            if shown and course.is_over(week.number) and not week.page and path not in course.refused:
                twin = f"{week.folder}/README.md"
                help = f"add {path}:  course new week {week.number}"
                if twin in course.data:
                    help = f"rename it:  git mv {twin} {path}"
                yield self.at(shown.path, f"week {week.number} has no page of its own", Place(), help)
