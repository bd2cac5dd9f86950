"""Reduce a series to the points that change its drawing. Minima and maxima are always among them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.charts.axis import Floats

Selected = tuple[NDArray[np.intp], NDArray[np.bool_]]  # indices of points, and whether the line to a point is missing


def reduce_line(x: Floats, y: Floats) -> Selected:
    """The lowest and the highest point of each column of dots; x and y are in dots, NaN is a gap in the line."""
    finite = np.isfinite(x) & np.isfinite(y)
    indices = np.flatnonzero(finite)
    if indices.size and np.all(np.diff(x[indices]) >= 0):
        order = indices[np.lexsort((y[indices], x[indices]))]
        starts = np.flatnonzero(np.diff(x[order], prepend=np.nan) != 0)
        ends = np.append(starts[1:], len(order)) - 1
        indices = np.unique(np.concatenate([order[starts], order[ends]]))
    missing = np.cumsum(~finite)
    broken = np.zeros(len(indices), dtype=bool)
    broken[1:] = (np.diff(missing[indices]) > 0) & (np.diff(x[indices]) != 0)
    return indices, broken


def reduce_points(x: Floats, y: Floats) -> Selected:
    """One point for each dot; x and y are in dots."""
    indices = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    _, first = np.unique(np.stack([x[indices], y[indices]]), axis=1, return_index=True)
    return indices[np.sort(first)], np.zeros(len(first), dtype=bool)
