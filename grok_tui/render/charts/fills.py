"""Areas between two curves, as cells with a tinted background."""

from __future__ import annotations

import numpy as np

from grok_tui.render.charts.axis import DOTS_Y, Axis, Floats, to_dots
from grok_tui.render.charts.canvas import Area
from grok_tui.render.charts.series import Fill
from grok_tui.render.palette import Palette, mix

_TINT = 0.22


def fill_area(fill: Fill, x_axis: Axis, y_axis: Axis, columns: int, rows: int, palette: Palette) -> Area:
    """The cells that an area covers, and their background. Values beyond a log axis are at its low end.

    Where the area is less than a cell high it covers none: a whole cell would show a band many times too wide.
    """
    x = x_axis.fraction(np.asarray(fill.x, dtype=float)) * columns
    low, high = (_rows(values, y_axis, rows) for values in (fill.low, fill.high))
    known = np.isfinite(x) & np.isfinite(low) & np.isfinite(high)
    inside = np.zeros((rows, columns), dtype=bool)
    if known.any():
        centres = np.arange(columns) + 0.5
        lowest, highest = (np.interp(centres, x[known], edge[known]) for edge in (low, high))
        reached = (centres >= x[known][0] - 1) & (centres <= x[known][-1] + 1)
        row = np.arange(rows)[:, None]
        inside = (row <= np.floor(lowest)) & (row >= np.floor(highest)) & reached & (lowest - highest >= 1)
    return inside, mix(palette.background, palette.series[fill.colour % len(palette.series)], _TINT)


def _rows(values: object, axis: Axis, rows: int) -> Floats:
    """Rows from the top of some values; NaN for absent ones."""
    found = np.asarray(values, dtype=float)
    fractions = axis.fraction(found)
    fractions = np.where(np.isnan(fractions) & (found <= 0), 0.0, fractions)
    dots = np.clip(to_dots(fractions, rows * DOTS_Y), -1, rows * DOTS_Y)
    rows_from_top: Floats = rows - (dots + 1) / DOTS_Y
    return rows_from_top
