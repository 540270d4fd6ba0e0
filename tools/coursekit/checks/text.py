"""Texts: their pictures, their headings, and what must never stand in them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, pairwise

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.kinds.scribe_note import ScribeNote
from coursekit.linking import Finder, is_elsewhere, written_links
from coursekit.model import Diagnostic, Heading, Link, Place, Severity
from coursekit.notebook import Notebook
from coursekit.page import Page
from coursekit.site import Site, split
from coursekit.source import BINARY_SUFFIXES, decode
from coursekit.yamltext import Node

MOST_SECRETS = 20  # in one text: whoever left twenty keys there needs no list of the rest
_SOUNDS = (".wav", ".flac", ".mp3", ".ogg")
_NO_MEDIA = (".pdf", ".md", ".ipynb", ".py", ".csv", ".json", ".txt", ".bib")
# Badges lose nothing by being left out: the link around them keeps its words.
_BADGE = re.compile(
    r"(?:https?:)?//(?:[\w.-]*shields\.io/|[\w./-]*/?[\w-]*badge|colab\.research\.google\.com/)",
    re.IGNORECASE,
)


def _kind(target: str) -> str:
    return "sound" if split(target).path.lower().endswith(_SOUNDS) else "picture"


class ImageMissing(Check):
    """A picture or sound that is not there.

    Looked at are the pictures of Markdown files, of HTML in them, and of notebooks' text cells. Their addresses
    are relative to the file that they stand in. Capitals count.

    Why: The page shows an empty frame instead of the figure that the text is about.

    Bad:
        ![The loss falls](figures/Loss.png)

    Good:
        ![The loss falls](figures/loss.png)

    Mend: Correct the path, or add the file to the commit.
    """

    id = "image-missing"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each picture and sound; also those that name a file that no picture can be made of."""
        yield from super().run(course)
        finder = Finder(Site(course))
        for source, link in written_links(course):
            if link.picture and finder.missing(source, link.target):
                message, help = finder.problem(source, link.target, "is not there")
                yield self.at(source, f"the {_kind(link.target)} {message}", link.place, help)
            elif link.picture and link.target.strip() and not is_elsewhere(link.target):
                yield from self._no_media(source, link, finder)

    def _no_media(self, source: str, link: Link, finder: Finder) -> Iterator[Diagnostic]:
        found = finder.site.lookup(source, link.target)
        if found and found[0].lower().endswith(_NO_MEDIA):
            help = f"link to it instead: [{link.text.strip() or 'what it is'}]({link.target})"
            yield self.at(source, f"`{link.target}` is neither a picture nor a sound", link.place, help)


class ImageRemote(Check):
    """A picture or sound that lies on another site.

    The site shows only files of the course. Badges (of Colab, for example) are left out without a word.

    Why: The other site would learn who reads this page and when, and the picture vanishes when it is moved there.

    Bad:
        ![The architecture](https://example.org/architecture.png)

    Good:
        ![The architecture](figures/architecture.png)

    Mend: Download the file, put it beside your text, say in the text where it is from (if its licence allows it
    to be shown here), and show it by its name. Otherwise link to it.
    """

    id = "image-remote"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each picture and sound with an address of its own."""
        for source, link in written_links(course):
            if link.picture and is_elsewhere(link.target) and not _BADGE.match(link.target):
                host = split(link.target).netloc or "another site"
                kind, name = _kind(link.target), posixpath.basename(split(link.target).path)
                copy = (
                    f"![{link.text or 'what it shows'}](figures/{name})"
                    if kind == "picture"
                    else f'<audio controls src="{name}"></audio>'
                )
                yield self.at(
                    source,
                    f"a {kind} from {host} is not shown",
                    link.place,
                    f"download it and show your copy:  {copy}",
                )


class AltTextMissing(Check):
    """A picture without a text that can stand in for it.

    The text stands between the square brackets. In HTML `alt=""` says on purpose that a picture is mere
    decoration.

    Why: Blind readers hear this text, everybody reads it while the picture loads, and the search finds it.

    Bad:
        ![](figures/loss.png)

    Good:
        ![The loss falls from 2 to 0.5 within ten epochs, then stays](figures/loss.png)

    Mend: Say in one sentence what one should see in the picture.
    """

    id = "alt-text-missing"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each picture that nothing is said of."""
        for source, link in written_links(course):
            if link.picture and link.alt is None and link.target.strip() and not _BADGE.match(link.target):
                yield self.at(
                    source,
                    f"the picture `{link.target[:80]}` has no text that says what it shows",
                    link.place,
                )


