"""A notebook as the rest of the toolchain sees it: plain records, without the libraries that read them."""

from __future__ import annotations

from dataclasses import dataclass

from coursekit.model import Document, Prose, Small


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
class Notebook(Document):
    """A notebook that was read; `html` is its page from the stored outputs, `pictures` lie beside it."""

    title: str = ""
    cells: tuple[Cell, ...] = ()
    prose: Prose = Prose()
    html: str = ""
    pictures: tuple[tuple[str, bytes], ...] = ()
    as_ipynb: bytes = b""
    as_python: bytes = b""

    @property
    def is_text(self) -> bool:
        """Whether it is kept as text, so that it can't carry outputs."""
        return not self.path.endswith(".ipynb")
