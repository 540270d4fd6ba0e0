"""A Markdown file with front matter as checks and pages see it. `page_reader` reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from coursekit.model import Document, Place, Prose
from coursekit.yamltext import Node


@dataclass(frozen=True, slots=True)
class Page(Document):
    """A page that somebody wrote. `meta` is None where the front matter is not valid."""

    meta: Any = None
    node: Node | None = None
    title: str = ""
    html: str = ""
    body: str = ""
    body_line: int = 1
    prose: Prose = Prose()

    def said(self, key: str, default: Any = None) -> Any:
        """What the front matter says under a key that not every kind of page has."""
        return vars(self.meta).get(key, default) if self.meta is not None else default

    def place(self, *path: int | str) -> Place:
        """The place of a front-matter value, or of the nearest thing above it."""
        return self.node.locate(path) if self.node else Place()
