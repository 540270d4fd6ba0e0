"""The house: imports go down only, siblings don't know each other, and the core knows no host."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "tools" / "coursekit"
# From the cellar to the roof; a module may import from floors below its own, or its own where `+` is set.
FLOORS = (
    "model plaintext",
    "blocks notebook outside yamltext jobs cache scribe_lines written staging notebook_lines papers_identity",
    "ignores changes pdf schema jsonplaces scribe_pieces tree_index pictures page",
    "embed pdf_reader picture_reader tips reviews scribe_note",
    "config source runrecord scribe formulas leftovers typesetting",
    "addresses runorigin runfolder history secrets request",
    "runtables markup",
    "prose notebook_markdown results measured run_reader htmlblocks",
    "page_reader notebook_file claimfaults tips_reader review_reader",
    "notebook_reader scribe_note_reader claims",
    "kinds",
    "tidy",
    "reader",
    "course claimchart reading",
    "site sessions naming quiet notebook_changes owed checklist",
    "status feeds",
    "messages",
    "slack",
    "linking",
    "bibliography",
    "external rota",
    "affected inventory render checks",
    "pages promises loading reportpdf",
    "pipeline",
    "mends report shell verify preview scaffold author seal",
    "publish adopt",
    "sarif report_full hostile_markdown",
    "summary",
    "hub",
    "commands",
    "cli plugin",
)
LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names.split()}
HOSTS = {"mkdocs", "material", "torch", "lightning"}
MAY_USE_HOSTS = {"plugin", "publish"}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def floor_of(file: Path) -> str:
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(file: Path) -> set[str]:
    """The modules that are imported when the program runs; imports for type checkers don't count."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            node.body = []
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | (
                {f"coursekit.{alias.name}" for alias in node.names} if node.module == "coursekit" else set()
            )
    return found


@pytest.mark.parametrize("file", modules(), ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_imports_go_down_only(file: Path) -> None:
    floor = floor_of(file)
    if floor == "__init__":
        return
    assert floor in LEVEL, f"{floor} has no floor: name it in FLOORS"
    for name in imports(file):
        parts = name.split(".")
        if parts[0] == "coursekit" and len(parts) > 1 and parts[1] != floor:
            assert LEVEL[parts[1]] < LEVEL[floor], f"{file.name} imports {name}, which is not below it"
        if parts[0] in HOSTS:
            assert floor in MAY_USE_HOSTS, f"{file.name} imports {name}: the core knows no host"


@pytest.mark.parametrize("room", ["kinds", "checks", "pages"])
def test_siblings_do_not_know_each_other(room: str) -> None:
    for file in (PACKAGE / room).glob("*.py"):
        siblings = {name for name in imports(file) if name.startswith(f"coursekit.{room}.")}
        assert not siblings, f"{file.name} imports {siblings}"
