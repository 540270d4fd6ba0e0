"""The rota as a whole: one thing to do a week, even loads, reviews in turn, wishes.

An unfilled rota is normal: what could still become even by filling what is open is no fault.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.model import Diagnostic, Severity
from coursekit.rota.explain import uneven
from coursekit.rota.ledger import can_be_even, note_loads, spread, talk_loads
from coursekit.rota.roster import roster
from coursekit.rota.rounds import open_reviews, repeats, reviewed_groups, wanted_reviews
from coursekit.rota.slots import all_talks, openness, team_size
from coursekit.rota.wishes import is_kept, shown_wish, student_wishes, why_not, wished_talks

Keys = tuple[str | int, ...]


class _RotaCheck(Check):
    severity = Severity.WARNING

    def there(self, course: Course, path: Keys, message: str) -> Diagnostic:
        """A finding at a place of course.yml."""
        return self.at("course.yml", message, course.config_node.locate(path))


class RotaTwoRoles(_RotaCheck):
    """A student presents and takes notes in one week.

    Looked at are the slots of a week in the rota of course.yml.

    Why: Who presents has no mind free for somebody else's talk, and nobody else learns to take notes.

    Bad:
        - {week: 4, presentations: [{presenters: [ada], scribe: ben}, {presenters: [ben], scribe: cleo}]}

    Good:
        - {week: 4, presentations: [{presenters: [ada], scribe: dan}, {presenters: [ben], scribe: cleo}]}

    Mend: Let somebody take the notes who does not present in that week.
    """

    id = "rota-two-roles"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each scribe who presents; in one slot that has a slug, that is `scribe-is-presenter`."""
        talks = all_talks(course.config)
        presenting = {(id, talk.week) for talk in talks for id in talk.slot.presenters}
        for talk in talks:
            id = talk.slot.scribe or ""
            person = course.config.people.get(id)
            told = talk.slot.slug and id in talk.slot.presenters
            if person and person.role == "student" and (id, talk.week) in presenting and not told:
                message = f"{person.name} presents and takes notes in week {talk.week}"
                yield self.there(course, (*talk.path, "scribe"), message)


