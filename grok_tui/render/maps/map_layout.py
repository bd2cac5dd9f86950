"""The layout of a map: which cells show its values, ticks, labels and legend."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from grok_tui.render.equal_rows import first_and_last, worth_of
from grok_tui.render.maps.image_size import ImageSize, image_size
from grok_tui.render.maps.scale import Scale, side_legend_width
from grok_tui.render.palette import DARK, Palette
from grok_tui.render.pooling import block_of, pixel_of
from grok_tui.render.ticks import Tick, index_ticks, linear_ticks, multiples, round_steps

Range = tuple[float, float] | None  # the first and the last number of an axis; None: indices
Named = Sequence[tuple[int, str]] | None  # (index, name) of the ticks
_LONGEST_GUTTER = 10


@dataclass(frozen=True)
class MapLayout:
    """The position of a map in its drawing: cells left .. left+columns-1, top .. top+rows-1."""

    left: int
    top: int
    columns: int
    rows: int
    shape: tuple[int, int]  # rows, columns of the values
    pixels: tuple[int, int]  # rows, columns after pooling
    factor: tuple[int, int]  # by which pixels are enlarged, down and across
    rows_per_cell: int  # rows of enlarged pixels in a cell: 2 with half-blocks, else 1
    header: bool  # whether the y label is above the map
    ticks: bool
    legend: str  # "side", "line" or ""
    image: ImageSize | None = None  # of the image over these cells, if they do not show each value

    @property
    def resolution(self) -> tuple[int, int]:
        """How many rows and columns of values differ on the screen: in the image, if there is one."""
        if self.image is None:
            return self.pixels
        return min(self.shape[0], self.image.height), min(self.shape[1], self.image.width)

    def cell_of(self, row: int, column: int) -> tuple[int, int]:
        """The cell (column, row) of the drawing that shows a value."""
        if self.image is not None:
            down = self.image.cell_of(row, self.shape[0], down=True)
            return self.left + self.image.cell_of(column, self.shape[1], down=False), self.top + down
        pixel_row = pixel_of(row, self.shape[0], self.pixels[0]) * self.factor[0] + self.factor[0] // 2
        pixel_column = pixel_of(column, self.shape[1], self.pixels[1]) * self.factor[1] + self.factor[1] // 2
        return self.left + pixel_column, self.top + pixel_row // self.rows_per_cell

    def block(self, column: int, row: int) -> tuple[slice, slice]:
        """The rows and columns of all values that a cell shows. The cell counts from the map's top left corner."""
        if self.image is not None:
            down = self.image.block_of(row, self.shape[0], down=True)
            return down, self.image.block_of(column, self.shape[1], down=False)
        last = self.pixels[0] - 1
        upper = min(row * self.rows_per_cell // self.factor[0], last)
        lower = min((row * self.rows_per_cell + self.rows_per_cell - 1) // self.factor[0], last)
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
    """The layout of `heatmap` with the same arguments.

    If the space is too small, the legend is dropped first, then the ticks, then the labels. Without a `scale` the
    legend is assumed to be as wide as for numbers such as 0.123.
    """
    scale = scale or Scale(0.123, 0.123, False)
    del x_label, x_range  # on the line of the x ticks, which has a fixed height
    rows_per_cell, y_label = palette.rows_per_cell, palette.text(y_label)
    has_ticks = width >= 12 and height >= 5
    gutter = 0
    if has_ticks:
        widest = _widest_text(shape[0], y_range, None if names is None else tuple(names))
        if len(y_label) <= min(_LONGEST_GUTTER, width // 5):
            widest = max(widest, len(y_label))
        gutter = widest + 1
    header = bool(y_label) and len(y_label) >= gutter and height >= (8 if has_ticks else 4)
    legend_width = side_legend_width(scale) + 2
    room, free = width - gutter, height - header - has_ticks
    legend_position = ""
    if legend and has_ticks and room - legend_width >= 12 and free >= 4:
        legend_position, room = "side", room - legend_width
    elif legend and has_ticks and free >= 6:
        legend_position, free = "line", free - 1

    rows, columns = shape
    across, down = max(room, 0), max(free, 0) * rows_per_cell
    unit = 2 // rows_per_cell  # a cell is twice as high as it is wide
    factor_x, factor_y = across // max(columns, 1) // unit, down // max(rows, 1)
    if rows == columns:
        factor_x = factor_y = min(factor_x, factor_y)
    factor_x *= unit
    factor_x, factor_y = max(factor_x, 1), max(factor_y, 1)
    pixels = min(rows, down), min(columns, across)
    pixels, image = _with_image(shape, pixels, (factor_y, factor_x), palette)
    used_rows = -(-pixels[0] * factor_y // rows_per_cell)
    return MapLayout(
        left=gutter,
        top=int(header),
        columns=pixels[1] * factor_x,
        rows=used_rows,
        shape=shape,
        pixels=pixels,
        factor=(factor_y, factor_x),
        rows_per_cell=rows_per_cell,
        header=header,
        ticks=has_ticks,
        legend=legend_position,
        image=image,
    )


@lru_cache(maxsize=64)
def _widest_text(length: int, span: Range, names: Named) -> int:
    """The length of the longest text that the rows may have."""
    return max((len(text) for ticks, _ in _row_choices(length, span, 6, names) for _, text in ticks), default=1)


def _with_image(
    shape: tuple[int, int], pixels: tuple[int, int], factor: tuple[int, int], palette: Palette
) -> tuple[tuple[int, int], ImageSize | None]:
    """The pixels of the cells below an image, and its size; no image where the cells show each value."""
    if palette.cell_pixels is None or pixels == shape or not all(pixels):
        return pixels, None
    width, height = palette.cell_pixels
    per_cell = palette.rows_per_cell
    room = pixels[0] * factor[0] * height // per_cell, pixels[1] * factor[1] * width
    size = image_size(shape, room, palette.cell_pixels, palette.image_rows)
    if pixels[0] == shape[0]:  # the cells show each row: their height stays
        size = size._replace(height=room[0])
    if pixels[1] == shape[1]:
        size = size._replace(width=room[1])
    covered = -(-size.height * per_cell // height) // factor[0], -(-size.width // width) // factor[1]
    return (min(pixels[0], covered[0]), min(pixels[1], covered[1])), size


def row_ticks(plot: MapLayout, span: Range, names: Named) -> list[tuple[int, str]]:
    """The (row of the map, text) of ticks the same number of rows apart, at most one in three rows and eight in all."""
    return _row_ticks(plot, span, None if names is None else tuple(names))


@lru_cache(maxsize=64)  # a step changes the values of a map, not its layout
def _row_ticks(plot: MapLayout, span: Range, names: Named) -> list[tuple[int, str]]:
    most = min(max(plot.rows // 3, 2), 8)
    best: tuple[float, list[tuple[int, str]]] = (-math.inf, [])
    for ticks, penalty in _row_choices(plot.shape[0], span, most, names):
        placed = [(plot.cell_of(index, 0)[1] - plot.top, text) for index, text in ticks]
        best = max(best, (worth_of(placed, plot.rows, most) - penalty, placed), key=lambda choice: choice[0])
    return best[1]


def _row_choices(length: int, span: Range, most: int, names: Named) -> Iterator[tuple[list[tuple[int, str]], float]]:
    """Lists of (index, text) for the rows of a map, each with a penalty for numbers that are less round."""
    finest = map_ticks(length, span, most, names)
    yield finest, 0.0
    yield first_and_last(finest), 0.01
    yield finest[:1], 0.0
    if names is not None:
        yield from ((finest[::stride], 0.0) for stride in range(2, len(finest)))
        return
    low, high = (0.0, length - 1.0) if span is None else (min(span), max(span))
    for step, quarter in round_steps(high - low, most) if high > low else ():
        ticks = multiples(low, high, step)
        if span is not None:
            yield _at_indices(ticks, length, span), 0.03 if quarter else 0.0
        elif step == round(step):
            yield [(round(tick.value), tick.text) for tick in ticks], 0.03 if quarter else 0.0


def column_choices(plot: MapLayout, span: Range, names: Named) -> list[list[tuple[int, str]]]:
    """Lists of (column of the map, text) of ticks: many, fewer and so on."""
    return _column_choices(plot, span, None if names is None else tuple(names))


@lru_cache(maxsize=64)
def _column_choices(plot: MapLayout, span: Range, names: Named) -> list[list[tuple[int, str]]]:
    most = min(max(plot.columns // 7, 1), 12)
    if names is None:
        choices = [map_ticks(plot.shape[1], span, count, None) for count in range(most, 0, -1)]
    else:
        ticks = map_ticks(plot.shape[1], span, most, names)
        choices = [ticks[::stride] for stride in range(1, max(len(ticks), 2))]
    return [sorted((plot.cell_of(0, index)[0] - plot.left, text) for index, text in ticks) for ticks in choices]


def map_ticks(length: int, span: Range, count: int, names: Named) -> list[tuple[int, str]]:
    """The (index, text) of the ticks: `names` if given, else at most `count` indices or numbers of the range."""
    if names is not None:
        return [(min(max(index, 0), length - 1), text) for index, text in names]
    if span is None:
        return [(round(tick.value), tick.text) for tick in index_ticks(length, count)]
    return _at_indices(linear_ticks(min(span), max(span), count), length, span)


def _at_indices(ticks: Sequence[Tick], length: int, span: tuple[float, float]) -> list[tuple[int, str]]:
    """The ticks of a range with the indices of the values there."""
    positions = ((tick.value - span[0]) / ((span[1] - span[0]) or 1.0) * (length - 1) for tick in ticks)
    return [
        (min(max(round(position), 0), length - 1), tick.text) for position, tick in zip(positions, ticks, strict=True)
    ]
