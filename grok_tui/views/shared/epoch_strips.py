"""Maps with epochs across. Checkpoints are unevenly spaced; the axis of screen columns is linear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.cells import Drawing, put
from grok_tui.render.palette import Palette
from grok_tui.render.pooling import pool
from grok_tui.render.readout import Readout, ReadoutArea
from grok_tui.render.target import Target
from grok_tui.views.view import ComparisonMethods

_Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class EpochMarks:
    """Base of an answer about a whole run in which one epoch is marked, or two to compare."""

    epoch: int
    against_epoch: int | None = field(default=None, kw_only=True)

    @property
    def marked_epochs(self) -> list[int]:
        return [epoch for epoch in (self.epoch, self.against_epoch) if epoch is not None]


MarkedAnswer = TypeVar("MarkedAnswer", bound=EpochMarks)


def by_marked_epochs(run_metrics: Callable[[MarkedAnswer], object]) -> ComparisonMethods[MarkedAnswer]:
    """Compare two epochs of one run in one drawing; two runs side by side.

    `run_metrics` returns the snapshot of an answer: the same object if both answers are of one run.
    """

    def overlay(a: MarkedAnswer, b: MarkedAnswer, _: tuple[str, str]) -> MarkedAnswer | None:
        return replace(a, against_epoch=b.epoch) if run_metrics(a) is run_metrics(b) else None

    return ComparisonMethods(overlay=overlay)


def column_of(epoch: float, epochs: _Array, columns: int) -> int | None:
    """The column of an epoch on an axis from the first to the last of `epochs`; None outside."""
    if not len(epochs) or columns < 1 or not epochs[0] <= epoch <= epochs[-1]:
        return None
    span = float(epochs[-1] - epochs[0])
    return round((epoch - float(epochs[0])) / span * (columns - 1)) if span else 0


def resample_to_columns(values: _Array, epochs: _Array, columns: int) -> _Array:
    """Values at checkpoints as values on screen columns. [row, epoch] -> [row, column]

    A column shows the maximum over its checkpoints; a column without any shows the nearest checkpoint.
    """
    resampled = np.empty((len(values), columns))
    for column in range(columns):
        resampled[:, column] = pool(values[:, checkpoints_in(column, epochs, columns)], len(values), 1)[:, 0]
    return resampled


def checkpoints_in(column: int, epochs: _Array, columns: int) -> NDArray[np.intp]:
    """The indices of the epochs that a column shows: those that fall on it, else the nearest."""
    span = float(epochs[-1] - epochs[0]) or 1.0
    positions = np.round((epochs - epochs[0]) / span * (columns - 1))
    inside = np.flatnonzero(positions == column)
    return inside if inside.size else np.array([np.abs(positions - column).argmin()])


def column_readout(column: int, epochs: _Array, columns: int, text: str) -> Readout:
    """The readout of a column: the epochs that it shows, then `text`."""
    shown = epochs[checkpoints_in(column, epochs, columns)]
    first, last = f"{shown[0]:,.0f}", f"{shown[-1]:,.0f}"
    which = f"epoch {first}" if first == last else f"epochs {first} to {last}"
    return Readout(f"{which}, {text}", Target(epoch=int(shown[len(shown) // 2])))


def with_epoch_cursor(area: ReadoutArea, epochs: _Array, text_at: Callable[[int, int], str]) -> ReadoutArea:
    """The area of a map over these epochs, with a crosshair that moves from epoch to epoch.

    `text_at(index, row)` is the readout of one checkpoint, by its index in `epochs`, in a row of the area.
    """

    def read_epoch(epoch: int, row: int) -> tuple[int, Readout] | None:
        if (column := column_of(epoch, epochs, area.width)) is None:
            return None
        indices = np.flatnonzero(epochs == epoch)
        text = text_at(int(indices[0]), row) if indices.size else "not measured"
        return column, Readout(f"epoch {epoch:,}, {text}")

    return area._replace(read_epoch=read_epoch)


def pointers(columns: Sequence[int | None], width: int, epochs: Sequence[int], palette: Palette) -> Drawing:
    """A line above a map with pointers down to the columns of these epochs, and their numbers.

    The first is the selected epoch. A number is right of its pointer, or else left of it. Where neither is free,
    the pointer is alone; where its own cell is not free, it is left out.
    """
    line, taken = Drawing.of_lines([""], width), set[int]()
    for index, (column, epoch) in enumerate(zip(columns, epochs, strict=True)):
        if column is None:
            continue
        mark, number = "v" if palette.ascii else "▽" if index else "▼", f"{epoch:,}"
        ink = palette.style(palette.foreground) if index else palette.style(palette.accent, bold=True)
        choices = ((column, f"{mark} {number}"), (column - len(number) - 1, f"{number} {mark}"), (column, mark))
        for start, text in choices:
            cells = range(start, start + len(text))
            if start >= 0 and cells.stop <= width and taken.isdisjoint(range(start - 1, cells.stop + 1)):
                line = put(line, start, 0, text, ink)
                taken.update(cells)
                break
    return line
