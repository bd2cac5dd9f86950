"""The readout of a chart names the nearest point, or the values of all curves at an x or at an epoch."""

import numpy as np

from grok_tui.render.charts.chart import Series, line_chart
from grok_tui.render.palette import DARK
from tests.grok_tui.render.readout_text import text_at


def test_curves_have_their_values_at_an_epoch_the_nearest_curve_first():
    epochs = np.arange(0.0, 10_001.0, 100.0)
    series = [Series("train", epochs, np.full(101, 0.25)), Series("test", epochs, np.full(101, 5.99))]
    chart = line_chart(series, 80, 20, DARK, x_label="epoch", y_label="loss")
    column = chart.column_of(9_800.0)
    assert column is not None
    upper, lower = (text_at(chart.drawing, column, row) for row in (chart.top, chart.top + chart.rows - 1))
    assert upper is not None
    assert upper.startswith("epoch 9,")
    assert upper.endswith(": test 5.99, train 0.25")
    assert lower is not None
    assert lower.endswith(": train 0.25, test 5.99")
    assert text_at(chart.with_cursor(9_800.0, DARK), column, chart.top) == upper


def test_a_scatter_plot_has_the_nearest_point_by_its_label():
    points = Series("", np.array([1.0, 9.0]), np.array([1.0, 9.0]), kind="points", labels=["neuron 7", "neuron 8"])
    chart = line_chart([points], 60, 20, DARK, x_label="k", y_label="share", y_range=(0.0, 10.0))
    column = chart.column_of(9.0)
    assert column is not None
    near = [text_at(chart.drawing, column, row) for row in range(chart.top, chart.top + 5)]
    assert "neuron 8: k 9, share 9" in near
    assert text_at(chart.drawing, chart.left + chart.columns // 2, chart.top + chart.rows // 2) is None


def test_every_epoch_has_its_own_readout_even_if_epochs_share_a_column():
    epochs = np.arange(0.0, 10_001.0, 100.0)
    sparse = np.where(epochs % 1_000 == 0, epochs, np.nan)
    series = [Series("train", epochs, epochs / 10_000), Series("test", epochs, sparse)]
    (area,) = line_chart(series, 40, 20, DARK, x_label="epoch", y_label="loss").drawing.areas
    assert area.read_epoch is not None
    readings = [area.read_epoch(epoch, area.height - 1) for epoch in (9_800, 9_900, 10_000)]
    texts = [reading[1].text for reading in readings if reading]
    assert texts == [
        "epoch 9,800: train 0.98, test 10,000 (at epoch 10,000)",
        "epoch 9,900: train 0.99, test 10,000 (at epoch 10,000)",
        "epoch 10,000: train 1, test 10,000",
    ]
    columns = [reading[0] for reading in readings if reading]
    assert columns == sorted(columns)
    assert len(set(columns)) < 3
    assert columns[-1] == area.width - 1
    assert area.read_epoch(10_100, 0) is None


def test_only_a_chart_over_epochs_reads_epochs():
    (area,) = line_chart([Series("W_E", np.arange(9.0), np.arange(9.0))], 40, 20, DARK, x_label="token").drawing.areas
    assert area.read_epoch is None
