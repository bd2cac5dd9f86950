"""The plots of a second run beside those of a first: a frequency has the same colour in both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import singledispatch

from grok_tui.render.cells import Drawing
from grok_tui.render.plots import BarPlot, IntervalPlot, LinePlot, Plot


def with_changed_colours(drawing: Drawing, changed: Mapping[int, int]) -> Drawing:
    """The drawing, in whose plots the colours with these indices are replaced; styles of texts stay."""
    return replace(
        drawing, plots=tuple(placed._replace(plot=_recoloured(placed.plot, changed)) for placed in drawing.plots)
    )


@singledispatch
def _recoloured(plot: Plot, changed: Mapping[int, int]) -> Plot:
    return plot


@_recoloured.register
def _(plot: LinePlot, changed: Mapping[int, int]) -> Plot:
    series = [s if s.colour is None else replace(s, colour=changed.get(s.colour, s.colour)) for s in plot.series]
    fills = [replace(fill, colour=changed.get(fill.colour, fill.colour)) for fill in plot.fills]
    return replace(plot, series=series, fills=fills)


@_recoloured.register
def _(plot: BarPlot, changed: Mapping[int, int]) -> Plot:
    colours = {bar: None if colour is None else changed.get(colour, colour) for bar, colour in plot.colours.items()}
    return replace(plot, colours=colours)


@_recoloured.register
def _(plot: IntervalPlot, changed: Mapping[int, int]) -> Plot:
    return replace(plot, colours=[changed.get(colour, colour) for colour in plot.colours])
