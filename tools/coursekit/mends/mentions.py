"""Names that stand in code: a file that a program opens must not get another name behind its back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from coursekit.kinds.run import run_folder
from coursekit.mends.tree import Tree
from coursekit.model import Document
from coursekit.naming import Rename, Renames
from coursekit.notebook import Notebook
from coursekit.page import Page
from coursekit.source import TEXT_SUFFIXES


def mentioned(tree: Tree, names: Renames) -> dict[str, str]:
    """The files and folders whose names stand in code, tables or settings, with where."""
    if not names.done:
        return {}
    texts = list(_texts(tree, names))
    found: dict[str, str] = {}
    for path, rename in names.done.items():
        pattern = _pattern(rename, is_folder=path not in tree.data)
        where = next((file for file, text in texts if pattern.search(text)), None)
        if where is not None:
            found[path] = f"{where} names it, which is for somebody to change"
    return found


def _texts(tree: Tree, names: Renames) -> Iterator[tuple[str, bytes]]:
    """Every text but for prose: of notebooks the code."""
    documents = tree.documents(names)
    for path in tree.data:
        if run_folder(path) or not path.lower().endswith(tuple(TEXT_SUFFIXES)):
            continue
        document = documents.get(path)
        if isinstance(document, Notebook):
            yield path, _code(document).encode("utf-8", "surrogatepass")
        elif not _is_prose(path, document):
            yield path, tree.data[path]


def _is_prose(path: str, document: Document | None) -> bool:
    return isinstance(document, Page) or path.lower().endswith(".md")


def _code(book: Notebook) -> str:
    return "\n".join(cell.source for cell in book.cells if cell.kind == "code")


def _pattern(rename: Rename, *, is_folder: bool) -> re.Pattern[bytes]:
    name = rename.old_name.encode("utf-8", "surrogateescape")
    return re.compile(rb"(?<![\w.-])" + re.escape(name) + (rb"[/\\]" if is_folder else rb"(?![\w-])"))
