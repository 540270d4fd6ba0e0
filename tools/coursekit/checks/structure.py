"""The structure of a text: tables, code blocks and headings that became what was meant."""

from __future__ import annotations

from coursekit.checks import Check
from coursekit.model import Severity


class TableBroken(Check):
    """A table has rows of unequal length, or lines that look like a table become none.

    A table is a row of titles, a row of dashes with as many cells, and rows with as many cells as well. A blank
    line ends it.

    Why: Cells that are too many are not shown at all; a table without its row of dashes is shown as bars and
    words.

    Bad:
        | model | dB |
        | dc | 10.2 |

    Good:
        | model | dB |
        |---|---|
        | dc | 10.2 |

    Mend: Count the bars of the row that the message names. A bar inside a cell is written `\\|`.
    """

    id = "table-broken"
    severity = Severity.WARNING


class CodeBlockOpen(Check):
    """A block of code that is never closed, or that does not become one.

    A block starts and ends with a line of three back-quotes. In a list both, and all between, are indented by
    four spaces.

    Why: The code is shown as running text, and what stands below may be taken for code.

    Bad:
        ```python
        loss.backward()

    Good:
        ```python
        loss.backward()
        ```

    Mend: End the block with the same signs as it starts with, on a line of their own.
    """

    id = "code-block-open"
