"""How a map divides its space: values, ticks, labels, scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grok_tui.render.maps.scale import Scale, side_legend_width
from grok_tui.render.palette import DARK, Palette
from grok_tui.render.pooling import block_of, pixel_of
from grok_tui.render.ticks import Tick, index_ticks, linear_ticks

Range = tuple[float, float] | None
Named = Sequence[tuple[int, str]] | None
_LONGEST_GUTTER = 10


@dataclass(frozen=True)
class MapLayout:
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
        pixel_row = pixel_of(row, self.shape[0], self.pixels[0]) * self.factor[0] + self.factor[0] // 2
        pixel_column = pixel_of(column, self.shape[1], self.pixels[1]) * self.factor[1] + self.factor[1] // 2
        return self.left + pixel_column, self.top + pixel_row // self.stacked

    def block(self, column: int, row: int) -> tuple[slice, slice]:
        """The rows and columns of all values that a cell shows; the cell is counted from the map's corner."""
        last = self.pixels[0] - 1
        upper = min(row * self.stacked // self.factor[0], last)
        lower = min((row * self.stacked + self.stacked - 1) // self.factor[0], last)
        across = column // self.factor[1]
        return block_of(upper, lower, self.shape[0], self.pixels[0]), block_of(
            across, across, self.shape[1], self.pixels[1]
        )


def layout_map(
    shape: tuple[int, int],
    width: int,
    height: int,
    palette: Palette = DARK,
    *,
    scale: Scale | None = None,
    x_label: str = "",
    y_label: str = "",
    x_range: Range = None,
    y_range: Range = None,
    names: Named = None,
    legend: bool = True,
) -> MapLayout:
    """How `heatmap` with the same arguments divides its space.

    Where that is too small the scale goes first, then the ticks, then the labels. Without a `scale` its
    legend is taken to be as wide as that of numbers such as 0.123.
    """
    scale = scale or Scale(0.123, 0.123, False)
    del x_label, x_range  # they share the line of the x ticks
    stacked, y_label = palette.rows_per_cell, palette.text(y_label)
    ticks = width >= 12 and height >= 5
    gutter = 0
    if ticks:
        texts = [text for _, text in map_ticks(shape[0], y_range, 6, names)]
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
    return MapLayout(
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


def map_ticks(length: int, span: Range, count: int, names: Named) -> list[tuple[int, str]]:
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
