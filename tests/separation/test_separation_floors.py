"""The house of the separation code: imports go down only, and neither package knows the other."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from conftest import REPOSITORY

PACKAGE = REPOSITORY / "tools" / "separation"
# From the cellar to the roof; a module may import from floors below its own.
FLOORS = (
    "errors children sentences voices autoclip cluster models signal hardware",
    "progress audio espeak masks metrics pictures",
    "corpus losses phase",
    "speech mixtures",
    "config",
    "data objectives inference checkpoint state study",
    "evaluation longform schedule",
    "training",
    "export report bench",
    "pace errand",
    "plan",
    "conduct",
    "commands",
    "cli",
    "__main__",
)
LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names.split()}


def imports(file: Path) -> set[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize(
    "file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE))
)
def test_imports_go_down_only(file: Path) -> None:
    if file.stem == "__init__":
        assert not {name for name in imports(file) if name != "__future__"}
        return
    floor = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    assert floor in LEVEL, f"{floor} has no floor: name it in FLOORS"
    for name in imports(file):
        package, _, module = name.partition(".")
        assert package != "coursekit", (
            f"{file.name} imports {name}: the two packages share only the run folder"
        )
        other = module.partition(".")[0]
        if package == "separation" and other in LEVEL and other != floor:
            below = LEVEL[other] < LEVEL[floor]
            assert below, f"{file.name} imports {name}, which is not below it"


def test_the_site_does_not_know_the_separation_code() -> None:
    for file in (REPOSITORY / "tools" / "coursekit").rglob("*.py"):
        found = {name.partition(".")[0] for name in imports(file)}
        assert not found & {"separation", "torch", "lightning"}, file


@pytest.mark.parametrize("module", ["sentences", "voices", "espeak", "cli"])
def test_what_processes_import_to_speak_needs_no_torch(module: str) -> None:
    import subprocess
    import sys

    script = f"import sys, separation.{module}; print(sorted({{'torch', 'numpy', 'scipy', 'lightning'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
