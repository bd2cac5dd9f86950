"""The readouts of a chart: the nearest point of a scatter plot, or the values of all curves at an x."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from grok_tui.render.charts.axis import DOTS_X, DOTS_Y, Axis, Floats, to_cell
from grok_tui.render.charts.series import Piece, Points, Series
from grok_tui.render.readout import Readout, format_value
from grok_tui.render.target import Target

_REACH = 6  # the largest distance in dots between a cell's middle and a point in its readout


class _CurveValue(NamedTuple):
    """The value of a curve near a cell."""

    distance: float  # dots up or down from the cell
    text: str  # name and value
    x_text: str  # the x of the value
    target: Target | None  # what it selects


@dataclass(frozen=True, eq=False)
class ChartReader:
    """The series of a chart and their points in dots from the left and from below."""

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
        if point := self._nearest_point(x, self._height(row)):
            return point
        height = self._height(row)
        values = self._curve_values([abs(x_dots - x) for x_dots, _ in self.dots], height)
        values = sorted([*values, *self._nearest_pieces(x, height)], key=lambda value: value.distance)
        target = next((value.target for value in values if value.target is not None), None)
        return Readout(_format_values(values[0].x_text, values), target) if values else None

    def read_epoch(self, epoch: int, row: int) -> tuple[int, Readout] | None:
        """The column of an epoch, and every curve's value at the epoch or at the nearest x where the curve has one."""
        (fraction,) = self.x_axis.fraction(np.array([float(epoch)]))
        values = self._curve_values([abs(points.x - epoch) for points in self.points], self._height(row))
        if not values or not -1e-9 <= fraction <= 1 + 1e-9:
            return None
        text = _format_values(f"{self.x_label} {format_value(epoch)}", values)
        return to_cell(float(fraction), self.columns, DOTS_X), Readout(text)

    def _height(self, row: int) -> float:
        """Dots from below to the middle of a row."""
        return (self.rows - 1 - row) * DOTS_Y + (DOTS_Y - 1) / 2

    def _nearest_point(self, x: float, y: float) -> Readout | None:
        """The readout of the nearest point within reach of a position in dots."""
        least, nearest = float(_REACH), None
        for s, points, (x_dots, y_dots) in zip(self.series, self.points, self.dots, strict=True):
            distance = np.hypot(x_dots - x, y_dots - y)
            if s.kind != "points" or not points.shown.any():
                continue
            index = int(np.nanargmin(np.where(points.shown, distance, np.inf)))
            if distance[index] <= least:
                least, nearest = float(distance[index]), (s, points, index)
        if nearest is None:
            return None
        s, points, index = nearest
        name = s.labels[index] if s.labels else s.name
        values = f"{self.x_label} {format_value(points.x[index])}, {self.y_label} {format_value(points.y[index])}"
        return Readout(f"{name}: {values}" if name else values, s.target(index) if s.target else None)

    def _curve_values(self, x_distances: Sequence[Floats], y: float) -> list[_CurveValue]:
        """Every curve's value at its least `x_distances` [series][point], in order of distance from y in dots."""
        values = []
        for s, points, (_, y_dots), distance in zip(self.series, self.points, self.dots, x_distances, strict=True):
            if s.kind != "line" or s.pieces or not points.shown.any():
                continue
            index = int(np.nanargmin(np.where(points.shown, distance, np.inf)))
            x_text = s.labels[index] if s.labels else f"{self.x_label} {format_value(points.x[index])}"
            text = f"{s.name or self.y_label} {format_value(points.y[index])}"
            values.append(_CurveValue(abs(float(y_dots[index]) - y), text, x_text, self._target(s, points, index)))
        return sorted(values, key=lambda value: value.distance)

    def _nearest_pieces(self, x: float, y: float) -> list[_CurveValue]:
        """Of each series that joins curves, the one nearest to a position in dots: its value at its nearest point."""
        values = []
        for s, points, (x_dots, y_dots) in zip(self.series, self.points, self.dots, strict=True):
            found: list[tuple[float, int, Piece]] = []
            for piece in s.pieces:
                shown = piece.start + np.flatnonzero(points.shown[piece.start : piece.stop])
                height = np.interp(x, x_dots[shown], y_dots[shown], np.nan, np.nan) if shown.size else np.nan
                if np.isfinite(height):
                    nearest = int(shown[abs(x_dots[shown] - x).argmin()])
                    found.append((abs(float(height) - y), nearest, piece))
            if found:
                distance, index, piece = min(found)
                x_text = f"{self.x_label} {format_value(points.x[index])}"
                text = f"{piece.name} {format_value(points.y[index])}"
                values.append(_CurveValue(distance, text, x_text, piece.target))
        return values

    def _target(self, series: Series, points: Points, index: int) -> Target | None:
        """What a point of a curve selects: its own target, else its epoch if epochs are across."""
        if series.target is not None:
            return series.target(index)
        return Target(epoch=round(float(points.x[index]))) if self.selects_epochs else None

    @property
    def selects_epochs(self) -> bool:
        """Whether the chart is over epochs, and not of many runs: these select themselves."""
        return self.x_label == "epoch" and not any(s.pieces for s in self.series)


def _format_values(x_text: str, values: Sequence[_CurveValue]) -> str:
    """`epoch 9,800: test 5.99, train 3e-07 (at epoch 9,700)`."""
    texts = [value.text + ("" if value.x_text == x_text else f" (at {value.x_text})") for value in values]
    return f"{x_text}: " + ", ".join(texts)
