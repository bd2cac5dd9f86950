"""Idle work of the worker: prefetch the epochs likely to be next, then compute the run metrics."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from math import inf
from time import perf_counter
from typing import TYPE_CHECKING

from grok_tui.queries.view_answers import answer_view, compute_later
from grok_tui.session.comparison_target import counterpart_of
from grok_tui.session.selection import step_epoch
from grok_tui.views import VIEWS

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection

# Painting the answers takes this long; work during that time would slow it down.
_PAINT_SECONDS = 0.06
# Debounce: run metrics that no visible curve needs wait until no key was pressed for this long.
QUIET_SECONDS = 1.0
# Debounce of what views leave out to answer at once: a key that is pressed again and again must not wait for a step.
LATER_SECONDS = 0.5
# Curves over epochs are redrawn at this interval while their metrics are computed.
_REDRAW_SECONDS = 0.5
# How many checkpoints to either side are prefetched in the end, for a key that is held.
_FAR = 12


def prefetch(
    explorer: Explorer,
    second: Explorer | None,
    selection: Selection,
    direction: int,
    names: Sequence[str],
    update_curves: Callable[[], None] | None,
    update_later: Callable[[], None] | None = None,
) -> Iterator[float | None]:
    """Idle work in small steps; a step yields the seconds to wait before the next one, or None.

    `direction` is 1 or -1, that of the last epoch step. `names` are the views on the screen. `update_curves` redraws
    those that depend on run metrics: at intervals while the metrics are computed, or once at the end if none of them
    is a view over epochs; None if there are no such views. `update_later` redraws those that leave out something to
    answer at once, when it is computed; None if there are no such views.
    """
    curves_visible = any(VIEWS[name].draws_run_metrics(explorer) for name in names)
    yield _PAINT_SECONDS
    near = (direction, 2 * direction, -direction, 10 * direction)
    yield from _prefetch_summaries(explorer, second, selection, near)
    yield from _prefetch_answers(explorer, second, selection, (direction, -direction), names)
    if update_later is not None:
        yield LATER_SECONDS
        yield from _compute_later(explorer, second, selection, names, update_later)
        for by in (direction, -direction):
            yield from _compute_later(explorer, second, _stepped(explorer, selection, by), names, None)
    if not curves_visible:
        yield QUIET_SECONDS
    interval = _REDRAW_SECONDS if curves_visible else inf
    yield from _compute_run_metrics(explorer, second, selection, update_curves, interval)
    far = chain.from_iterable((by * direction, -by * direction) for by in range(1, _FAR + 1))
    yield from _prefetch_summaries(explorer, second, selection, far)
    # The networks of the far epochs have evicted those of the next ones.
    yield from _prefetch_answers(explorer, second, selection, (-direction, direction), names)


def _prefetch_summaries(
    explorer: Explorer, second: Explorer | None, selection: Selection, steps: Iterable[int]
) -> Iterator[float | None]:
    """Summaries of the epochs at these distances in checkpoints, and of their comparison targets; cached ones are free.

    Errors are ignored: a damaged checkpoint is reported when it is selected.
    """
    for by in steps:
        neighbour = _stepped(explorer, selection, by)
        with suppress(Exception):
            explorer.summary(neighbour.epoch)
        yield None
        if target := counterpart_of(explorer, neighbour, second):
            with suppress(Exception):
                target.explorer.summary(target.selection.epoch)
            yield None


def _prefetch_answers(
    explorer: Explorer, second: Explorer | None, selection: Selection, steps: Iterable[int], names: Sequence[str]
) -> Iterator[float | None]:
    """Query the visible views at these distances; the engine caches what is expensive."""
    for by in steps:
        neighbour = _stepped(explorer, selection, by)
        target = counterpart_of(explorer, neighbour, second)
        for view in (VIEWS[name] for name in names):
            if not view.over_epochs:
                with suppress(Exception):
                    answer_view(view, explorer, neighbour, target)
                yield None


def _compute_later(
    explorer: Explorer,
    second: Explorer | None,
    selection: Selection,
    names: Sequence[str],
    update: Callable[[], None] | None,
) -> Iterator[float | None]:
    """What the visible views leave out to answer at once; `update` redraws them at intervals and at the end."""
    target = counterpart_of(explorer, selection, second)

    def steps() -> Iterator[object]:
        for view in (VIEWS[name] for name in names):
            with suppress(Exception):  # reported when the view is queried
                yield from compute_later(view, explorer, selection, target)

    yield from _updating(steps(), update, _REDRAW_SECONDS)


def _updating(steps: Iterable[object], update: Callable[[], None] | None, interval: float) -> Iterator[None]:
    """Take steps, with an update at intervals and after the last one."""
    last_update, stale = perf_counter(), False
    for _ in steps:
        stale = True
        if update and perf_counter() - last_update > interval:
            update()
            last_update, stale = perf_counter(), False
        yield None
    if update and stale:
        update()


def _stepped(explorer: Explorer, selection: Selection, by: int) -> Selection:
    """The selection `by` checkpoints further."""
    return replace(selection, epoch=step_epoch(explorer.epochs, selection.epoch, by))


def _compute_run_metrics(
    explorer: Explorer,
    second: Explorer | None,
    selection: Selection,
    update_curves: Callable[[], None] | None,
    interval: float,
) -> Iterator[float | None]:
    """The metrics of all checkpoints of the run, then of the comparison target's run."""
    target = counterpart_of(explorer, selection, second)
    runs = [explorer.run_metrics(selection.reference_epoch)]
    if target:
        runs.append(target.explorer.run_metrics(target.selection.reference_epoch))
    yield from _updating(chain.from_iterable(metrics.steps() for metrics in runs), update_curves, interval)
