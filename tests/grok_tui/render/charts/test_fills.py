"""Tinted areas between two curves."""

from __future__ import annotations

import numpy as np

from grok_tui.render.cells import Drawing, slice_line
from grok_tui.render.charts.axis import Axis
from grok_tui.render.charts.chart import Axes, Fill, Series, line_chart
from grok_tui.render.charts.fills import fill_area
from grok_tui.render.palette import DARK, MONO, choose_palette, mix

X = np.array([0.0, 10.0])


def rows_of(fill: Fill, column: int, axis: Axis = Axis(0.0, 1.0, False)) -> list[int]:  # noqa: B008 - frozen
    """The rows from the top that are tinted in a column of a chart of 10 x 10 cells."""
    inside, _ = fill_area(fill, Axis(0.0, 10.0, False), axis, 10, 10, DARK)
    return np.flatnonzero(inside[:, column]).tolist()


def test_it_covers_the_cells_from_one_curve_to_the_other() -> None:
    assert rows_of(Fill(X, np.array([0.0, 0.0]), np.array([0.5, 0.5]), 0), 5) == [4, 5, 6, 7, 8, 9]
    assert rows_of(Fill(X, np.array([0.3, 0.3]), np.array([1.0, 1.0]), 0), 0) == [0, 1, 2, 3, 4, 5, 6]


def test_it_follows_the_curves() -> None:
    heights = [len(rows_of(Fill(X, np.array([0.0, 0.0]), np.array([0.0, 1.0]), 0), column)) for column in range(10)]
    assert heights == sorted(heights)
    assert heights[0] <= 1
    assert heights[-1] >= 9


def test_an_area_thinner_than_a_cell_is_not_drawn_as_a_whole_one() -> None:
    assert rows_of(Fill(X, np.array([0.52, 0.52]), np.array([0.54, 0.54]), 0), 5) == []
    assert rows_of(Fill(X, np.array([0.4, 0.4]), np.array([0.6, 0.6]), 0), 5) != []


def test_zero_is_at_the_low_end_of_a_log_axis() -> None:
    fill = Fill(X, np.array([-1.0, 0.0]), np.array([1.0, 1.0]), 0)
    assert rows_of(fill, 5, Axis(1e-3, 1.0, True)) == list(range(10))


def test_where_an_edge_is_absent_nothing_is_covered() -> None:
    x = np.arange(11.0)
    low = np.where(x < 5, np.nan, 0.2)
    fill = Fill(x, low, low + 0.2, 0)
    assert rows_of(fill, 1) == []
    assert rows_of(fill, 8) != []
    assert rows_of(Fill(X, np.array([np.nan, np.nan]), np.array([1.0, 1.0]), 0), 5) == []


def backgrounds(drawing: Drawing) -> set[str | None]:
    return {span.style.bg for line in drawing.lines for span in slice_line(line, 0, drawing.width)}


def test_a_chart_has_the_tint_of_the_series_where_there_are_enough_colours() -> None:
    series = [Series("a", X, np.array([0.0, 1.0]))]
    fills = [Fill(X, np.array([0.0, 0.2]), np.array([0.5, 1.0]), 2)]
    tint = mix(DARK.background, DARK.series[2], 0.22)
    assert tint in backgrounds(line_chart(series, 40, 12, DARK, fills=fills, axes=Axes()).drawing)
    for palette in (MONO, choose_palette(colours="16")):
        assert backgrounds(line_chart(series, 40, 12, palette, fills=fills).drawing) == {None}
