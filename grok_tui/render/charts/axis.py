"""An axis of a chart: its limits, its ticks, and the dots and cells of its values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.ticks import Tick, linear_ticks, log_ticks

Floats = NDArray[np.floating]
DOTS_X, DOTS_Y = 2, 4  # dots of a braille cell
_ZERO_GAP = 0.07  # the fraction of a log axis between its zero and its lowest value


@dataclass(frozen=True)
class Axes:
    """Which axes of a chart are logarithmic."""

    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True)
class Axis:
    """The range of values of a linear or logarithmic axis.

    With `zero` a log axis shows 0 at its low end, with a gap to the lowest positive value.
    """

    low: float
    high: float
    log: bool
    zero: bool = False

    def fraction(self, values: Floats) -> Floats:
        """Positions along the axis, 0 at the low end, 1 at the high end; NaN for values that it cannot show."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.log:
                positions = np.log10(np.where(values > 0, values, np.nan))
                low, high = math.log10(self.low), math.log10(self.high)
            else:
                positions, low, high = np.asarray(values, dtype=float), self.low, self.high
            fractions: Floats = (np.where(np.isfinite(positions), positions, np.nan) - low) / (high - low)
        if self.zero:
            fractions = np.where(np.asarray(values) == 0, 0.0, _ZERO_GAP + (1 - _ZERO_GAP) * fractions)
        return fractions

    def ticks(self, count: int) -> list[Tick]:
        """At most `count` ticks, and one more at the 0 of a log axis with `zero`."""
        ticks = (log_ticks if self.log else linear_ticks)(self.low, self.high, count)
        return [Tick(0.0, "0"), *ticks] if self.zero else ticks


def fit_axis(values: Floats, log: bool, margin: float, *, from_zero: bool) -> Axis:
    """The axis that contains the finite `values` (positive for a log axis).

    It is longer than their range by the fraction `margin` at each end. With `from_zero` a linear axis starts at zero if
    the lowest value is close to it.
    """
    if not values.size:
        return Axis(1.0, 10.0, True) if log else Axis(0.0, 1.0, False)
    low, high = float(values.min()), float(values.max())
    if log:
        if low == high:
            return Axis(low / 2, high * 2, True)
        stretch = (high / low) ** margin if math.isfinite(high / low) else 1.0
        return Axis(low / stretch, high * stretch, True)
    if high - low <= abs(high) * 1e-12:
        half = abs(low) / 2 or 0.5
        return Axis(low - half, high + half, False)
    pad = (high - low) * margin
    floor = 0.0 if from_zero and 0 <= low < 0.25 * high else low - pad
    return Axis(floor, high + pad, False)


def to_dots(fractions: Floats, count: int) -> Floats:
    """Convert fractions of an axis to dots 0 .. count-1. Values outside the axis get other dots; NaN stays NaN."""
    dots: Floats = np.floor(fractions * (count - 1) + 0.5)
    return dots


def to_cell(fraction: float, cells: int, dots_per_cell: int) -> int:
    """Convert a fraction of an axis to the cell that shows it, clipped to the axis."""
    return math.floor(min(max(fraction, 0.0), 1.0) * (cells * dots_per_cell - 1) + 0.5) // dots_per_cell


def tick_choices(
    axis: Axis, most: int, columns: int, names: Sequence[str] | None = None
) -> list[list[tuple[int, str]]]:
    """The ticks of a horizontal axis, as `tick_cells`: many, fewer and so on."""
    if names is None:
        return _numbered_choices(axis, most, columns)
    return [tick_cells(axis, count, columns, names) for count in range(most, 0, -1)]


@lru_cache(maxsize=64)  # an epoch or neuron step changes the curves, and rarely what is across
def _numbered_choices(axis: Axis, most: int, columns: int) -> list[list[tuple[int, str]]]:
    return [tick_cells(axis, count, columns) for count in range(most, 0, -1)]


def tick_cells(axis: Axis, count: int, columns: int, names: Sequence[str] | None = None) -> list[tuple[int, str]]:
    """(column, text) of at most `count` ticks of a horizontal axis.

    `names` are the texts at 0, 1, ...; by default the numbers.
    """
    ticks = []
    for value, number in axis.ticks(count):
        text = number if names is None else names[round(value)]
        (fraction,) = axis.fraction(np.array([value]))
        ticks.append((to_cell(float(fraction), columns, DOTS_X), text))
    return ticks
