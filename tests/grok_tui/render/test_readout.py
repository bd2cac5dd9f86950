"""A crosshair is told what a cell shows, wherever the drawing stands in a larger one."""

import numpy as np
import pytest

from grok_tui.render.cells import Drawing, above, beside, fit, put
from grok_tui.render.charts.bars import bar_chart
from grok_tui.render.charts.chart import Series, line_chart
from grok_tui.render.maps.heatmap import heatmap
from grok_tui.render.maps.map_layout import layout_map
from grok_tui.render.maps.scale import Scale
from grok_tui.render.palette import DARK, MONO
from grok_tui.render.readout import Readout, readout_at
from grok_tui.views.shared.token_maps import draw_token_map, token_order


def probe(drawing: Drawing, column: int, row: int) -> str | None:
    found = readout_at(drawing.areas, column, row)
    return None if found is None else found.text


def pick(drawing: Drawing, column: int, row: int) -> tuple[int, int] | None:
    found = readout_at(drawing.areas, column, row)
    return None if found is None else found.pair


def told(drawing: Drawing) -> dict[tuple[int, int], str]:
    found = {(x, y): probe(drawing, x, y) for x in range(drawing.width) for y in range(drawing.height)}
    return {place: text for place, text in found.items() if text is not None}


GRID = np.arange(12.0).reshape(3, 4)


def test_every_cell_of_a_map_tells_its_value():
    plot = layout_map(GRID.shape, 40, 12, MONO, scale=Scale.of(GRID))
    drawing = heatmap(GRID, 40, 12, MONO, x_label="z", y_label="head")
    column, row = plot.cell_of(2, 3)
    assert probe(drawing, column, row) == "z 3, head 2: 11"
    assert len(told(drawing)) == plot.columns * plot.rows
    assert {float(text.split(": ")[1]) for text in told(drawing).values()} == set(range(12))


def test_a_shrunk_map_tells_the_largest_of_the_values_below_a_cell():
    values = np.zeros((113, 113))
    values[50, 60] = -7.5
    drawing = heatmap(values, 60, 20, DARK, x_label="x", y_label="y")
    (text,) = {text for text in told(drawing).values() if "-7.5" in text}
    assert text.startswith("x 60, y 50: -7.5 (largest of ")


@pytest.mark.parametrize("unwrapped_by", [None, 3])
def test_pairs_are_picked_on_maps_over_pairs(unwrapped_by: int | None):
    grid = np.random.default_rng(0).random((11, 11))
    drawing = draw_token_map(grid, 60, 30, MONO, frequency=3, unwrapped_by=unwrapped_by)
    picked = {place: pick(drawing, *place) for place in told(drawing)}
    assert set(picked.values()) == {(x, y) for x in range(11) for y in range(11)}
    for place, pair in picked.items():
        assert pair is not None
        assert probe(drawing, *place) == f"x {pair[0]}, y {pair[1]}: {grid[pair]:,.4g}"
    corner = min(picked, key=sum)
    first = 0 if unwrapped_by is None else int(token_order(11, 3)[0])
    assert picked[corner] == (first, first)
    assert pick(drawing, 59, 29) is None


def test_readings_move_with_their_drawings_and_are_cropped_with_them():
    def read(row: int, column: int) -> Readout:
        return Readout(f"{column}, {row}", (column, row))

    small = heatmap(np.zeros((2, 2)), 4, 2, MONO, read=read)
    assert probe(small, 0, 0) == "0, 0"
    label = Drawing.of_lines(["label", "", ""])
    moved = above(label, beside(label, put(small, 0, 0, "!"), gap=2), gap=1)
    assert pick(moved, 7, 4) == (0, 0)
    assert pick(moved, 6, 4) is None
    assert pick(moved, 7, 3) is None
    assert told(fit(moved, 7, 9)) == {}
    assert pick(fit(moved, 9, 9), 8, 4) == pick(small, 1, 0)


def test_curves_tell_their_values_at_an_epoch_the_nearest_curve_first():
    epochs = np.arange(0.0, 10_001.0, 100.0)
    series = [Series("train", epochs, np.full(101, 0.25)), Series("test", epochs, np.full(101, 5.99))]
    chart = line_chart(series, 80, 20, DARK, x_label="epoch", y_label="loss")
    column = chart.column_of(9_800.0)
    assert column is not None
    texts = [probe(chart.drawing, column, row) for row in (chart.top, chart.top + chart.rows - 1)]
    assert texts[0] is not None
    assert texts[0].startswith("epoch 9,")
    assert texts[0].endswith(": test 5.99, train 0.25")
    assert texts[1] is not None
    assert texts[1].endswith(": train 0.25, test 5.99")
    assert probe(chart.with_cursor(9_800.0, DARK), column, chart.top) == texts[0]


def test_a_scatter_tells_the_nearest_point_by_its_label():
    points = Series("", np.array([1.0, 9.0]), np.array([1.0, 9.0]), kind="points", labels=["neuron 7", "neuron 8"])
    chart = line_chart([points], 60, 20, DARK, x_label="k", y_label="share", y_range=(0.0, 10.0))
    column = chart.column_of(9.0)
    assert column is not None
    near = [probe(chart.drawing, column, row) for row in range(chart.top, chart.top + 5)]
    assert "neuron 8: k 9, share 9" in near
    assert probe(chart.drawing, chart.left + chart.columns // 2, chart.top + chart.rows // 2) is None


def test_bars_tell_their_names():
    names = ["constant", "cos 1", "sin 1"]
    drawing = bar_chart(np.array([1.0, 2_500.5, np.nan]), 40, 10, DARK, first=0, names=names)
    assert set(told(drawing).values()) == {"constant: 1", "cos 1: 2,500", "sin 1: none"}
    assert "k 12: 1" in told(bar_chart(np.ones(12), 40, 10, DARK, x_label="k")).values()


def test_a_chart_over_epochs_tells_of_each_of_them_though_they_share_a_column():
    epochs = np.arange(0.0, 10_001.0, 100.0)
    sparse = np.where(epochs % 1_000 == 0, epochs, np.nan)
    series = [Series("train", epochs, epochs / 10_000), Series("test", epochs, sparse)]
    (area,) = line_chart(series, 40, 20, DARK, x_label="epoch", y_label="loss").drawing.areas
    assert area.read_epoch is not None
    told = [area.read_epoch(epoch, area.height - 1) for epoch in (9_800, 9_900, 10_000)]
    texts = [found[1].text for found in told if found]
    assert texts == [
        "epoch 9,800: train 0.98, test 10,000 (at epoch 10,000)",
        "epoch 9,900: train 0.99, test 10,000 (at epoch 10,000)",
        "epoch 10,000: train 1, test 10,000",
    ]
    columns = [found[0] for found in told if found]
    assert columns == sorted(columns)
    assert len(set(columns)) < 3
    assert columns[-1] == area.width - 1
    assert area.read_epoch(10_100, 0) is None
    assert line_chart(series, 40, 20, DARK, x_label="token").drawing.areas[0].read_epoch is None
