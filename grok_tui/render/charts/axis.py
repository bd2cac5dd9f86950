"""An axis of a chart: values to dots and back, limits that fit the data, ticks."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.ticks import Tick, linear_ticks, log_ticks

Floats = NDArray[np.floating]
DOTS_X, DOTS_Y = 2, 4  # dots of a braille cell
_ASIDE = 0.07  # of a log axis with a zero: the share between that and its lowest value


@dataclass(frozen=True)
class Axes:
    """Which of a chart's axes are logarithmic."""

    log_x: bool = False
    log_y: bool = False


@dataclass(frozen=True)
class Axis:
    """A range of values, spread over a number of dots.

    With `zero` a log axis has a place for 0 at its low end, a little away from the lowest value.
    """

    low: float
    high: float
    log: bool
    zero: bool = False

    def share(self, values: Floats) -> Floats:
        """0 at the low end, 1 at the high end; NaN for what the axis cannot show."""
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.log:
                at = np.log10(np.where(values > 0, values, np.nan))
                low, high = math.log10(self.low), math.log10(self.high)
            else:
                at, low, high = np.asarray(values, dtype=float), self.low, self.high
            shares: Floats = (np.where(np.isfinite(at), at, np.nan) - low) / (high - low)
        if self.zero:
            shares = np.where(np.asarray(values) == 0, 0.0, _ASIDE + (1 - _ASIDE) * shares)
        return shares

    def ticks(self, count: int) -> list[Tick]:
        """At most `count`, and the 0 of a log axis that has one."""
        ticks = (log_ticks if self.log else linear_ticks)(self.low, self.high, count)
        return [Tick(0.0, "0"), *ticks] if self.zero else ticks


def fitted_axis(values: Floats, log: bool, margin: float, *, from_zero: bool) -> Axis:
    """An axis around the values, by `margin` longer at each end; `from_zero`: from a zero that is near."""
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


def dots(shares: Floats, count: int) -> Floats:
    """Shares of an axis as dots 0 .. count-1 (beyond, outside the axis); NaN stays NaN."""
    placed: Floats = np.floor(shares * (count - 1) + 0.5)
    return placed


def cell(share: float, cells: int, dots_each: int) -> int:
    """The cell of a share of an axis, cut off at its ends."""
    return math.floor(min(max(share, 0.0), 1.0) * (cells * dots_each - 1) + 0.5) // dots_each


def placed_ticks(axis: Axis, count: int, cells: int, dots_each: int, *, flip: bool) -> list[tuple[int, str]]:
    """(cell, text) of each tick; `flip` counts the cells from the far end."""
    placed = []
    for value, text in axis.ticks(count):
        (share,) = axis.share(np.array([value]))
        at = cell(float(share), cells, dots_each)
        placed.append((cells - 1 - at if flip else at, text))
    return placed
