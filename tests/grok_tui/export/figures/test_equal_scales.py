"""The figures of several epochs have one scale."""

from __future__ import annotations

import numpy as np
import pytest

from grok_tui.render.cells import Drawing
from grok_tui.render.charts.axis import Axis
from grok_tui.render.maps.scale import Scale
from grok_tui.render.plots import BarPlot, LinePlot, MapPlot, Plot, TextPlot

equal_scales = pytest.importorskip("grok_tui.export.figures.equal_scales")


def equal(*plots: Plot) -> list[Plot]:
    drawings = [Drawing.of_lines([""]).showing(plot) for plot in plots]
    return [drawing.plots[0].plot for drawing in equal_scales.with_equal_scales(drawings)]


def map_of(*values: float) -> MapPlot:
    grid = np.array([values])
    return MapPlot(grid, Scale.of(grid))


def test_maps_have_the_colours_of_all_values() -> None:
    assert [plot.scale for plot in equal(map_of(1, 2), map_of(0.5, 4))] == [Scale(0.5, 4, False)] * 2


def test_one_map_of_both_signs_makes_all_diverging() -> None:
    assert [plot.scale for plot in equal(map_of(1, 2), map_of(-5, 4))] == [Scale(-5, 5, True)] * 2


def test_bars_and_axes_have_the_range_of_all() -> None:
    bars = [BarPlot(np.zeros(2), limits) for limits in ((0.0, 3.0), (-1.0, 2.0))]
    assert [plot.limits for plot in equal(*bars)] == [(-1.0, 3.0)] * 2
    lines = [LinePlot((), Axis(0, 1, False), Axis(low, high, True)) for low, high in ((1.0, 10.0), (0.1, 2.0))]
    assert [plot.y_axis for plot in equal(*lines)] == [Axis(0.1, 10.0, True)] * 2


def test_axes_of_different_kinds_and_other_plots_are_left_as_they_are() -> None:
    lines = [LinePlot((), Axis(0, 1, False), Axis(1, 2, log)) for log in (False, True)]
    assert [plot.y_axis for plot in equal(*lines)] == [line.y_axis for line in lines]
    mixed = [map_of(1, 2), TextPlot("no neuron")]
    assert equal(*mixed) == mixed
