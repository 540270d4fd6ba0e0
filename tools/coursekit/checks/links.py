"""Links: whether they lead to something, and will still do so in a year."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from itertools import count
from urllib.parse import unquote

from coursekit.addresses import is_local
from coursekit.checks import Check
from coursekit.course import Course
from coursekit.linking import MOST_GUESSES, Finder, is_elsewhere, lasting, references, relative, written_links
from coursekit.model import Diagnostic, Link, Place, Severity
from coursekit.page import Page
from coursekit.site import site_of, split

_LINES_OF_CODE = re.compile(
    r"https?://(?:(?:www\.)?github\.com/[^/]+/[^/]+/(?:blob|blame)|gitlab\.com/.+/-/(?:blob|blame)|bitbucket\.org/[^/]+/[^/]+/src)"
    r"/([^/#?]+)/[^#]*#(?:L|lines-)\d",
    re.IGNORECASE,
)
_TOP = ("", "top")  # anchors that every page has


class LinkTargetMissing(Check):
    """A link leads to a file or page that is not there.

    Looked at are the links of Markdown files, of HTML in them, and of notebooks' text cells. They are relative to
    the file that they stand in; one that starts with `/` is relative to the course's root. Capitals count.

    Why: A reader who clicks on it gets nowhere.

    Bad:
        [the derivation](notes/Derivation.md)

    Good:
        [the derivation](notes/derivation.md)

    Mend: Correct the path, or add the file. Pages that the site makes itself are linked as if they lay in
    `site_src`, for example `[all papers](../../../site_src/papers.md)`.
    """

    id = "link-target-missing"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each link but for pictures, which have a rule of their own."""
        finder = Finder(site_of(course))
        for source, link in written_links(course):
            if not link.picture and finder.missing(source, link.target):
                message, help = finder.problem(source, link.target, "leads to nothing")
                yield self.at(source, message, link.place, help)


class LinkAnchorMissing(Check):
    """A link leads to a place in a page that is not there.

    The part of a link behind `#` names a heading: its words in lower case, joined by hyphens. The page that it
    leads to exists, but has no such heading.

    Why: The reader lands at the top of the page and has to search for what was meant.

    Bad:
        ## The objective function
        …
        [see above](#the-objective)

    Good:
        ## The objective function
        …
        [see above](#the-objective-function)

    Mend: Write the heading's anchor; on the site it stands in the address once you click on the sign behind the
    heading. A heading can be given one that lasts: `## The objective function {#objective}`.
    """

    id = "link-anchor-missing"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each link to a page whose anchors are known."""
        site, guesses = site_of(course), count()
        for source, link in written_links(course):
            anchor = unquote(split(link.target).fragment)
            if anchor.lower() in _TOP or anchor.startswith(":~:") or is_elsewhere(link.target):
                continue
            found = site.lookup(source, link.target)
            if found and found[1].anchors is not None and anchor not in found[1].anchors:
                guess = next(guesses) < MOST_GUESSES
                yield self._missing(source, link, anchor, found[0], found[1].anchors, guess=guess)

    def _missing(
        self, source: str, link: Link, anchor: str, page: str, anchors: frozenset[str], *, guess: bool
    ) -> Diagnostic:
        where = "this page" if page == source else page
        slug = re.sub(r"[^\w-]+", "-", anchor.lower()).strip("-")
        close = difflib.get_close_matches(slug, sorted(anchors), n=1, cutoff=0.5) if guess else []
        help = f"did you mean `#{close[0]}`?" if close else ""
        return self.at(source, f"{where} has no place called `#{anchor}`", link.place, help)


class LinkLocalPath(Check):
    """A link leads to a place on its author's own computer.

    These are `file:` addresses, paths such as `C:\\\\Users\\\\…`, `/home/…` and `/Users/…`, and addresses of a server
    on the same computer (`localhost`).

    Why: It works for you and for nobody else.

    Bad:
        [the data](/home/ada/course/data.csv)

    Good:
        [the data](data.csv)

    Mend: Put the file beside your text and link to it by its name.
    """

    id = "link-local-path"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """What the texts hold, and the addresses of front matter."""
        yield from super().run(course)
        for page in course.judged(Page):
            for _, reference, place in references(page):
                if is_local(reference.url):
                    yield self.at(page.path, f"`{reference.url}` exists on your own computer only", place)


class LinkOutside(Check):
    """A link leads out of the course's folder.

    Each `../` goes up one folder. This link has more of them than there are folders.

    Why: What lies outside is neither in the repository nor on the site.

    Bad:
        [my notes](../../../../notes/attention.md)

    Good:
        [my notes](attention.md)

    Mend: Copy the file into the course and link to it there; or take out one `../`.
    """

    id = "link-outside"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Links and pictures alike."""
        finder = Finder(site_of(course))
        for source, link in written_links(course):
            if (
                link.target.strip()
                and not is_elsewhere(link.target)
                and finder.wanted(source, link.target).startswith("..")
            ):
                meant = finder.meant(source, finder.wanted(source, link.target))
                help = f"did you mean `{relative(source, meant)}`?" if meant else ""
                yield self.at(source, f"`{link.target}` leads out of the course's folder", link.place, help)


class LinkMovingBranch(Check):
    """A link to lines of code names a branch, on which the lines move.

    Looked at are links to a line on GitHub (`…/blob/main/model.py#L66`), GitLab or Bitbucket, in texts and in front
    matter. A link to a file without a line is fine.

    Why: With the next commit line 66 holds something else, and your explanation of it is about the wrong code.

    Bad:
        https://github.com/example/code/blob/main/model.py#L66

    Good:
        https://github.com/example/code/blob/17368d4/model.py#L66

    Mend: Open the link on GitHub and press `y`: the address changes into the permalink of the commit. Copy that.
    """

    id = "link-moving-branch"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Texts first, then front matter."""
        for source, link in written_links(course):
            yield from self._judge(source, link.target, link.place)
        for page in course.judged(Page):
            for _, reference, place in references(page):
                yield from self._judge(page.path, reference.url, place)
            for index, claim in enumerate(page.said("claims", ())):
                yield from self._judge(
                    page.path, claim.evidence or "", page.place("claims", index, "evidence")
                )

    def _judge(self, path: str, target: str, place: Place) -> Iterator[Diagnostic]:
        found = _LINES_OF_CODE.match(target)
        if found and not lasting(unquote(found[1])):
            yield self.at(
                path,
                f"a link to lines of code on the branch `{unquote(found[1])}`, where they will move",
                place,
            )


class LinkEmpty(Check):
    """A link without an address.

    There is nothing between the brackets.

    Why: It looks like a link and does nothing; mostly the address was to be filled in later.

    Bad:
        [the paper]()

    Good:
        [the paper](https://arxiv.org/abs/1508.04306)

    Mend: Write the address between the round brackets, or take the brackets away.
    """

    id = "link-empty"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Links and pictures alike."""
        for source, link in written_links(course):
            if not link.target.strip():
                words = " ".join(link.text.split())[:60]
                message = (
                    f"the link `{words}` has no address" if words else "a link without words and address"
                )
                yield self.at(source, "a picture without a file" if link.picture else message, link.place)
