"""The threads of the table of runs: one reads rows and follows the folders, one computes metrics."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Event
from time import perf_counter
from typing import Protocol

from engine.many_runs.run_row import RunRow
from grok_tui.app.worker import LatestWinsWorker
from grok_tui.session.cpu_threads import use_free_cores

# While they are read, rows appear on the screen after so long, and then so often: drawing takes time from reading.
_FIRST_BATCH_SECONDS, _BATCH_SECONDS = 0.02, 0.25
# Seconds between two looks at the folders.
POLL_SECONDS = 1.0
# Following the folders takes at most this share of a core: many runs on a slow disk are looked at less often.
_MAX_SHARE = 0.1
# The niceness of the thread that computes metrics: the screen and a training take precedence.
_NICENESS = 10


class RunSource(Protocol):
    """The runs below some folders. `rows` and `measure` are called on two threads."""

    @property
    def folders(self) -> Sequence[Path]: ...

    def rows(self) -> Iterator[RunRow]:
        """The rows of all runs as they are now, each as soon as it is read; an unchanged row is the same object.

        Raises:
            GrokError: a folder is gone.
        """

    def measure(self, row: RunRow, should_stop: Callable[[], bool]) -> None:
        """Compute the missing metrics of a run, so that `rows` has them.

        Raises:
            GrokError: they cannot be computed.
        """


# What the reader reports: rows that are new or have changed; once it has looked at all folders, the paths of all runs.
Deliver = Callable[[Sequence[RunRow], Sequence[Path] | None], object]


class RowFollower:
    """Reads the rows on a thread of its own, and follows them."""

    def __init__(
        self, source: RunSource, known: Mapping[Path, RunRow], deliver: Deliver, failed: Callable[[Exception], object]
    ) -> None:
        self._source = source
        self._known = dict(known)
        self._deliver = deliver
        self._failed = failed
        self._next_poll = 0.0
        self._stopped = Event()
        self._worker = LatestWinsWorker("runs")

    def read_now(self) -> None:
        """Read all rows that have changed."""
        self._worker.submit(self._read)

    def poll(self) -> None:
        """Look at the folders, unless the previous look was too expensive to repeat so soon."""
        if self._next_poll and perf_counter() >= self._next_poll:
            self._worker.submit(self._read)

    def stop(self) -> None:
        self._stopped.set()
        self._worker.stop()

    def join(self, timeout: float) -> None:
        self._worker.join(timeout)

    def _read(self) -> None:
        started = perf_counter()
        try:
            self._read_rows()
        except Exception as error:  # a folder that is gone
            self._failed(error)
        ended = perf_counter()
        # The first reading may fill the cache: how long it takes says nothing of the next one.
        self._next_poll = ended + (ended - started) / _MAX_SHARE if self._next_poll else ended

    def _read_rows(self) -> None:
        """Deliver what has changed, in batches, and at the end the paths of all runs."""
        due = perf_counter() + _FIRST_BATCH_SECONDS
        batch: list[RunRow] = []
        paths = []
        for row in self._source.rows():
            if self._stopped.is_set():
                return
            paths.append(row.path)
            if self._known.get(row.path) is not row:
                self._known[row.path] = row
                batch.append(row)
            if batch and perf_counter() >= due:
                self._deliver(batch, None)
                batch, due = [], perf_counter() + _BATCH_SECONDS
        self._deliver(batch, paths)


class MetricsComputer:
    """Computes the missing metrics of one run after the other, on a thread of low priority.

    The latest request wins: the runs that the user looks at come first. A run that grows is left for later, and one
    whose metrics cannot be computed is tried once.
    """

    def __init__(self, source: RunSource, finished: Callable[[RunRow, Exception | None], object]) -> None:
        self._source = source
        self._finished = finished
        self._tried: set[Path] = set()
        self._stopped = Event()
        self._worker: LatestWinsWorker | None = None
        self.current: Path | None = None

    def missing(self, rows: Sequence[RunRow]) -> list[RunRow]:
        """The rows without metrics that can be computed now."""
        return [row for row in rows if row.lacks_metrics and row.path not in self._tried]

    def request(self, rows: Sequence[RunRow]) -> None:
        """Compute the metrics of these runs in their order, in place of those requested before."""
        waiting = [row for row in self.missing(rows) if row.path != self.current]
        if not waiting and self._worker is None:
            return
        if self._worker is None:  # no thread while nothing is missing
            self._worker = LatestWinsWorker("metrics", use_free_cores)
        self._worker.submit(_nothing, self._steps(waiting))

    def stop(self) -> None:
        self._stopped.set()
        if self._worker is not None:
            self._worker.stop()

    def join(self, timeout: float) -> None:
        if self._worker is not None:
            self._worker.join(timeout)

    def _steps(self, rows: Sequence[RunRow]) -> Iterator[None]:
        lower_priority()
        for row in rows:
            if row.path in self._tried:
                continue
            self._tried.add(row.path)
            self.current, failure = row.path, None
            try:
                self._source.measure(row, self._stopped.is_set)
            except Exception as error:  # whatever it is, the other runs still get their metrics
                failure = error
            self.current = None
            if self._stopped.is_set():
                return
            self._finished(row, failure)
            yield


def lower_priority() -> None:
    """Make the current thread nice, where the system has niceness of threads."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def _nothing() -> None:
    """The job before idle work."""
