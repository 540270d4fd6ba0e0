"""A presentation's front matter: its papers, its code and its slides."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from coursekit.checks import Check
from coursekit.course import Course, Presentation
from coursekit.linking import lasting, references
from coursekit.model import Diagnostic, Place, Severity
from coursekit.page import Page
from coursekit.pdf import Pdf
from coursekit.schema import PresentationMeta, nearest

DECKS = re.compile(
    r"https?://(?:docs\.google\.com/(?:\w+/)*presentation/|(?:[\w-]+\.)?slideshare\.net/|speakerdeck\.com/|(?:www\.)?slides\.com/|(?:www\.)?canva\.com/design/)",
    re.IGNORECASE,
)
_STORES = re.compile(
    r"https?://(?:drive\.google\.com|docs\.google\.com|(?:www\.)?dropbox\.com|1drv\.ms|onedrive\.live\.com|[\w-]+\.sharepoint\.com|(?:[\w-]+\.)?box\.com|prezi\.com|(?:www\.)?icloud\.com|gamma\.app|pitch\.com)/",
    re.IGNORECASE,
)
_SAYS_SLIDES = re.compile(r"\b(?:slides?|slide ?deck|deck|presentation|powerpoint|keynote)\b", re.IGNORECASE)
_REPOSITORY = re.compile(
    r"https?://(?:(?:www\.)?github\.com/[^/?#]+/[^/?#]+|bitbucket\.org/[^/?#]+/[^/?#]+"
    r"|gitlab\.com/(?:(?!-/)[^/?#]+/)+(?:[^/?#]+(?=/?\Z)|-))(/[^?#]*)?"
)
_GIST = re.compile(r"https?://gist\.github\.com/(?:[\w-]+/)?[0-9a-f]{20,40}/?(?:[?#].*)?")
_BRANCHES = frozenset({"main", "master", "develop", "dev", "devel", "trunk", "head", "gh-pages"})


def described(course: Course) -> Iterator[tuple[Presentation, Page, PresentationMeta]]:
    """The presentations whose front matter could be read."""
    for talk in course.presentations:
        if talk.page and isinstance(talk.page.meta, PresentationMeta):
            yield talk, talk.page, talk.page.meta


class PaperMissing(Check):
    """A presentation names neither a paper nor a topic.

    At least one paper stands under `papers`; a talk that is about a subject and not about a paper says `topic`.

    Why: The list of papers, and everybody who wants to read before the session, need to know what it is about.

    Bad:
        title: Deep clustering
        papers: []

    Good:
        title: Deep clustering
        papers:
          - {title: "Deep clustering: discriminative embeddings", url: https://arxiv.org/abs/1508.04306}

    Mend: Add the paper with its title and the address of its abstract page, or write `topic: …`.
    """

    id = "paper-missing"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each presentation that is handed in."""
        for _, page, meta in described(course):
            if not meta.papers and not meta.topic:
                yield self.at(
                    page.path, "neither `papers` nor a `topic` says what is presented", page.place("papers")
                )


class CodeMissing(Check):
    """A presentation names no code-base.

    At least one stands under `code`: the authors' own, somebody else's, or a library that holds the method.

    Why: The course is for practitioners: each presentation shows where the idea can be seen at work.

    Bad:
        title: Deep clustering
        code: []

    Good:
        title: Deep clustering
        code:
          - {title: nussl, url: https://github.com/nussl/nussl/tree/17368d4}

    Mend: Add a code-base with its title and its address at a commit.
    """

    id = "code-missing"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each presentation that is handed in."""
        for _, page, meta in described(course):
            if not meta.code:
                yield self.at(page.path, "no code-base is named under `code`", page.place("code"))


class SlidesMissing(Check):
    """The slides are only linked to; the PDF itself is missing.

    This is reported where `slides` is an address; and where one of `links` or the text leads to slides on another
    site (Google Slides, a shared drive, SlideShare and so on) and no PDF lies in the presentation's folder.

    Why: Shared slides vanish when their author leaves, and often not everybody may open them. The PDF stays.

    Bad:
        slides: https://docs.google.com/presentation/d/1a2b3c

    Good:
        slides: slides.pdf

    Mend: Export the slides as `slides.pdf` and put it beside index.md. A link to the original may stand under
    `links`.
    """

    id = "slides-missing"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """At most one finding for each presentation: the first link that shows it."""
        message = "the slides are only linked to; their PDF is not in the folder"
        for talk in course.presentations:
            # a PDF that the gate kept out has a finding of its own
            kept_out = any(
                path.startswith(talk.folder + "/") and path.lower().endswith(".pdf")
                for path in course.refused
            )
            if not talk.page or kept_out:
                continue
            help = f"save them as {talk.folder}/slides.pdf"
            slides = talk.page.said("slides") or ""
            if "://" in slides:
                place = talk.page.place("slides")
                yield self.at(talk.page.path, message, place, f"{help}, and write  slides: slides.pdf")
            elif not talk.material.pdfs and (linked := next(_links_to_slides(talk.page), None)):
                yield self.at(talk.page.path, message, linked, help)


def _links_to_slides(page: Page) -> Iterator[Place]:
    for key, reference, place in references(page):
        if key == "links" and _is_deck(reference.url, reference.title):
            yield place
    for link in page.prose.links:
        if not link.picture and _is_deck(link.target, link.text) and _SAYS_SLIDES.search(link.text):
            yield link.place


def _is_deck(url: str, words: str) -> bool:
    return bool(DECKS.match(url) or (_STORES.match(url) and _SAYS_SLIDES.search(words)))


class SlidesNotFound(Check):
    """The file that `slides` names is not in the presentation's folder.

    `slides` is the name of a PDF that lies beside index.md.

    Why: The page of the presentation would show no slides.

    Bad:
        slides: Slides.pdf        (the file is called slides.pdf)

    Good:
        slides: slides.pdf

    Mend: Correct the name, or add the PDF. If it is called slides.pdf, the line can be left out.
    """

    id = "slides-not-found"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each presentation that names a file."""
        for talk, page, meta in described(course):
            if not meta.slides or "://" in meta.slides:
                continue
            path = f"{talk.folder}/{meta.slides}"
            document = course.documents.get(path)
            if path in course.refused or isinstance(document, Pdf) or (document and document.faults):
                continue  # it is there; what is wrong with the file itself has a finding of its own
            names = [posixpath.relpath(pdf.path, talk.folder) for pdf in talk.material.pdfs]
            meant = nearest(posixpath.normpath(meta.slides).lower(), names) or (
                names[0] if len(names) == 1 else None
            )
            message = (
                f"`{meta.slides}` is no PDF"
                if document
                else f"there is no file `{meta.slides}` in this folder"
            )
            yield self.at(
                page.path, message, page.place("slides"), f"did you mean `{meant}`?" if meant else ""
            )


class SlidesAmbiguous(Check):
    """Several PDFs could be the slides, and none is chosen.

    Without a `slides` line the only PDF whose name starts with `slides` is shown. Here there are several.

    Why: The site does not guess, and shows none of them as the slides.

    Bad:
        slides.pdf and slides-old.pdf, without a `slides` line

    Good:
        slides: slides.pdf

    Mend: Name one of them in the front matter, or delete those that are out of date.
    """

    id = "slides-ambiguous"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each presentation without a `slides` line."""
        for talk, page, meta in described(course):
            decks = [
                pdf.name
                for pdf in talk.material.pdfs
                if pdf.folder == talk.folder and pdf.name.startswith("slides")
            ]
            if not meta.slides and len(decks) > 1:
                listed = ", ".join(f"`{name}`" for name in decks)
                yield self.at(
                    page.path,
                    f"{listed} could all be the slides",
                    page.place("slides"),
                    f"choose one:  slides: {min(decks, key=len)}",
                )


class CodeNotPinned(Check):
    """A code-base is linked to without saying which state of it.

    Looked at are the addresses on GitHub, GitLab and Bitbucket under `code`: a bare repository or one of its main
    branches; and gists without a revision.

    Why: Code moves on. In a year readers will find other files there than those that you explained.

    Bad:
        - {title: nussl, url: https://github.com/nussl/nussl}

    Good:
        - {title: nussl, url: https://github.com/nussl/nussl/tree/17368d4}

    Mend: Open the repository on GitHub, press `y`, and copy the address: it now names the commit. A tag is fine too.
    """

    id = "code-not-pinned"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each code-base of a presentation."""
        for _, page, _meta in described(course):
            for key, reference, place in references(page):
                if key == "code" and (state := _moving(reference.url)):
                    help = (
                        "open `Revisions` of the gist and copy the address of the last one"
                        if _GIST.fullmatch(reference.url)
                        else ""
                    )
                    yield self.at(
                        page.path, f"the address of the code names {state}, which changes", place, help
                    )


def _moving(url: str) -> str | None:
    """What a repository's address names instead of a commit or a tag; None where it is fine, or can't be known."""
    if _GIST.fullmatch(url):
        return "no revision of the gist"
    found = _REPOSITORY.match(url)
    if not found or re.search(r"#L\d|\.pdf\Z", url, re.IGNORECASE):  # lines and PDFs have rules of their own
        return None
    parts = [part for part in (found[1] or "").split("/") if part]
    if not parts:
        return "no commit"
    if (
        parts[0] in {"tree", "blob", "src"}
        and len(parts) > 1
        and not lasting(parts[1])
        and parts[1].lower() in _BRANCHES
    ):
        return f"the branch `{parts[1]}`"
    return None
