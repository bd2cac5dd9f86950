"""What a drawing can tell about its cells: a crosshair reads it, and picks pairs by it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

Cell = tuple[int, int]  # column, row


class Reading(NamedTuple):
    """What stands at a cell, and the input pair (x, y) that it belongs to where it belongs to one."""

    text: str
    pair: tuple[int, int] | None = None


class Area(NamedTuple):
    """A rectangle of cells and what tells about them; columns and rows count from the rectangle's corner.

    Where epochs lie across, `at` tells about an epoch and a row: in which column, and what is there; None outside.
    """

    left: int
    top: int
    width: int
    height: int
    read: Callable[[int, int], Reading | None]
    at: Callable[[int, int], tuple[int, Reading] | None] | None = None


def moved(areas: Iterable[Area], right: int, down: int) -> tuple[Area, ...]:
    """The areas of a drawing that stands elsewhere in a larger one."""
    return tuple(area._replace(left=area.left + right, top=area.top + down) for area in areas)


def clipped(areas: Iterable[Area], width: int, height: int) -> tuple[Area, ...]:
    """The areas of a drawing cropped on the right and below."""
    cut = (a._replace(width=min(a.width, width - a.left), height=min(a.height, height - a.top)) for a in areas)
    return tuple(area for area in cut if area.width > 0 and area.height > 0)


def area_at(areas: Iterable[Area], column: int, row: int) -> Area | None:
    """The area around a cell."""
    for area in areas:
        if 0 <= column - area.left < area.width and 0 <= row - area.top < area.height:
            return area
    return None


def reading(areas: Iterable[Area], column: int, row: int) -> Reading | None:
    """What the area around a cell tells about it; None outside all areas."""
    area = area_at(areas, column, row)
    return None if area is None else area.read(column - area.left, row - area.top)


def pointed(areas: Iterable[Area], column: int, row: int, epoch: int | None) -> tuple[Cell, Reading | None]:
    """Where a crosshair stands that was put on a cell, and what it reads there.

    Where epochs lie across it is the epoch cursor: it stands in the column of `epoch`, and reads that epoch.
    """
    area = area_at(areas, column, row)
    if area is None:
        return (column, row), None
    found = area.at(epoch, row - area.top) if area.at and epoch is not None else None
    if found is None or found[0] >= area.width:
        return (column, row), area.read(column - area.left, row - area.top)
    return (area.left + found[0], row), found[1]


def next_area(areas: Iterable[Area], column: int, row: int, right: int) -> Cell | None:
    """The nearest cell of another area on the same row, to the right or (`right` < 0) to the left."""
    beside = [area for area in areas if area.top <= row < area.top + area.height]
    if right > 0:
        found = min((area.left for area in beside if area.left > column), default=None)
    else:
        found = max((area.left + area.width - 1 for area in beside if area.left + area.width <= column), default=None)
    return None if found is None else (found, row)


def figure(value: float) -> str:
    """A number to be read off: whole ones in full, others to four digits, thousands separated."""
    if math.isnan(value):
        return "none"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e9 else f"{value:,.4g}"
