"""Notebooks: what works for whoever wrote them, and for nobody else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coursekit.checks import Check
from coursekit.course import Course
from coursekit.model import Diagnostic, Place, Severity
from coursekit.notebook import Cell, Notebook

LONGEST_OUTPUT = 400  # lines
MOST_BYTES = 1_000_000  # of what is larger, notebook-output-large speaks
_INSTALL = re.compile(
    r"^[ \t]*[!%][ \t]*(?:\{?sys\.executable\}?[ \t]+-m[ \t]+|python3?[ \t]+-m[ \t]+)?(pip3?|conda|mamba)[ \t]+install[ \t]+(.+)$",
    re.MULTILINE,
)
_PINNED = re.compile(r"[=<>~]=?[\d]|@|\.whl\b|^git\+|^\.{0,2}/|^\{|^\$")
_DRIVE = re.compile(
    r"drive\.mount\(|/content/drive/|google\.colab import (?:drive|files)|\bfiles\.upload\(|/kaggle/input/"
)
_INTERACTIVE = re.compile(
    r"^[ \t]*%matplotlib[ \t]+(notebook|widget|ipympl|qt\d?|tk|osx|nbagg|gtk\d?)\b", re.MULTILINE
)
_WIDGET = re.compile(
    r"^(?:interactive|HBox|VBox|Tab|Accordion|Output|\w+Slider|\w+Progress|Dropdown|Canvas|Figure)\((?:children|value|max|layout|outputs|toolbar)\b.*=",
    re.MULTILINE,
)


def code_cells(course: Course) -> Iterator[tuple[Notebook, int, Cell]]:
    """Every code cell with its number; of a text notebook that has an .ipynb beside it, the .ipynb's."""
    for book in course.judged(Notebook):
        if book.is_text and f"{book.path.rpartition('.')[0]}.ipynb" in course.documents:
            continue
        for number, cell in enumerate(book.cells, 1):
            if cell.kind == "code":
                yield book, number, cell


def _at(number: int, cell: Cell, offset: int = 0) -> Place:
    row = cell.source.count("\n", 0, offset)
    line = cell.lines[min(row, len(cell.lines) - 1)] if cell.lines else cell.line
    return Place(line, 1, number)


class NotebookInstall(Check):
    """A cell installs a package without saying which version.

    Looked at are `!pip install` and `%conda install` lines; a requirements file and an address with a commit are
    fine.

    Why: In a year the same line installs another version, and the notebook fails for whoever runs it then.

    Bad:
        !pip install nussl

    Good:
        !pip install nussl==1.1.9

    Mend: Write the version that you have: `pip show NAME` tells.
    """

    id = "notebook-install"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each such line."""
        for book, number, cell in code_cells(course):
            for found in _INSTALL.finditer(cell.source):
                if loose := _loose(found[2]):
                    help = f"name the version:  {found[1]} install {loose[0]}==1.0"
                    message = f"cell {number} installs `{loose[0][:40]}` without a version"
                    yield self.at(book.path, message, _at(number, cell, found.start()), help)


def _loose(arguments: str) -> list[str]:
    """The packages without a version; what stands behind `-r` is a file."""
    words = [word.strip("\"'") for word in arguments.partition("#")[0].split()]
    if any(word in {"-r", "-e", "--requirement", "--editable"} for word in words):
        return []
    return [word for word in words if re.match(r"[A-Za-z]", word) and not _PINNED.search(word)]


class NotebookColab(Check):
    """A notebook reads from one person's drive, or waits for an upload.

    Looked for are a mounted Google Drive, its paths, Colab's file dialog and the data folder of Kaggle.

    Why: The cell works for whoever owns the drive. Everybody else gets an error, or a question that they can't
    answer.

    Bad:
        drive.mount("/content/drive")

    Good:
        wave = load("audio/mixture.wav")

    Mend: Put a small file beside the notebook; let a large one be downloaded from an address that lasts.
    """

    id = "notebook-colab"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """The first such line of each notebook."""
        told: set[str] = set()
        for book, number, cell in code_cells(course):
            found = None if book.path in told else _DRIVE.search(cell.source)
            if found:
                told.add(book.path)
                message = f"cell {number} needs `{found[0].rstrip('(')}`, which only its author has"
                yield self.at(book.path, message, _at(number, cell, found.start()))


class NotebookWidget(Check):
    """A notebook shows something interactive that is only there while it runs.

    Looked for are `%matplotlib notebook` and its like, and the outputs of sliders and progress bars.

    Why: The site shows what is stored in the file, and of a widget nothing is stored but its name.

    Bad:
        %matplotlib notebook

    Good:
        %matplotlib inline

    Mend: Draw the picture once for each of a few values instead of with a slider; use `tqdm` in place of
    `tqdm.notebook`. Then run all cells again and save.
    """

    id = "notebook-widget"
    severity = Severity.WARNING

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each such cell once."""
        for book, number, cell in code_cells(course):
            if found := _INTERACTIVE.search(cell.source):
                help = "write  %matplotlib inline"
                message = f"cell {number} asks for `{found[0].strip()}`: its plots are not stored"
                yield self.at(book.path, message, _at(number, cell, found.start()), help)
            elif found := _WIDGET.search(cell.output_text):
                name = found[0].partition("(")[0]
                message = f"an output of cell {number} is a widget (`{name}`), of which nothing can be shown"
                yield self.at(book.path, message, _at(number, cell))


class NotebookOutputLong(Check):
    """A cell prints hundreds of lines.

    The limit is 400 lines of text for one cell.

    Why: Readers scroll past it, and what matters in it, mostly the last line, is found by nobody.

    Bad:
        a line for each step of a training

    Good:
        a line for each epoch, and a plot of the loss

    Mend: Print less often, or plot what you print. Then run all cells again and save.
    """

    id = "notebook-output-long"
    severity = Severity.INFO

    def run(self, course: Course) -> Iterator[Diagnostic]:
        """Each such cell."""
        for book, number, cell in code_cells(course):
            lines = cell.output_text.strip().count("\n") + 1
            if lines > LONGEST_OUTPUT and cell.output_bytes < MOST_BYTES and "<table" not in cell.output_text:
                yield self.at(book.path, f"cell {number} prints {lines} lines", _at(number, cell))
