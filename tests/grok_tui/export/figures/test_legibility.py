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
from grok_tui.render.plots import BarPlot, IntervalPlot, LinePlot, MapPlot, Plot, RatioPlot, TablePlot, TextPlot
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


def test_a_legend_is_read_row_by_row() -> None:
    names = [f"a curve with a long name {number}" for number in range(5)]
    curves = [Series(name, EPOCHS, EPOCHS) for name in names]
    axis = Axis(0.0, 40_000.0, log=False)
    (axes,) = figure_of(cells(LinePlot(curves, axis, axis))).axes
    places = {text.get_text(): text.get_window_extent() for text in axes.get_legend().get_texts()}
    rows = {round(box.y0) for box in places.values()}
    assert 1 < len(rows) < 5
    assert sorted(places, key=lambda name: (-round(places[name].y0), places[name].x0)) == names


def test_large_values_in_small_cells_are_enlarged_in_their_colours() -> None:
    values = np.zeros((113, 113))
    values[0, 40], values[70, 70], values[5, 5] = 9.0, -4.0, 0.1
    plot = MapPlot(values, Scale(-9.0, 9.0, diverging=True))
    figure = figure_of(beside(*(cells(plot, 38) for _ in range(3)), gap=2))
    axes = next(axes for axes in figure.axes if axes.collections)
    mesh, peaks = axes.collections
    assert peaks.get_offsets().tolist() == [[70, 70], [40, 0]]  # the largest last, so that it is in front
    for colour, value in zip(peaks.get_facecolor(), (-4.0, 9.0), strict=True):
        assert tuple(colour) == pytest.approx(mesh.to_rgba(value))
    cell = axes.get_window_extent().width / 113 * 72 / figure.dpi
    assert cell < float(peaks.get_sizes()[0]) ** 0.5 == 2.0


def test_a_map_with_many_large_values_is_left_as_it_is() -> None:
    checks = MapPlot(np.indices((113, 113)).sum(axis=0) % 2.0, Scale(0.0, 1.0, diverging=False))
    figure = figure_of(beside(*(cells(checks, 38) for _ in range(3)), gap=2))
    assert all(len(axes.collections) <= 1 for axes in figure.axes if axes.get_label() != "<colorbar>")


def test_the_texts_of_cells_are_within_their_cells() -> None:
    texts = [["+0.000553182"] * 3] * 3
    plot = MapPlot(np.ones((3, 3)), Scale(0.0, 1.0, diverging=False), texts=texts)
    figure = figure_of(beside(*(cells(plot, 38) for _ in range(3)), gap=2))
    for axes in figure.axes:
        side = axes.get_window_extent().width / 3
        assert all(text.get_window_extent().width < side for text in axes.texts)


@pytest.mark.parametrize(("low", "high"), [(0.95, 1.15), (3.0, 40.0), (0.2, 0.9)])
def test_a_short_log_axis_has_plain_numbers_that_are_apart(low, high) -> None:
    curve = Series("ratio", EPOCHS, np.linspace(low, high, 62))
    (axes,) = figure_of(cells(LinePlot([curve], Axis(0.0, 40_000.0, log=False), Axis(low, high, log=True)))).axes
    inside = [text for text in axes.get_yticklabels(which="both") if text.get_text()]
    inside = [text for text in inside if low <= text.get_position()[1] <= high]
    assert len(inside) >= 2
    assert all(float(text.get_text()) == pytest.approx(text.get_position()[1]) for text in inside)
    boxes = sorted((text.get_window_extent() for text in inside), key=lambda box: box.y0)
    assert all(a.y1 <= b.y0 for a, b in pairwise(boxes))


def test_the_figures_of_many_small_maps_have_labels_that_are_apart() -> None:
    names = [(number, str(number)) for number in range(1, 12)]
    plot = MapPlot(
        np.ones((23, 23)), Scale(0.0, 1.0, diverging=False), "k of x", "k of y", x_names=names, y_names=names
    )
    figure = figure_of(beside(*(cells(plot, 28) for _ in range(4)), gap=2), width_cm=12)
    maps = [axes for axes in figure.axes if axes.get_label() != "<colorbar>" and axes.axison]
    assert len(maps) == 4
    boxes = [axes.get_tightbbox() for axes in maps]
    assert not any(a.overlaps(b) for index, a in enumerate(boxes) for b in boxes[:index])
    assert all(figure.bbox.x0 <= box.x0 and box.x1 <= figure.bbox.x1 for box in boxes)


def test_powers_of_ten_in_a_narrow_chart_are_apart() -> None:
    plot = RatioPlot(["a", "b"], [1e-12, 1e12], "ratio")
    wide = cells(TablePlot(Table(tuple(Column(f"column {n}") for n in range(6)), ((1, 2, 3, 4, 5, 6),))), 80)
    figure = figure_of(beside(wide, cells(plot, 38), gap=2), width_cm=12, font_size=9)
    (axes,) = (axes for axes in figure.axes if axes.axison)
    boxes = [label.get_window_extent() for label in axes.get_xticklabels() if label.get_text()]
    inside = [box for box in boxes if axes.bbox.x0 <= (box.x0 + box.x1) / 2 <= axes.bbox.x1]
    assert len(inside) >= 2
    assert all(a.x1 < b.x0 for a, b in pairwise(sorted(inside, key=lambda box: box.x0)))


def test_a_long_table_says_how_many_rows_are_left_out_and_where_they_are() -> None:
    table = Table((Column("n"),), tuple((n,) for n in range(80)))
    (axes,) = figure_of(cells(TablePlot(table))).axes
    texts = [text.get_text() for text in axes.texts]
    assert texts[-1] == "… 20 more of 80 rows; --format csv writes all"
    assert texts[:-1] == ["n", *map(str, range(60))]
