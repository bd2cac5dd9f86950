"""Labels in a figure, which has room for other words than the cells of a terminal."""

from __future__ import annotations

from dataclasses import replace

from grok_tui.render.cells import Drawing
from grok_tui.render.plots import BarPlot, LinePlot, MapPlot, Plot


def in_figure(drawing: Drawing, *, x_label: str = "", y_label: str = "", unit: str = "") -> Drawing:
    """The drawing, with these labels of its charts and maps in a figure; `unit` is that of the colours of maps."""

    def labelled(plot: Plot) -> Plot:
        if not isinstance(plot, LinePlot | BarPlot | MapPlot):
            return plot
        plot = replace(plot, x_label=x_label or plot.x_label, y_label=y_label or plot.y_label)
        if isinstance(plot, MapPlot) and not plot.scale.unit:
            return replace(plot, scale=replace(plot.scale, unit=unit))
        return plot

    return replace(drawing, plots=tuple(placed._replace(plot=labelled(placed.plot)) for placed in drawing.plots))