def _headings(course: Course) -> Iterator[tuple[Page | Notebook, tuple[Heading, ...]]]:
    for document in course.documents.values():
        if isinstance(document, Page | Notebook):
            yield document, document.prose.headings


class HeadingOrder(Check):
    """A level of headings is skipped.

    A `##` section is divided by `###`, not by `####`. Going back up by several levels is fine.

    Why: The table of contents, and readers who jump from heading to heading, find a section without a parent.

    Bad:
        ## Results
        #### On speech

    Good:
        ## Results
        ### On speech

    Mend: Take signs `#` away until the heading is one level below the one that it belongs to.
    """

    id = "heading-order"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each heading against the one before it."""
        for document, headings in _headings(course):
            for before, heading in pairwise(headings):
                if heading.level > before.level + 1:
                    message = f"a heading of level {heading.level} follows one of level {before.level}"
                    help = f"write `{'#' * (before.level + 1)} {heading.text}`"
                    yield self.at(document.path, message, heading.place, help)


class HeadingTopLevel(Check):
    """A heading of the first level besides the page's title.

    The title comes from the front matter (or, without one, from the first heading). Sections start at `##`.

    Why: The site moves such headings down by one level to keep one title for each page; the others move with
    them, and may end up lower than you meant.

    Bad:
        ---
        title: Deep clustering
        ---
        # The objective

    Good:
        ---
        title: Deep clustering
        ---
        ## The objective

    Mend: Write `##` for sections, and `###` for what is below them.
    """

    id = "heading-top-level"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Every first-level heading but the one that says the title."""
        for document, headings in _headings(course):
            if any(fault.rule == "file-conflict-markers" for fault in document.faults):
                continue  # its `=======` makes a heading of the line before
            for index, heading in enumerate(headings):
                if heading.level == 1 and (index > 0 or not _is_title(document, heading)):
                    yield self.at(
                        document.path,
                        f"`# {heading.text}` is on the level of the page's title",
                        heading.place,
                        f"write `## {heading.text}`",
                    )


def _is_title(document: Page | Notebook, heading: Heading) -> bool:
    given = getattr(document.meta, "title", None) if isinstance(document, Page) else None
    return given is None or isinstance(document, ScribeNote) or given.casefold() == heading.text.casefold()


