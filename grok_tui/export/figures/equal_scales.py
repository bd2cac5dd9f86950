"""Equal scales in the figures of several epochs, so that what changes from one to the next is the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from grok_tui.render.cells import Drawing
from grok_tui.render.charts.axis import Axis
from grok_tui.render.maps.scale import Scale
from grok_tui.render.plots import BarPlot, LinePlot, MapPlot, Plot


def with_equal_scales(drawings: Sequence[Drawing]) -> list[Drawing]:
    """The drawings with one colour scale, one range of bars and one pair of axes for plots in the same place.

    Drawings that do not have the same kinds of plots are left as they are.
    """
    kinds = {tuple(type(placed.plot) for placed in drawing.plots) for drawing in drawings}
    if len(kinds) != 1:
        return list(drawings)
    by_place = [_equal([drawing.plots[place].plot for drawing in drawings]) for place in range(len(next(iter(kinds))))]
    return [
        replace(
            drawing,
            plots=tuple(
                placed._replace(plot=plots[number]) for placed, plots in zip(drawing.plots, by_place, strict=True)
            ),
        )
        for number, drawing in enumerate(drawings)
    ]


def _equal(plots: Sequence[Plot]) -> list[Plot]:
    maps = [plot for plot in plots if isinstance(plot, MapPlot)]
    if maps:
        scale = _scale([plot.scale for plot in maps])
        return [replace(plot, scale=scale) for plot in maps]
    bars = [plot for plot in plots if isinstance(plot, BarPlot)]
    if bars:
        limits = min(plot.limits[0] for plot in bars), max(plot.limits[1] for plot in bars)
        return [replace(plot, limits=limits) for plot in bars]
    lines = [plot for plot in plots if isinstance(plot, LinePlot)]
    if lines:
        x_axis, y_axis = _axis([plot.x_axis for plot in lines]), _axis([plot.y_axis for plot in lines])
        return [replace(plot, x_axis=x_axis or plot.x_axis, y_axis=y_axis or plot.y_axis) for plot in lines]
    return list(plots)


def _scale(scales: Sequence[Scale]) -> Scale:
    low, high = min(scale.low for scale in scales), max(scale.high for scale in scales)
    if any(scale.diverging for scale in scales):
        high = max(abs(low), abs(high))
        return Scale(-high, high, True, scales[0].unit)
    return Scale(low, high, False, scales[0].unit)


def _axis(axes: Sequence[Axis]) -> Axis | None:
    """The axis with the range of all; None for axes of different kinds."""
    if len({axis.log for axis in axes}) != 1:
        return None
    low, high = min(axis.low for axis in axes), max(axis.high for axis in axes)
    return Axis(low, high, axes[0].log, any(axis.zero for axis in axes))
