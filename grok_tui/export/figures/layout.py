"""The layout of a figure: rows and columns of plots, from the rectangles of cells that the plots have in a drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from grok_tui.render.plots import PlacedPlot, TextPlot

BLANK = TextPlot("")


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
    rows = _separated(plots, lambda placed: (placed.top, placed.top + placed.height))
    columns = _separated(plots, lambda placed: (placed.left, placed.left + placed.width))
    if len(rows) > 1:
        return Group(tuple(_row(row, columns) for row in rows), "down")
    if len(columns) > 1:
        return Group(tuple(arrange(column) for column in columns), "across")
    overlapping = sorted(plots, key=lambda placed: (placed.top, placed.left))
    return Group(tuple(overlapping), "down")


def _row(row: Sequence[PlacedPlot], columns: Sequence[Sequence[PlacedPlot]]) -> Part:
    """A row of plots, with a blank for each column in which the drawing has plots only above or below it."""
    if len(columns) == 1:
        return arrange(row)
    parts = []
    for column in columns:
        inside = [placed for placed in row if placed in column]
        left, right = min(p.left for p in column), max(p.left + p.width for p in column)
        parts.append(arrange(inside) if inside else PlacedPlot(left, row[0].top, right - left, 0, BLANK))
    return Group(tuple(parts), "across")


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


def height_of(part: Part, width: float, height_of_plot: Callable[[PlacedPlot, float], float]) -> float:
    """The height of a part of this width; `height_of_plot(placed, width)` is that of one plot."""
    if isinstance(part, PlacedPlot):
        return height_of_plot(part, width)
    if part.direction == "down":
        return sum(height_of(inner, width, height_of_plot) for inner in part.parts)
    return max(
        height_of(inner, width * share, height_of_plot) for inner, share in zip(part.parts, shares(part), strict=True)
    )


def shares(group: Group) -> list[float]:
    """The share of each part in the width of a group that goes across."""
    widths = [columns_of(part) for part in group.parts]
    return [width / sum(widths) for width in widths]
