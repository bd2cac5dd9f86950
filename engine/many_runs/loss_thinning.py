"""Thin the losses of a run to a few hundred points that keep every minimum and maximum that a chart can show.

The epochs between which points are kept are multiples of 1, 5, 10, 50, ...: finer at the start, for charts over the
logarithm of the epoch. They are the same for runs of equal length, and those of a longer run are among those of a
shorter one, so that runs with one schedule have epochs in common.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import pairwise
from math import isfinite, log

from engine.many_runs.run_row import LossCurve

_MAX_STEPS = 100  # of the coarsest step
_FINEST = 5  # epochs from 5 steps on are a step apart
_NOT_THINNED = 200  # points
# Where a loss changes by more than this factor between two points, further points are kept, up to a total.
_STEEP, _MAX_POINTS = 1.5, 400


def thinning_epochs(last: int) -> list[int]:
    """The epochs at which a curve up to `last` is divided; `last` is among them.

    >>> thinning_epochs(40_000)[:8], thinning_epochs(40_000)[-3:], len(thinning_epochs(40_000))
    ([0, 1, 2, 3, 4, 5, 6, 7], [39000, 39500, 40000], 151)
    """
    steps = [1]
    while last / steps[-1] > _MAX_STEPS:
        steps.append(steps[-1] * (5 if str(steps[-1])[0] == "1" else 2))
    epochs = {0, last}
    start = 0
    for step, coarser in zip(steps, [*steps[1:], None], strict=True):
        end = last if coarser is None else min(_FINEST * coarser, last)
        epochs.update(range(start, end + 1, step))
        start = end - end % (coarser or 1)
    return sorted(epochs)


def thin_losses(epochs: Sequence[int], train: Sequence[float | None], test: Sequence[float | None]) -> LossCurve:
    """The losses at the epochs of `thinning_epochs`, and the extremes between them; all losses of a short curve.

    Args:
        epochs: ascending epochs.
        train, test: their losses; None, NaN and infinities are absent.
    """
    series = [_Present.of(train), _Present.of(test)]
    kept = {place for values in series for place in values.places}
    if len(kept) > _NOT_THINNED:
        bounds = [bisect_left(epochs, epoch) for epoch in thinning_epochs(epochs[max(kept)])]
        kept = {place for values in series for place in _points_between(bounds, values)}
        for values in series:
            _split_steep_gaps(kept, values)
    points = sorted(kept)
    thinned = (dict(zip(values.places, values.losses, strict=True)) for values in series)
    return LossCurve(tuple(epochs[place] for place in points), *(tuple(map(losses.get, points)) for losses in thinned))


@dataclass(frozen=True)
class _Present:
    """The losses that are present, and their places in the series."""

    places: list[int]
    losses: list[float]

    @staticmethod
    def of(series: Sequence[float | None]) -> _Present:
        present = [(place, loss) for place, loss in enumerate(series) if loss is not None and isfinite(loss)]
        return _Present([place for place, _ in present], [loss for _, loss in present])


def _points_between(bounds: Sequence[int], values: _Present) -> set[int]:
    """The first place from each bound on, and the extremes inside; an end that is as extreme makes one superfluous."""
    places, losses = values.places, values.losses
    kept = set(places[-1:])
    firsts = sorted({bisect_left(places, bound) for bound in bounds} - {len(places)})
    for start, end in pairwise([*firsts, len(places) - 1]):
        kept.add(places[start])
        inside = losses[start + 1 : end]
        if not inside:
            continue
        ends = losses[start], losses[end]
        if (lowest := min(inside)) < min(ends):
            kept.add(places[start + 1 + inside.index(lowest)])
        if (highest := max(inside)) > max(ends):
            kept.add(places[start + 1 + inside.index(highest)])
    return kept


def _split_steep_gaps(kept: set[int], values: _Present) -> None:
    """Add the places halfway between points of very different losses, the largest change first."""
    points = [index for index, place in enumerate(values.places) if place in kept]
    gaps = [_gap(values.losses, start, end) for start, end in pairwise(points)]
    heapify(gaps)
    while gaps and len(kept) < _MAX_POINTS:
        change, start, end = heappop(gaps)
        if -change <= log(_STEEP):
            return
        middle = (start + end) // 2
        if middle > start:
            kept.add(values.places[middle])
            heappush(gaps, _gap(values.losses, start, middle))
            heappush(gaps, _gap(values.losses, middle, end))


def _gap(losses: Sequence[float], start: int, end: int) -> tuple[float, int, int]:
    """The change of the logarithm of a loss from one point to another, negative for a heap, and both points."""
    if losses[start] <= 0 or losses[end] <= 0:
        return 0.0, start, end
    return -abs(log(losses[end] / losses[start])), start, end
