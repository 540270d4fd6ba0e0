"""Progress for people who wait: a bar on a terminal, a line now and then elsewhere, on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

T = TypeVar("T")
# a notebook says that it is a terminal, and would store every move of a bar
_IN_NOTEBOOK = "ipykernel" in sys.modules
console = Console(
    stderr=True, highlight=False, force_jupyter=False, force_terminal=False if _IN_NOTEBOOK else None
)


def bar(*columns: ProgressColumn) -> Progress:
    """A progress bar with these columns between it and the times."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        *columns,
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def track(things: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """The things, with a bar that says how many of them are done."""
    count = total if total is not None else len(things) if isinstance(things, Sized) else None
    if not console.is_terminal:
        console.print(f"{what}{f' ({count})' if count is not None else ''}")
    with bar(MofNCompleteColumn()) as progress:
        yield from progress.track(things, total=count, description=what)
