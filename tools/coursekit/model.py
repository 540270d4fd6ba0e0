"""The nouns of the toolchain: plain frozen records without behaviour of their own.

Lines and columns count from 1. Paths are relative to the course's root and use `/`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, ClassVar


class Severity(StrEnum):
    """How much a finding matters: an error fails the check, a warning only under `--strict`."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Small:
    """Base of records that exist by the ten thousand: pickled as a call of their class.

    What `dataclass` does for frozen records with slots takes three times as long to unpickle, and a warm check
    does little else.
    """

    __slots__ = ()
    __match_args__: ClassVar[tuple[str, ...]] = ()

    def __reduce__(self) -> tuple[type, tuple[Any, ...]]:
        return type(self), tuple(getattr(self, name) for name in self.__match_args__)


@dataclass(frozen=True, slots=True, order=True)
class Place(Small):
    """Where in a file: line and column, and for a notebook the number of the cell."""

    line: int = 1
    column: int = 1
    cell: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Fault(Small):
    """Something wrong that a reader saw while reading; the rule named by `rule` owns and reports it.

    `path` is the file that it is in, where that is not the document's own: a file of a run folder.
    """

    rule: str
    message: str
    place: Place = Place()
    help: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding of one rule at one place, as people and machines get to see it."""

    rule: str
    severity: Severity
    path: str
    place: Place
    message: str
    help: str
    fixable: bool = False
    about: tuple[
        str, ...
    ] = ()  # other files that the finding follows from, so that a change of them may bring it

    @property
    def order(self) -> tuple[str, int, int, int, str, str]:
        """The sort key that every report uses: path, line, column, rule."""
        place = self.place
        return (self.path, place.line, place.column, place.cell or 0, self.rule, self.message)


class CannotStart(Exception):  # noqa: N818 - read as a sentence where it is raised
    """There is no course here, or course.yml is broken; `diagnostics` holds all that is wrong with it."""

    def __init__(self, message: str, diagnostics: tuple[Diagnostic, ...] = ()) -> None:
        super().__init__(message)
        self.diagnostics = diagnostics


@dataclass(frozen=True, slots=True)
class Heading(Small):
    """A heading of a page: its level (1-6), its text and the anchor that it has on the site."""

    level: int
    text: str
    anchor: str
    place: Place


@dataclass(frozen=True, slots=True)
class Link(Small):
    """A link or a picture in a text; `alt` is None for links and for pictures without an alt text."""

    target: str
    place: Place
    text: str = ""
    picture: bool = False
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block that means something to the site: the word after its backticks, and what stands in it.

    `place` is where its first line of content starts.
    """

    word: str
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Formula(Small):
    """A formula as the site hands it to KaTeX, and whether it stands by itself (`$$`) or in a line (`$`)."""

    tex: str
    display: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Prose:
    """What a Markdown text holds, each part with its place; code and mathematics are left out."""

    headings: tuple[Heading, ...] = ()
    links: tuple[Link, ...] = ()
    anchors: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()
    fences: tuple[Fence, ...] = ()
    formulas: tuple[Formula, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A file of the course that passed the intake gate, or that was refused with its faults.

    `data` is None where the file must not be read (a symbolic link, a device, far too large), and where it need
    not be, since it is known already (then there are no faults).
    """

    path: str
    size: int
    data: bytes | None
    digest: str
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignore(Small):
    """A comment in a file that keeps findings of some rules quiet, in `lines` (first, last) or in all of the file."""

    rules: tuple[str, ...]
    reason: str
    place: Place
    lines: tuple[int, int] | None = None

    def covers(self, finding: Diagnostic) -> bool:
        """Whether it speaks of this finding, which is in the same file."""
        first, last = self.lines or (0, finding.place.line)
        return finding.rule in self.rules and first <= finding.place.line <= last


class Kept(Enum):
    """Where a part of a document is that was left out of it."""

    APART = "in the cache, for who reads the course to build it"


@dataclass(frozen=True, slots=True)
class Document:
    """A source that was read: the one record that checks and renderers use instead of the file.

    `untidy` is what troubles no reader and a mend takes away: who asks whether a document is faulty asks `faults`.
    `shown` is what only a build needs and weighs more than all the rest; who only checks gets `Kept.APART` for it.
    """

    path: str
    kind: str
    faults: tuple[Fault, ...] = ()
    ignores: tuple[Ignore, ...] = field(default=(), kw_only=True)
    untidy: tuple[Fault, ...] = field(default=(), kw_only=True)
    shown: Any = field(default=None, kw_only=True)

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def folder(self) -> str:
        """The folder that the file lies in, '' for the root."""
        return self.path.rpartition("/")[0]

    @property
    def stem(self) -> str:
        """The file's name without its last suffix."""
        return self.name.rpartition(".")[0] or self.name

    @property
    def served(self) -> bool:
        """Whether readers are offered the file itself; what is unsafe or has a page instead is not."""
        return False


LAST_IN_SECTION = 100


@dataclass(frozen=True, slots=True)
class PageOutput:
    """A page of the site: `body` is sanitised HTML whose links are already right for its address.

    `path` is the page's place as a Markdown file ('papers.md', 'weeks/week-01/index.md'), `source` the
    file that an edit link leads to, `section` the titles of the navigation above it, `order` its place there.
    """

    path: str
    title: str
    body: str
    source: str | None = None
    description: str = ""
    section: tuple[str, ...] = ()
    hide: tuple[str, ...] = ()
    order: int = LAST_IN_SECTION
    broken: bool = False  # the file could not be read as it is: a preview keeps showing its last good state


@dataclass(frozen=True, slots=True)
class AssetOutput:
    """A file of the site that is no page: a picture, a download, a style sheet."""

    path: str
    data: bytes


Output = PageOutput | AssetOutput
