"""The series of a chart, and which of their points its axes can show."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from grok_tui.render.charts.axis import Axes, Axis, Floats, fit_axis
from grok_tui.render.target import Target


class Piece(NamedTuple):
    """One of the curves that a series joins: its name, its points from `start` to `stop`, and what it selects."""

    name: str
    start: int
    stop: int
    target: Target


@dataclass(frozen=True)
class Series:
    """`y` over `x`, both [point].

    `colour` is an index into the palette's series colours (default: the position in the chart). `shade` [point], 0 to
    1, colours each point by its magnitude. `labels` [point] name the points in the readout. A `dim` series is fainter
    and drawn below the others. An `emphasised` series has the colour of text. `target` is what a point selects, by its
    index. `pieces` are the curves of a line that joins several, in order of x, with NaN between them.
    """

    name: str
    x: Floats
    y: Floats
    colour: int | None = None
    kind: Literal["line", "points"] = "line"
    shade: Floats | None = None
    shade_label: str = ""  # what the shades are, beside their scale in a figure
    labels: Sequence[str] = ()
    dim: bool = False
    emphasised: bool = False
    label: str = ""  # its name in the legend, if another than `name`
    target: Callable[[int], Target | None] | None = None
    pieces: Sequence[Piece] = ()


@dataclass(frozen=True)
class Fill:
    """An area between two curves over `x` [point], tinted with a series colour; NaN leaves a gap."""

    x: Floats
    low: Floats
    high: Floats
    colour: int


@dataclass(frozen=True, eq=False)
class Points:
    """The points of a series [point], and which of them the axes can show."""

    x: Floats
    y: Floats
    shown: NDArray[np.bool_]
    hidden: int  # how many are zero or less on a log axis, or infinite; NaN is a gap, not hidden


def points_of(series: Series, axes: Axes) -> Points:
    """The points of a series as float arrays. A log x axis can show 0, at its low end.

    Raises:
        ValueError: x and y have different lengths.
    """
    x, y = np.asarray(series.x, dtype=float).ravel(), np.asarray(series.y, dtype=float).ravel()
    if len(x) != len(y):
        raise ValueError(f"series {series.name!r}: {len(x)} x values but {len(y)} y values")
    shown = np.isfinite(x) & np.isfinite(y) & ((x >= 0) | (not axes.log_x)) & ((y > 0) | (not axes.log_y))
    absent = np.isnan(x) | np.isnan(y)
    return Points(x, y, shown, int((~shown & ~absent).sum()))


def fit_axes(
    series: Sequence[Series], points: Sequence[Points], axes: Axes, y_range: tuple[float, float] | None
) -> tuple[Axis, Axis]:
    """The x and y axes that contain all visible points. A valid `y_range` sets the y axis."""
    xs = np.concatenate([p.x[p.shown] for p in points] or [np.zeros(0)])
    ys = np.concatenate([p.y[p.shown] for p in points] or [np.zeros(0)])
    zero = axes.log_x and bool((xs == 0).any())
    scatter = any(s.kind == "points" for s in series)
    x_axis = fit_axis(xs[xs > 0] if zero else xs, axes.log_x, 0.02 if scatter else 0.0, from_zero=False)
    y_axis = fit_axis(ys, axes.log_y, 0.04, from_zero=True)
    if y_range is not None and y_range[0] < y_range[1] and (y_range[0] > 0 or not axes.log_y):
        y_axis = Axis(*y_range, axes.log_y)
    return Axis(x_axis.low, x_axis.high, x_axis.log, zero), y_axis
