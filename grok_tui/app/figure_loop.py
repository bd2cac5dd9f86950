"""Computes the figures of many runs on a thread of its own: the latest request wins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any

from grok_tui import run_views
from grok_tui.app.worker import LatestWinsWorker
from grok_tui.run_views.run_view import ShownRuns

# While rows are read, the figures follow so often: drawing a thousand curves takes longer than reading a hundred rows.
_SECONDS_WHILE_READING = 2.0

# Gets the runs that were asked for, the name of a figure, and its answer or the exception of its query.
Deliver = Callable[[ShownRuns, str, Any], object]


class FigureLoop:
    """Requests go in, answers come out through `deliver`, which is called on the thread.

    The thread also imports the views of the figures, and with them numpy: the first rows do not wait for it.
    """

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self._due = perf_counter() + _SECONDS_WHILE_READING
        self._worker = LatestWinsWorker("figures")

    @property
    def is_due(self) -> bool:
        """Whether the last request is so old that the figures should show the rows that were read since."""
        return perf_counter() >= self._due

    def request(self, runs: ShownRuns, names: Sequence[str]) -> None:
        """Compute these figures, in place of those requested before."""
        self._due = perf_counter() + _SECONDS_WHILE_READING
        self._worker.submit(partial(self._answer, runs, names))

    def stop(self) -> None:
        self._worker.stop()

    def join(self, timeout: float) -> None:
        self._worker.join(timeout)

    def _answer(self, runs: ShownRuns, names: Sequence[str]) -> None:
        for name in names:
            answer: Any
            try:
                answer = run_views.RUN_VIEWS[name].query(runs)
            except Exception as error:
                answer = error
            self._deliver(runs, name, answer)
