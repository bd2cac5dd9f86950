"""Maps over the tokens x and y, in the order of a `TokenAxis`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, above, fit
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.map_layout import MapLayout, Named, layout_map
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import Palette
from grok_tui.render.readout import Readout, format_value
from grok_tui.render.table import Column, Table
from grok_tui.render.target import Target
from grok_tui.views.shared.figure_labels import in_figure
from grok_tui.views.shared.token_axis import TokenAxis

_MANY = 10**6


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
    unit: str = "",
) -> Drawing:
    """Draw a grid [index of x, index of y] with x across and y down, and below it a note on the order of the tokens.

    `frequency` is the strongest of the grid: it decides whether the map is aliased at this size. `whose` names
    what is drawn in that note, such as `the neuron's`, and `unit` its values in a figure. With a window, the map shows
    as many tokens as fit.
    """
    plan = _plan(grid, axis, width, height, palette, scale)
    tokens = axis.shown
    shown = grid[np.ix_(axis.indices[plan.x.start : plan.x.stop], axis.indices[plan.y.start : plan.y.stop])]

    def read(row: int, column: int) -> Readout:
        x, y = tokens[plan.x[column]], tokens[plan.y[row]]
        return Readout(f"x {x}, y {y}: {format_value(shown[column, row])}", Target(x=x, y=y))

    body = heatmap(
        shown.T,
        width,
        plan.room,
        palette,
        scale=scale or Scale.of(grid),
        x_label=axis.label("x"),
        y_label="y",
        names=plan.x_ticks,
        row_names=plan.y_ticks,
        read=read,
    )
    part = None if plan.whole else (plan.x, plan.y)
    note = axis.note_line(_columns(plan.layout), width, frequency, palette, whose, part)
    return fit(above(in_figure(body, unit=unit), note), width, height)


def token_map_resolution(
    grid: NDArray[np.float64], axis: TokenAxis, width: int, height: int, palette: Palette, scale: Scale | None = None
) -> tuple[int, int]:
    """How finely `draw_token_map` with the same arguments shows a grid; larger is better.

    The number of blocks of tokens that differ on the axis that has fewer, then the size in cells; of an image, the
    shorter side in pixels.
    """
    layout = _plan(grid, axis, width, height, palette, scale).layout
    if layout.image is not None:
        return min(layout.resolution), min(layout.image.height, layout.image.width)
    return min(layout.resolution), layout.columns * layout.rows


def _columns(layout: MapLayout) -> int:
    """The columns that show different tokens: those of the screen, or those of an image."""
    return layout.columns if layout.image is None else layout.resolution[1]


@dataclass(frozen=True)
class _Plan:
    """What a map over tokens shows: positions of x and y, and where."""

    x: range
    y: range
    whole: bool
    x_ticks: Named
    y_ticks: Named
    layout: MapLayout
    room: int  # lines without the note


def _plan(
    grid: NDArray[np.float64], axis: TokenAxis, width: int, height: int, palette: Palette, scale: Scale | None
) -> _Plan:
    count, room = len(grid), max(height - 1, 1)
    scale = scale or Scale.of(grid)

    def layout_of(rows: int, columns: int, row_ticks: Named) -> MapLayout:
        return layout_map((rows, columns), width, room, palette, scale=scale, y_label="y", names=row_ticks)

    if axis.window is not None:
        # A larger grid fills all pixels; the widest token sets the room for numbers.
        space = layout_of(_MANY, _MANY, [(0, str(max(axis.shown)))])
        columns, rows = min(count, space.pixels[1]), min(count, space.pixels[0])
        x, y = (min(first, count - shown) for first, shown in zip(axis.window, (columns, rows), strict=True))
        xs, ys = range(x, x + columns), range(y, y + rows)
        if min(columns, rows) < count and columns and rows:
            row_ticks = axis.window_ticks(ys)
            return _Plan(xs, ys, False, axis.window_ticks(xs), row_ticks, layout_of(rows, columns, row_ticks), room)
    every, ticks = range(count), axis.map_ticks
    return _Plan(every, every, True, ticks, ticks, layout_of(count, count, ticks), room)


def token_map_table(grid: NDArray[np.float64], axis: TokenAxis) -> Table:
    """The grid [index of x, index of y], one row for each pair, tokens in natural order."""
    order = np.argsort(axis.tokens)
    tokens, values = axis.tokens[order].tolist(), grid[np.ix_(order, order)].tolist()
    rows = tuple(
        (x, y, value) for x, row in zip(tokens, values, strict=True) for y, value in zip(tokens, row, strict=True)
    )
    return Table((Column("x"), Column("y"), Column("value", format=".4g")), rows, keys=2)
