"""PDFs: whether they can be read, shown and offered for download."""

from __future__ import annotations

from coursekit.checks import Check


class PdfInvalid(Check):
    """A PDF is damaged and can't be read.

    It is cut off, has no pages, or its parts don't fit together. Some viewers repair such a file in silence;
    others show nothing.

    Why: The site can't show its pages, and a reader who downloads it may not be able to open it.

    Bad:
        slides.pdf, of which only the first 2 of 5 MB were uploaded

    Good:
        slides.pdf, whole: it ends with the line  %%EOF

    Mend: Export or copy the file again, open it once to see that all pages are there, and commit it.
    """

    id = "pdf-invalid"


class PdfEncrypted(Check):
    """A PDF is protected by a password.

    Protection against printing or copying counts too, even where the file opens without asking.

    Why: The pages of a protected file can't be drawn for the site, and nobody can look for what it holds.

    Bad:
        slides.pdf, exported with "Protect with a password" or "Restrict editing"

    Good:
        slides.pdf, exported without a password

    Mend: Export the document again with all protection off. If all you have is the protected file, open it and
    print it into a new PDF.
    """

    id = "pdf-encrypted"


class PdfActiveContent(Check):
    """A PDF holds scripts, attached files or actions that start programs.

    Ordinary links, to web pages and inside the document, are fine. So are pictures and fonts.

    Why: Slides need none of it, and it is what harmful PDFs are made of. The pages are shown on the site, but the
    file itself is not offered for download.

    Bad:
        slides.pdf with a form, a script that runs when it is opened, or an attached data.zip

    Good:
        slides.pdf with text, pictures and links; data.csv lies beside it in the folder

    Mend: Print the document into a new PDF; put attached files beside it in the folder.
    """

    id = "pdf-active-content"


class PdfPages(Check):
    """A PDF has more pages than the site shows.

    At most 300 pages of a document are read.

    Why: Each page becomes a picture that readers load. A deck with hundreds of pages is mostly a book, or a deck
    in which each step of an animation became a page of its own.

    Bad:
        slides.pdf with 640 pages

    Good:
        slides.pdf with the 40 pages of the talk

    Mend: Export without a page for each animation step, keep the pages that you show, or link to the book.
    """

    id = "pdf-pages"
