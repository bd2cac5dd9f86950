"""Readouts: the text that a crosshair shows for a cell of a drawing, and what can be selected there."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
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
    one item, as in a table. `image` shows the cells in pixels; if the area is cropped, it does not fit any more. `name`
    tells the area from others that are read with it, such as `pre` from `post`.
    """

    left: int
    top: int
    width: int
    height: int
    read: Callable[[int, int], Readout | None]
    read_epoch: Callable[[int, int], tuple[int, Readout] | None] | None = None
    rows: bool = False
    image: MapImage | None = None
    name: str = ""


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
    areas: Sequence[ReadoutArea], column: int, row: int, epoch: int | None
) -> tuple[Cell, Readout | None]:
    """The cell where a crosshair is drawn, and its readout.

    On a chart over epochs the crosshair is the epoch cursor: it moves to the column of `epoch` and reads that epoch.
    """
    area = area_at(areas, column, row)
    if area is None:
        return (column, row), None
    at_epoch = area.read_epoch(epoch, row - area.top) if area.read_epoch and epoch is not None else None
    if at_epoch is None or at_epoch[0] >= area.width:
        return (column, row), _with_mirrored(areas, area, column, row)
    return (area.left + at_epoch[0], row), at_epoch[1]


def mirrored(
    areas: Iterable[ReadoutArea], area: ReadoutArea, column: int, row: int
) -> list[tuple[int, int, ReadoutArea]]:
    """(column, row, area) of the cells that correspond to a cell of `area` in others of its size.

    These are maps of the same tokens, such as pre and post or two epochs; not tables, nor charts over epochs.
    """
    if area.rows or area.read_epoch is not None:
        return []
    others = (
        other
        for other in areas
        if (other.width, other.height) == (area.width, area.height)
        and (other.left, other.top) != (area.left, area.top)
        and not other.rows
        and other.read_epoch is None
    )
    return [(column - area.left + other.left, row - area.top + other.top, other) for other in others]


def _with_mirrored(areas: Iterable[ReadoutArea], area: ReadoutArea, column: int, row: int) -> Readout | None:
    """The readout of a cell and of those that correspond to it: `x 3, y 4: pre -0.5, post 0`."""
    own = area.read(column - area.left, row - area.top)
    cells = mirrored(areas, area, column, row)
    others = [(other.name, other.read(at - other.left, line - other.top)) for at, line, other in cells]
    texts = [(name, readout.text) for name, readout in [(area.name, own), *others] if readout is not None]
    if own is None or len(texts) < 2:
        return own
    place, colon, _ = own.text.rpartition(": ")
    values = [f"{name} {text.removeprefix(place + colon)}".strip() for name, text in texts]
    return own._replace(text=f"{place}{colon}{', '.join(values)}")


def nearest_cell(areas: Iterable[ReadoutArea], column: int, row: int) -> Cell | None:
    """The nearest cell that can be read; None without areas."""
    cells = [_clamped(area, column, row) for area in areas]
    return min(cells, key=lambda cell: (cell[0] - column) ** 2 + (2 * (cell[1] - row)) ** 2, default=None)


def next_area(areas: Iterable[ReadoutArea], column: int, row: int, right: int, down: int = 0) -> Cell | None:
    """The nearest cell of another area to the right, or the left (`right` < 0), or below or above (`down`).

    Areas that the row (or the column) goes through come first. None if there is none in that direction.
    """
    beyond = []
    for area in areas:
        cell = _clamped(area, column, row)
        if (cell[0] - column) * right > 0 or (cell[1] - row) * down > 0:
            aside, ahead = (cell[1] - row, cell[0] - column) if right else (cell[0] - column, cell[1] - row)
            beyond.append((abs(aside), abs(ahead), cell))
    return min(beyond)[2] if beyond else None


def _clamped(area: ReadoutArea, column: int, row: int) -> Cell:
    """The cell of an area that is nearest to a cell."""
    return (
        min(max(column, area.left), area.left + area.width - 1),
        min(max(row, area.top), area.top + area.height - 1),
    )


def format_value(value: float) -> str:
    """A value in full if it is a whole number below 1e9, else with four significant digits; NaN is "none".

    >>> format_value(12345.0), format_value(0.123456), format_value(float("nan"))
    ('12,345', '0.1235', 'none')
    """
    if math.isnan(value):
        return "none"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e9 else f"{value:,.4g}"
