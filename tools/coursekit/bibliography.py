"""Every paper and code-base of the course, each once, with all of its addresses and where it was discussed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from coursekit.course import Course, week_of
from coursekit.linking import written_links
from coursekit.page import Page
from coursekit.papers_identity import paper_identity, paper_key, title_words
from coursekit.schema import ProjectMeta, Reference
from coursekit.site import page_path

_CODE_HOST = re.compile(
    r"https?://(?:www\.)?(github\.com|gitlab\.com|bitbucket\.org)/([\w.-]+)/([\w.-]+)", re.IGNORECASE
)
_LINES = re.compile(
    r"https?://(?:www\.)?github\.com/([\w.-]+)/([\w.-]+)/blob/([0-9a-f]{7,40})/([^#?]+)#L(\d+)(?:-L?(\d+))?\Z",
    re.IGNORECASE,
)
_ARXIV_ID = re.compile(r"arxiv:(?:(\d\d)(\d\d)\.\d+|[a-z-]+/(\d\d)\d+)\Z")
_SPECIAL = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a work is brought up: a page's title and path, and its week."""

    title: str
    path: str
    week: int | None


@dataclass(frozen=True, slots=True)
class CodeLines:
    """A permalink to lines of code that a page explains."""

    file: str
    lines: str
    url: str
    place: Place


@dataclass(slots=True)
class Work:
    """A paper or a code-base. `reference` has all that any mention of it says; `addresses` are (word, url)."""

    kind: str
    reference: Reference
    places: list[Place] = field(default_factory=list)
    addresses: dict[str, str] = field(default_factory=dict)
    lines: list[CodeLines] = field(default_factory=list)

    @property
    def weeks(self) -> list[int]:
        """The weeks in which it came up."""
        return sorted({place.week for place in self.places if place.week is not None})


def works(course: Course) -> tuple[list[Work], list[Work]]:
    """Papers and code-bases, each in the order in which they came up."""
    papers: dict[str, Work] = {}
    code: dict[str, Work] = {}
    by_title: dict[str, str] = {}
    for kind, reference, place in _mentions(course):
        if kind == "code":
            _add(code, code_key(reference.url), kind, reference, place)
        elif kind == "paper":
            # addresses that don't tell of each other are one paper where the titles are the same words
            key = paper_key(reference.url)
            words = title_words(reference.title)
            key = key if key in papers else by_title.setdefault(words, key) if words else key
            _add(papers, key, kind, reference, place)
    for key, lines in _permalinks(course):
        if key in code and lines.url not in {one.url for one in code[key].lines}:
            code[key].lines.append(lines)
    return list(papers.values()), list(code.values())


def _add(found: dict[str, Work], key: str, kind: str, reference: Reference, place: Place) -> None:
    work = found.setdefault(key, Work(kind, reference))
    work.reference = _merged(work.reference, reference)
    work.addresses.setdefault(address_word(reference.url), reference.url)
    if kind == "paper" and (known := paper_identity(reference.url)) and known.page:
        work.addresses.setdefault(address_word(known.page), known.page)
    if place not in work.places:
        work.places.append(place)


def _merged(one: Reference, other: Reference) -> Reference:
    """The first mention, with what only a later one says."""
    return one.model_copy(
        update={
            "authors": one.authors or other.authors,
            "year": one.year or other.year,
            "venue": one.venue or other.venue,
        }
    )


def code_key(url: str) -> str:
    """The same for all addresses of one repository: its commits, branches and files."""
    found = _CODE_HOST.match(url)
    if not found:
        return url.rstrip("/")
    return f"{found[1]}/{found[2]}/{found[3].removesuffix('.git')}".lower()


def address_word(url: str) -> str:
    """What to call an address: 'arXiv', 'DOI', 'PDF', or the host."""
    known = paper_identity(url)
    if known and not known.is_page:
        return "PDF" if "pdf" in url.lower() else "copy"
    host = re.sub(r"\Ahttps?://(?:www\.)?([^/]+).*", r"\1", url, flags=re.DOTALL).lower()
    words = {
        "arxiv.org": "arXiv",
        "doi.org": "DOI",
        "dx.doi.org": "DOI",
        "openreview.net": "OpenReview",
        "github.com": "GitHub",
    }
    return words.get(host, host)


