"""The way from an old repository to a proposal: understand, place, write anew what has to be, account for all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coursekit.adopt.coursefile import course_yml, mkdocs_yml, open_facts
from coursekit.adopt.drafts import Draft, drafts, readme_page
from coursekit.adopt.facts import CourseFacts
from coursekit.adopt.notes import OldNote
from coursekit.adopt.people import alike, id_of
from coursekit.adopt.placing import Placer, talk_folder
from coursekit.adopt.record import Fate, OldFile, Outcome, Proposal, Sureness, Taken
from coursekit.adopt.relinking import Piece, read_pieces, relinked, targets
from coursekit.adopt.shelf import Shelf, kept_path
from coursekit.adopt.understanding import Old, understand
from coursekit.course import week_of
from coursekit.model import Document
from coursekit.site import COURSE_PAGES

ORIGINALS, LEFT_OVER = "adopted/originals", "adopted/left-over"


def propose(folder: Path) -> Proposal:
    """The agreed tree for an old repository, with every decision and the outcome of every file.

    Raises:
        CannotStart: the repository can't be read.
    """
    old = understand(folder)
    placer, notes = _placed(old)
    made = list(drafts(old, placer, notes=notes))
    pieces = [piece for draft in made for piece in draft.pieces]
    documents = read_pieces(pieces)
    for piece, document in zip(pieces, documents, strict=True):
        led = (old.tree.local(piece.source, target) for target in targets(document))
        placer.shown(piece.source, piece.path, targets=[path for path in led if path])
    maker = _Maker(old, placer, made)
    files = maker.written(dict(zip(pieces, documents, strict=True)))
    outcomes = maker.outcomes(files)
    files |= {one.kept: one.file.data for one in outcomes if one.kept and one.file.data is not None}
    files |= _settings(old, notes, paths=files)
    taken = (*_of_course(old.facts, old), *_of_talks(old), *placer.taken)
    return Proposal(dict(sorted(files.items())), taken, tuple(outcomes), tuple(_remarks(old)))


def _placed(old: Old) -> tuple[Placer, dict[str, OldNote]]:
    """All files placed, the surest ways first."""
    placer = Placer(old.tree, old.schedule, old.wide)
    for talk in old.schedule.talks:
        placer.shelf.claim(f"{talk_folder(talk)}/index.md")
    for week in old.schedule.weeks:
        placer.shelf.claim(f"weeks/week-{week.number:02d}/index.md")
    home = readme_page(old)[0]
    for path in dict.fromkeys((home, *(f"site_src/{page}" for page in COURSE_PAGES))):
        placer.shelf.claim(path)
    notes = placer.notes(old.notes)
    placer.folders()
    placer.linked()
    placer.alike()
    placer.pages(home)
    return placer, notes


@dataclass(frozen=True)
class _Maker:
    """Makes the final texts and accounts for the old files."""

    old: Old
    placer: Placer
    drafts: Sequence[Draft]
    kept: Shelf = field(default_factory=Shelf)

    def moved(self, path: str) -> str | None:
        """Where an old file or folder is now; a talk's folder is its page."""
        talk = next((talk for talk in self.old.schedule.talks if talk.folder == path), None)
        return f"{talk_folder(talk)}/index.md" if talk else self.placer.shelf.at.get(path)

    def written(self, documents: Mapping[Piece, Document | None]) -> dict[str, bytes]:
        """Every file of the content: texts with links that follow, all others as they were."""
        files = {
            path: data
            for source, path in self.placer.shelf.at.items()
            if (data := self.old.tree.files[source].data) is not None
        }
        for draft in self.drafts:
            ready = [
                relinked(piece, documents[piece], local=self.old.tree.local, moved=self.moved).data
                for piece in draft.pieces
            ]
            if draft.is_text:
                files[draft.path] = draft.compose([data.decode() for data in ready]).encode()
            else:
                files[draft.path] = ready[0]
        return files

    def outcomes(self, files: Mapping[str, bytes]) -> list[Outcome]:
        """What became of each old file; the bytes of one that was changed are kept beside."""
        changed: dict[str, tuple[str, ...]] = {}
        for draft in self.drafts:
            for source, told in draft.changed.items():
                changed[source] = (*changed.get(source, ()), *told)
        return [self._outcome(file, files, changed=changed) for file in self.old.tree.files.values()]

    def _outcome(
        self, file: OldFile, files: Mapping[str, bytes], *, changed: Mapping[str, tuple[str, ...]]
    ) -> Outcome:
        target = self.placer.shelf.at.get(file.path)
        if file.data is None:
            return Outcome(file, Fate.NOT_COPIED, "", "", (file.refused,))
        if target is None:
            why = self.placer.why_not.get(file.path, "nothing says where it belongs")
            kept = self.kept.claim(f"{LEFT_OVER}/{kept_path(file.path)}")
            return Outcome(file, Fate.LEFT_OVER, "", kept, (why,))
        if files[target] == file.data:
            return Outcome(file, Fate.PLACED, target, target)
        kept = self.kept.claim(f"{ORIGINALS}/{kept_path(file.path)}")
        told = changed.get(file.path, ()) or ("links follow the files that moved",)
        return Outcome(file, Fate.REWRITTEN, target, kept, told)


