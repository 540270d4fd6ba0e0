"""Progress for people who wait: a bar on a terminal, a line now and then elsewhere, on standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sized
from typing import TypeVar

from rich.console import Console
from rich.live import Live
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.progress_bar import ProgressBar
from rich.table import Table

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


class Board:
    """What several things are doing: a table that follows them on a terminal, a line now and then elsewhere."""

    def __init__(self) -> None:
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None
        self._rows: Mapping[str, tuple[str, float | None]] = {}  # shown last
        self._said: dict[str, tuple[str, int]] = {}  # and, where lines are printed, to a quarter

    def __enter__(self) -> Board:
        if self._live:
            self._live.start()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._live:
            self._live.stop()

    def show(self, rows: Mapping[str, tuple[str, float | None]]) -> None:
        """For each thing what it is doing, and how much of that is done, from 0 to 1, where that is known."""
        if self._live:
            if rows != self._rows:
                self._live.update(_table(rows), refresh=True)
                self._rows = rows
            return
        for name, (doing, done) in rows.items():
            quarter = int(4 * (done or 0.0))
            if self._said.get(name) != (doing, quarter):
                self._said[name] = doing, quarter
                console.print(f"{name}: {doing}{f' {done:.0%}' if done else ''}", soft_wrap=True)


def _table(rows: Mapping[str, tuple[str, float | None]]) -> Table:
    table = Table.grid(padding=(0, 2))
    for name, (doing, done) in rows.items():
        if done is None:
            table.add_row(name, doing)
        else:
            table.add_row(name, doing, ProgressBar(total=1.0, completed=done, width=24), f"{done:4.0%}")
    return table
