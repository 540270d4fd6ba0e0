"""The plan against what is there. Nothing is missing, or too much, before the day of its session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from coursekit.checks import Check
from coursekit.course import Course, Presentation
from coursekit.model import Diagnostic, Severity
from coursekit.naming import SLUG, as_slug, note_meant
from coursekit.schema import nearest

_TALK = re.compile(r"presentations/week-(\d\d)/([^/]+)/")


def in_tree(course: Course) -> set[tuple[int, str]]:
    """Week and slug of the presentations whose folder holds anything, also only files that were refused."""
    talks = map(_TALK.match, course.paths)
    return {(int(found[1]), found[2]) for found in talks if found}


class PresentationMissing(Check):
    """A presentation that the rota plans is not there, and its session is over.

    It is looked for from the day after the session.

    Why: The material is what stays of a presentation; those who were not there have nothing else.

    Bad:
        the rota plans `attention` for week 4, and after week 4 presentations/week-04/attention is not there

    Good:
        presentations/week-04/attention/index.md

    Mend: Add the folder with its index.md (`course new presentation WEEK SLUG` writes a first version), or
    take the slot out of the rota in course.yml.
    """

    id = "presentation-missing"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """At the slot of the rota; a folder that lacks only its index.md is another rule's."""
        there = in_tree(course)
        for talk in course.presentations:
            if talk.slot and (talk.week, talk.slug) not in there and course.is_over(talk.week):
                help = self._help(talk, [slug for week, slug in there if week == talk.week])
                place = course.config_node.locate(course.config.slot_path(talk.week, talk.slug, "slug"))
                message = f"week {talk.week}: `{talk.slug}` was planned, and {talk.folder}/ is not there"
                yield self.at("course.yml", message, place, help, about=(f"{talk.folder}/index.md",))

    def _help(self, talk: Presentation, there: list[str]) -> str:
        """What to do; `there` are the names of the week's folders."""
        names = {as_slug(name): name for name in there}
        meant = names[close] if (close := nearest(talk.slug, names)) else None
        if not meant:
            return f"add {talk.folder}/index.md:  course new presentation {talk.week} {talk.slug}"
        if not SLUG.match(meant):
            return f"is it `{meant}`? Then rename the folder:  git mv {talk.folder.rpartition('/')[0]}/{meant} {talk.folder}"
        return f"is it `{meant}`? Then write that into the rota, or rename the folder"


class PresentationUnplanned(Check):
    """A presentation is there that the rota of its week does not name.

    Looked at from the day after the session, in a course that has a rota.

    Why: The rota says who presents and who takes notes; what it does not name is missing in the plan of the
    week.

    Bad:
        presentations/week-04/attention/index.md, and no slot of week 4 with `slug: attention`

    Good:
        - {week: 4, presentations: [{slug: attention, presenters: [ada], scribe: ben}]}

    Mend: Add the slug to a slot of its week in the rota of course.yml.
    """

    id = "presentation-unplanned"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each such presentation at its page."""
        for talk in course.presentations if course.config.rota else ():
            if talk.page and not talk.slot and course.is_over(talk.week):
                message = f"the rota of week {talk.week} does not name `{talk.slug}`"
                yield self.at(talk.page.path, message, help=self._help(course, talk))

    def _help(self, course: Course, talk: Presentation) -> str:
        entry = f"{{week: {talk.week}, presentations: [{{slug: {as_slug(talk.slug)}, presenters: […]}}]}}"
        there = in_tree(course)
        planned = [slot.slug for slot in course.config.slots(talk.week) if slot.slug]
        missing = " or ".join(f"`{slug}`" for slug in planned if (talk.week, slug) not in there)
        rename = f"if it is {missing}, name its folder so; else " if missing else ""
        return f"{rename}add it to the rota of course.yml:  - {entry}"


class ScribeNoteMissing(Check):
    """A presentation has no scribe note, though the rota names a scribe and the session is over.

    It is looked for from the day after the session, once the presentation itself is there.

    Why: The questions of the session, and what was answered, are lost when nobody writes them down in time.

    Bad:
        presentations/week-04/attention/index.md, scribe: ada, and no note after week 4

    Good:
        scribe_notes/week-04/attention.md

    Mend: Write the note; `course new scribe WEEK SLUG` makes a first version.
    """

    id = "scribe-note-missing"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """At the presentation's page; a note under a similar name is another rule's."""
        there = set(course.paths)
        stray = orphans(course)
        for talk in course.presentations:
            if not (talk.page and talk.slot and talk.slot.scribe and course.is_over(talk.week)):
                continue
            if talk.note_path in there or nearest(
                talk.slug, (s for _, week, s in stray if week == talk.week)
            ):
                continue
            how = f"write {talk.note_path} (course new scribe {talk.week} {talk.slug}), with lines such as"
            example = "Q (who asked): Why does it converge?\nA (who answered): Because the loss is convex."
            message = f"there is no scribe note for `{talk.slug}` yet"
            yield self.at(talk.page.path, message, help=f"{how}\n{example}")


class ScribeNoteOrphan(Check):
    """A scribe note without a presentation of its name.

    A note has the week and the name of its presentation. It is looked at from the day of the session.

    Why: The note is shown with its presentation; without one nobody finds it there, and the presentation
    seems to have no note.

    Bad:
        scribe_notes/week-04/atention.md        presentations/week-04/attention/index.md

    Good:
        scribe_notes/week-04/attention.md       presentations/week-04/attention/index.md

    Mend: Rename the note as the folder of its presentation is called, and move it to the same week.
    """

    id = "scribe-note-orphan"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each such note with the name that was probably meant."""
        for path, week, slug in orphans(course):
            help = self._help(course, path, week, slug)
            yield self.at(path, f"week {week} has no presentation called `{slug}`", help=help)

    def _help(self, course: Course, path: str, week: int, slug: str) -> str:
        known = [talk.slug for talk in course.presentations if talk.week == week]
        close = nearest(slug, known)
        if home := note_meant(course, path) or (close and f"scribe_notes/week-{week:02d}/{close}.md"):
            return f"did you mean `{PurePosixPath(home).stem}`?  git mv {path} {home}"
        if elsewhere := next((talk for talk in course.presentations if talk.slug == slug), None):
            return f"`{slug}` is presented in week {elsewhere.week}:  git mv {path} {elsewhere.note_path}"
        names = ", ".join(f"`{name}`" for name in known) or "none yet"
        return f"give it the name and the week of its presentation; in week {week} there is {names}"


def orphans(course: Course) -> list[tuple[str, int, str]]:
    """Notes of past and present weeks whose presentation is neither there nor planned: (path, week, slug)."""
    known = in_tree(course) | {(talk.week, talk.slug) for talk in course.presentations}
    found = []
    for note in course.notes:
        week, slug = int(note.path.split("/")[1].removeprefix("week-")), note.stem
        begun = 1 <= week <= course.config.term.weeks and course.config.session(week) <= course.as_of
        if begun and (week, slug) not in known:
            found.append((note.path, week, slug))
    return found
