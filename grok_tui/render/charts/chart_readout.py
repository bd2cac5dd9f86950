"""What a chart tells about a cell, the point that is nearest or the curves at that x; and about an epoch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from grok_tui.render.charts.axis import DOTS_X, DOTS_Y, Axis, Floats, cell
from grok_tui.render.charts.series import Points, Series
from grok_tui.render.readout import Readout, format_value

_REACH = 6  # dots from a cell's middle to a point that it still tells about


@dataclass(frozen=True, eq=False)
class ChartReader:
    """The series of a chart and where their points lie, in dots from the left and from below."""

    series: Sequence[Series]
    points: Sequence[Points]
    dots: Sequence[tuple[Floats, Floats]]
    x_axis: Axis
    columns: int
    rows: int
    x_label: str
    y_label: str

    def read(self, column: int, row: int) -> Readout | None:
        """`neuron 7: k 35, share 0.98` near a point; else `epoch 9,800: test 5.99, train 3e-07`."""
        x = column * DOTS_X + (DOTS_X - 1) / 2
        if near := self._point(x, self._height(row)):
            return near
        found = self._curves([abs(across - x) for across, _ in self.dots], self._height(row))
        return Readout(_told(found[0].at, found)) if found else None

    def at(self, epoch: int, row: int) -> tuple[int, Readout] | None:
        """The column of an epoch and every curve's value there, or where it has none at the nearest x that has one."""
        (share,) = self.x_axis.share(np.array([float(epoch)]))
        found = self._curves([abs(points.x - epoch) for points in self.points], self._height(row))
        if not found or not -1e-9 <= share <= 1 + 1e-9:
            return None
        told = _told(f"{self.x_label} {format_value(epoch)}", found)
        return cell(float(share), self.columns, DOTS_X), Readout(told)

    def _height(self, row: int) -> float:
        """Dots from below to the middle of a row."""
        return (self.rows - 1 - row) * DOTS_Y + (DOTS_Y - 1) / 2

    def _point(self, x: float, y: float) -> Readout | None:
        best, told = float(_REACH), None
        for one, points, (across, up) in zip(self.series, self.points, self.dots, strict=True):
            distance = np.hypot(across - x, up - y)
            if one.kind != "points" or not points.shown.any():
                continue
            index = int(np.nanargmin(np.where(points.shown, distance, np.inf)))
            if distance[index] <= best:
                best, told = float(distance[index]), (one, points, index)
        if told is None:
            return None
        one, points, index = told
        name = one.labels[index] if one.labels else one.name
        at = f"{self.x_label} {format_value(points.x[index])}, {self.y_label} {format_value(points.y[index])}"
        return Readout(f"{name}: {at}" if name else at)

    def _curves(self, apart: Sequence[Floats], y: float) -> list[_Value]:
        """Every curve's value where the least `apart`, the curve that is nearest to y first."""
        found = []
        for one, points, (_, up), distance in zip(self.series, self.points, self.dots, apart, strict=True):
            if one.kind != "line" or not points.shown.any():
                continue
            index = int(np.nanargmin(np.where(points.shown, distance, np.inf)))
            at = one.labels[index] if one.labels else f"{self.x_label} {format_value(points.x[index])}"
            name = one.name or self.y_label
            found.append(_Value(abs(float(up[index]) - y), f"{name} {format_value(points.y[index])}", at))
        return sorted(found, key=lambda value: value.distance)


class _Value(NamedTuple):
    """What a curve has near a cell."""

    distance: float  # dots up or down from the cell
    text: str
    at: str  # which x that is


def _told(here: str, values: Sequence[_Value]) -> str:
    """`epoch 9,800: test 5.99, train 3e-07 (at epoch 9,700)`."""
    return f"{here}: " + ", ".join(value.text + ("" if value.at == here else f" (at {value.at})") for value in values)
