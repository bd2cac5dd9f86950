"""The layout of a figure: rows and columns of plots, from the rectangles of cells that the plots have in a drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from grok_tui.render.plots import PlacedPlot, TextPlot

BLANK = TextPlot("")
_LEAST_BLANK = 0.2  # of the width


@dataclass(frozen=True)
class Group:
    """Parts one below the other, or side by side."""

    parts: tuple[Part, ...]
    direction: Literal["down", "across"]


Part = PlacedPlot | Group


def arrange(plots: Sequence[PlacedPlot]) -> Part:
    """The plots as nested rows and columns. There is at least one plot.

    >>> from grok_tui.render.plots import TextPlot
    >>> a, b = (PlacedPlot(left, 0, 10, 5, TextPlot(name)) for left, name in ((0, "a"), (12, "b")))
    >>> c = PlacedPlot(0, 5, 22, 3, TextPlot("c"))
    >>> group = arrange([c, b, a])
    >>> group.direction, group.parts[0].direction, group.parts[1].plot.text
    ('down', 'across', 'c')
    """
    if len(plots) == 1:
        return plots[0]
    left, right = _extent(plots)
    rows = _separated(plots, lambda placed: (placed.top, placed.top + placed.height))
    if len(rows) > 1:
        return Group(tuple(_row(row, left, right) for row in rows), "down")
    columns = _separated(plots, lambda placed: (placed.left, placed.left + placed.width))
    if len(columns) > 1:
        return Group(tuple(arrange(column) for column in columns), "across")
    overlapping = sorted(plots, key=lambda placed: (placed.top, placed.left))
    return Group(tuple(overlapping), "down")


def _row(row: Sequence[PlacedPlot], left: int, right: int) -> Part:
    """A row of plots between these columns of cells, with blanks where the drawing has nothing."""
    first, last = _extent(row)
    blanks = [PlacedPlot(start, row[0].top, end - start, 0, BLANK) for start, end in ((left, first), (last, right))]
    before, after = ([blank] if blank.width > _LEAST_BLANK * (right - left) else [] for blank in blanks)
    part = arrange(row)
    return Group((*before, part, *after), "across") if before or after else part


def _extent(plots: Sequence[PlacedPlot]) -> tuple[int, int]:
    """The first column of cells of some plots, and the one after their last."""
    return min(placed.left for placed in plots), max(placed.left + placed.width for placed in plots)


def _separated(plots: Sequence[PlacedPlot], ends_of: Callable[[PlacedPlot], tuple[int, int]]) -> list[list[PlacedPlot]]:
    """The plots in groups that do not overlap in one direction."""
    groups: list[list[PlacedPlot]] = []
    furthest = -1
    for placed in sorted(plots, key=ends_of):
        start, end = ends_of(placed)
        if groups and start < furthest:
            groups[-1].append(placed)
        else:
            groups.append([placed])
        furthest = max(furthest, end)
    return groups


def columns_of(part: Part) -> int:
    """The width of a part in cells."""
    if isinstance(part, PlacedPlot):
        return part.width
    widths = [columns_of(inner) for inner in part.parts]
    return sum(widths) if part.direction == "across" else max(widths)


def shares(group: Group) -> list[float]:
    """The share of each part in the width of a group that goes across."""
    widths = [columns_of(part) for part in group.parts]
    return [width / sum(widths) for width in widths]
