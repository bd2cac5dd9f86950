"""Texts in figures: apart from each other and from the curves, in the forms of print, and whole."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from grok_tui.export.figures.options import FigureStyle
from grok_tui.render.cells import Drawing, beside
from grok_tui.render.charts.axis import Axis
from grok_tui.render.charts.series import Series
from grok_tui.render.maps.scale import Scale
from grok_tui.render.plots import BarPlot, IntervalPlot, LinePlot, MapPlot, Plot, TablePlot, TextPlot
from grok_tui.render.table import Column, Table

EPOCHS = np.linspace(0.0, 40_000.0, 62)


def cells(plot: Plot, width: int = 120) -> Drawing:
    return Drawing.of_lines([""] * 40, width).showing(plot)


def figure_of(drawing: Drawing, **style: float):
    from grok_tui.export.figures.figure import draw_figure

    figure = draw_figure(drawing, "title", [], FigureStyle(**style))
    figure.draw_without_rendering()
    return figure


@pytest.mark.parametrize("font_size", [7, 12])
def test_the_numbers_at_ticks_are_apart(font_size) -> None:
    strips = MapPlot(np.ones((8, 62)), Scale(0.0, 1.0, diverging=False), "epoch", "k", x=EPOCHS)
    figure = figure_of(beside(*(cells(strips, 38) for _ in range(3)), gap=2), font_size=font_size)
    for axes in figure.axes:
        boxes = [label.get_window_extent() for label in axes.get_xticklabels() if label.get_text()]
        assert all(a.x1 < b.x0 for a, b in pairwise(sorted(boxes, key=lambda box: box.x0)))


@pytest.mark.parametrize("log", [False, True], ids=["linear", "log"])
def test_names_of_bands_and_cursors_are_above_the_curves(log) -> None:
    curve = Series("loss", EPOCHS, np.full(62, 5.0))
    plot = LinePlot(
        [curve], Axis(0.0, 40_000.0, log=False), Axis(1e-7, 5.0, log), bands=[(-10.0, 20_000.0, "circuit formation")],
        cursors=((30_000.0, "here"),),
    )  # fmt: skip
    figure = figure_of(cells(plot))
    (axes,) = figure.axes
    top = axes.transData.transform((0.0, 5.0))[1]
    names = {text.get_text(): text.get_window_extent() for text in axes.texts}
    assert set(names) == {"circuit formation", "here"}
    assert all(box.y0 > top for box in names.values())
    assert names["circuit formation"].x0 >= axes.get_window_extent().x0


def test_a_name_that_would_reach_the_next_band_is_left_out() -> None:
    bands = [(0.0, 1_000.0, "memorisation"), (1_000.0, 20_000.0, "circuit formation"), (20_000.0, 21_000.0, "cleanup")]
    plot = LinePlot(
        [Series("loss", EPOCHS, EPOCHS)], Axis(0.0, 40_000.0, log=False), Axis(0.0, 40_000.0, log=False), bands=bands
    )
    (axes,) = figure_of(cells(plot)).axes
    assert [text.get_text() for text in axes.texts] == ["circuit formation", "cleanup"]


def test_a_bar_that_cannot_be_seen_has_no_name() -> None:
    plot = BarPlot(np.array([0.001, 9.0, 0.0]), (0.0, 9.0), colours={1: 8, 2: 9, 3: 10})
    (axes,) = figure_of(cells(plot)).axes
    assert [text.get_text() for text in axes.texts] == ["2"]


def test_the_names_of_bars_are_below_the_upper_end_of_the_axis() -> None:
    plot = BarPlot(
        np.array([3.0, 9.0]), (0.0, 9.0), colours={2: 9}, y_label="a label that is too long to be upright" * 3
    )
    (axes,) = figure_of(cells(plot)).axes
    (name,) = axes.texts
    assert name.get_window_extent().y1 <= axes.get_window_extent().y1


def test_the_labels_of_neighbours_are_apart() -> None:
    rows = np.full(3, 0.5)
    plot = IntervalPlot(
        "abc", rows, (rows, rows), (rows, rows), (0, 1, 2), "mean, standard deviation, range over all pairs"
    )
    figure = figure_of(beside(cells(plot, 59), cells(plot, 59), gap=2), width_cm=10)
    left, right = (axes.xaxis.label.get_window_extent() for axes in figure.axes)
    assert left.x1 < right.x0


def test_rows_of_tables_side_by_side_are_in_line() -> None:
    short, long = (Table((Column("n"),), tuple((n,) for n in range(count))) for count in (2, 9))
    figure = figure_of(beside(cells(TablePlot(short), 59), cells(TablePlot(long), 59), gap=2))
    first, second = ({text.get_text(): text.get_window_extent().y0 for text in axes.texts} for axes in figure.axes)
    assert first["1"] == pytest.approx(second["1"], abs=1)


def test_a_log_axis_of_zeros_says_that_it_shows_no_values() -> None:
    zeros = Series("ratio", EPOCHS, np.zeros(62))
    (axes,) = figure_of(cells(LinePlot([zeros], Axis(0.0, 1.0, log=False), Axis(1.0, 10.0, log=True)))).axes
    assert [text.get_text() for text in axes.texts] == ["no values that these axes can show"]


@pytest.mark.parametrize("width_cm", [8, 16])
def test_facts_are_within_the_figure(width_cm) -> None:
    facts = TextPlot(" · ".join(f"fact {number} is {number / 7:.3f}" for number in range(30)))
    table = Table((Column("a"), Column("b")), ((1, 2),))
    drawing = beside(cells(facts, 60), cells(TablePlot(table), 58), gap=2)
    figure = figure_of(drawing, width_cm=width_cm)
    texts = [text for axes in figure.axes for text in axes.texts]
    assert len(texts) == 5
    assert all(text.get_window_extent().x1 <= figure.bbox.x1 for text in texts)


def test_numbers_are_in_the_form_of_print() -> None:
    table = Table((Column("loss", format=".2e"), Column("change", format="+.1f")), ((3.4e-7, -1.5),))
    (axes,) = figure_of(cells(TablePlot(table))).axes
    assert {"3.40×10⁻⁷", "−1.5"} <= {text.get_text() for text in axes.texts}
