"""The runs below some folders: their rows, from the cache as far as they are unchanged, and their missing metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from engine.many_runs.rows import RowReader
from engine.many_runs.run_row import RunRow


class FolderRuns:
    """Satisfies `run_source.RunSource`. `cache` is a cache folder, which rows and metrics are exchanged through."""

    def __init__(self, folders: Sequence[Path], cache: Path) -> None:
        self.folders = folders
        self._cache = cache
        self._reader = RowReader(cache)

    def rows(self) -> Iterator[RunRow]:
        """The rows of all runs as they are now; an unchanged row is the same object as before."""
        return self._reader.rows(self.folders)

    def measure(self, row: RunRow, should_stop: Callable[[], bool]) -> None:
        """Compute the missing metrics of a run into the cache.

        Raises:
            GrokError: they cannot be computed.
        """
        from engine.many_runs.measure import measure_run  # imports torch

        measure_run(row.path, self._cache, should_stop)
