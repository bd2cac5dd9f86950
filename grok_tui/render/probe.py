"""What a drawing can tell about its cells: a crosshair reads it, and picks pairs by it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import NamedTuple


class Reading(NamedTuple):
    """What stands at a cell, and the input pair (x, y) or the epoch that it belongs to where it belongs to one."""

    text: str
    pair: tuple[int, int] | None = None
    epoch: int | None = None


class Area(NamedTuple):
    """A rectangle of cells and what tells about them; `read` counts columns and rows from the rectangle's corner."""

    left: int
    top: int
    width: int
    height: int
    read: Callable[[int, int], Reading | None]


def moved(areas: Iterable[Area], right: int, down: int) -> tuple[Area, ...]:
    """The areas of a drawing that stands elsewhere in a larger one."""
    return tuple(area._replace(left=area.left + right, top=area.top + down) for area in areas)


def clipped(areas: Iterable[Area], width: int, height: int) -> tuple[Area, ...]:
    """The areas of a drawing cropped on the right and below."""
    cut = (a._replace(width=min(a.width, width - a.left), height=min(a.height, height - a.top)) for a in areas)
    return tuple(area for area in cut if area.width > 0 and area.height > 0)


def reading(areas: Iterable[Area], column: int, row: int) -> Reading | None:
    """What the area around a cell tells about it; None outside all areas."""
    for area in areas:
        if 0 <= column - area.left < area.width and 0 <= row - area.top < area.height:
            return area.read(column - area.left, row - area.top)
    return None


def figure(value: float) -> str:
    """A number to be read off: whole ones in full, others to four digits, thousands separated."""
    if math.isnan(value):
        return "none"
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e9 else f"{value:,.4g}"
