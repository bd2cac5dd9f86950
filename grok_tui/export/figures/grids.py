"""The places of the plots of a figure, so that plots below each other are in line and square maps are equally large.

A part of a figure is a list of grids, one below the other. All plots of a column of a grid have the same room beside
their axes, all plots of a row the same room above and below them, and the axes of a column have its share of the width.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple, Protocol

from grok_tui.export.figures.layout import BLANK, Group, Part, columns_of
from grok_tui.render.plots import MapPlot, PlacedPlot, TablePlot, TextPlot

_KEPT = 0.85  # of its width: what a chart keeps beside a table that would be wider
_LIKE = 0.04  # of the width: columns that differ less are the same


class Margins(NamedTuple):
    """What an axes has around it, in points."""

    left: float = 0.0
    right: float = 0.0
    above: float = 0.0
    below: float = 0.0


class Box(NamedTuple):
    """A rectangle in points, from the top left of the body of the figure."""

    left: float
    top: float
    width: float
    height: float


class Sizes(Protocol):
    """The sizes of plots in points. Texts and tables have no margins."""

    column_gap: float
    row_gap: float

    def margins(self, placed: PlacedPlot) -> Margins:
        """What is around the axes of a plot."""
        ...

    def height(self, placed: PlacedPlot, width: float) -> float:
        """The height of a text or table, or of the axes of a plot, for this width."""
        ...

    def table_width(self, placed: PlacedPlot) -> float | None:
        """The natural width of a table, None for other plots."""
        ...


@dataclass
class _Row:
    """Parts side by side; `height` is that of all, `axes` that of the axes in it, below `above`."""

    parts: tuple[Part, ...]
    height: float = 0.0
    above: float = 0.0
    axes: float = 0.0
    inner: tuple[_Column | None, ...] = ()  # of the parts that are groups


@dataclass
class _Grid:
    """Rows with the same columns: the `left` ends of these, their `widths`, and the margins of the axes in them."""

    rows: list[_Row]
    left: list[float] = field(default_factory=list)
    widths: list[float] = field(default_factory=list)
    margins: list[tuple[float, float]] = field(default_factory=list)


@dataclass
class _Column:
    """Grids below each other."""

    grids: list[_Grid]
    height: float


def solve(root: Part, width: float, sizes: Sizes) -> tuple[list[tuple[PlacedPlot, Box]], float]:
    """The boxes of all plots and the height of the figure's body. The box of a plot is that of its axes."""
    column = _column(root, width, sizes)
    return _boxes(column, Box(0.0, 0.0, width, column.height), sizes), column.height


def _column(part: Part, width: float, sizes: Sizes) -> _Column:
    grids = [_Grid([_Row(parts) for parts in rows]) for rows in grids_of(part)]
    for grid in grids:
        _set_widths(grid, width, sizes)
        for row in grid.rows:
            _set_height(row, grid, sizes)
    heights = [row.height for grid in grids for row in grid.rows]
    return _Column(grids, sum(heights) + sizes.row_gap * (len(heights) - 1))


def grids_of(part: Part) -> list[list[tuple[Part, ...]]]:
    """The rows of a part, in grids: rows that have the same columns, and headings above them.

    >>> from grok_tui.render.plots import TextPlot
    >>> a, b, c = (PlacedPlot(0, 0, width, 5, TextPlot(name)) for name, width in (("a", 10), ("b", 10), ("c", 20)))
    >>> rows = (Group((a, b), "across"), Group((b, a), "across"), c)
    >>> [[len(row) for row in grid] for grid in grids_of(Group(rows, "down"))]
    [[2, 2], [1]]
    """
    grids: list[list[tuple[Part, ...]]] = []
    for row in _rows(part):
        if grids and _same_columns(grids[-1][-1], row):
            grids[-1].append(row)
        else:
            grids.append([row])
    return grids


def _rows(part: Part) -> list[tuple[Part, ...]]:
    if isinstance(part, PlacedPlot):
        return [(part,)]
    if part.direction == "across":
        return [part.parts]
    return [row for inner in part.parts for row in _rows(inner)]


def _same_columns(above: Sequence[Part], below: Sequence[Part]) -> bool:
    if len(above) != len(below):
        return False
    if any(isinstance(part, Group) for part in (*above, *below)):
        return False
    headings = all(_is_text(part) for part in above) and len(above) > 1
    return headings or all(abs(a - b) < _LIKE for a, b in zip(_shares(above), _shares(below), strict=True))


def _shares(parts: Sequence[Part]) -> list[float]:
    widths = [columns_of(part) for part in parts]
    return [width / sum(widths) for width in widths]


def _is_text(part: Part) -> bool:
    return isinstance(part, PlacedPlot) and isinstance(part.plot, TextPlot)


def _has_axes(part: Part) -> bool:
    return isinstance(part, PlacedPlot) and not isinstance(part.plot, TextPlot | TablePlot)


def _is_square(part: Part) -> bool:
    return isinstance(part, PlacedPlot) and isinstance(part.plot, MapPlot) and part.plot.square


def _set_widths(grid: _Grid, width: float, sizes: Sizes) -> None:
    count = len(grid.rows[0].parts)
    for number in range(count):
        around = [
            sizes.margins(part)
            for row in grid.rows
            if isinstance(part := row.parts[number], PlacedPlot) and _has_axes(part)
        ]
        grid.margins.append((max((m.left for m in around), default=0.0), max((m.right for m in around), default=0.0)))
    gaps = sizes.column_gap * (count - 1)
    widths = _widths_beside_tables(grid.rows, width - gaps, sizes) if count > 1 else None
    if widths is None:
        room = max(width - sum(map(sum, grid.margins)) - gaps, 0.3 * width)
        shares = _equal_squares(grid.rows[-1].parts)  # those below the headings
        widths = [share * room + sum(margins) for share, margins in zip(shares, grid.margins, strict=True)]
    grid.widths = widths
    grid.left = [0.0]
    for number, _ in enumerate(pairwise(grid.widths)):
        grid.left.append(grid.left[-1] + grid.widths[number] + sizes.column_gap)


