"""Files as such: their names, sizes, types and bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.model import Diagnostic, Severity
from coursekit.naming import note_meant, rename_of, renames_of


def _with_mends(check: Check, course: Course) -> Iterator[Diagnostic]:
    """The faults that were filed under a check's rule, and whether another name would mend them."""
    faults = course.faults.get(check.id, ())
    mendable = renames_of(course).done if faults else {}
    for path, fault in faults:
        yield check.at(path, fault.message, fault.place, fault.help, fixable=path in mendable)


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

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """What the gate kept out for its name; a name that is taken is somebody's to choose."""
        for finding in _with_mends(self, course):
            is_folder = finding.message.startswith("the folder")  # the gate did not look into it
            rename = rename_of(course, finding.path, is_folder=is_folder)
            meant = None if is_folder else note_meant(course, finding.path)
            meant = meant or (rename.new_path if rename else None)
            help = f"rename it:  git mv '{finding.path}' {meant}"
            yield replace(finding, help=help) if meant else finding


class FileIrregular(Check):
    """Only ordinary files and folders are read: no symbolic links, pipes or devices.

    A link is refused even if it leads to another file of the course.

    Why: A link can lead out of the course, or to a file that only your computer has; reading a pipe would
    never end. What the site shows has to be in the repository.

    Bad:
        presentations/week-04/attention/slides.pdf -> /home/ada/Desktop/slides.pdf

    Good:
        presentations/week-04/attention/slides.pdf        (the file itself)

    Mend: Delete the link and copy the file itself to its place.
    """

    id = "file-irregular"


class FileTooLarge(Check):
    """A file is larger than the course allows.

    The limits are `policy.max_file_mb` and, for Markdown, `policy.max_text_kb` of course.yml.

    Why: Git keeps every version of a file for ever, and everybody who clones the course loads all of them.
    Readers on a phone wait for each megabyte.

    Bad:
        presentations/week-04/attention/slides.pdf        48.2 MB

    Good:
        presentations/week-04/attention/slides.pdf         2.9 MB

    Mend: Make the pictures in it smaller (1600 pixels are wide enough for a slide), or put data sets and
    videos where such files live and link to them.
    """

    id = "file-too-large"


class FileEmpty(Check):
    """A file has no content at all.

    It is zero bytes long.

    Why: Nearly always a save or an upload went wrong, and the author does not know it yet.

    Bad:
        presentations/week-04/attention/slides.pdf        0 bytes

    Good:
        presentations/week-04/attention/slides.pdf        2,914,302 bytes

    Mend: Save the file again and commit it, or delete it.
    """

    id = "file-empty"


class FileLfsPointer(Check):
    """A git-LFS pointer was committed instead of the file.

    A pointer is a text of three lines that starts with `version https://git-lfs`. The file that it stands
    for is somewhere else.

    Why: The site would offer the three lines as if they were your slides or your picture.

    Bad:
        version https://git-lfs.github.com/spec/v1
        oid sha256:4d7a…
        size 2914302

    Good:
        the PDF, the picture or the sound itself

    Mend: Commit the file without LFS: `git lfs uninstall`, remove its line from `.gitattributes`, then add
    the file again.
    """

    id = "file-lfs-pointer"


class FileContent(Check):
    """A file is not what its name says.

    The first bytes of a PDF, of a picture and of a sound say what it is. They are compared with the suffix
    of the name.

    Why: Renaming a file does not convert it. A picture named `.pdf` opens nowhere, and a web page that was
    saved as `slides.pdf` is a page that says "please log in".

    Bad:
        slides.pdf, which starts with  <!DOCTYPE html>

    Good:
        slides.pdf, which starts with  %PDF-1.7

    Mend: Export the file again in the format that its name says, or give it the suffix of what it is.
    """

    id = "file-content"


class FileEncoding(Check):
    """A text file is not saved as UTF-8.

    Markdown, notebooks, code, tables and course.yml are read as UTF-8; a byte-order mark does no harm.

    Why: In any other encoding an `é` or a `–` turns into other characters, or nothing can be read at all.

    Bad:
        notes.md, saved as "Windows-1252" or "UTF-16"

    Good:
        notes.md, saved as "UTF-8"

    Mend: Save the file as UTF-8: in VS Code click on the encoding in the bottom bar and choose "Save with
    Encoding"; or run `iconv -f latin1 -t utf-8 notes.md > new.md`.
    """

    id = "file-encoding"


class FileControlCharacter(Check):
    """A text contains an invisible control character.

    These are the ASCII controls but for tabs and line ends, and the characters that turn the direction of
    writing around. They mostly come with text that was copied from a PDF or a terminal.

    Why: Some programs stop at them. Those that turn the direction can make a line read other than it is.

    Bad:
        The loss⟨U+0008⟩ falls.

    Good:
        The loss falls.

    Mend: Go to the line and column, delete the character and write the word again.
    """

    id = "file-control-character"


class FileCollision(Check):
    """Two files would land at the same address.

    Names that differ only in capitals, or in the way an accent is stored, count as the same; so do `talk.md`
    and `talk/index.md`, and a `README.md` beside an `index.md`.

    Why: One of the two would silently take the other's place on the site, and computers with macOS or Windows
    can't even check both out.

    Bad:
        presentations/week-04/attention/Notes.md
        presentations/week-04/attention/notes.md

    Good:
        presentations/week-04/attention/notes.md
        presentations/week-04/attention/more-notes.md

    Mend: Rename one of the two, or put both texts into one file.
    """

    id = "file-collision"


class FileType(Check):
    """A file of this type is not published.

    Published are Markdown, notebooks, PDFs, pictures, sound, code and tables. Slides in the format of an
    office program, archives, web pages and videos are not.

    Why: A reader can't open them in the browser or can't trust them, and nobody can see in a pull request
    what changed in them.

    Bad:
        presentations/week-04/attention/slides.pptx

    Good:
        presentations/week-04/attention/slides.pdf

    Mend: Export the file in a format that every reader can open (slides as .pdf), or link to it.
    """

    id = "file-type"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """What the reader says; a scribe note only lacks its `.md`."""
        yield from _with_mends(self, course)


class FileConflictMarkers(Check):
    """A merge conflict was left unresolved.

    Lines that start with `<<<<<<<` or `>>>>>>>` are what git writes where two people changed the same lines.

    Why: Both versions and git's own marks would stand on the page.

    Bad:
        <<<<<<< HEAD
        The loss is convex.
        =======
        The loss is not convex.
        >>>>>>> main

    Good:
        The loss is not convex.

    Mend: Keep the right version, delete the other one and the three marker lines, and commit.
    """

    id = "file-conflict-markers"


class PageTooHeavy(Check):
    """A file took too much time, memory or depth to read, and was left out.

    Each file is read in a process of its own, with limits that ordinary material never comes near.

    Why: One file must not be able to stop the site of everybody. A reader's browser would have the same
    trouble with it.

    Bad:
        a list with 300 levels, a notebook with a table of a million cells, a PDF with millions of lines

    Good:
        lists with three levels, the first rows of a table, plots saved as pictures

    Mend: Make the file smaller or simpler; split a long one in two. If it is an ordinary file, tell the
    instructor: then the limit is wrong.
    """

    id = "page-too-heavy"
