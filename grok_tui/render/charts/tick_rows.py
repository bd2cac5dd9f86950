"""Ticks of a vertical axis, the same number of rows apart; the axis may become a little longer for it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from grok_tui.render.charts.axis import DOTS_Y, Axis, to_cell
from grok_tui.render.equal_rows import RowTicks, first_and_last, least_gap, worth_of
from grok_tui.render.ticks import Tick, decade_ticks, linear_ticks, multiples, round_steps


class _Fit(NamedTuple):
    """An axis with its ticks, and how good they are."""

    worth: float
    axis: Axis
    ticks: RowTicks


@lru_cache(maxsize=512)
def fit_rows(axis: Axis, rows: int, count: int) -> tuple[Axis, RowTicks]:
    """The axis, possibly longer, and its ticks: at most `count` (at least two), the same number of rows apart.

    A tick is in the row that shows its value. An axis that has no two round values has fewer ticks.
    """
    low, high = _position(axis.low, axis.log), _position(axis.high, axis.log)
    count = max(count, 2)
    if rows < 1 or not (math.isfinite(high - low) and high > low):
        return axis, []
    fits = [_unchanged(axis, rows, ticks, count, 0.01) for ticks in _pairs(axis, count)]
    for step, penalty in _steps(axis, low, high, count):
        fits.append(_unchanged(axis, rows, _ticks(axis, low, high, step), count, penalty))
        fits.extend(_longer(axis, rows, count, step, penalty))
    best = max(fits, key=lambda fit: fit.worth)
    return best.axis, best.ticks


def row_of(axis: Axis, value: float, rows: int) -> int:
    """The row from the top that shows a value."""
    low, high = _position(axis.low, axis.log), _position(axis.high, axis.log)
    return rows - 1 - to_cell((_position(value, axis.log) - low) / (high - low), rows, DOTS_Y)


def _position(value: float, log: bool) -> float:
    return math.log10(value) if log else value


def _steps(axis: Axis, low: float, high: float, count: int) -> Iterator[tuple[float, float]]:
    """Steps between ticks (on a log axis: decades), each with a penalty for numbers that are less round."""
    if axis.log:
        fewest = max(math.floor((high - low) / count), 1)
        yield from ((float(decades), 0.0) for decades in range(fewest, min(math.floor(high - low) + 2, fewest + 40)))
    else:
        yield from ((step, 0.03 if quarter else 0.0) for step, quarter in round_steps(high - low, count))


def _ticks(axis: Axis, low: float, high: float, step: float) -> list[Tick]:
    """The ticks at the multiples of a step between two positions."""
    return decade_ticks(low, high, round(step)) if axis.log else multiples(low, high, step)


def _pairs(axis: Axis, count: int) -> Iterator[list[Tick]]:
    """The first and the last of some round values, and the first alone."""
    for most in (count, 2 * count, 4 * count):
        ticks = [tick for tick in linear_ticks(axis.low, axis.high, most) if tick.value > 0 or not axis.log]
        yield first_and_last(ticks)
        yield ticks[:1]
    if axis.log:
        yield first_and_last(decade_ticks(math.log10(axis.low), math.log10(axis.high), 1))


def _unchanged(axis: Axis, rows: int, ticks: Sequence[Tick], count: int, penalty: float) -> _Fit:
    """The unchanged axis, with these ticks."""
    placed = [(row_of(axis, tick.value, rows), tick.text) for tick in ticks]
    return _Fit(worth_of(placed, rows, count) - penalty, axis, placed)


def _longer(axis: Axis, rows: int, count: int, step: float, penalty: float) -> Iterator[_Fit]:
    """The axis with a whole number of rows per step, so that each tick is on the same dot of its row."""
    low, high = _position(axis.low, axis.log), _position(axis.high, axis.log)
    dots = rows * DOTS_Y - 1
    most = math.floor(step / (high - low) * dots / DOTS_Y)
    for rows_per_step in (most, most - 1):
        if rows_per_step < least_gap(rows):
            return
        per_step = rows_per_step * DOTS_Y
        dot = step / per_step
        first = math.ceil(low / step - 1e-9)  # the number of the lowest tick
        below = math.ceil((first * step - low) / dot - 1e-6)  # dots below it
        spare = dots - below - math.ceil((high - first * step) / dot - 1e-6)
        if spare < 0:
            continue
        # Half of what is spare goes below, but no positive axis gets values below zero.
        below += spare // 2 if axis.log or low < 0 else min(spare // 2, first * per_step - below)
        new_low = first * step - below * dot
        new_high = new_low + dots * dot
        longer = _from_positions(new_low, new_high, axis)
        if longer is None:
            return
        lost = 1 - (high - low) / (new_high - new_low)
        numbers = range(first - below // per_step, first + (dots - below) // per_step + 1)
        ticks = _ticks(axis, numbers[0] * step, numbers[-1] * step, step) if numbers else []
        placed = [
            (rows - 1 - (below + (number - first) * per_step) // DOTS_Y, tick.text)
            for number, tick in zip(numbers, ticks, strict=True)
        ]
        yield _Fit(worth_of(placed, rows, count) - penalty - lost, longer, placed)


def _from_positions(low: float, high: float, axis: Axis) -> Axis | None:
    """The axis between two positions; None if floating-point numbers do not reach so far."""
    if not axis.log:
        return Axis(low, high, False) if math.isfinite(high - low) else None
    return Axis(10.0**low, 10.0**high, True) if low > -300 and high < 300 else None
