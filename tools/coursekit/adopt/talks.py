"""From the sections of a README to weeks and their talks, with every link and what it is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from coursekit.adopt.bodies import body_of
from coursekit.adopt.classify import Link, classify, described
from coursekit.adopt.inline import Mention
from coursekit.adopt.outline import LIST_LEVEL, Section
from coursekit.adopt.people import behind_title, names_in
from coursekit.adopt.record import Sureness
from coursekit.adopt.vocabulary import Role, is_extra, only_a_role, people_label, week_of_heading


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody whom the old texts name, as `presenters` or `scribes`, and where."""

    name: str
    task: str
    source: str
    line: int
    sureness: Sureness
    why: str


@dataclass(frozen=True, slots=True)
class Talk:
    """A presentation as the old repository has it; `folder` is where its material lay."""

    week: int
    title: str
    line: int | None
    sureness: Sureness
    why: str
    links: tuple[Link, ...] = ()
    people: tuple[Named, ...] = ()
    body: str = ""
    folder: str = ""
    source: str = "README.md"
    slug: str = ""

    @property
    def about(self) -> str:
        """All that names it: title, links' titles and addresses."""
        named = [link for link in self.links if not link.extra and link.role in {Role.PAPER, Role.CODE}]
        return " ".join([self.title, *(f"{one.title} {described(one.target)}" for one in named)])


@dataclass(frozen=True, slots=True)
class Week:
    """A week as the README has it, with line 0 if it doesn't; what stands in it beside its talks is its reading."""

    number: int
    title: str
    line: int
    links: tuple[Link, ...] = ()
    body: str = ""
    talks: tuple[Talk, ...] = ()
    people: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads the weeks of one README: its path, its lines, and the names that its notes know."""

    path: str
    lines: tuple[str, ...]
    known: frozenset[str]
    local: Callable[[str, str], str | None]  # the old file or folder that a link in a file leads to

    def weeks(self, root: Section) -> Iterator[Week]:
        """Every week in the order of the text; a week that has several sections comes several times."""
        for part, number, theme in week_sections(root):
            if theme is not None:
                yield self.week(part, number, theme=theme)
            else:
                why = "it stands right below the week, at the level of the week's own heading"
                talk = self.talk(part, number, sureness=Sureness.LIKELY, why=why)
                yield Week(number, "", part.line, talks=(talk,))

    def week(self, section: Section, number: int, *, theme: str) -> Week:
        """One week: sections in it that name a subject are talks, what else is in it is its own."""
        inner = [part for part in section.parts if not week_of_heading(part.title)]
        talks = [part for part in inner if _looks_like_a_talk(part)]
        own = replace(section, parts=tuple(part for part in inner if part not in talks))
        links = tuple(self.links(own))
        people = tuple(self.people(own))
        title, names, said = behind_title(theme, self.known)
        people += tuple(self.named(name, own.line, said=said) for name in names)
        found = tuple(
            self.talk(part, number, sureness=Sureness.SURE, why="a section of its week with its own links")
            for part in talks
        )
        body = body_of(own, self.lines, used=_used(links))
        return Week(number, title, section.line, links, body, found, people)

    def talk(self, section: Section, week: int, *, sureness: Sureness, why: str) -> Talk:
        """One talk from its section."""
        title, names, said = behind_title(section.title, self.known)
        people = (*(self.named(name, section.line, said=said) for name in names), *self.people(section))
        links = tuple(self.links(section, title))
        if not title:
            title, links = _untitled(section, links)
        body = body_of(section, self.lines, used=_used(links))
        return Talk(week, title, section.line, sureness, why, links, people, body, source=self.path)

    def named(self, name: str, line: int, *, said: bool) -> Named:
        """A presenter whose name stands behind a heading."""
        sureness = Sureness.SURE if said else Sureness.LIKELY
        why = "the heading says `presented by`" if said else "the names stand in brackets behind the title"
        return Named(name, "presenters", self.path, line, sureness, why)

    def links(self, section: Section, title: str = "") -> Iterator[Link]:
        """Every link of a section, once for each address."""
        seen: set[str] = set()
        for mention, chain in _mentions(section, ()):
            if mention.target not in seen and mention.target and not mention.target.startswith("#"):
                seen.add(mention.target)
                yield classify(mention, chain, title=title, local=self.local(self.path, mention.target) or "")

    def people(self, section: Section) -> Iterator[Named]:
        """Who is named behind a label such as `Presenters:` or `Scribe:`."""
        for inner in section.walk():
            for block in inner.blocks:
                for row in block.rows:
                    label, colon, rest = row.text.partition(":")
                    task = people_label(label) if colon else None
                    why = f"its line says `{label.strip()}:`"
                    for name in names_in(rest) if task else ():
                        yield Named(name, str(task), self.path, row.line + 1, Sureness.SURE, why)


def week_sections(root: Section) -> Iterator[tuple[Section, int, str | None]]:
    """Every section of a week with its number and theme; theme None for a talk that stands beside its week."""
    for section in root.walk():
        week: int | None = None
        for part in section.parts:
            if found := week_of_heading(part.title):
                week = found[0]
                yield part, *found
            elif week is not None and part.level < LIST_LEVEL and _looks_like_a_talk(part):
                yield part, week, None


def _used(links: Sequence[Link]) -> AbstractSet[str]:
    """The targets of the links that front matter, or a file's place, says again."""
    return {link.mention.target for link in links if link.outside or link.local}


def _mentions(section: Section, chain: tuple[str, ...]) -> Iterator[tuple[Mention, tuple[str, ...]]]:
    """Each link with the headings below the section's own that it stands under."""
    yield from ((mention, chain) for mention in section.mentions)
    for block in section.blocks:
        for row in block.rows:
            yield from ((mention, chain) for mention in row.mentions)
    for part in section.parts:
        yield from _mentions(part, (*chain, part.title))


def _looks_like_a_talk(section: Section) -> bool:
    """Whether a section of a week names a subject and has links, or says who presents."""
    if section.title and (only_a_role(section.title) or is_extra(section.title)):
        return False
    has_links = any(True for _ in _mentions(section, ()))
    return has_links or bool(behind_title(section.title)[1])


def _untitled(section: Section, links: tuple[Link, ...]) -> tuple[str, tuple[Link, ...]]:
    """The title of a row of a table: the cell that is called so, else its first paper's."""
    for block in section.blocks:
        for row in block.rows:
            name, _, text = row.text.partition(":")
            if text.strip() and name.strip().lower() in {
                "topic",
                "title",
                "subject",
                "presentation",
                "theme",
            }:
                return text.strip(), links
    papers = [link for link in links if link.role is Role.PAPER]
    return (papers or list(links) or [Link.nothing()])[0].title, links
