"""What `course check --fix` takes away without asking: nothing that a reader of the site would ever see."""

from __future__ import annotations

from coursekit.checks import Check
from coursekit.model import Severity


class TextBom(Check):
    """A text starts with an invisible byte-order mark.

    Some editors on Windows write these three bytes in front of the first letter.

    Why: Programs that don't expect the mark take it for a part of the first word: a script doesn't start, and
    `---` is no longer the start of a front matter.

    Bad:
        notes.md, saved as "UTF-8 with BOM"

    Good:
        notes.md, saved as "UTF-8"

    Mend: Run `course check --fix`, or save the file as UTF-8 without BOM.
    """

    id = "text-bom"
    severity = Severity.INFO
    fixable = True


class TextLineEnds(Check):
    r"""The lines of a text do not end in a plain line feed.

    Windows ends a line with two characters (`\r\n`), all other systems with one (`\n`). Texts, code and
    settings are looked at; tables and JSON are data and stay as they are.

    Why: When two people with different systems work on a file, git shows every line as changed, and nobody finds
    what really was.

    Bad:
        The loss falls.\r\n

    Good:
        The loss falls.\n

    Mend: Run `course check --fix`. So that it stays so on Windows: `git config core.autocrlf input`.
    """

    id = "text-line-ends"
    severity = Severity.INFO
    fixable = True


class TextFinalNewline(Check):
    r"""A text does not end in exactly one line end.

    Either the last line has none, or empty lines stand below it. YAML is left alone, where they may mean
    something.

    Why: Whoever adds a line at the end changes the one above it too, and both show up in the comparison.

    Bad:
        The loss falls.⟨end of the file⟩

    Good:
        The loss falls.\n⟨end of the file⟩

    Mend: Run `course check --fix`, or end the last line with the return key.
    """

    id = "text-final-newline"
    severity = Severity.INFO
    fixable = True


class NotebookNoise(Check):
    """A notebook holds what only an editor needs.

    That is when each cell was run and by whom, which outputs are folded or scrolled, the path of a Python on one
    computer. Tags, the kernel, the language, and all metadata that is not known to be noise stay.

    Why: It changes each time somebody opens the notebook, so that git shows changes where nothing was changed,
    and it may hold names and paths that are nobody else's business.

    Bad:
        "metadata": {"ExecuteTime": {"end_time": "2020-04-08T14:03:07"}, "scrolled": true}

    Good:
        "metadata": {}

    Mend: Run `course check --fix`. Outputs are not touched.
    """

    id = "notebook-noise"
    severity = Severity.INFO
    fixable = True


class NotebookCellId(Check):
    """A cell of a notebook has no id, or that of another cell.

    Notebooks of format 4.5 give each cell an id. Older ones have none; a copied cell may bring that of the
    original.

    Why: Without ids of their own the programs that compare notebooks can't tell which cell became which, and
    Jupyter makes up new ones at each save.

    Bad:
        {"cell_type": "code", "source": ["x = 1"]}

    Good:
        {"cell_type": "code", "id": "5d0a1c7e", "source": ["x = 1"]}

    Mend: Run `course check --fix`: it derives the missing ids from the cells, the same ones each time.
    """

    id = "notebook-cell-id"
    severity = Severity.INFO
    fixable = True


class ScribeForm(Check):
    """A scribe note has another form than the agreed one, though it can be understood.

    The reader of notes understands numbered questions, `Name: why?` and answers as list items. Reported is a
    note that can be brought into the agreed form without a guess.

    Why: One form is easy to read, to search and to answer; in the others a small change can turn a question into
    prose.

    Bad:
        1. Dan: Why is the mean taken twice?
        - Once per axis.

    Good:
        Q (Dan): Why is the mean taken twice?

        A: Once per axis.

    Mend: Run `course check --fix`: it writes the marks and keeps every word. What was not understood stays as
    it is.
    """

    id = "scribe-form"
    severity = Severity.INFO
    fixable = True
