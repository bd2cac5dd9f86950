"""Every view's plots as JSON: the numbers of its drawing."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine import Explorer
from grok_tui.export.page.arrays import ArrayPool
from grok_tui.export.page.figures import LAYOUT, PALETTE, figure_json, plot_json
from grok_tui.queries.view_answers import answer_view
from grok_tui.render.charts.axis import Axis
from grok_tui.render.charts.series import Series
from grok_tui.render.plots import BarPlot, LinePlot, MapPlot, TablePlot
from grok_tui.render.table import text_of
from grok_tui.session.selection import initial_selection
from grok_tui.views import VIEWS
from tests.grok_tui.export.page.embedded import numbers, plots


@pytest.mark.parametrize("name", VIEWS)
def test_a_page_can_draw_every_view_with_its_numbers(name: str, measured: Explorer) -> None:
    view, pool = VIEWS[name], ArrayPool()
    drawing = view.draw(answer_view(view, measured, initial_selection(measured)), *LAYOUT, PALETTE)
    figure = figure_json(drawing, pool)
    data = {"arrays": pool.arrays, "objects": pool.objects}
    json.dumps(figure, allow_nan=False)
    found = plots(data, figure)
    expected = [placed.plot for placed in drawing.plots]
    assert len(found) == len(expected)
    for kind, name_of_kind in ((LinePlot, "lines"), (BarPlot, "bars"), (MapPlot, "map"), (TablePlot, "table")):
        sides = [p for p in expected if isinstance(p, kind)], [p for p in found if p["type"] == name_of_kind]
        assert len(sides[0]) == len(sides[1])
    shown = [np.float32(numbers(data, s["y"])) for p in found if p["type"] == "lines" for s in p["series"]]
    for series in (s for p in expected if isinstance(p, LinePlot) for s in p.series):
        y = np.float32(series.y).ravel()
        assert any(np.array_equal(np.where(np.isfinite(y), y, np.nan), each, equal_nan=True) for each in shown)
    tables = [p["rows"] for p in found if p["type"] == "table"]
    for plot in (p for p in expected if isinstance(p, TablePlot)):
        assert [[text_of(v, c) for v, c in zip(row, plot.table.columns, strict=True)] for row in plot.table.rows] in (
            tables
        )


def test_a_long_curve_keeps_its_ends_its_minima_and_its_maxima() -> None:
    x = np.arange(40_000.0)
    y = np.random.default_rng(1).normal(size=len(x))
    y[12_345], y[23_456] = 100.0, -100.0
    pool = ArrayPool()
    plot = LinePlot([Series("loss", x, y)], Axis(0, 1, False), Axis(0, 1, False))
    (series,) = plot_json(plot, pool)["series"]
    kept_x, kept_y = (numbers({"arrays": pool.arrays}, series[name]) for name in "xy")
    assert len(kept_x) < 2_000
    assert (kept_x[0], kept_x[-1], kept_y.max(), kept_y.min()) == (0, len(x) - 1, 100, -100)
    assert np.array_equal(kept_y, np.float32(y)[kept_x.astype(int)])


def test_a_gap_of_a_long_curve_stays() -> None:
    y = np.ones(10_000)
    y[5_000:5_100] = np.nan
    pool = ArrayPool()
    plot = LinePlot([Series("a", np.arange(10_000.0), y)], Axis(0, 1, False), Axis(0, 1, False))
    assert np.isnan(numbers({"arrays": pool.arrays}, plot_json(plot, pool)["series"][0]["y"])).any()
