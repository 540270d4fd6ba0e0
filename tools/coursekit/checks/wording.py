"""Words that stand in for something: of links, of pictures, of headings."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.linking import judged_texts, references, written_links
from coursekit.model import Diagnostic, Heading, Severity
from coursekit.page import Page
from coursekit.site import split

_SAYS_NOTHING = re.compile(
    r"(?:click |read |see |look )?(?:(?:right )?here|this|link|this link|the link|more|this page|page|url|website)\W*",
    re.IGNORECASE,
)
_ANY_PICTURE = re.compile(
    r"(?:an? |the )?(?:image|img|picture|pic|photo|figure|fig|screenshot|screen shot|plot|graph|chart|diagram|alt text|alt|untitled|todo)"
    r"(?:[ _-]?\d+)?\W*",
    re.IGNORECASE,
)
_ANY_WORK = re.compile(
    r"(?:links? to )?(?:the |our |original |official |main |additional |other |more )*"
    r"(?:papers?|articles?|pdf|code|code[ -]?bases?|source code|repo|repository|github|implementation|link)\W*",
    re.IGNORECASE,
)
_FILE_NAME = re.compile(r"[\w .()-]+\.(?:png|jpe?g|gif|svg|webp|bmp|tiff?)", re.IGNORECASE)


class LinkText(Check):
    """The words of a link don't say where it leads.

    Looked at are links whose words are only `here`, `link`, `this`, `click here`, `more` and the like.

    Why: Who listens to a page, or skims it, hears or sees the links without the sentence around them.

    Bad:
        The paper is [here](https://arxiv.org/abs/1508.04306).

    Good:
        Read [Deep clustering](https://arxiv.org/abs/1508.04306).

    Mend: Put the brackets around the words that name what the link leads to.
    """

    id = "link-text"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each link with words."""
        for source, link in written_links(course):
            if not link.picture and link.target.strip() and _SAYS_NOTHING.fullmatch(link.text.strip()):
                message = f"the words `{link.text.strip()[:40]}` don't say where the link leads"
                help = f"name it: [{_named(link.target)}]({link.target[:80]})"
                yield self.at(source, message, link.place, help)


def _named(target: str) -> str:
    parts = split(target)
    stem = posixpath.splitext(posixpath.basename(parts.path.rstrip("/")))[0]
    return (
        "the paper's title"
        if "arxiv" in parts.netloc
        else (stem.replace("-", " ") or parts.netloc or "what it is")[:60]
    )


class AltTextEmptyWords(Check):
    """The text of a picture is only its file's name, or a word such as `image`.

    Looked at is what stands between the square brackets of a picture.

    Why: Somebody who can't see the picture is told that there is one, and nothing of what it shows.

    Bad:
        ![image.png](figures/image.png)
        ![Figure 1](figures/loss.png)

    Good:
        ![The loss falls from 2 to 0.5 within ten epochs, then stays](figures/loss.png)

    Mend: Say in one sentence what one should see in the picture.
    """

    id = "alt-text-empty-words"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each picture with a text."""
        for source, link in written_links(course):
            alt = " ".join((link.alt or "").split())
            if link.picture and link.text and _no_words(alt, link.target):
                message = f"`{alt[:60]}` says nothing of what the picture shows"
                help = f"write what one should see: ![The loss falls, then stays]({link.target[:80]})"
                yield self.at(source, message, link.place, help)


def _no_words(alt: str, target: str) -> bool:
    stem = posixpath.splitext(posixpath.basename(split(target).path))[0]
    same = " " not in alt and re.search(r"[\d_-]", alt) is not None and alt.casefold() == stem.casefold()
    return bool(_ANY_PICTURE.fullmatch(alt) or _FILE_NAME.fullmatch(alt) or same)


class PaperTitleEmptyWords(Check):
    """The title of a paper or code-base says only that it is one.

    Looked at are `papers`, `code`, `reading`, `discuss` and `paper` of a front matter; such titles are `Paper`,
    `Link to paper`, `Codebase` and the like.

    Why: The list of papers shows all of them below each other. Beside your talk `Paper` is enough; there it is the
    tenth of that name.

    Bad:
        - {title: Link to paper, url: https://arxiv.org/abs/1508.04306}

    Good:
        - {title: "Deep clustering: discriminative embeddings", url: https://arxiv.org/abs/1508.04306}

    Mend: Write the title as it stands at the top of the paper, and the name of the repository.
    """

    id = "paper-title-empty-words"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each reference of each front matter but for `links`, which stand beside their talk only."""
        for page in course.judged(Page):
            for key, reference, place in references(page):
                if key != "links" and _ANY_WORK.fullmatch(reference.title.strip()):
                    message = f"the title `{reference.title.strip()[:40]}` does not say which one"
                    yield self.at(page.path, message, place)


def _headings(course: Course) -> Iterator[tuple[str, tuple[Heading, ...]]]:
    for document in judged_texts(course):
        yield document.path, document.prose.headings


class HeadingEmpty(Check):
    """A heading has no words.

    A line of signs `#` with nothing behind them is a heading too.

    Why: The table of contents gets a line that cannot be read or clicked.

    Bad:
        ##

    Good:
        ## The objective

    Mend: Write the heading behind the signs, or delete the line.
    """

    id = "heading-empty"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each heading."""
        for path, headings in _headings(course):
            for heading in headings:
                if not heading.text.strip(" #"):
                    yield self.at(path, "a heading without words", heading.place)


class HeadingTwice(Check):
    """Two headings of one section have the same words.

    The same words below different headings are fine, such as `Results` below two experiments.

    Why: In the table of contents nobody can tell the two apart, and the anchor of the second changes as soon as
    somebody adds a third.

    Bad:
        ## Results
        ## Discussion
        ## Results

    Good:
        ## Results
        ## Discussion
        ## Results on noisy speech

    Mend: Say in the second heading what is different, or put both sections together.
    """

    id = "heading-twice"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each heading against those of the same level below the same heading."""
        for path, headings in _headings(course):
            above: list[str] = []
            first: dict[tuple[str, ...], Heading] = {}
            for heading in headings:
                del above[heading.level - 1 :]
                above += [""] * (heading.level - 1 - len(above)) + [heading.text.casefold()]
                other = first.setdefault(tuple(above), heading)
                if other is not heading and heading.text.strip(" #"):
                    message = (
                        f"`{heading.text[:60]}` stands here a second time (first in line {other.place.line})"
                    )
                    yield self.at(path, message, heading.place)
