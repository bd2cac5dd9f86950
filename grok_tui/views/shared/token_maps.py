"""Maps over the tokens x and y, in the order of a `TokenAxis`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.map_layout import MapLayout, layout_map
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.readout import Readout, format_value
from grok_tui.render.table import Column, Table
from grok_tui.render.target import Target
from grok_tui.views.shared.token_axis import TokenAxis


def draw_token_map(
    grid: NDArray[np.float64],
    axis: TokenAxis,
    width: int,
    height: int,
    palette: Palette,
    *,
    frequency: int | None,
    scale: Scale | None = None,
    whose: str = "",
) -> Drawing:
    """Draw a grid [index of x, index of y] with x across and y down, and below it a note on the order of the tokens.

    `frequency` is the strongest of the grid: it decides whether the map is aliased at this size. `whose` names
    what is drawn in that note, such as `the neuron's`.
    """
    shown = grid[np.ix_(axis.indices, axis.indices)]
    tokens, room, ticks = axis.shown, max(height - 1, 1), axis.map_ticks

    def read(row: int, column: int) -> Readout:
        x, y = tokens[column], tokens[row]
        return Readout(f"x {x}, y {y}: {format_value(shown[column, row])}", Target(x=x, y=y))

    x_label = axis.label("x")
    body = heatmap(shown.T, width, room, palette, scale=scale, x_label=x_label, y_label="y", names=ticks, read=read)
    layout = _layout(grid, axis, width, height, palette, scale)
    note = axis.note(_columns(layout), width, frequency, whose)
    return fit(
        above(body, Drawing.of_lines([palette.fit(note, width)], width, palette.style(palette.muted))), width, height
    )


def token_map_resolution(
    grid: NDArray[np.float64], axis: TokenAxis, width: int, height: int, palette: Palette, scale: Scale | None = None
) -> tuple[int, int]:
    """How finely `draw_token_map` with the same arguments shows a grid; larger is better.

    The number of blocks of tokens that differ on the axis that has fewer, then the size in cells; of an image, the
    shorter side in pixels.
    """
    layout = _layout(grid, axis, width, height, palette, scale)
    if layout.cell_pixels is not None and layout.resolution != layout.pixels:
        return min(layout.resolution), min(layout.columns * layout.cell_pixels[0], layout.pixel_height)
    return min(layout.resolution), layout.columns * layout.rows


def _columns(layout: MapLayout) -> int:
    """The columns that show different tokens: those of the screen, or those of an image."""
    return layout.columns if layout.resolution == layout.pixels else layout.resolution[1]


def _layout(
    grid: NDArray[np.float64], axis: TokenAxis, width: int, height: int, palette: Palette, scale: Scale | None
) -> MapLayout:
    rows, columns = grid.shape
    return layout_map(
        (columns, rows),
        width,
        max(height - 1, 1),
        palette,
        scale=scale,
        x_label="x",
        y_label="y",
        names=axis.map_ticks,
    )


def token_map_table(grid: NDArray[np.float64], axis: TokenAxis) -> Table:
    """The grid [index of x, index of y], one row for each pair, tokens in natural order."""
    order = np.argsort(axis.tokens)
    tokens, values = axis.tokens[order].tolist(), grid[np.ix_(order, order)].tolist()
    rows = tuple(
        (x, y, value) for x, row in zip(tokens, values, strict=True) for y, value in zip(tokens, row, strict=True)
    )
    return Table((Column("x"), Column("y"), Column("value", format=".4g")), rows, keys=2)
