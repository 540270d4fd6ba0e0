"""Notebooks: whether they can be read, and whether their stored outputs are those of their cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.model import Diagnostic, Place, Severity
from coursekit.notebook import Cell, Notebook
from coursekit.tidy.pairs import in_step, text_is_newer

# A home folder and the name in it; not the end of a web address such as https://example.org/home/ada/.
_HOME = re.compile(
    r"(?:(?<![\w./-])|(?<=file://))(?:/(?:Users|home)/|[A-Za-z]:[\\/]{1,2}Users[\\/]{1,2})([\w.-]+)[\\/]"
)
# Homes that are the same for everybody (hosted notebooks), and names that stand for any name.
_ANYBODY = frozenset(
    {
        "jovyan",
        "Shared",
        "Public",
        "user",
        "username",
        "name",
        "you",
        "me",
        "yourname",
        "your-name",
        "your_name",
    }
)
_CELL_MARK = re.compile(r"^# ?%%", re.MULTILINE)


def numbered_code(book: Notebook) -> Iterator[tuple[int, Cell]]:
    """The code cells that hold code, with their numbers among all cells."""
    for number, cell in enumerate(book.cells, 1):
        if cell.kind == "code" and cell.source.strip():
            yield number, cell


def at_cell(number: int, cell: Cell, row: int = 0) -> Place:
    """The place of a cell, or of one of its lines (counted from 0)."""
    line = cell.lines[min(row, len(cell.lines) - 1)] if cell.lines else cell.line
    return Place(line, 1, number)


def stored(course: Course) -> Iterator[Notebook]:
    """The notebooks that can carry outputs."""
    return (book for book in course.judged(Notebook) if not book.is_text)


class NotebookInvalid(Check):
    """A notebook can't be read.

    Its file is no JSON, is no notebook, is of an old format (before 4), or one of its cells is not as the format
    says. A text notebook has to be one that jupytext can read.

    Why: Nothing of it can be shown, and Jupyter can't open it either.

    Bad:
        {"cells": [{"cell_type": "code", "source": "x = 1"},

    Good:
        a file that Jupyter has saved

    Mend: Open it in Jupyter and save it again. If it does not open, put back the last version that did:
    `git checkout -- FILE`; an old format is converted by
    `jupyter nbconvert --to notebook --nbformat 4 --inplace FILE`.
    """

    id = "notebook-invalid"


class NotebookPicture(Check):
    """A picture in a notebook can't be shown.

    Looked at are the pictures in outputs and those that were pasted into text cells: PNG and JPEG by what they
    hold, and drawings (SVG) in outputs.

    Why: Readers would see a broken picture, or none.

    Bad:
        an output of type image/png that was cut off, or a pasted file of type text/html

    Good:
        the picture that the cell makes when it is run again

    Mend: Run the cell again and save the notebook; paste pictures as PNG or JPEG.
    """

    id = "notebook-picture"


class NotebookNotRun(Check):
    """A code cell was never run, so it has no output to show.

    Empty cells don't count, nor do cells with the tag `skip-execution`. Text notebooks are another rule's.

    Why: The site shows the outputs that are stored in the file; notebooks are never run there.

    Bad:
        In [ ]: model.fit(x)

    Good:
        In [7]: model.fit(x)
        Out[7]: loss 0.31

    Mend: Choose "Restart kernel and run all cells" in Jupyter and save, or run `course run notebook FILE`. Give a
    cell that is not meant to be run the tag `skip-execution`.
    """

    id = "notebook-not-run"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """One finding for a notebook, at its first cell that was not run."""
        for book in stored(course):
            code = [
                (number, cell) for number, cell in numbered_code(book) if "skip-execution" not in cell.tags
            ]
            missing = [
                (number, cell) for number, cell in code if cell.count is None and not cell.output_bytes
            ]
            if missing:
                if len(missing) == len(code):
                    message = "none of its code cells was run, so there are no outputs to show"
                else:
                    message = f"{len(missing)} of {len(code)} code cells {'was' if len(missing) == 1 else 'were'} never run; the first is cell {missing[0][0]}"
                help = f"run all cells from the top and save:  course run notebook {book.path}"
                yield self.at(book.path, message, at_cell(*missing[0]), help)


class NotebookNoOutputs(Check):
    """A text notebook stands alone, so there are no outputs to show.

    A notebook that is kept as text (.py or .md) can't hold outputs; an .ipynb of the same name beside it can.

    Why: Readers see the code, but not what it gives.

    Bad:
        presentations/week-04/attention/demo.py

    Good:
        presentations/week-04/attention/demo.py
        presentations/week-04/attention/demo.ipynb

    Mend: Run `course run notebook FILE`: it writes the .ipynb with its outputs beside the text. Commit both.
    """

    id = "notebook-no-outputs"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Text notebooks with code and without an .ipynb, also one that could not be read."""
        for book in course.of(Notebook):
            twin = f"{book.path.rpartition('.')[0]}.ipynb"
            if (
                book.is_text
                and any(numbered_code(book))
                and twin not in course.documents
                and twin not in course.refused
            ):
                help = f"commit the .ipynb beside it:  course run notebook {book.path}"
                yield self.at(
                    book.path,
                    f"a text notebook holds no outputs, and there is no {twin.rpartition('/')[2]}",
                    Place(),
                    help,
                    about=(twin,),
                )


class NotebookOrder(Check):
    """The cells of a notebook were not run once each from top to bottom.

    The numbers of the code cells that were run have to be 1, 2, 3 and so on.

    Why: After cells were run out of order, or again, what is shown may come from code that is no longer there.
    Others who run the notebook get something else, or an error.

    Bad:
        In [1]: x = 1
        In [7]: x = x + 1

    Good:
        In [1]: x = 1
        In [2]: x = x + 1

    Mend: Choose "Restart kernel and run all cells" in Jupyter and save, or run `course run notebook FILE`.
    """

    id = "notebook-order"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """The first cell of each notebook that breaks the order."""
        for book in stored(course):
            counted = ((number, cell) for number, cell in numbered_code(book) if cell.count is not None)
            for expected, (number, cell) in enumerate(counted, 1):
                if cell.count != expected:
                    message = f"cell {number} was run as number {cell.count}, not {expected}: the cells were not run once from top to bottom"
                    help = f"restart the kernel, run all cells and save:  course run notebook {book.path}"
                    yield self.at(book.path, message, at_cell(number, cell), help)
                    break


class NotebookErrorOutput(Check):
    """A cell of a notebook ends in an error.

    A cell that is meant to fail has the tag `raises-exception`.

    Why: Mostly the notebook was saved half-way. Readers can't know whether what follows still holds.

    Bad:
        NameError: name 'model' is not defined

    Good:
        the output of the cell that was meant

    Mend: Mend the cell, run all cells again and save. If the error is what you want to show, give the cell the
    tag `raises-exception` (in Jupyter: property inspector, "Cell Tags").
    """

    id = "notebook-error-output"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each cell with an error that is not meant."""
        for book in course.judged(Notebook):
            for number, cell in enumerate(book.cells, 1):
                if cell.error:
                    help = "mend the cell and run all cells again, or give it the tag `raises-exception` if the error is meant"
                    yield self.at(
                        book.path,
                        f"cell {number} ends in an error: {cell.error}",
                        at_cell(number, cell),
                        help,
                    )


class NotebookOutputLarge(Check):
    """The outputs of a notebook, or one of its tables, are too large to be shown.

    The limit for all outputs together is `policy.max_notebook_output_mb` of course.yml; one HTML output may have
    200,000 characters.

    Why: Readers have to load all of it, and git keeps every version of it for ever.

    Bad:
        display(table)          (120,000 rows)

    Good:
        display(table.head(20))

    Mend: Show less: the first rows of a table, a plot with `dpi=100` instead of an interactive one, the last
    lines of a log. Then run all cells again and save.
    """

    id = "notebook-output-large"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """What the reader cut, and notebooks over the limit at their largest cell."""
        yield from super().run(course)
        limit = course.config.policy.max_notebook_output_mb
        for book in stored(course):
            total = sum(cell.output_bytes for cell in book.cells)
            if total > limit * 1e6:
                number, cell = max(enumerate(book.cells, 1), key=lambda pair: pair[1].output_bytes)
                message = f"its outputs have {total / 1e6:.1f} MB; {limit:g} MB are the most (cell {number} alone has {cell.output_bytes / 1e6:.1f} MB)"
                yield self.at(book.path, message, at_cell(number, cell))


class NotebookLocalPath(Check):
    r"""A notebook names a folder that only one computer has.

    Looked for are home folders (`/Users/name/`, `/home/name/`, `C:\Users\name\`) in code, text and outputs. The
    folders of hosted notebooks (`/home/jovyan`, `/content`) are fine.

    Why: The cell fails for everybody else, and the path tells readers your login name.

    Bad:
        wave = load("/Users/ada/Downloads/mixture.wav")

    Good:
        wave = load("audio/mixture.wav")

    Mend: Put the file beside the notebook and write its path from there. If the path stands in an output, such
    as a warning, mend what it warns of and run the cells again.
    """

    id = "notebook-local-path"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """The first such path of each cell's source, else of its outputs."""
        for book in course.judged(Notebook):
            for number, cell in enumerate(book.cells, 1):
                if found := _home(cell.source):
                    place = at_cell(number, cell, cell.source.count("\n", 0, found.start()))
                    yield self.at(
                        book.path, f"cell {number} names `{found[0]}`, a folder of one computer only", place
                    )
                elif found := _home(cell.output_text):
                    message = f"an output of cell {number} names `{found[0]}`, a folder of one computer only"
                    yield self.at(book.path, message, at_cell(number, cell))


def _home(text: str) -> re.Match[str] | None:
    if "home" not in text and "Users" not in text:  # most cells, and this is ten times as fast as the pattern
        return None
    return next((found for found in _HOME.finditer(text) if found[1] not in _ANYBODY), None)


class NotebookPairStale(Check):
    """A notebook and its text twin hold different cells.

    Two notebooks of the same name, an .ipynb and a .py or .md, are one notebook in two forms. Empty cells and
    blanks at the ends of lines don't count.

    Why: The site shows the outputs of the one beside the code of the other, and nobody knows which is right.

    Bad:
        demo.py has  steps = 200,  demo.ipynb was run with  steps = 20

    Good:
        both have  steps = 200

    Mend: If the text is newer, run `course run notebook FILE.py`: it writes the .ipynb anew. If the .ipynb is newer,
    run `jupytext --sync FILE.ipynb`.
    """

    id = "notebook-pair-stale"

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """At the first cell of the .ipynb that differs."""
        for book in course.of(Notebook):
            for suffix in (".py", ".md") if not book.is_text else ():
                twin = course.documents.get(book.path.removesuffix(".ipynb") + suffix)
                # one that can't be read has a fault of its own; a cell with a line `# %%` becomes two as text
                if isinstance(twin, Notebook) and book.cells and twin.cells and not _has_cell_marks(book):
                    for finding in self._compare(book, twin):
                        mendable = text_is_newer(course.history, book.path, twin.path)
                        safe = mendable and in_step(course.data[book.path], twin) is not None
                        yield replace(finding, fixable=safe)

    def _compare(self, book: Notebook, twin: Notebook) -> Iterator[Diagnostic]:
        for ours, theirs in zip_longest(_contents(book), _contents(twin)):
            if ours is None or theirs is None or ours[:2] != theirs[:2]:
                help = f"run the newer one again:  course run notebook {twin.path}  (or, if the .ipynb is newer:  jupytext --sync {book.path})"
                number, cell = ours[2:] if ours else (len(book.cells), book.cells[-1])
                message = _difference(ours is not None, number, twin.name, theirs[3].line if theirs else None)
                yield self.at(book.path, message, at_cell(number, cell), help, about=(twin.path,))
                return


def _has_cell_marks(book: Notebook) -> bool:
    return any(_CELL_MARK.search(cell.source) for cell in book.cells)


def _difference(is_here: bool, number: int, twin: str, line: int | None) -> str:
    if line is None:
        return f"cell {number} is missing in {twin}"
    return (
        f"cell {number} differs from {twin}, line {line}"
        if is_here
        else f"a cell of {twin}, line {line}, is missing here"
    )


def _contents(book: Notebook) -> Iterator[tuple[str, str, int, Cell]]:
    """Kind, plain source, number and cell of each cell that holds anything."""
    for number, cell in enumerate(book.cells, 1):
        if source := "\n".join(line.rstrip() for line in cell.source.strip().split("\n")):
            yield cell.kind, source, number, cell


class NotebookNoHeading(Check):
    """A notebook does not begin with a title.

    The first heading of its text cells should be one of the first level, `# Title`.

    Why: It is the title of the notebook's page; without it the page is called by the name of the file.

    Bad:
        ## Setup

    Good:
        # The loss on two hundred points

        ## Setup

    Mend: Add a text cell at the top with `# ` and a title.
    """

    id = "notebook-no-heading"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Notebooks that can be shown and have no title; of a pair only the .ipynb."""
        for book in course.judged(Notebook):
            if (
                book.title
                or not book.cells
                or (book.is_text and f"{book.path.rpartition('.')[0]}.ipynb" in course.documents)
            ):
                continue
            place = book.prose.headings[0].place if book.prose.headings else at_cell(1, book.cells[0])
            message = (
                "its first heading is not a title of the first level"
                if book.prose.headings
                else "it has no heading, so its page is called after the file"
            )
            yield self.at(
                book.path,
                message,
                place,
                "begin with a text cell:  # What this notebook shows",
            )
