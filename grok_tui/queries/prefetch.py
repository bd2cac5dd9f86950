"""What the engine does while nobody asks: the epochs likely to be next, then the measures of the whole run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from math import inf
from time import perf_counter
from typing import TYPE_CHECKING

from grok_tui.queries.view_answers import answer_view
from grok_tui.session.comparison_target import counterpart_of
from grok_tui.session.selection import step_epoch
from grok_tui.views import VIEWS

if TYPE_CHECKING:
    from engine import Explorer
    from grok_tui.session.selection import Selection

# So long the answers take to the screen; what is computed ahead meanwhile would only be in the way.
_PAINT_SECONDS = 0.06
# Unless its curves are on show, measuring the run waits until no key was pressed for so long: it would be in the way.
_QUIET_SECONDS = 1.0
# Curves over epochs are drawn anew this often while their measures are being computed.
_GROW_SECONDS = 0.5
# As many epochs to either side are computed in the end, for a key that is held.
_FAR = 12


def prefetch(
    explorer: Explorer,
    second: Explorer | None,
    selection: Selection,
    direction: int,
    names: Sequence[str],
    show_curves: Callable[[], None] | None,
) -> Iterator[float | None]:
    """Idle work for the engine's thread, a step at a time.

    `names` are the views on show; `show_curves` is called as measures of the whole run come in, or once all are there
    if no curves are on show but the phases; None where neither is.
    """
    curves = any(VIEWS[name].over_epochs for name in names)
    yield _PAINT_SECONDS
    near = (direction, 2 * direction, -direction, 10 * direction)
    yield from _summarise(explorer, second, selection, near)
    yield from _ask(explorer, second, selection, (direction, -direction), names)
    if not curves:
        yield _QUIET_SECONDS
    yield from _measure(explorer, second, selection, show_curves, _GROW_SECONDS if curves else inf)
    outward = chain.from_iterable((by * direction, -by * direction) for by in range(1, _FAR + 1))
    yield from _summarise(explorer, second, selection, outward)


def _summarise(
    explorer: Explorer, second: Explorer | None, selection: Selection, steps: Iterable[int]
) -> Iterator[float | None]:
    """The epochs so many checkpoints further, and what they are compared with; what is known already costs nothing."""
    for by in steps:
        there = replace(selection, epoch=step_epoch(explorer.epochs, selection.epoch, by))
        with suppress(Exception):  # a damaged neighbour is told when it is gone to
            explorer.summary(there.epoch)
        yield None
        if other := counterpart_of(explorer, there, second):
            with suppress(Exception):
                other.explorer.summary(other.selection.epoch)
            yield None


def _ask(
    explorer: Explorer, second: Explorer | None, selection: Selection, steps: Iterable[int], names: Sequence[str]
) -> Iterator[float | None]:
    """What the views on show will ask there; the engine keeps what was dear."""
    for by in steps:
        there = replace(selection, epoch=step_epoch(explorer.epochs, selection.epoch, by))
        for view in (VIEWS[name] for name in names):
            if not view.over_epochs:
                with suppress(Exception):
                    answer_view(view, explorer, there, second)
                yield None


def _measure(
    explorer: Explorer,
    second: Explorer | None,
    selection: Selection,
    show_curves: Callable[[], None] | None,
    every: float,
) -> Iterator[float | None]:
    other = counterpart_of(explorer, selection, second)
    histories = [explorer.run_metrics(selection.reference_epoch)]
    if other:
        histories.append(other.explorer.run_metrics(other.selection.reference_epoch))
    shown, waiting = perf_counter(), False
    for _ in chain.from_iterable(history.steps() for history in histories):
        waiting = True
        if show_curves and perf_counter() - shown > every:
            show_curves()
            shown, waiting = perf_counter(), False
        yield None
    if show_curves and waiting:
        show_curves()
