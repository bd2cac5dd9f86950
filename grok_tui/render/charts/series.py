"""A series of a chart, and which of its points can be shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.charts.axis import Axes, Axis, Floats, fitted_axis


@dataclass(frozen=True)
class Series:
    """`y` over `x`; `colour` indexes the palette's series (default: by position).

    `shade`, 0..1 for each point, colours points one by one; `labels` names them one by one,
    for a crosshair. A `dim` series is fainter, and below the others.
    """

    name: str
    x: Floats
    y: Floats
    colour: int | None = None
    kind: Literal["line", "points"] = "line"
    shade: Floats | None = None
    labels: Sequence[str] = ()
    dim: bool = False


@dataclass(frozen=True, eq=False)
class Points:
    """A series' numbers, and which of them its chart's axes can show."""

    x: Floats
    y: Floats
    shown: NDArray[np.bool_]
    hidden: int  # zero or less on a log axis, or infinite; NaN is absent, not hidden


def points_of(series: Series, axes: Axes) -> Points:
    """The series as float arrays. On a log x axis 0 can be shown, at its edge.

    Raises:
        ValueError: x and y have different lengths.
    """
    x, y = np.asarray(series.x, dtype=float).ravel(), np.asarray(series.y, dtype=float).ravel()
    if len(x) != len(y):
        raise ValueError(f"series {series.name!r}: {len(x)} x values but {len(y)} y values")
    shown = np.isfinite(x) & np.isfinite(y) & ((x >= 0) | (not axes.log_x)) & ((y > 0) | (not axes.log_y))
    absent = np.isnan(x) | np.isnan(y)
    return Points(x, y, shown, int((~shown & ~absent).sum()))


def axes_around(
    series: Sequence[Series], points: Sequence[Points], axes: Axes, y_range: tuple[float, float] | None
) -> tuple[Axis, Axis]:
    """The x and y axis that hold all that is shown; `y_range`, where it can be, is the y axis'."""
    xs = np.concatenate([one.x[one.shown] for one in points] or [np.zeros(0)])
    ys = np.concatenate([one.y[one.shown] for one in points] or [np.zeros(0)])
    zero = axes.log_x and bool((xs == 0).any())
    spread = any(one.kind == "points" for one in series)
    across = fitted_axis(xs[xs > 0] if zero else xs, axes.log_x, 0.02 if spread else 0.0, from_zero=False)
    up = fitted_axis(ys, axes.log_y, 0.04, from_zero=True)
    if y_range is not None and y_range[0] < y_range[1] and (y_range[0] > 0 or not axes.log_y):
        up = Axis(*y_range, axes.log_y)
    return Axis(across.low, across.high, across.log, zero), up
