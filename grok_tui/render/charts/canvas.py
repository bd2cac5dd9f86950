"""The plotting area of a chart as cells: which glyph each has and which series drew it, then in colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Style
from grok_tui.render.charts.axis import DOTS_X, DOTS_Y, Floats
from grok_tui.render.grid import draw_grid


@dataclass(frozen=True, eq=False)
class Trace:
    """A series in dots of a braille cell, counted from the left and from below, as a canvas draws it."""

    x: Floats
    y: Floats
    broken: NDArray[np.bool_]  # whether no line leads to this point from the one before
    line: bool
    marker: str  # "braille", "quadrant", "half", or the glyph of every cell that is touched


@dataclass(frozen=True, eq=False)
class Canvas:
    """Cells [row, column], the top row first."""

    glyphs: NDArray[np.uint32]  # code points
    owners: NDArray[np.intp]  # the series that drew the cell last; -1 for none


# Each cell's index of a list of styles, for a series whose points have colours of their own.
Shades = tuple[NDArray[np.intp], Sequence[Style]] | None


def styled(canvas: Canvas, styles: Sequence[Style], behind: Sequence[str | None], shades: Sequence[Shades]) -> Drawing:
    """The canvas with a style a series, a background a column, and cells that have a style of their own."""
    inks = [*styles, Style()]
    codes = np.where(canvas.owners >= 0, canvas.owners, len(styles))
    for index, shade in enumerate(shades):
        if shade is not None:
            codes = np.where(canvas.owners == index, len(inks) + shade[0], codes)
            inks.extend(shade[1])
    backgrounds = list(dict.fromkeys(behind))
    band = np.array([backgrounds.index(one) for one in behind], dtype=np.intp)
    table = [ink._replace(bg=background) for ink in inks for background in backgrounds]
    return draw_grid(canvas.glyphs, codes * len(backgrounds) + band, table)


def cell_shades(shade: Floats, x: Floats, y: Floats, rows: int, columns: int) -> Floats:
    """The strongest shade of the points in each cell, 0 without any; x and y in dots. [row, column]"""
    there = np.isfinite(x) & np.isfinite(y)
    column, row = x[there] // DOTS_X, rows - 1 - y[there] // DOTS_Y
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    strongest = np.zeros((rows, columns))
    values = np.clip(np.nan_to_num(shade[there]), 0.0, 1.0)[inside]
    np.maximum.at(strongest, (row[inside].astype(np.intp), column[inside].astype(np.intp)), values)
    return strongest
