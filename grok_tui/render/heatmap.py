"""A matrix as a map of coloured half-blocks (or shade glyphs), with ticks, labels and its scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, Run, Style, above, beside, cut, fit, put
from grok_tui.render.paint import level_count, paint, shades_only
from grok_tui.render.palette import DARK, Palette, luminance
from grok_tui.render.scale import Scale, line_legend, side_legend, side_legend_width
from grok_tui.render.ticks import Tick, index_ticks, linear_ticks, place_with_label

__all__ = ["Plot", "Scale", "heatmap", "layout", "pool"]
_Range = tuple[float, float] | None
_Named = Sequence[tuple[int, str]] | None
_LONGEST_GUTTER = 10


@dataclass(frozen=True)
class Plot:
    """Where a map lies in its drawing: cells left .. left+columns-1, top .. top+rows-1."""

    left: int
    top: int
    columns: int
    rows: int
    shape: tuple[int, int]  # values: rows, columns
    pixels: tuple[int, int]  # what they are pooled to
    factor: tuple[int, int]  # by which a pixel is then enlarged
    stacked: int  # rows of pixels in a cell: 2 in colour, 1 in glyphs
    header: bool  # the y label stands above the map
    ticks: bool
    legend: str  # "side", "line" or ""

    def cell_of(self, row: int, column: int) -> tuple[int, int]:
        """The cell (column, row) of the drawing that shows a value."""
        pixel_row = _pixel(row, self.shape[0], self.pixels[0]) * self.factor[0] + self.factor[0] // 2
        pixel_column = _pixel(column, self.shape[1], self.pixels[1]) * self.factor[1] + self.factor[1] // 2
        return self.left + pixel_column, self.top + pixel_row // self.stacked

    def value_at(self, column: int, row: int) -> tuple[int, int] | None:
        """The (row, column) of the value a cell shows, the middle one of several; None outside the map."""
        if not (0 <= column - self.left < self.columns and 0 <= row - self.top < self.rows):
            return None
        pixel_row = min((row - self.top) * self.stacked // self.factor[0], self.pixels[0] - 1)
        pixel_column = (column - self.left) // self.factor[1]
        return _middle(pixel_row, self.shape[0], self.pixels[0]), _middle(pixel_column, self.shape[1], self.pixels[1])


def layout(
    shape: tuple[int, int],
    width: int,
    height: int,
    palette: Palette = DARK,
    *,
    scale: Scale | None = None,
    x_label: str = "",
    y_label: str = "",
    x_range: _Range = None,
    y_range: _Range = None,
    names: _Named = None,
    legend: bool = True,
) -> Plot:
    """How `heatmap` with the same arguments divides its space.

    Where that is too small the scale goes first, then the ticks, then the labels. Without a `scale` its
    legend is taken to be as wide as that of numbers such as 0.123.
    """
    scale = scale or Scale(0.123, 0.123, False)
    del x_label, x_range  # they share the line of the x ticks
    stacked = 1 if shades_only(palette) else 2
    ticks = width >= 12 and height >= 5
    gutter = 0
    if ticks:
        texts = [text for _, text in _ticks(shape[0], y_range, 6, names)]
        widest = max(map(len, texts), default=1)
        if len(y_label) <= min(_LONGEST_GUTTER, width // 5):
            widest = max(widest, len(y_label))
        gutter = widest + 1
    header = bool(y_label) and len(y_label) >= gutter and height >= (8 if ticks else 4)
    aside = side_legend_width(scale) + 2
    room, free = width - gutter, height - header - ticks
    place = ""
    if legend and ticks and room - aside >= 12 and free >= 4:
        place, room = "side", room - aside
    elif legend and ticks and free >= 6:
        place, free = "line", free - 1

    rows, columns = shape
    across, down = max(room, 0), max(free, 0) * stacked
    unit = 2 // stacked  # a glyph cell is twice as high as it is wide
    factor_x, factor_y = across // max(columns, 1) // unit, down // max(rows, 1)
    if rows == columns:
        factor_x = factor_y = min(factor_x, factor_y)
    factor_x *= unit
    factor_x, factor_y = max(factor_x, 1), max(factor_y, 1)
    pixels = min(rows, down), min(columns, across)
    used = -(-pixels[0] * factor_y // stacked)
    return Plot(
        left=gutter,
        top=int(header),
        columns=pixels[1] * factor_x,
        rows=used,
        shape=shape,
        pixels=pixels,
        factor=(factor_y, factor_x),
        stacked=stacked,
        header=header,
        ticks=ticks,
        legend=place,
    )


def heatmap(
    values: NDArray[np.floating],
    width: int,
    height: int,
    palette: Palette,
    *,
    scale: Scale | None = None,
    x_label: str = "",
    y_label: str = "",
    x_range: _Range = None,
    y_range: _Range = None,
    names: _Named = None,
    legend: bool = True,
    marks: Sequence[tuple[int, int]] = (),
    gaps: str = "·",
) -> Drawing:
    """`values` [row, column], row 0 at the top, as a drawing of exactly width x height.

    A map too large for its space keeps, in each pixel, the value of largest magnitude; one that is small
    enough is enlarged by a whole factor. Ticks are indices, or run from the first to the second number of a
    range, or are the (index, name) of `names` on both axes. `legend` says whether the scale is drawn, too. `marks`
    are (row, column) cells to mark; `gaps` is the glyph for NaN.
    """
    values = np.asarray(values, dtype=float)
    width, height = max(width, 0), max(height, 0)
    if scale is None:
        scale = Scale.of(values)
    shape = (values.shape[0], values.shape[1])
    plot = layout(
        shape, width, height, palette, scale=scale, y_label=y_label, y_range=y_range, names=names, legend=legend
    )
    if not all(plot.pixels):
        return fit(Drawing.of_lines([palette.text("no values")] if 0 in shape else []), width, height)

    pooled = pool(values, *plot.pixels)
    levels = scale.levels(pooled, level_count(palette, scale.diverging))
    levels = levels.repeat(plot.factor[0], axis=0).repeat(plot.factor[1], axis=1)
    body = paint(levels, palette, scale.diverging, gaps)
    for row, column in marks:
        if 0 <= row < shape[0] and 0 <= column < shape[1]:
            cell_column, cell_row = plot.cell_of(row, column)
            body = _mark(body, cell_column - plot.left, cell_row - plot.top, palette)

    if plot.legend == "side":
        body = beside(body, side_legend(scale, plot.rows, palette), gap=2)
    if plot.ticks:
        body = beside(_gutter(plot, y_range, names, y_label, palette), body, gap=0)
        body = above(body, _bottom(plot, x_range, names, x_label, width, palette))
    if plot.header:
        body = above(Drawing.of_lines([(Run(palette.text(y_label), palette.style(palette.foreground)),)]), body)
    if plot.legend == "line":
        body = above(body, line_legend(scale, width, palette))
    return fit(body, width, height)


def pool(values: NDArray[np.floating], rows: int, columns: int) -> NDArray[np.floating]:
    """Shrunk to rows x columns: each block's value of largest magnitude, signed; NaN only where all are."""
    if values.shape == (rows, columns):
        return values
    first = np.arange(rows) * values.shape[0] // rows
    second = np.arange(columns) * values.shape[1] // columns
    highest = np.fmax.reduceat(np.fmax.reduceat(values, first, axis=0), second, axis=1)
    lowest = np.fmin.reduceat(np.fmin.reduceat(values, first, axis=0), second, axis=1)
    chosen: NDArray[np.floating] = np.where(highest >= -lowest, highest, lowest)
    return chosen


