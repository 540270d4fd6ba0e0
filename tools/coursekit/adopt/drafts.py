"""The texts of the new tree before their links are right: pieces of old texts, and how they become a page."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from coursekit.adopt.classify import clean
from coursekit.adopt.facts import date_in
from coursekit.adopt.notes import OldNote
from coursekit.adopt.pages import (
    home_body,
    home_text,
    note_text,
    old_page,
    page_text,
    talk_text,
    week_text,
    without_repeats,
)
from coursekit.adopt.placing import Placer, talk_folder
from coursekit.adopt.record import OldFile
from coursekit.adopt.relinking import Piece
from coursekit.adopt.talks import Week, week_sections
from coursekit.adopt.texts import read_text
from coursekit.adopt.understanding import Old

HOME, ABOUT = "site_src/index.md", "site_src/about.md"
_SHORT = 200  # words: the home page shows sections side by side, which suits a few lines each
_WELCOME = """\
What was read and presented in which week is in the [schedule](schedule.md); all papers and code-bases are in one
[list](papers.md), and so are the [questions](questions.md) that were asked. [About the course](about.md) says the rest.
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """A file to be: its path, the old texts in it, how they are put together, and what is told of each source."""

    path: str
    pieces: tuple[Piece, ...]
    compose: Callable[[Sequence[str]], str]
    changed: Mapping[str, tuple[str, ...]]
    is_text: bool = True


def drafts(old: Old, placer: Placer, *, notes: Mapping[str, OldNote]) -> Iterator[Draft]:
    """Every text that is made anew or may hold links."""
    yield from _home(old)
    for at in range(len(old.schedule.talks)):
        yield _talk(old, at, placer=placer)
    for week in old.schedule.weeks:
        yield _week(old, week)
    made = {placer.shelf.at.get(file.path) for file in placer.readmes.values()} | {HOME, readme_page(old)[0]}
    for source, path in placer.shelf.at.items():
        if path in notes:
            yield _note(path, notes[path])
        elif path not in made and path.endswith((".md", ".ipynb")):
            yield from _copied(old.tree.files[source], path)


def _source(old: Old) -> str:
    return old.tree.readme.path if old.tree.readme else "README.md"


def readme_page(old: Old) -> tuple[str, str]:
    """Where the README's text goes, and the text without its weeks: a long one has a page beside the home page."""
    away = [section.lines for section, _, _ in week_sections(old.root)]
    lines = old.lines
    title = old.facts.title
    at = title.line - 1 if title and title.line else None
    heading = at if at is not None and lines[at].lstrip().startswith("#") else None
    body = home_body(lines, away, heading=heading)
    return (ABOUT if len(body.split()) > _SHORT else HOME), body


def _home(old: Old) -> Iterator[Draft]:
    path, body = readme_page(old)
    source = _source(old)
    title = old.facts.title.value if old.facts.title else "Home"
    if path != HOME:
        yield Draft(HOME, (), lambda texts: home_text(title, _WELCOME), {})
    own = title if path == HOME else "About the course"
    told = ("front matter is added", "weeks and presentations have pages of their own")
    changed = {source: (*old.readme.changed, *told)}
    yield Draft(path, (Piece(source, path, body.encode()),), lambda texts: home_text(own, texts[0]), changed)


def _talk(old: Old, at: int, *, placer: Placer) -> Draft:
    """Its own README, if its folder has one, then what the course's README says beside the links."""
    talk = old.schedule.talks[at]
    path = f"{talk_folder(talk)}/index.md"
    slides, source = placer.decks.get(at, ""), _source(old)
    own = placer.readmes.get(at)
    text = read_text(path, own.data) if own and own.data else None
    if own is None or text is None:
        piece = Piece(source, path, talk.body.encode())
        return Draft(path, (piece,), lambda texts: talk_text(talk, texts[0], slides=slides), {})
    page = old_page(text.text)
    rest = without_repeats(talk.body, page.body)
    pieces = (Piece(own.path, path, page.body.encode()), Piece(source, path, rest.encode()))
    changed = {own.path: (*text.changed, "front matter from the course's README is added")}
    return Draft(
        path, pieces, lambda texts: talk_text(talk, "\n\n".join(filter(None, texts)), slides=slides), changed
    )


def _week(old: Old, week: Week) -> Draft:
    path = f"weeks/week-{week.number:02d}/index.md"
    talks = [talk for talk in old.schedule.talks if talk.week == week.number]
    piece = Piece(_source(old), path, week.body.encode())
    return Draft(path, (piece,), lambda texts: week_text(week, texts[0], talks=talks), {})


def _note(path: str, note: OldNote) -> Draft:
    page = old_page(note.text.text)
    scribes = [one.name for one in note.people if one.task == "scribes"]
    date = date_in(str(page.kept.get("date", "")))
    changed = {note.file.path: (*note.text.changed, "front matter is added", *_dropped(page.dropped))}
    piece = Piece(note.file.path, path, page.body.encode())
    return Draft(path, (piece,), lambda texts: note_text(texts[0], scribes=scribes, date=date), changed)


def _copied(file: OldFile, path: str) -> Iterator[Draft]:
    """Another page or a notebook: only its links change, and a page of the site gets a title."""
    assert file.data is not None
    if path.endswith(".ipynb"):
        yield Draft(path, (Piece(file.path, path, file.data),), lambda texts: texts[0], {}, is_text=False)
        return
    text = read_text(path, file.data)
    if text is None:
        return
    titled = path.startswith("site_src/") or posixpath.basename(path) == "index.md"
    page = old_page(text.text)
    if not (titled or page.dropped):
        piece = Piece(file.path, path, text.text.encode())
        yield Draft(path, (piece,), lambda texts: texts[0], {file.path: text.changed})
        return
    name = posixpath.splitext(file.name)[0]
    name = posixpath.basename(file.folder) if name.lower() in {"readme", "index"} else name
    changed = {file.path: (*text.changed, "front matter is added", *_dropped(page.dropped))}
    piece = Piece(file.path, path, page.body.encode())
    yield Draft(path, (piece,), lambda texts: page_text(page, name, body=texts[0]), changed)


def _dropped(keys: Sequence[str]) -> tuple[str, ...]:
    named = ", ".join(f"`{clean(key)[:40]}`" for key in keys)
    return (f"the keys {named} of its old front matter are left out",) if keys else ()
