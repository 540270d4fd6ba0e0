"""Papers and code-bases of front matter: one paper under one title, by the address that serves readers best."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from coursekit.checks import Check
from coursekit.course import Course, remembered
from coursekit.model import Diagnostic, Place, Severity
from coursekit.page import Page
from coursekit.papers_identity import paper_identity, paper_key, same_title
from coursekit.schema import Reference
from coursekit.site import split

_LISTS = ("papers", "reading")
_SINGLE = ("discuss", "paper")
_VIDEOS = frozenset(
    {"youtube.com", "youtu.be", "vimeo.com", "ted.com", "videolectures.net", "slideslive.com"}
)
_CODE = frozenset(
    {
        "github.com",
        "gitlab.com",
        "bitbucket.org",
        "gist.github.com",
        "colab.research.google.com",
        "kaggle.com",
    }
)
_BLOGS = frozenset(
    {"medium.com", "towardsdatascience.com", "substack.com", "reddit.com", "twitter.com", "x.com"}
)
_ENCYCLOPAEDIA = "wikipedia.org"


@dataclass(frozen=True, slots=True)
class Named:
    """A paper where a front matter names it: the page, the list, and the keys that lead to it."""

    page: Page
    path: tuple[str | int, ...]
    reference: Reference

    def place(self, key: str) -> Place:
        """Where its title, or its address, stands."""
        return self.page.place(*self.path, key)


@remembered
def named_papers(course: Course) -> tuple[Named, ...]:
    """Every paper of every front matter; what says of itself that it is none (`kind: video`) is left out."""
    return tuple(named for page in course.of(Page) for named in _named_on(page))


def _judged_papers(course: Course) -> Iterator[Named]:
    """Those papers whose page is judged."""
    return (one for one in named_papers(course) if course.judges(one.page.path))


def _named_on(page: Page) -> Iterator[Named]:
    found = [Named(page, (key, at), one) for key in _LISTS for at, one in enumerate(page.said(key, ()))]
    found += [Named(page, (key,), one) for key in _SINGLE if isinstance(one := page.said(key), Reference)]
    yield from (one for one in found if one.reference.kind in {None, "paper"})


def _host(url: str) -> str:
    """The host of an address without what stands before its last two words, but for known ones."""
    whole = (split(url).hostname or "").removeprefix("www.")
    return whole if whole in _CODE else ".".join(whole.split(".")[-2:])


def what_else(url: str) -> str:
    """What a host other than a publisher's offers: 'a video'; '' where it may be a paper."""
    host = _host(url)
    if split(url).path.lower().endswith(".pdf"):
        return ""
    if host in _VIDEOS:
        return "a video"
    if host in _CODE:
        return "code"
    if host in _BLOGS:
        return "a post"
    return "an article of an encyclopaedia" if host == _ENCYCLOPAEDIA else ""


