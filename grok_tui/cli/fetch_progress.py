"""Downloads on stderr: a bar on a terminal; large ones are announced with their size before they start."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from engine.runs.remote.store import LARGE_BYTES

if TYPE_CHECKING:
    from engine.runs.remote.store import FetchProgress, OnFetch


@contextmanager
def fetch_progress(console: Console | None = None) -> Iterator[OnFetch]:
    """Yields the callback for `open_run`; `console` defaults to stderr."""
    console = console or Console(stderr=True)
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:

        def show(progress: FetchProgress) -> None:
            if progress.done == 0 and (progress.total or 0) > LARGE_BYTES:
                console.print(announcement(progress), markup=False, highlight=False, soft_wrap=True)
            if progress.name not in tasks:
                tasks[progress.name] = bar.add_task(progress.name.rpartition("/")[2], total=progress.total)
            bar.update(tasks[progress.name], completed=progress.done)

        yield show


def announcement(progress: FetchProgress) -> str:
    """What is fetched, and how much it is.

    >>> from engine.runs.remote.store import FetchProgress
    >>> announcement(FetchProgress("hf://me/grokking/full.pth", 0, 254_000_000))
    'Fetching hf://me/grokking/full.pth: 254 MB.'
    """
    return f"Fetching {progress.name}: {(progress.total or 0) / 1e6:,.0f} MB."