class RotaUnfair(_RotaCheck):
    """Talks, notes or reviews are not shared out evenly.

    Talks of each presenting group (or of each student, where there are no groups), notes of each student and
    reviews of each group's projects differ by one at most. Looked at once the rota is mostly filled, and only
    where what is still open can't make it even. Left out is who is away in every week of the rota.

    Why: Some would do the work of others, and those learn less.

    Bad:
        - {week: 4, presentations: [{presenters: [ada], scribe: ben}]}
        - {week: 5, presentations: [{presenters: [ada], scribe: ben}]}

    Good:
        - {week: 4, presentations: [{presenters: [ada], scribe: ben}]}
        - {week: 5, presentations: [{presenters: [ben], scribe: ada}]}

    Mend: Give one of these places to somebody who has fewer; empty some slots, and `course rota suggest` fills
    them evenly.
    """

    id = "rota-unfair"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each kind of load once, at the last place of who has most."""
        if not openness(course.config).mostly_open:
            yield from self._talks_and_notes(course)
        config, free = course.config, len(open_reviews(course.config))
        if 2 * free < len(wanted_reviews(config)):
            owner = {name: entry.group for name, entry in config.projects.items()}
            last: dict[str, Keys] = {
                owner[review.project]: ("reviews", index, "project")
                for index, review in enumerate(config.reviews)
            }
            yield from self._judged(course, "reviews", reviewed_groups(config), free, last)

    def _talks_and_notes(self, course: Course) -> Iterator[Diagnostic]:
        config, people, state = course.config, roster(course.config), openness(course.config)
        duties = [(id, path) for talk in all_talks(config) for id, path in talk.duties]
        scribing: dict[str, Keys] = {id: path for id, path in duties if path[-1] == "scribe"}
        presenting: dict[str, Keys] = {id: path for id, path in duties if path[-1] != "scribe"}
        last = {unit.name: presenting[id] for unit in people.units for id in unit.members if id in presenting}
        teams = 1 if any(unit.is_group for unit in people.units) else team_size(config)[1]
        talks, notes = talk_loads(config, people), note_loads(config, people)
        yield from self._judged(course, "talks", talks, state.no_presenters * teams, last)
        yield from self._judged(course, "notes", notes, state.no_scribe, scribing)

    def _judged(
        self, course: Course, what: str, loads: Mapping[str, int], places: int, last: Mapping[str, Keys]
    ) -> Iterator[Diagnostic]:
        if spread(loads) > 1 and not can_be_even(loads, places):
            most = max(loads, key=lambda name: loads[name])
            yield self.there(course, last.get(most, ("rota",)), uneven(what, loads))


class RotaWish(_RotaCheck):
    """A wish is not kept, though the slots that could keep it are filled.

    A wish for a week is kept where who wished presents in that week; a wish for a topic, where they present in a
    slot whose slug has its words, or in one whose topic is open. Looked at once the rota is mostly filled.

    Why: It may be that nobody remembered it; a swap is easy as long as nobody has begun.

    Bad:
        wishes: [{who: ada, week: 6}]
        rota: [{week: 5, presentations: [{presenters: [ada]}]}, {week: 6, presentations: [{presenters: [ben]}]}]

    Good:
        rota: [{week: 5, presentations: [{presenters: [ben]}]}, {week: 6, presentations: [{presenters: [ada]}]}]

    Mend: Swap the two, or delete the wish once it was talked over.
    """

    id = "rota-wish"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each such wish."""
        config, people, written = course.config, roster(course.config), all_talks(course.config)
        for index, wish in () if openness(config).mostly_open else student_wishes(config, people):
            talks = wished_talks(written, wish)
            if all(talk.slot.presenters for talk in talks) and not is_kept(talks, wish):
                message = f"{shown_wish(wish)} is not kept: {why_not(config, people, wish, talks)}"
                yield self.there(course, ("wishes", index), message)


class ReviewRepeated(_RotaCheck):
    """A group reviews another one again, while a third still waits for its turn.

    Looked at are the `reviews` of course.yml in the order of their weeks.

    Why: Each group's code gets the eyes of all others, and each group sees how all others do it.

    Bad:
        reviews:
          - {week: 4, reviewer: p1, project: attention}
          - {week: 5, reviewer: p1, project: attention}

    Good:
        reviews:
          - {week: 4, reviewer: p1, project: attention}
          - {week: 5, reviewer: p1, project: dropout}

    Mend: Name the project of a group that this one has not reviewed so often.
    """

    id = "review-repeated"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each such review with a group that waits."""
        for index, waiting in repeats(course.config):
            review = course.config.reviews[index]
            message = f"week {review.week}: `{review.reviewer}` reviews `{review.project}` again, while `{waiting}` waits"
            yield self.there(course, ("reviews", index, "project"), message)


class ReviewWeekTwice(_RotaCheck):
    """A group has two reviews in one week.

    Looked at are the `reviews` of course.yml.

    Why: One review a week is what a group has time for; of two, both are done in haste.

    Bad:
        reviews:
          - {week: 4, reviewer: p1, project: attention}
          - {week: 4, reviewer: p1, project: dropout}

    Good:
        reviews:
          - {week: 4, reviewer: p1, project: attention}
          - {week: 5, reviewer: p1, project: dropout}

    Mend: Move one of the two to a week in which the group has none.
    """

    id = "review-week-twice"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each review after the first of its group and week."""
        seen: set[tuple[int, str]] = set()
        for index, review in enumerate(course.config.reviews):
            if (review.week, review.reviewer) in seen:
                message = f"`{review.reviewer}` has a second review in week {review.week}"
                yield self.there(course, ("reviews", index), message)
            seen.add((review.week, review.reviewer))
