"""Read the rows of runs and compute their missing metrics, with progress on stderr."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine import GrokError
from engine.many_runs.rows import RowReader
from engine.many_runs.run_row import RunRow
from engine.sweeps.executor import Executor, Job
from grok_tui.cli.output import prints_as_narration

_POLL_SECONDS = 0.1


def read_rows(paths: Sequence[Path], cache: Path | None) -> list[RunRow]:
    """The rows of all runs at and below some paths.

    Raises:
        GrokError: a path does not exist, or there is no run.
    """
    rows: list[RunRow] = []
    with _progress("reading runs", None) as bar:
        for row in RowReader(cache).rows(paths):
            rows.append(row)
            bar.advance(bar.task_ids[0])
    if not rows:
        shown = ", ".join(map(str, paths))
        raise GrokError(
            f"{shown} contains no run; pass a folder with native runs, with checkpoints, or with recorded losses in it."
        )
    return rows


@dataclass(frozen=True)
class Measured:
    """How jobs ended: the reasons of those that failed, and the exit status if they were stopped."""

    failures: tuple[str, ...] = ()
    stopped: int | None = None


def measure_missing(rows: Sequence[RunRow], executor: Executor) -> Measured:
    """Compute the metrics of all readable runs that lack them, with a bar on stderr.

    Raises:
        GrokError: the engine of the executor is not available.
    """
    from engine.training.graceful_stop import GracefulStop

    jobs = [Job("measure", (row.path.absolute(),)) for row in rows if row.lacks_metrics]
    if not jobs:
        return Measured()
    # The table follows on stdout, where Ray prints messages about its nodes.
    with GracefulStop() as stop, prints_as_narration(), _progress("computing metrics", len(jobs)) as bar:
        executor.start(jobs)
        try:
            while not stop.requested():
                states = executor.states()
                ended = [states[job] for job in jobs if states[job].phase in ("done", "failed")]
                bar.update(bar.task_ids[0], completed=len(ended))
                if len(ended) == len(jobs):
                    return Measured(tuple(state.detail for state in ended if state.phase == "failed"))
                time.sleep(_POLL_SECONDS)
        finally:
            if not executor.detached:
                executor.stop()
    return Measured(stopped=stop.status)


@contextmanager
def _progress(what: str, total: int | None) -> Iterator[Progress]:
    """A bar with one task, which disappears at the end; nothing without a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        bar.add_task(what, total=total)
        yield bar
