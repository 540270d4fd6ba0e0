"""Mathematics: whether what stands between dollars becomes a formula."""

from __future__ import annotations

from coursekit.checks import Check
from coursekit.model import Severity


class MathInvalid(Check):
    r"""A formula can't be typeset.

    Every formula (`$…$`, `$$…$$`, `\(…\)`, `\[…\]`) is given to KaTeX, the program that typesets it in the
    reader's browser. It knows most of LaTeX's commands, but no packages and no `\label`.

    Why: Readers see the source in place of the formula.

    Bad:
        $\frac{1}{N \sum_i x_i$

    Good:
        $\frac{1}{N} \sum_i x_i$

    Mend: Go to the place that the message names; KaTeX says what it expected there. Its commands are listed at
    https://katex.org/docs/supported.html.
    """

    id = "math-invalid"
    severity = Severity.ERROR


class MathStrayDollars(Check):
    r"""Dollars that were meant to make a formula, and don't.

    A `$$` needs a line of its own with blank lines around the formula and none inside; in a list all of it is
    indented by four spaces. A single `$` has no blank on the side of the formula. Dollars that are money are fine.

    Why: Readers see the dollars and the source in place of the formula.

    Bad:
        The loss $ \ell(x) $ is convex.

    Good:
        The loss $\ell(x)$ is convex.

    Mend: Take the blank away, or the blank line inside `$$`; indent by four spaces in a list. A dollar that is
    meant as one is written `\$`.
    """

    id = "math-stray-dollars"
    severity = Severity.WARNING
