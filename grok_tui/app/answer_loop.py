"""Asks the engine, on the worker's thread, for what the screen shows: the latest request wins, one frame at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import chain
from threading import Event
from typing import TYPE_CHECKING

from grok_tui.app.worker import LatestWinsWorker
from grok_tui.queries.prefetch import prefetch
from grok_tui.queries.view_answers import ViewAnswers, answer_views
from grok_tui.session.comparison_target import at_selected_layer
from grok_tui.views import VIEWS

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection

# The engine waits at most this long for a frame to be painted: a screen that was removed never reports it.
_PAINT_SECONDS = 0.3


class AnswerLoop:
    """Requests go in, answers come out through `deliver`, which is called on the worker's thread.

    The engine computes while the previous frame is painted, but delivers nothing before `frame_painted`: frames never
    queue. While idle, the worker prefetches what is likely to be selected next.
    """

    def __init__(
        self,
        explorer: Explorer,
        second: Explorer | None,
        worker: LatestWinsWorker,
        deliver: Callable[[ViewAnswers], object],
    ) -> None:
        self._explorer = explorer
        self._second = second
        self._worker = worker
        self._deliver = deliver
        self._painted = Event()
        self._painted.set()

    def request(
        self, selection: Selection, views: Sequence[str], direction: int, first: Iterator[float | None] | None = None
    ) -> None:
        """Answer these views; `direction` (1 or -1) is that of the last epoch step, for prefetching.

        `first` is idle work before the prefetching.
        """
        growing = [name for name in views if VIEWS[name].grows]
        update_curves = partial(self._answer, selection, growing) if growing else None
        unfinished = [name for name in views if VIEWS[name].leaves_out]
        update_later = partial(self._answer, selection, unfinished) if unfinished else None
        ahead = prefetch(*self._explorers(selection), selection, direction, views, update_curves, update_later)
        self._worker.submit(partial(self._answer, selection, views), ahead if first is None else chain(first, ahead))

    def frame_painted(self) -> None:
        """The delivered answers are on the screen."""
        self._painted.set()

    def _answer(self, selection: Selection, views: Sequence[str]) -> None:
        explorer, second = self._explorers(selection)
        answers = answer_views(explorer, selection, views, second)
        self._painted.wait(_PAINT_SECONDS)
        self._painted.clear()
        self._deliver(answers)

    def _explorers(self, selection: Selection) -> tuple[Explorer, Explorer | None]:
        return at_selected_layer(self._explorer, self._second, selection)
