"""Follows runs that grow: polls their folders on the worker's thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TYPE_CHECKING

from grok_tui.app.worker import LatestWinsWorker

if TYPE_CHECKING:
    from engine import Explorer

# Seconds between two polls. New files appear within two seconds, on local disks and network mounts alike.
POLL_SECONDS = 1.0
# Polling takes at most this share of the worker's time: a folder of a million files is listed less often.
_MAX_SHARE = 0.1

Report = Callable[[bool, Sequence[Exception]], object]


class Follower:
    """Polls the folders of the runs on show.

    After each poll `report(grown, failures)` is called on the worker's thread: whether a run changed, and why a run
    could not be read.
    """

    def __init__(self, explorers: Sequence[Explorer], worker: LatestWinsWorker, report: Report) -> None:
        runs = [(explorer, explorer.run) for explorer in explorers]
        self._explorers = [explorer for explorer, run in runs if run.address is None and run.path.is_dir()]
        self._worker = worker
        self._report = report
        self._next_poll = 0.0

    def poll(self) -> None:
        """Have the worker read what is new, unless the previous poll was too expensive to repeat so soon."""
        if self._explorers and perf_counter() >= self._next_poll:
            self._worker.submit_urgent(self._refresh)

    def _refresh(self) -> None:
        started, grown = perf_counter(), False
        failures: list[Exception] = []
        for explorer in self._explorers:
            try:
                grown |= explorer.refresh()
            except Exception as error:  # a file that cannot be read now
                failures.append(error)
        ended = perf_counter()
        self._next_poll = ended + (ended - started) / _MAX_SHARE
        self._report(grown, failures)
