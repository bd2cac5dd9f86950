"""Maps with the epochs across: checkpoints, which lie at uneven distances, on a linear axis of screen columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, put
from grok_tui.render.heatmap import pool
from grok_tui.render.palette import Palette

Floats = NDArray[np.float64]


def column_of(epoch: float, epochs: Floats, columns: int) -> int | None:
    """The column of an epoch on an axis from the first to the last of `epochs`; None outside."""
    if not len(epochs) or columns < 1 or not epochs[0] <= epoch <= epochs[-1]:
        return None
    span = float(epochs[-1] - epochs[0])
    return round((epoch - float(epochs[0])) / span * (columns - 1)) if span else 0


def over_columns(values: Floats, epochs: Floats, columns: int) -> Floats:
    """Values at checkpoints as values on columns. [row, epoch] -> [row, column]

    A column shows the largest of its checkpoints; where it has none, the checkpoint nearest to it.
    """
    laid = np.empty((len(values), columns))
    for column in range(columns):
        laid[:, column] = pool(values[:, checkpoints_of(column, epochs, columns)], len(values), 1)[:, 0]
    return laid


def checkpoints_of(column: int, epochs: Floats, columns: int) -> NDArray[np.intp]:
    """Which of the epochs a column shows: those that lie on it, or else the one nearest to it."""
    span = float(epochs[-1] - epochs[0]) or 1.0
    places = np.round((epochs - epochs[0]) / span * (columns - 1))
    here = np.flatnonzero(places == column)
    return here if here.size else np.array([np.abs(places - column).argmin()])


def pointer(column: int | None, width: int, epoch: int, palette: Palette) -> Drawing:
    """A line to stand above a map: a pointer down to the column of the selected epoch, its number beside it."""
    line = Drawing.of_lines([""], width)
    if column is None:
        return line
    mark, number = "v" if palette.ascii else "▼", f"{epoch:,}"
    text = f"{mark} {number}" if column + len(number) + 2 <= width else f"{number} {mark}"
    start = column if text.startswith(mark) else column - len(number) - 1
    return put(line, start, 0, text, palette.style(palette.accent, bold=True))
