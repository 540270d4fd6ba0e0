"""A notebook as the rest of the toolchain sees it: plain records, without the libraries that read them."""

from __future__ import annotations

from dataclasses import dataclass

from coursekit.model import Document, Kept, Prose, Small


@dataclass(frozen=True, slots=True)
class Cell(Small):
    """One cell as checks see it; `count` is its execution number, `line` where it starts in the file."""

    kind: str
    source: str
    line: int
    count: int | None = None
    error: str = ""
    output_text: str = ""
    output_bytes: int = 0
    tags: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()  # of the file, for each line of the source


@dataclass(frozen=True, slots=True)
class NotebookPage:
    """What a site shows of a notebook: its page from the stored outputs, the pictures beside it, its downloads."""

    html: str
    pictures: tuple[tuple[str, bytes], ...]
    as_ipynb: bytes
    as_python: bytes


@dataclass(frozen=True, slots=True)
class Notebook(Document):
    """A notebook that was read; `pictures` are the names of those that its outputs hold."""

    title: str = ""
    cells: tuple[Cell, ...] = ()
    prose: Prose = Prose()
    pictures: tuple[str, ...] = ()

    @property
    def page(self) -> NotebookPage | None:
        """What the site shows of it; None where it is too broken to be shown."""
        assert self.shown is not Kept.APART, f"{self.path} was read to be checked, not to be shown"
        return self.shown if isinstance(self.shown, NotebookPage) else None

    @property
    def is_text(self) -> bool:
        """Whether it is kept as text, so that it can't carry outputs."""
        return not self.path.endswith(".ipynb")
