"""The rows of all runs below folders, read from the cache as far as the runs are unchanged; torch only for the others.

>>> from pathlib import Path
>>> [(row.name, row.state, row.epoch) for row in RowReader().rows([Path("grok_tui/demo")])]
[('demo', 'finished', 40000)]
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import time

from engine.many_runs.cache_folders import readings_folder, rows_folder
from engine.many_runs.discovery import FoundRun, find_runs
from engine.many_runs.row_cache import RowCache
from engine.many_runs.row_files import RowFiles, files_of, is_growing
from engine.many_runs.run_row import MeasuredRun, RunRow, RunState
from engine.many_runs.run_summary import RunSummary, make_row


@dataclass(frozen=True)
class _Known:
    """What was last read of a run, and the time at which its file in the cache was written (ns since 1970).

    It may be outdated if a file of the run was so new that a change would not show, or was still being written.
    """

    files: RowFiles
    summary: RunSummary
    row: RunRow
    cached_at: int | None
    may_be_outdated: bool = False


class RowReader:
    """Reads the rows of runs. Rows of unchanged runs stay the same objects from one reading to the next.

    Args:
        cache: the user's folder of cached results; None caches nothing on disk.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._rows = RowCache(rows_folder(cache))
        self._readings = readings_folder(cache)
        self._known: dict[Path, _Known] = {}

    def rows(self, paths: Sequence[Path]) -> Iterator[RunRow]:
        """The rows of all runs at and below some paths, each as soon as it is read.

        Raises:
            UnreadableRun: a path does not exist.
        """
        for found in find_runs(paths):
            row = self.read(found)
            if row is not None:
                yield row

    def read(self, found: FoundRun) -> RunRow | None:
        """Read the row of a run; None if it is gone, or a folder that records no losses after all."""
        known = self._known.get(found.path)
        try:
            now = self._read(found, known)
        except OSError:
            now = None
        if now is None:
            self._known.pop(found.path, None)
            return None
        self._known[found.path] = now
        return now.row

    def _read(self, found: FoundRun, known: _Known | None) -> _Known | None:
        if known is not None:
            files = files_of(found, known.files.hint)
            if files.signature == known.files.signature and not known.may_be_outdated:
                return self._unchanged(found, files, known)
        cached = self._rows.load(found.path)
        if cached is not None:
            files = files_of(found, cached.hint)
            if cached.signature == files.signature:
                return self._make(found, files, cached.summary, cached.measured)
        files = files_of(found)
        may_be_outdated = not files.are_settled(time())
        summary = self._summary(found)
        if found.kind == "losses" and summary.problem is not None:
            return None
        if not may_be_outdated:
            self._rows.store(found.path, files, summary, None)
        return replace(self._make(found, files, summary, None), may_be_outdated=may_be_outdated)

    def _unchanged(self, found: FoundRun, files: RowFiles, known: _Known) -> _Known:
        """The row of an unchanged run, which another process may have measured meanwhile."""
        summary, measured = known.summary, known.row.measured
        if self._cached_at(found.path) != known.cached_at:
            cached = self._rows.load(found.path)
            if cached is not None and cached.signature == files.signature:
                summary, measured = cached.summary, cached.measured  # with losses of the metrics if none are recorded
        now = self._make(found, files, summary, measured)
        same = (known.row.state, known.row.measured, known.row.name) == (now.row.state, measured, found.name)
        return replace(now, row=known.row) if same else now

    def _summary(self, found: FoundRun) -> RunSummary:
        from engine.many_runs.summarise import read_summary  # imports torch

        return read_summary(found.path, self._readings)

    def _make(self, found: FoundRun, files: RowFiles, summary: RunSummary, measured: MeasuredRun | None) -> _Known:
        row = make_row(found.name, found.path, _state(found, files, summary), summary, measured)
        return _Known(files, summary, row, self._cached_at(found.path))

    def _cached_at(self, run: Path) -> int | None:
        file = self._rows.file(run)
        try:
            return None if file is None else file.stat().st_mtime_ns
        except OSError:
            return None


def _state(found: FoundRun, files: RowFiles, summary: RunSummary) -> RunState:
    """The state of a run; one whose planned end is unknown counts as finished once its files do not change."""
    if is_growing(found, files, time()):
        return "growing"
    if summary.problem is not None:
        return "damaged"
    return "stopped" if summary.finished is False else "finished"


def read_row(path: Path, cache: Path | None = None) -> RunRow | None:
    """The row of the run at a path; None if there is none."""
    return next(iter(RowReader(cache).rows([path])), None)
