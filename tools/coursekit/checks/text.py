"""Texts: their pictures, their headings, and what must never stand in them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from itertools import pairwise

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.linking import Finder, is_elsewhere, judged_texts, written_links
from coursekit.model import Diagnostic, Heading, Link, Place, Severity
from coursekit.notebook import Notebook
from coursekit.page import Page
from coursekit.scribe_note import ScribeNote
from coursekit.secrets import said, secrets_in
from coursekit.site import site_of, split
from coursekit.yamltext import Node

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
        finder = Finder(site_of(course))
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
    for document in judged_texts(course):
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
    given = document.said("title") if isinstance(document, Page) else None
    return given is None or isinstance(document, ScribeNote) or given.casefold() == heading.text.casefold()


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
        yield from super().run(course)
        for text, place in _texts(course.config_node):
            for what, start, _ in secrets_in(text):
                yield self.at("course.yml", said(what, start), place)


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
