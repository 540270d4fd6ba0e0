"""Every paper and code-base of the course, and where it was discussed; as BibTeX too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coursekit.bibliography import bibtex, works
from coursekit.model import AssetOutput, Output

if TYPE_CHECKING:
    from coursekit.render import Renderer


def outputs(renderer: Renderer) -> Iterable[Output]:
    """The page 'papers.md', and 'papers.bib' with all papers."""
    papers, code = works(renderer.course)
    entries = bibtex(papers)
    yield renderer.page(
        "papers.md",
        "papers.html",
        title="Papers and code",
        hide=("toc",),
        papers=list(zip(papers, entries.items(), strict=True)),
        code=code,
    )
    yield AssetOutput("papers.bib", "\n".join(entries.values()).encode())
