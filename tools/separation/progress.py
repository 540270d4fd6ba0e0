"""Progress for people who wait: a bar on a terminal, a line now and then elsewhere, on standard error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sized
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

T = TypeVar("T")
console = Console(stderr=True, highlight=False, force_jupyter=False)  # plain lines in a notebook, too


def bar(*more: TextColumn) -> Progress:
    """A progress bar that counts; `more` columns follow it."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        *more,
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )


def track(things: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """The things, with a bar that says how many of them are done."""
    count = total if total is not None else len(things) if isinstance(things, Sized) else None
    if not console.is_terminal:
        console.print(f"{what}{f' ({count})' if count is not None else ''}")
    with bar() as progress:
        yield from progress.track(things, total=count, description=what)
