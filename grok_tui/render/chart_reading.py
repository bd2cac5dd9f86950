"""What a chart tells about a cell: the point that is nearest, or the curves at that x."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from grok_tui.render.axis import DOTS_X, DOTS_Y, Floats
from grok_tui.render.probe import Reading, figure
from grok_tui.render.series import Points, Series

_REACH = 6  # dots from a cell's middle to a point that it still tells about


@dataclass(frozen=True, eq=False)
class ChartReader:
    """The series of a chart and where their points lie, in dots from the left and from below."""

    series: Sequence[Series]
    points: Sequence[Points]
    dots: Sequence[tuple[Floats, Floats]]
    rows: int
    x_label: str
    y_label: str

    def read(self, column: int, row: int) -> Reading | None:
        """`neuron 7: k 35, share 0.98` near a point; else `epoch 9,800: test 5.99, train 3e-07`."""
        x = column * DOTS_X + (DOTS_X - 1) / 2
        y = (self.rows - 1 - row) * DOTS_Y + (DOTS_Y - 1) / 2
        return self._point(x, y) or self._curves(x, y)

    def _point(self, x: float, y: float) -> Reading | None:
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
        at = f"{self.x_label} {figure(points.x[index])}, {self.y_label} {figure(points.y[index])}"
        return Reading(f"{name}: {at}" if name else at)

    def _curves(self, x: float, y: float) -> Reading | None:
        """Every curve's value where it is nearest to x, the curve that is nearest to y first."""
        found = []
        for one, points, (across, up) in zip(self.series, self.points, self.dots, strict=True):
            if one.kind != "line" or not points.shown.any():
                continue
            index = int(np.nanargmin(np.where(points.shown, abs(across - x), np.inf)))
            at = one.labels[index] if one.labels else f"{self.x_label} {figure(points.x[index])}"
            found.append((abs(float(up[index]) - y), one.name, at, float(points.y[index]), float(points.x[index])))
        if not found:
            return None
        found.sort(key=lambda item: item[0])
        here, nearest = found[0][2], found[0][4]
        values = [
            f"{name or self.y_label} {figure(value)}" + ("" if at == here else f" (at {at})")
            for _, name, at, value, _ in found
        ]
        epoch = int(nearest) if self.x_label == "epoch" else None
        return Reading(f"{here}: {', '.join(values)}", epoch=epoch)
