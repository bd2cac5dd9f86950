"""Read the rows of runs and compute their missing metrics, with progress on stderr."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from engine import GrokError
from engine.many_runs.rows import RowReader
from engine.many_runs.run_row import RunRow
from engine.sweeps.executor import Executor, Job

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


def measure_missing(rows: Sequence[RunRow], cache: Path | None) -> list[str]:
    """Compute the metrics of all readable runs that lack them; returns a sentence about each run that failed.

    Raises:
        GrokError: nothing can be cached, or the engine is not available.
    """
    from engine.sweeps.local import LocalExecutor, core_count

    if cache is None:
        raise GrokError("--measure computes metrics into the cache; omit --no-cache.")
    missing = [row for row in rows if row.lacks_metrics]
    if not missing:
        return []
    workers = min(core_count(), len(missing))
    executor = LocalExecutor(workers, max(core_count() // workers, 1), cache=cache)
    return run_jobs(executor, [Job("measure", (row.path.absolute(),)) for row in missing])


def run_jobs(executor: Executor, jobs: Sequence[Job]) -> list[str]:
    """Run jobs to their end with a bar on stderr; returns the reasons of those that failed."""
    with _progress("computing metrics", len(jobs)) as bar:
        executor.start(jobs)
        try:
            while True:
                states = executor.states()
                ended = [state for state in states.values() if state.phase in ("done", "failed")]
                bar.update(bar.task_ids[0], completed=len(ended))
                if len(ended) == len(jobs):
                    return [state.detail for state in ended if state.phase == "failed"]
                time.sleep(_POLL_SECONDS)
        finally:
            if not executor.detached:
                executor.stop()


@contextmanager
def _progress(what: str, total: int | None) -> Iterator[Progress]:
    """A bar with one task, which disappears at the end; nothing without a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        bar.add_task(what, total=total)
        yield bar
