"""Draw a matrix as a map of coloured half-blocks or shade glyphs, with ticks, labels and the legend of its scale."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Span, Style, above, beside, fit, put, slice_line, text_line
from grok_tui.render.maps.map_image import MapImage, map_image
from grok_tui.render.maps.map_layout import MapLayout, Named, Range, column_choices, layout_map, row_ticks
from grok_tui.render.maps.paint import level_count, paint, shades_only
from grok_tui.render.maps.scale import Scale, line_legend, side_legend
from grok_tui.render.palette import Palette, luminance
from grok_tui.render.plots import MapPlot
from grok_tui.render.pooling import pool
from grok_tui.render.readout import Readout, ReadoutArea, format_value
from grok_tui.render.tick_line import tick_line


def heatmap(
    values: NDArray[np.floating],
    width: int,
    height: int,
    palette: Palette,
    *,
    scale: Scale | None = None,
    x_label: str = "",
    y_label: str = "",
    x_range: Range = None,
    y_range: Range = None,
    names: Named = None,
    row_names: Named = None,
    legend: bool = True,
    marks: Sequence[tuple[int, int]] = (),
    gaps: str = "·",
    read: Callable[[int, int], Readout] | None = None,
) -> Drawing:
    """Draw `values` [row, column], row 0 at the top, at exactly width x height.

    A matrix too large for its space is pooled: each pixel shows the value of largest magnitude. A small one is enlarged
    by a whole factor. Ticks are indices, or run from the first to the second number of a range, or are the (index,
    name) of `names` on both axes, or of `row_names` on the axis of the rows. `legend` draws the scale. `marks` are the
    (row, column) of values to mark; `gaps` is the glyph for NaN. `read(row, column)` is the readout of a value; by
    default its indices and the value.
    """
    values = np.asarray(values, dtype=float)
    width, height = max(width, 0), max(height, 0)
    if scale is None:
        scale = Scale.of(values)
    shape = (values.shape[0], values.shape[1])
    down = names if row_names is None else row_names
    described = MapPlot(
        values,
        scale,
        x_label,
        y_label,
        _coordinates(x_range, shape[1]),
        _coordinates(y_range, shape[0]),
        names,
        down,
        marks,
        legend=legend,
    )
    x_label, y_label = palette.text(x_label), palette.text(y_label)
    plot = layout_map(
        shape, width, height, palette, scale=scale, y_label=y_label, y_range=y_range, names=down, legend=legend
    )
    if not all(plot.pixels):
        blank = fit(Drawing.of_lines([palette.text("no values")] if 0 in shape else []), width, height)
        return blank if 0 in shape else blank.showing(described)

    pooled = pool(values, *plot.pixels)
    levels = scale.levels(pooled, level_count(palette, scale.diverging))
    levels = levels.repeat(plot.factor[0], axis=0).repeat(plot.factor[1], axis=1)
    body = paint(levels, palette, scale.diverging, gaps)
    image = map_image(values, plot, scale, palette, body.lines)
    for row, column in marks:
        if 0 <= row < shape[0] and 0 <= column < shape[1]:
            cell_column, cell_row = plot.cell_of(row, column)
            body = _mark(body, cell_column - plot.left, cell_row - plot.top, palette)

    body = replace(body, areas=(_area(values, plot, read or _default_reader(values, x_label, y_label), image),))

    if plot.legend == "side":
        body = beside(body, side_legend(scale, plot.rows, palette), gap=2)
    if plot.ticks:
        body = beside(_gutter(plot, y_range, down, y_label, palette), body, gap=0)
        body = above(body, _bottom(plot, x_range, names, x_label, width, palette))
    if plot.header:
        header = Drawing.of_lines([palette.fit(y_label, width)], style=palette.style(palette.foreground))
        body = above(header, body)
    if plot.legend == "line":
        body = above(body, line_legend(scale, width, palette))
    return fit(body, width, height).showing(described)


def _coordinates(span: Range, length: int) -> NDArray[np.float64] | None:
    """The coordinates of the values on an axis with a range; None for indices."""
    return None if span is None else np.linspace(*span, length)


def _area(
    values: NDArray[np.floating], plot: MapLayout, read: Callable[[int, int], Readout], image: MapImage | None
) -> ReadoutArea:
    """The readouts of the map's cells: each reads the value of largest magnitude in the cell."""

    def read_cell(column: int, row: int) -> Readout:
        rows, columns = plot.block(column, row)
        block = abs(values[rows, columns])
        largest = np.unravel_index(np.nan_to_num(block, nan=-1.0).argmax(), block.shape)
        reading = read(rows.start + int(largest[0]), columns.start + int(largest[1]))
        return reading if block.size == 1 else reading._replace(text=f"{reading.text} (largest of {block.size:,})")

    return ReadoutArea(0, 0, plot.columns, plot.rows, read_cell, image=image)


def _default_reader(values: NDArray[np.floating], x_label: str, y_label: str) -> Callable[[int, int], Readout]:
    """The readout `x 3, y 4: 0.25` of a value."""

    def read(row: int, column: int) -> Readout:
        return Readout(
            f"{x_label or 'column'} {column:,}, {y_label or 'row'} {row:,}: {format_value(values[row, column])}"
        )

    return read


def _gutter(plot: MapLayout, span: Range, names: Named, label: str, palette: Palette) -> Drawing:
    """Draw the tick texts left of the map, and the y label in the free row nearest to the middle."""
    muted, ink = palette.style(palette.muted), palette.style(palette.foreground)
    texts: dict[int, Span] = {}
    for row, text in row_ticks(plot, span, names):
        texts[row] = Span(palette.fit(text, plot.left - 1), muted)
    if label and not plot.header and len(label) < plot.left:
        free = [row for row in range(plot.rows) if row not in texts]
        if free:
            texts[min(free, key=lambda row: abs(row - (plot.rows - 1) / 2))] = Span(palette.text(label), ink)
    lines = []
    for row in range(plot.rows):
        text, style = texts.get(row, Span(""))
        lines.append((Span(text.rjust(plot.left - 1) + " ", style),))
    return Drawing.of_lines(lines, plot.left)


def _bottom(plot: MapLayout, span: Range, names: Named, label: str, width: int, palette: Palette) -> Drawing:
    """Draw the tick texts below the map, and the x label beside them."""
    choices = [[(at, palette.text(text)) for at, text in ticks] for ticks in column_choices(plot, span, names)]
    placed, label_start = tick_line(choices, plot.columns, label, plot.left, width - plot.left)
    muted, ink = palette.style(palette.muted), palette.style(palette.foreground)
    texts = [(plot.left + start, Span(text, muted)) for start, text in placed]
    if label_start is not None:
        texts.append((plot.left + label_start, Span(palette.text(label), ink)))
    return text_line(texts, width)


def _mark(body: Drawing, column: int, row: int, palette: Palette) -> Drawing:
    """Draw a cross in black or white, whichever contrasts with the cell."""
    if shades_only(palette):
        return put(body, column, row, palette.text("┼"), palette.style(bold=True))
    if not (0 <= row < body.height and 0 <= column < body.width):
        return body
    ((_, old),) = slice_line(body.lines[row], column, column + 1)
    cell_colour = old.bg or old.fg or palette.background
    dark_cell = luminance(cell_colour) < 0.5
    foreground, background = ("#000000", "#ffffff") if dark_cell else ("#ffffff", "#000000")
    return put(body, column, row, palette.text("┼"), Style(foreground, background, bold=True))
