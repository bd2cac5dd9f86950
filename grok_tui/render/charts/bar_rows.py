"""The scale of bars: a whole number of rows between two ticks, and between zero and the lower end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from grok_tui.render.equal_rows import RowTicks, first_and_last, least_gap, worth_of
from grok_tui.render.ticks import multiples, round_steps

_TOLERANCE = 1e-6  # of a row


class BarScale(NamedTuple):
    """The values at the lower and upper edge of all rows, and the ticks.

    A tick is in the row below the edge at its value: the highest full cell of a bar of that value; that of the lower
    end is beside the axis line.
    """

    low: float
    high: float
    ticks: RowTicks


def fit_bars(low: float, high: float, rows: int, count: int) -> BarScale:
    """The scale of bars from `low` (at most zero) to `high` (at least zero), with at most `count` (at least two) ticks.

    It is longer if that makes the ticks equally spaced.
    """
    count = max(count, 2)
    fits = list(_fits(low, high, rows, count))
    return max(fits, key=lambda fit: fit[0])[1]


def _fits(low: float, high: float, rows: int, count: int) -> Iterator[tuple[float, BarScale]]:
    """Scales, each with its worth."""
    tight = _tight(low, high, rows)
    yield worth_of([], rows, count), tight
    unit = (tight.high - tight.low) / rows
    for step, quarter in round_steps(high - low, count):
        penalty = 0.03 if quarter else 0.0
        marks = multiples(tight.low, tight.high, step)
        ticks = [(rows - round((mark.value - tight.low) / unit), mark.text) for mark in marks]
        for chosen, cost in ((ticks, penalty), (first_and_last(ticks), 0.01), (ticks[:1], 0.0)):
            yield worth_of(chosen, rows, count) - cost, tight._replace(ticks=chosen)
        if (scale := _whole_rows(low, high, rows, step)) is not None:
            lost = 1 - (tight.high - tight.low) / (scale.high - scale.low)
            yield worth_of(scale.ticks, rows, count) - penalty - lost, scale


def _tight(low: float, high: float, rows: int) -> BarScale:
    """The shortest scale on which zero is at an edge of a row."""
    if low == 0 or high == 0 or rows < 2:
        return BarScale(low, high, [])
    unit, below = min((max(-low / below, high / (rows - below)), below) for below in range(1, rows))
    return BarScale(-below * unit, (rows - below) * unit, [])


def _whole_rows(low: float, high: float, rows: int, step: float) -> BarScale | None:
    """The shortest scale with a whole number of rows per step; None if a step has too few rows."""
    for per_step in range(math.floor(step * rows / (high - low) + _TOLERANCE), least_gap(rows) - 1, -1):
        unit = step / per_step
        below = math.ceil(-low / unit - _TOLERANCE)
        if below + high / unit > rows + _TOLERANCE:
            continue
        first, last = -(below // per_step), (rows - below) // per_step
        marks = multiples(first * step, last * step, step)
        rows_of = [rows - below - number * per_step for number in range(first, last + 1)]
        ticks = [(row, mark.text) for row, mark in zip(rows_of, marks, strict=True)]
        return BarScale(-below * unit, (rows - below) * unit, ticks)
    return None
