"""Fewer points, the same picture: what of a series is worth handing to a canvas of dots."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.charts.axis import Floats

SavedSession = tuple[NDArray[np.intp], NDArray[np.bool_]]


def reduced_line(x: Floats, y: Floats) -> SavedSession:
    """The points to draw (in each column of dots the lowest and highest), and which begin a new stretch."""
    good = np.isfinite(x) & np.isfinite(y)
    kept = np.flatnonzero(good)
    if kept.size and np.all(np.diff(x[kept]) >= 0):
        order = kept[np.lexsort((y[kept], x[kept]))]
        starts = np.flatnonzero(np.diff(x[order], prepend=np.nan) != 0)
        ends = np.append(starts[1:], len(order)) - 1
        kept = np.unique(np.concatenate([order[starts], order[ends]]))
    missing = np.cumsum(~good)
    broken = np.zeros(len(kept), dtype=bool)
    broken[1:] = (np.diff(missing[kept]) > 0) & (np.diff(x[kept]) != 0)
    return kept, broken


def reduced_points(x: Floats, y: Floats) -> SavedSession:
    """One point for each dot."""
    kept = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    _, first = np.unique(np.stack([x[kept], y[kept]]), axis=1, return_index=True)
    return kept[np.sort(first)], np.zeros(len(first), dtype=bool)