def _equal_squares(parts: Sequence[Part]) -> list[float]:
    """The shares of parts in the width of a row; those of square maps that are nearly the same are equal."""
    shares = _shares(parts)
    squares = [share for part, share in zip(parts, shares, strict=True) if _is_square(part)]
    if not squares or max(squares) - min(squares) > _LIKE:
        return shares
    mean = sum(squares) / len(squares)
    return [mean if _is_square(part) else share for part, share in zip(parts, shares, strict=True)]


def _widths_beside_tables(rows: Sequence[_Row], room: float, sizes: Sizes) -> list[float] | None:
    """The widths of a row with tables: these have their natural width if others keep most of theirs.

    Tables alone, too, are no wider than that. None for a row without tables.
    """
    parts = rows[-1].parts
    natural = [_table_width(part, sizes) for part in parts]
    tables = sum(width for width in natural if width is not None)
    if len(rows) > 1 or not tables:
        return None
    shares = _shares(parts)
    others = sum(share for share, width in zip(shares, natural, strict=True) if width is None)
    tables_have = min(tables, room * (1 - _KEPT * others))
    return [
        (room - tables_have) * share / others if width is None else tables_have * width / tables
        for share, width in zip(shares, natural, strict=True)
    ]


def _table_width(part: Part, sizes: Sizes) -> float | None:
    """The natural width of a table, or of tables below each other."""
    if isinstance(part, PlacedPlot):
        return sizes.table_width(part)
    widths = [_table_width(inner, sizes) for inner in part.parts]
    known = [width for width in widths if width is not None]
    return max(known) if part.direction == "down" and len(known) == len(widths) else None


def _set_height(row: _Row, grid: _Grid, sizes: Sizes) -> None:
    """A row is as high as its highest part; charts beside square maps are as high as these."""
    around = [sizes.margins(part) for part in row.parts if isinstance(part, PlacedPlot) and _has_axes(part)]
    row.above = max((m.above for m in around), default=0.0)
    heights: list[float] = []
    others: list[float] = []
    inner: list[_Column | None] = []
    squares = any(map(_is_square, row.parts))
    for number, (part, width) in enumerate(zip(row.parts, grid.widths, strict=True)):
        left, right = grid.margins[number]
        if isinstance(part, Group):
            column = _column(part, width, sizes)
            inner.append(column)
            others.append(column.height)
            continue
        inner.append(None)
        if not _has_axes(part):
            others.append(sizes.height(part, width + _beyond(row, number, sizes)))
        elif _is_square(part) or not squares:
            heights.append(sizes.height(part, width - left - right))
    row.inner = tuple(inner)
    row.axes = max(heights, default=0.0)
    below = max((m.below for m in around), default=0.0)
    if heights and not squares:
        row.axes = max([row.axes, *(height - row.above - below for height in others)])
    row.height = max([row.above + row.axes + below, *others])


def _beyond(row: _Row, number: int, sizes: Sizes) -> float:
    """How far a heading may extend into the gap between its column and the next."""
    headings = all(map(_is_text, row.parts))
    return 0.7 * sizes.column_gap if headings and number < len(row.parts) - 1 else 0.0


def _boxes(column: _Column, room: Box, sizes: Sizes) -> list[tuple[PlacedPlot, Box]]:
    """The box of each plot of a column. If the room is higher than the column, its charts share the spare height."""
    rows = [row for grid in column.grids for row in grid.rows]
    growing = [row for row in rows if _grows(row)]
    spare = max(room.height - column.height, 0.0) / max(len(growing), 1)
    boxes: list[tuple[PlacedPlot, Box]] = []
    top = room.top
    for grid in column.grids:
        for row in grid.rows:
            more = spare if _grows(row) else 0.0
            boxes += _boxes_of_row(row, grid, Box(room.left, top, room.width, row.height + more), more, sizes)
            top += row.height + more + sizes.row_gap
    return boxes


def _boxes_of_row(row: _Row, grid: _Grid, room: Box, more: float, sizes: Sizes) -> list[tuple[PlacedPlot, Box]]:
    boxes: list[tuple[PlacedPlot, Box]] = []
    headings = all(map(_is_text, row.parts))
    for number, part in enumerate(row.parts):
        left, width = room.left + grid.left[number], grid.widths[number]
        inner = row.inner[number]
        if inner is not None:
            boxes += _boxes(inner, Box(left, room.top, width, room.height), sizes)
        elif isinstance(part, PlacedPlot) and _has_axes(part):
            before, after = grid.margins[number]
            boxes.append((part, Box(left + before, room.top + row.above, width - before - after, row.axes + more)))
        elif isinstance(part, PlacedPlot) and part.plot is not BLANK:
            width += _beyond(row, number, sizes)
            high = sizes.height(part, width)
            top = room.top + (room.height - high if headings else 0.0)  # headings are close to what is below
            boxes.append((part, Box(left, top, width, high)))
    return boxes


def _grows(row: _Row) -> bool:
    """Whether a row has charts that may be higher."""
    if any(map(_is_square, row.parts)):
        return False
    return any(map(_has_axes, row.parts)) or any(
        inner is not None and any(_grows(r) for grid in inner.grids for r in grid.rows) for inner in row.inner
    )