def _settings(old: Old, notes: Mapping[str, OldNote], *, paths: Iterable[str]) -> dict[str, bytes]:
    """course.yml and mkdocs.yml."""
    talks = old.schedule.talks
    scribes = {
        (talks[note.talk].week, talks[note.talk].slug): one.name
        for note in notes.values()
        if note.talk is not None
        for one in note.people
        if one.task == "scribes"
    }
    for talk in talks:
        for one in talk.people:
            if one.task == "scribes":
                scribes.setdefault((talk.week, talk.slug), one.name)
    weeks = max((week_of(path) or 0 for path in paths), default=0)
    everybody = [name for note in notes.values() for name in note.people]
    text = course_yml(old.facts, talks, weeks=weeks, scribes=scribes, noted=everybody)
    title = old.facts.title.value if old.facts.title else "A course to name"
    return {"course.yml": text.encode(), "mkdocs.yml": mkdocs_yml(title).encode()}


def _of_course(facts: CourseFacts, old: Old) -> Iterator[Taken]:
    """The facts of the course that a text says."""
    source = old.tree.readme.path if old.tree.readme else ""
    named = {
        "title": facts.title, "code": facts.code, "term.name": facts.term, "term.start": facts.start,
        "meeting.weekday": facts.weekday, "meeting.start": facts.begins, "meeting.end": facts.ends,
        "term.timezone": facts.timezone, "links.repository": facts.repository,
    }  # fmt: skip
    for key, fact in named.items():
        if fact is not None:
            sureness = Sureness.SURE if key in {"title", "code"} else Sureness.LIKELY
            why = f"it says `{fact.quoted[:80]}`"
            yield Taken(
                fact.source or source, fact.line, "course.yml", f"`{key}: {fact.value}`", sureness, why
            )


def _of_talks(old: Old) -> Iterator[Taken]:
    """Talks, weeks, people, and every link that became a reference."""
    source = old.tree.readme.path if old.tree.readme else ""
    for week in old.schedule.weeks:
        path = f"weeks/week-{week.number:02d}/index.md"
        if week.line:
            yield Taken(source, week.line, path, f"week {week.number}", Sureness.SURE, "the heading names it")
        for link in week.links:
            if link.outside:
                what = f"reading ({link.role}): {link.title}"
                yield Taken(source, link.line, path, what, link.sureness, link.why)
    for talk in old.schedule.talks:
        path = f"{talk_folder(talk)}/index.md"
        yield Taken(talk.source, talk.line, path, f"a talk: {talk.title}", talk.sureness, talk.why)
        for one in talk.people:
            yield Taken(one.source, one.line, "course.yml", f"{one.task}: {one.name}", one.sureness, one.why)
        for link in talk.links:
            if link.outside:
                what = f"{'beside it, ' if link.extra else ''}{link.role}: {link.title}"
                yield Taken(talk.source, link.line, path, what, link.sureness, link.why)


def _remarks(old: Old) -> Iterator[str]:
    """What somebody has to decide or fill in."""
    for wanted in open_facts(old.facts):
        yield f"course.yml holds a placeholder for {wanted}."
    people = [one.name for talk in old.schedule.talks for one in talk.people]
    people += [one.name for note in old.notes for one in note.people]
    for short, long in alike(map(id_of, people)):
        yield f"`{short}` and `{long}` may be one person; the old texts don't say so. Keep one id in course.yml."
    noted = {note.talk for note in old.notes}
    bare = [talk.title for at, talk in enumerate(old.schedule.talks) if at not in noted]
    if bare:
        yield f"{len(bare)} talks have no scribe note: {'; '.join(bare)}."