# What a key looks like: name, pattern. Each starts with words of its own, so that a text is searched quickly.
_SECRETS: tuple[tuple[str, str], ...] = (
    ("an AWS access key", r"(?:AKIA|ASIA)[0-9A-Z]{16}"),
    ("a GitHub token", r"(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})"),
    (
        "an OpenAI or Anthropic key",
        r"sk-(?:(?:proj|svcacct|admin|ant-[a-z0-9]+)-[A-Za-z0-9_-]{20,}|[A-Za-z0-9]{32,})",
    ),
    ("a Slack token", r"xox[abeoprs]-[0-9A-Za-z-]{20,}"),
    ("a Slack webhook", r"https://hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20,}"),
    ("a Hugging Face token", r"hf_[A-Za-z0-9]{30,}"),
    ("a Google API key", r"AIza[0-9A-Za-z_-]{35}"),
)
_MARKS = (b"AKIA", b"ASIA", b"gh", b"sk-", b"xox", b"hooks.slack.com", b"hf_", b"AIza", b"PRIVATE KEY")
_SECRET = re.compile(
    "|".join(
        rf"(?<![A-Za-z0-9+/_-])(?P<s{number}>{pattern})(?![A-Za-z0-9+/_-])"
        for number, (_, pattern) in enumerate(_SECRETS)
    )
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----(?=[\s\\n\"',>#]*[A-Za-z0-9+/=:, -]{30})"
)


def secrets_in(text: str) -> Iterator[tuple[str, str, int]]:
    """What looks like a key in a text: what it is, how it begins (never the whole), and at which character."""
    for found in _SECRET.finditer(text):
        number = int((found.lastgroup or "s0")[1:])
        if _looks_real(found[0]):
            start = "https://hooks.slack.com/" if "//" in found[0] else found[0][:4]
            yield _SECRETS[number][0], start, found.start()
    for found in _PRIVATE_KEY.finditer(text):
        yield "a private key", "-----BEGIN", found.start()


def _looks_real(secret: str) -> bool:
    """Keys are random; what people write in their place (`xxxx`, `YOUR_TOKEN`, `EXAMPLE`) is not."""
    tail = secret[4:].rpartition("/")[2]
    placeholder = re.search(r"example|your|token|secret|x{4}|0{6}|\.\.\.", tail, re.IGNORECASE)
    mixed = sum(bool(re.search(kind, tail)) for kind in ("[a-z]", "[A-Z]", "[0-9]")) >= 2
    return mixed and not placeholder and len(set(tail)) >= 8


class SecretInText(Check):
    """Something that looks like a password or key.

    Looked for are keys of AWS, GitHub, Google, Hugging Face, OpenAI, Anthropic and Slack and private keys, in all
    text files and in the code and outputs of notebooks.

    Why: The repository is read by robots within minutes. Whoever has the key can spend your money or act in your
    name.

    Bad:
        client = Client(api_key="sk-…the whole key…")

    Good:
        client = Client(api_key=os.environ["API_KEY"])

    Mend: Revoke the key where you got it, now: deleting the line is not enough, git keeps every version. Then read
    it from the environment.
    """

    id = "secret-in-text"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Every text file, notebooks cell by cell, and the values of course.yml."""
        for path, data in course.data.items():
            if path.lower().endswith(tuple(BINARY_SUFFIXES)) or not any(mark in data for mark in _MARKS):
                continue
            document = course.documents.get(path)
            if isinstance(document, Notebook) and path.endswith(".ipynb"):
                yield from self._in_notebook(document, decode(data))
            else:
                yield from self._in_text(path, _decoded(data))
        for text, place in _texts(course.config_node):
            for what, start, _ in secrets_in(text):
                yield self._found("course.yml", what, start, place)

    def _in_text(self, path: str, text: str) -> Iterator[Diagnostic]:
        for what, start, at in islice(secrets_in(text), MOST_SECRETS):
            yield self._found(path, what, start, _place(text, at))

    def _in_notebook(self, book: Notebook, text: str) -> Iterator[Diagnostic]:
        """Cells are searched, not the JSON: what a picture is encoded as may look like anything."""
        starts = [0, *(found.end() for found in re.finditer("\n", text))]
        before = (
            1  # Jupyter writes a cell's outputs before its source: they are searched from the cell before on
        )
        for number, cell in enumerate(book.cells, 1):
            for content, line, where in (
                (cell.source, cell.line, ""),
                (cell.output_text, before, ", output"),
            ):
                for what, start, at in islice(secrets_in(content), MOST_SECRETS):
                    found = text.find(content[at : at + 20], starts[line - 1])
                    place = _place(text, found) if found >= 0 else Place(cell.line)
                    yield self._found(
                        book.path, what, start, replace(place, cell=number), f"cell {number}{where}: "
                    )
            before = cell.line

    def _found(self, path: str, what: str, start: str, place: Place, where: str = "") -> Diagnostic:
        return self.at(path, f"{where}this looks like {what} (`{start}…`)", place)


def _decoded(data: bytes) -> str:
    try:
        return decode(data)
    except UnicodeDecodeError:  # of a type that isn't published; it may hold a key all the same
        return data.decode("latin-1")


def _place(text: str, at: int) -> Place:
    return Place(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))


def _texts(node: Node) -> Iterator[tuple[str, Place]]:
    """Every text in a YAML document, with its place."""
    inner = (
        node.value.values()
        if isinstance(node.value, dict)
        else node.value
        if isinstance(node.value, list)
        else ()
    )
    for one in inner:
        yield from _texts(one)
    if isinstance(node.value, str):
        yield node.value, node.place
