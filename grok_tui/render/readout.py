"""Readouts: the text that a crosshair shows for a cell of a drawing, and what can be selected there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from grok_tui.render.target import Target

if TYPE_CHECKING:
    from grok_tui.render.maps.map_image import MapImage

Cell = tuple[int, int]  # column, row


class Readout(NamedTuple):
    """The text for a cell, and what a click or the crosshair's enter selects there, if anything."""

    text: str
    target: Target | None = None


class ReadoutArea(NamedTuple):
    """A rectangle of cells with readouts. Columns and rows in the calls count from its top left corner.

    `read(column, row)` is the readout of a cell. In a chart over epochs `read_epoch(epoch, row)` is the column of an
    epoch and its readout, or None for an epoch outside the chart; elsewhere `read_epoch` is None. `rows`: each row is
    one item, as in a table. `image` shows the cells in pixels; if the area is cropped, it does not fit any more.
    """

    left: int
    top: int
    width: int
    height: int
    read: Callable[[int, int], Readout | None]
    read_epoch: Callable[[int, int], tuple[int, Readout] | None] | None = None
    rows: bool = False
    image: MapImage | None = None


def shift_areas(areas: Iterable[ReadoutArea], right: int, down: int) -> tuple[ReadoutArea, ...]:
    """Move the areas with their drawing to its place in a larger one."""
    return tuple(area._replace(left=area.left + right, top=area.top + down) for area in areas)


def clip_areas(areas: Iterable[ReadoutArea], width: int, height: int) -> tuple[ReadoutArea, ...]:
    """Crop the areas of a drawing that is cropped on the right and below."""
    cropped = (a._replace(width=min(a.width, width - a.left), height=min(a.height, height - a.top)) for a in areas)
    return tuple(area for area in cropped if area.width > 0 and area.height > 0)


def area_at(areas: Iterable[ReadoutArea], column: int, row: int) -> ReadoutArea | None:
    """The area that contains a cell; None outside all areas."""
    for area in areas:
        if 0 <= column - area.left < area.width and 0 <= row - area.top < area.height:
            return area
    return None


def readout_at(areas: Iterable[ReadoutArea], column: int, row: int) -> Readout | None:
    """The readout of a cell; None outside all areas."""
    area = area_at(areas, column, row)
    return None if area is None else area.read(column - area.left, row - area.top)


def selectable_rows(areas: Iterable[ReadoutArea]) -> list[tuple[Cell, Target]]:
    """The first cell of every row that is an item and can be selected, with what it selects."""
    rows: list[tuple[Cell, Target]] = []
    for area in areas:
        for row in range(area.height if area.rows else 0):
            readout = area.read(0, row)
            target = None if readout is None else readout.target
            if target is not None and (not rows or rows[-1][1] != target):  # several lines may be of one item
                rows.append(((area.left, area.top + row), target))
    return rows


def crosshair_readout(
    areas: Iterable[ReadoutArea], column: int, row: int, epoch: int | None
) -> tuple[Cell, Readout | None]:
    """The cell where a crosshair is drawn, and its readout.

    On a chart over epochs the crosshair is the epoch cursor: it moves to the column of `epoch` and reads that epoch.
    """
    area = area_at(areas, column, row)
    if area is None:
        return (column, row), None
    at_epoch = area.read_epoch(epoch, row - area.top) if area.read_epoch and epoch is not None else None
    if at_epoch is None or at_epoch[0] >= area.width:
        return (column, row), area.read(column - area.left, row - area.top)
    return (area.left + at_epoch[0], row), at_epoch[1]


def next_area(areas: Iterable[ReadoutArea], column: int, row: int, right: int) -> Cell | None:
    """The nearest cell of another area on the same row, to the right or (`right` < 0) to the left."""
    same_row = [area for area in areas if area.top <= row < area.top + area.height]
    if right > 0:
        nearest = min((a.left for a in same_row if a.left > column), default=None)
    else:
        nearest = max((a.left + a.width - 1 for a in same_row if a.left + a.width <= column), default=None)
    return None if nearest is None else (nearest, row)


def format_value(value: float) -> str:
    """A value in full if it is a whole number below 1e9, else with four significant digits; NaN is "none".

    >>> format_value(12345.0), format_value(0.123456), format_value(float("nan"))
    ('12,345', '0.1235', 'none')
    """
    if math.isnan(value):
        return "none"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e9 else f"{value:,.4g}"