def _mentions(course: Course) -> Iterator[tuple[str, Reference, Place]]:
    """Readings of the weeks, papers and code of talks, papers of projects; in the order of the course."""
    for week in course.weeks:
        if week.page and week.page.meta:
            place = Place(f"Week {week.number}", f"{week.folder}/index.md", week.number)
            discussed = (week.page.meta.discuss,) if week.page.meta.discuss else ()
            yield from ((one.kind or "paper", one, place) for one in (*week.page.meta.reading, *discussed))
        for talk in week.presentations:
            if talk.page and talk.page.meta:
                place = Place(talk.title, f"{talk.folder}/index.md", talk.week)
                yield from (("paper", one, place) for one in talk.page.meta.papers)
                yield from (("code", one, place) for one in talk.page.meta.code)
    for project in course.projects:
        meta = project.page.meta if project.page else None
        if isinstance(meta, ProjectMeta) and meta.paper:
            yield "paper", meta.paper, Place(project.title, f"{project.folder}/index.md", None)


def _permalinks(course: Course) -> Iterator[tuple[str, CodeLines]]:
    """The lines of code at a commit that texts link to, by repository."""
    for path, link in written_links(course):
        document = course.documents[path]
        if (found := _LINES.match(link.target)) and isinstance(document, Page):
            span = f"L{found[5]}" + (f"–{found[6]}" if found[6] else "")
            place = Place(document.title or document.stem, page_path(document) or path, week_of(path))
            yield (
                f"github.com/{found[1]}/{found[2]}".lower(),
                CodeLines(unquote(found[4]), span, link.target, place),
            )


# BibTeX


def bibtex(papers: Iterable[Work]) -> dict[str, str]:
    """An entry for each paper, by its citation key; keys are told apart by a letter."""
    entries: dict[str, str] = {}
    for work in papers:
        key = _citation_key(work.reference)
        names = (key, *(f"{key}{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"))
        name = next((name for name in names if name not in entries), f"{key}-{len(entries)}")
        entries[name] = _entry(name, work)
    return entries


def _citation_key(reference: Reference) -> str:
    family = next(iter(reversed((reference.authors or ("",))[0].split())), "")
    first = next((word for word in title_words(reference.title).split() if len(word) > 3), "paper")
    plain = unicodedata.normalize("NFKD", family).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", f"{plain}{_year(reference) or ''}{first}".lower()) or "paper"


def _year(reference: Reference) -> int | None:
    """The year that is named, else the one in which arXiv got the paper."""
    known = paper_identity(reference.url)
    found = _ARXIV_ID.match(known.key) if known else None
    if reference.year or not found:
        return reference.year
    short = int(found[1] or found[3])
    return (1900 if short > 90 else 2000) + short


def _entry(name: str, work: Work) -> str:
    reference = work.reference
    identities = [known for url in work.addresses.values() if (known := paper_identity(url))]
    by_archive = {known.key.partition(":")[0]: known.key.partition(":")[2] for known in identities}
    fields = {
        "title": f"{{{_tex(reference.title)}}}",
        "author": " and ".join(map(_tex, reference.authors)),
        "year": str(_year(reference) or ""),
        "booktitle": _tex(reference.venue or ""),
        "doi": by_archive.get("doi", ""),
        "eprint": by_archive.get("arxiv", ""),
        "archiveprefix": "arXiv" if "arxiv" in by_archive else "",
        "url": reference.url.replace("{", "%7B").replace("}", "%7D"),
    }
    kind = "inproceedings" if reference.venue else "misc"
    rows = ",\n".join(f"  {key} = {{{value}}}" for key, value in fields.items() if value)
    return f"@{kind}{{{name},\n{rows}\n}}\n"


def _tex(text: str) -> str:
    """Text for a BibTeX field: letters stay Unicode, what TeX would act on is written out, braces stay balanced."""
    line = " ".join(text.split())
    return "".join(_SPECIAL.get(char, f"\\{char}" if char in "{}$&#_%" else char) for char in line)
