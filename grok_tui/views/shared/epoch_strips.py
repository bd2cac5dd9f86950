"""Maps with the epochs across: checkpoints, which lie at uneven distances, on a linear axis of screen columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, put
from grok_tui.render.maps.heatmap import pool
from grok_tui.render.palette import Palette
from grok_tui.render.readout import Area, Reading
from grok_tui.views.view import ComparisonMethods

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Marked:
    """An answer about a whole run in which one epoch is marked, or two of the same run."""

    epoch: int
    against_epoch: int | None = field(default=None, kw_only=True)

    @property
    def marked(self) -> list[int]:
        return [epoch for epoch in (self.epoch, self.against_epoch) if epoch is not None]


Answer = TypeVar("Answer", bound=Marked)


def both_marked(history: Callable[[Answer], object]) -> ComparisonMethods[Answer]:
    """Compare two epochs of one run in one drawing; `history` returns what both answers then share."""

    def overlay(a: Answer, b: Answer, _: tuple[str, str]) -> Answer | None:
        return replace(a, against_epoch=b.epoch) if history(a) is history(b) else None

    return ComparisonMethods(overlay=overlay)


def column_of(epoch: float, epochs: Floats, columns: int) -> int | None:
    """The column of an epoch on an axis from the first to the last of `epochs`; None outside."""
    if not len(epochs) or columns < 1 or not epochs[0] <= epoch <= epochs[-1]:
        return None
    span = float(epochs[-1] - epochs[0])
    return round((epoch - float(epochs[0])) / span * (columns - 1)) if span else 0


def over_columns(values: Floats, epochs: Floats, columns: int) -> Floats:
    """Values at checkpoints as values on columns. [row, epoch] -> [row, column]

    A column shows the largest of its checkpoints; where it has none, the checkpoint nearest to it.
    """
    laid = np.empty((len(values), columns))
    for column in range(columns):
        laid[:, column] = pool(values[:, checkpoints_of(column, epochs, columns)], len(values), 1)[:, 0]
    return laid


def checkpoints_of(column: int, epochs: Floats, columns: int) -> NDArray[np.intp]:
    """Which of the epochs a column shows: those that lie on it, or else the one nearest to it."""
    span = float(epochs[-1] - epochs[0]) or 1.0
    places = np.round((epochs - epochs[0]) / span * (columns - 1))
    here = np.flatnonzero(places == column)
    return here if here.size else np.array([np.abs(places - column).argmin()])


def reading_of(column: int, epochs: Floats, columns: int, said: str) -> Reading:
    """What a crosshair reads in a column: the checkpoints that it shows, then `said`."""
    shown = epochs[checkpoints_of(column, epochs, columns)]
    first, last = f"{shown[0]:,.0f}", f"{shown[-1]:,.0f}"
    which = f"epoch {first}" if first == last else f"epochs {first} to {last}"
    return Reading(f"{which}, {said}")


def over_epochs(area: Area, epochs: Floats, said: Callable[[int, int], str]) -> Area:
    """The area of a map with these epochs across: a crosshair on it is the epoch cursor.

    `said` tells of one checkpoint, by its place among `epochs`, and a row of the area.
    """

    def at(epoch: int, row: int) -> tuple[int, Reading] | None:
        if (column := column_of(epoch, epochs, area.width)) is None:
            return None
        there = np.flatnonzero(epochs == epoch)
        what = said(int(there[0]), row) if there.size else "not measured"
        return column, Reading(f"epoch {epoch:,}, {what}")

    return area._replace(at=at)


def pointers(columns: Sequence[int | None], width: int, epochs: Sequence[int], palette: Palette) -> Drawing:
    """A line to stand above a map: pointers down to the columns of epochs, their numbers beside them.

    The first is the selected one; where two meet it is over the others.
    """
    line = Drawing.of_lines([""], width)
    for place, (column, epoch) in reversed(list(enumerate(zip(columns, epochs, strict=True)))):
        if column is None:
            continue
        mark, number = "v" if palette.ascii else "▽" if place else "▼", f"{epoch:,}"
        text = f"{mark} {number}" if column + len(number) + 2 <= width else f"{number} {mark}"
        start = column if text.startswith(mark) else column - len(number) - 1
        ink = palette.style(palette.foreground) if place else palette.style(palette.accent, bold=True)
        line = put(line, start, 0, text, ink)
    return line