class PaperAddress(Check):
    """A paper's address leads to a PDF or a mirror instead of the paper's own page.

    Known are arXiv and its mirrors, DOIs, OpenReview, NeurIPS, PMLR, JMLR, ACL, CVF, IEEE, HAL, ISCA, MERL and
    publishers whose addresses hold the DOI.

    Why: The paper's own page loads at once, also on a phone, and leads to every version, the code and the
    citation.

    Bad:
        - {title: Deep clustering, url: https://arxiv.org/pdf/1508.04306.pdf}

    Good:
        - {title: Deep clustering, url: https://arxiv.org/abs/1508.04306}

    Mend: Write the address that the help names.
    """

    id = "paper-address"
    severity = Severity.INFO
    fixable = True

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Papers of presentations, weeks and projects."""
        for one in _judged_papers(course):
            known = paper_identity(one.reference.url)
            if known and not known.is_page:
                pdf = ".pdf" in one.reference.url.lower() or "/pdf" in one.reference.url.lower()
                what = "a PDF" if pdf else "a copy"
                message = f"the address leads to {what}, not to the paper's page"
                yield self.at(one.page.path, message, one.place("url"), f"write {known.page}")


class PaperTwice(Check):
    """A front matter lists the same paper twice.

    Two addresses of one paper (its arXiv page and the PDF there, its DOI and the publisher's page) count as the
    same.

    Why: The list of papers would show it twice, as if two papers had been read.

    Bad:
        - {title: Deep clustering, url: https://arxiv.org/abs/1508.04306}
        - {title: Deep clustering (PDF), url: https://arxiv.org/pdf/1508.04306}

    Good:
        - {title: Deep clustering, url: https://arxiv.org/abs/1508.04306}

    Mend: Keep the entry that leads to the paper's own page, and delete the other.
    """

    id = "paper-twice"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each list by itself: a week may well discuss what it also reads."""
        seen: dict[tuple[str, str | int, str], Named] = {}
        for one in named_papers(course):
            first = seen.setdefault((one.page.path, one.path[0], paper_key(one.reference.url)), one)
            if first is not one:
                line = first.place("url").line
                message = f"this paper stands here a second time (first in line {line})"
                yield self.at(one.page.path, message, one.place("url"))


class PaperTitleDiffers(Check):
    """The same paper has another title elsewhere in the course.

    Titles are compared loosely: capitals, accents, punctuation and a subtitle that is left out don't count.

    Why: One of the two titles belongs to another paper, or the address does; readers follow the wrong one.

    Bad:
        - {title: Deep clustering, url: https://arxiv.org/abs/1508.04306}          (week 1)
        - {title: The deep attractor network, url: https://arxiv.org/abs/1508.04306}     (week 3)

    Good:
        - {title: Deep clustering, url: https://arxiv.org/abs/1508.04306}
        - {title: The deep attractor network, url: https://arxiv.org/abs/1611.08930}

    Mend: Open the address, and write the title that stands there, or the address of the paper that you mean.
    """

    id = "paper-title-differs"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each mention against the first one of the course."""
        first: dict[str, Named] = {}
        for one in named_papers(course):
            other = first.setdefault(paper_key(one.reference.url), one)
            if other is not one and not same_title(one.reference.title, other.reference.title):
                where = f"{other.page.path}, line {other.place('title').line}"
                message = f"the paper at this address is called `{other.reference.title}` in {where}"
                yield self.at(one.page.path, message, one.place("title"), about=(other.page.path,))


class PaperTitleIsAddress(Check):
    """The title of a paper, code-base or link is only its address.

    Looked at are all entries of a front matter that have a `title` and a `url`.

    Why: The lists of the course show titles. An address tells nobody what it leads to.

    Bad:
        - {title: arxiv.org/abs/1508.04306, url: https://arxiv.org/abs/1508.04306}

    Good:
        - {title: "Deep clustering: discriminative embeddings", url: https://arxiv.org/abs/1508.04306}

    Mend: Write the title as it stands at the top of the paper or page.
    """

    id = "paper-title-is-address"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Every reference of every page."""
        for page in course.judged(Page):
            for path, reference in _references(page):
                if _is_address(reference.title):
                    message = f"the title `{reference.title[:80]}` is an address"
                    yield self.at(page.path, message, page.place(*path, "title"))


def _references(page: Page) -> Iterator[tuple[tuple[str | int, ...], Reference]]:
    for key in (*_LISTS, "code", "links"):
        yield from (((key, at), one) for at, one in enumerate(page.said(key, ())))
    for key in _SINGLE:
        if isinstance(one := page.said(key), Reference):
            yield (key,), one


_ADDRESS = re.compile(r"(?:https?://|www\.)\S+|(?:[\w-]+\.)+[a-z]{2,6}/\S*|arxiv:\S+", re.IGNORECASE)


def _is_address(title: str) -> bool:
    return bool(_ADDRESS.fullmatch(title.strip()))


class PaperNotAPaper(Check):
    """What stands among the papers is a video, code or a post.

    Looked at are `papers`, `reading` and `discuss` whose entry does not say another `kind`, by the host of the
    address. A PDF on such a host may well be a paper.

    Why: The list of papers says what was read. A talk or a post about a paper is not the paper, and its author
    is somebody else.

    Bad:
        papers:
          - {title: Deep clustering explained, url: https://www.youtube.com/watch?v=0}

    Good:
        papers:
          - {title: Deep clustering, url: https://arxiv.org/abs/1508.04306}
        links:
          - {title: Deep clustering explained, url: https://www.youtube.com/watch?v=0, kind: video}

    Mend: Name the paper itself, and move this entry to `links` (code to `code`); in a week's `reading` give it
    its `kind`.
    """

    id = "paper-not-a-paper"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each paper by its host."""
        for one in _judged_papers(course):
            if what := what_else(one.reference.url):
                message = f"`{one.path[0]}` names {what} ({_host(one.reference.url)}), which is no paper"
                kind = {"a video": "video", "code": "code", "a post": "blog"}.get(what, "notes")
                move = "code" if kind == "code" else "links"
                help = f"move it to `{move}`" if one.path[0] == "papers" else f"say so:  kind: {kind}"
                yield self.at(one.page.path, message, one.place("url"), help)


class CodeNotCode(Check):
    """What stands under `code` is a paper, a video or a PDF.

    Looked at are the addresses under `code` of a presentation.

    Why: Readers who want to see the idea at work find no code behind this entry.

    Bad:
        code:
          - {title: nussl, url: https://arxiv.org/abs/1508.04306}

    Good:
        code:
          - {title: nussl, url: https://github.com/nussl/nussl/tree/17368d4}

    Mend: Write the address of the repository at a commit; move the paper to `papers`, a video to `links`.
    """

    id = "code-not-code"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each code-base of a presentation."""
        for page in course.judged(Page):
            for at, reference in enumerate(page.said("code", ())):
                url = reference.url
                what = "a paper" if _is_paper(url) else "a video" if _host(url) in _VIDEOS else ""
                if not what and split(url).path.lower().endswith(".pdf"):
                    what = "a PDF"
                if what:
                    yield self.at(page.path, f"`code` names {what}, not code", page.place("code", at, "url"))


def _is_paper(url: str) -> bool:
    known = paper_identity(url)
    return known is not None and not known.key.startswith("doi:")  # archived code has a DOI too
