"""The canvas of a chart: the glyph of each cell and the series that drew it, before colours are assigned."""

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
    """The points of a series that are drawn, in dots of braille cells from the left and from below."""

    x: Floats
    y: Floats
    broken: NDArray[np.bool_]  # [point], whether the line from the previous point to this one is missing
    line: bool
    marker: str  # "braille", "quadrant", "half", or a glyph that fills each cell
    dim: bool = False  # below the others


@dataclass(frozen=True, eq=False)
class Canvas:
    """Cells [row, column], the top row first."""

    glyphs: NDArray[np.uint32]  # code points
    owners: NDArray[np.intp]  # the index of the trace whose colour the cell has; -1 for none


# For a series with shaded points: each cell's index into a list of styles, and that list.
Shades = tuple[NDArray[np.intp], Sequence[Style]] | None


# Cells [row, column] with a background colour of their own.
Area = tuple[NDArray[np.bool_], str]


def colour_canvas(
    canvas: Canvas,
    styles: Sequence[Style],
    backgrounds: Sequence[str | None],
    shades: Sequence[Shades],
    areas: Sequence[Area] = (),
) -> Drawing:
    """Draw a canvas, given the style and the shades (or None) of each trace and the background of each column.

    The backgrounds of `areas` replace those of their columns, the last one's where several overlap.
    """
    foregrounds = [*styles, Style()]
    codes = np.where(canvas.owners >= 0, canvas.owners, len(styles))
    for index, shade in enumerate(shades):
        if shade is not None:
            codes = np.where(canvas.owners == index, len(foregrounds) + shade[0], codes)
            foregrounds.extend(shade[1])
    distinct = list(dict.fromkeys([*backgrounds, *(colour for _, colour in areas)]))
    background_codes = np.tile([distinct.index(background) for background in backgrounds], (len(codes), 1))
    for inside, colour in areas:
        background_codes[inside] = distinct.index(colour)
    combined = [style._replace(bg=background) for style in foregrounds for background in distinct]
    return draw_grid(canvas.glyphs, codes * len(distinct) + background_codes, combined)


def cell_shades(shade: Floats, x: Floats, y: Floats, rows: int, columns: int) -> Floats:
    """The strongest shade (0 to 1) of the points in each cell [row, column], 0 without points; x and y in dots."""
    finite = np.isfinite(x) & np.isfinite(y)
    column, row = x[finite] // DOTS_X, rows - 1 - y[finite] // DOTS_Y
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    strongest = np.zeros((rows, columns))
    values = np.clip(np.nan_to_num(shade[finite]), 0.0, 1.0)[inside]
    np.maximum.at(strongest, (row[inside].astype(np.intp), column[inside].astype(np.intp)), values)
    return strongest