def _pixel(index: int, length: int, pixels: int) -> int:
    return ((index + 1) * pixels - 1) // length


def _middle(pixel: int, length: int, pixels: int) -> int:
    return (pixel * length // pixels + max((pixel + 1) * length // pixels - 1, pixel * length // pixels)) // 2


def _ticks(length: int, span: _Range, count: int, names: _Named) -> list[tuple[int, str]]:
    """The (index, text) of the values to name; `count` limits those that are not named by the caller."""
    if names is not None:
        found = list(names)
    elif span is None:
        found = [(round(tick.value), tick.text) for tick in index_ticks(length, count)]
    else:
        ticks = linear_ticks(min(span), max(span), count)
        found = [(_position(tick, length, span), tick.text) for tick in ticks]
    return [(min(max(index, 0), length - 1), text) for index, text in found]


def _position(tick: Tick, length: int, span: tuple[float, float]) -> int:
    if span[0] == span[1]:
        return 0
    return round((tick.value - span[0]) / (span[1] - span[0]) * (length - 1))


def _gutter(plot: Plot, span: _Range, names: _Named, label: str, palette: Palette) -> Drawing:
    """The numbers left of the map, the label in the free row nearest to the middle."""
    muted, ink = palette.style(palette.muted), palette.style(palette.foreground)
    texts: dict[int, Run] = {}
    for index, text in _ticks(plot.shape[0], span, min(max(plot.rows // 3, 1), 8), names):
        row = plot.cell_of(index, 0)[1] - plot.top
        if row not in texts and row - 1 not in texts:
            texts[row] = Run(palette.text(text)[: plot.left - 1], muted)
    if label and not plot.header and len(label) < plot.left:
        free = [row for row in range(plot.rows) if row not in texts]
        if free:
            texts[min(free, key=lambda row: abs(row - (plot.rows - 1) / 2))] = Run(palette.text(label), ink)
    lines = []
    for row in range(plot.rows):
        text, style = texts.get(row, Run(""))
        lines.append((Run(text.rjust(plot.left - 1) + " ", style),))
    return Drawing.of_lines(lines, plot.left)


def _bottom(plot: Plot, span: _Range, names: _Named, label: str, width: int, palette: Palette) -> Drawing:
    """The numbers below the map, the label between them."""
    ticks = []
    for index, text in _ticks(plot.shape[1], span, min(max(plot.columns // 7, 1), 12), names):
        ticks.append((plot.cell_of(0, index)[0] - plot.left, palette.text(text)))
    # Beside a small map there is room for the label, too.
    room = max(plot.columns, min(width - plot.left, len(label) + 12))
    placed, at = place_with_label(sorted(ticks), plot.columns, label, room)
    line = Drawing.of_lines([""], width)
    for start, text in placed:
        line = put(line, plot.left + start, 0, text, palette.style(palette.muted))
    if at is not None:
        line = put(line, plot.left + at, 0, palette.text(label), palette.style(palette.foreground))
    return line


def _mark(body: Drawing, column: int, row: int, palette: Palette) -> Drawing:
    """A cross in whichever of black and white stands out from the cell below it."""
    if shades_only(palette):
        return put(body, column, row, "+" if palette.ascii else "┼", palette.style(bold=True))
    if not (0 <= row < body.height and 0 <= column < body.width):
        return body
    ((_, old),) = cut(body.lines[row], column, column + 1)
    below = old.bg or old.fg or palette.background
    dark_cell = luminance(below) < 0.5
    ends = ("#000000", "#ffffff") if dark_cell else ("#ffffff", "#000000")
    return put(body, column, row, "┼", Style(ends[0], ends[1], bold=True))
