"""Files as such: their names, sizes, types and bytes."""

from __future__ import annotations

from coursekit.checks import Check


class FileName(Check):
    """A file's or folder's name contains characters that break links.

    Spaces, accents, quotes, `#`, `?` and `%` have to be written differently in an address, in a shell and in
    Markdown.

    Why: A name that works on one computer gives a dead link on the site or can't be checked out on another
    system; two ways of writing `é` even look the same.

    Bad:
        presentations/week-04/poincaré/My Slides (final).pdf

    Good:
        presentations/week-04/poincare/slides.pdf

    Mend: Rename it with `git mv`: letters a-z, digits, `-`, `_` and `.` only.
    """

    id = "file-name"
    fixable = True
