"""Charts show every value that their axes can show, and count the others."""

import subprocess
import sys

import numpy as np
import pytest

from grok_tui.render.cells import PLAIN, Drawing
from grok_tui.render.charts.chart import Axes, Series, line_chart
from grok_tui.render.palette import ASCII, DARK, LIGHT, MONO, Palette

SIZES = [(0, 0), (1, 1), (3, 3), (10, 4), (12, 5), (20, 6), (60, 20), (101, 31)]
NOTHING = np.zeros(0)


def line(*y: float, name: str = "loss") -> Series:
    return Series(name, np.arange(len(y), dtype=float), np.array(y))


def curve(drawing: Drawing) -> str:
    return "".join(c for c in drawing.plain() if "\u2801" <= c <= "\u28ff")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("palette", [DARK, LIGHT, MONO, ASCII], ids=lambda palette: palette.name)
@pytest.mark.parametrize("log", [False, True])
def test_a_chart_has_exactly_the_requested_size(size: tuple[int, int], palette: Palette, log: bool):
    series = [line(3.0, 1.0, 2.0), line(1e-7, 5.0, np.nan, name="test \x1b[31m")]
    bands = [(0.0, 1.0, "one"), (1.0, 2.0, "two")]
    chart = line_chart(series, *size, palette, x_label="epoch", y_label="loss", axes=Axes(log, log), bands=bands)
    for drawing in (chart.drawing, chart.with_cursor(1.0, palette, "1")):
        assert (drawing.width, drawing.height) == size
        assert {sum(len(span.text) for span in row) for row in drawing.lines} <= {size[0]}
        assert "\x1b" not in drawing.plain()
    if palette.ascii:
        assert chart.drawing.plain().isascii()


def test_values_that_a_log_axis_cannot_show_are_counted():
    chart = line_chart([line(1.0, 0.0, -1.0, 1e-3), line(np.inf, 1.0)], 60, 15, DARK, axes=Axes(log_y=True))
    assert chart.hidden == 3
    assert line_chart([line(1.0, 0.0, np.nan)], 60, 15, DARK).hidden == 0
    assert line_chart([line(1.0, 2.0)], 60, 15, DARK, axes=Axes(log_x=True)).hidden == 0  # x = 0 is shown


def test_the_header_counts_the_hidden_points():
    header = line_chart([line(1.0, 0.0, -1.0, 1e-3)], 60, 15, DARK, y_label="loss", axes=Axes(log_y=True)).drawing
    assert "(2 points off the log axis)" in header.plain().split("\n")[0]
    assert "off" not in line_chart([line(1.0, 0.0, -1.0)], 60, 15, DARK, y_label="loss").drawing.plain()


def test_a_log_axis_shows_zero_apart_from_the_other_values():
    epochs = Series("loss", np.array([0.0, 100.0, 1_000.0, 10_000.0]), np.array([5.0, 4.0, 1.0, 1.0]))
    chart = line_chart([epochs], 60, 12, DARK, axes=Axes(log_x=True), x_label="epoch")
    lines = chart.drawing.plain().split("\n")
    assert lines[-1].split()[:2] == ["0", "100"]
    assert chart.column_of(0.0) == chart.left
    assert chart.column_of(10_000.0) == chart.left + chart.columns - 1
    hundred = chart.column_of(100.0)
    assert hundred is not None
    body = [row[chart.left : hundred] for row in lines[chart.top : chart.top + chart.rows]]
    assert sum(glyph != " " for row in body for glyph in row) == 1  # the point at 0, and no line from it


def test_nan_is_a_gap():
    whole = line_chart([line(*[1.0] * 9)], 60, 15, DARK).drawing
    gap = line_chart([line(1.0, 1.0, 1.0, np.nan, np.nan, np.nan, 1.0, 1.0, 1.0)], 60, 15, DARK).drawing
    assert 0.5 * len(curve(whole)) < len(curve(gap)) < 0.7 * len(curve(whole))


@pytest.mark.parametrize(
    "series",
    [
        [],
        [Series("empty", NOTHING, NOTHING)],
        [line(2.0)],
        [line(0.0)],
        [line(5.0, 5.0, 5.0)],
        [line(np.nan)],
    ],
    ids=["none", "empty", "single", "zero", "constant", "absent"],
)
@pytest.mark.parametrize("log", [False, True])
def test_degenerate_series_are_drawn(series: list[Series], log: bool):
    chart = line_chart(series, 40, 10, DARK, axes=Axes(log_y=log))
    drawable = [y for s in series for y in s.y if np.isfinite(y) and (y > 0 or not log)]
    assert bool(curve(chart.drawing)) == bool(drawable)


def test_a_spike_survives_however_many_points_there_are():
    y = np.zeros(100_000)
    y[61_803] = 1.0
    chart = line_chart([Series("loss", np.arange(1e5), y)], 60, 15, DARK, y_range=(0.0, 1.0))
    column = chart.column_of(61_803)
    top = chart.drawing.plain().split("\n")[chart.top]
    assert column is not None
    assert [i for i, c in enumerate(top) if "\u2801" <= c <= "\u28ff"] == [column]


def test_a_point_far_outside_the_range_is_clipped_to_a_few_heights_of_the_chart():
    far, farther = (line_chart([line(0.5, y, 0.5)], 60, 15, DARK, y_range=(0.0, 1.0)).drawing for y in (1e3, 1e300))
    assert farther == far


@pytest.mark.parametrize("log", [False, True])
def test_epochs_have_columns_from_end_to_end(log: bool):
    x = np.arange(100.0, 25_001.0, 100.0)
    chart = line_chart([Series("loss", x, x)], 80, 15, DARK, axes=Axes(log_x=log))
    columns = [chart.column_of(epoch) for epoch in x]
    assert columns == sorted(columns)
    assert chart.column_of(100.0) == chart.left
    assert chart.column_of(25_000.0) == chart.left + chart.columns - 1
    assert chart.column_of(50_000.0) is None


def test_ticks_are_thousands_and_whole_decades():
    x = np.arange(0.0, 25_001.0, 100.0)
    series = Series("loss", x, 10 ** (-7 * x / 25_000))
    text = line_chart([series], 80, 20, DARK, axes=Axes(log_y=True), x_label="epoch").drawing.plain()
    assert {"10,000", "20,000", "epoch"} <= set(text.split("\n")[-1].split())
    assert "1e-6┤" in text


def test_the_label_of_the_cursor_replaces_whole_numbers():
    x = np.arange(0.0, 25_001.0, 100.0)
    chart = line_chart([Series("loss", x, x)], 80, 20, DARK, x_label="epoch")
    numbers = chart.with_cursor(9_700.0, DARK, "9,700").plain().split("\n")[-1].split()
    assert "9,700" in numbers
    assert set(numbers) - {"9,700"} < set(chart.drawing.plain().split("\n")[-1].split())


def test_without_colour_series_have_different_markers():
    series = [line(1.0, 1.0, name="train"), line(2.0, 2.0, name="test")]
    assert "•" in line_chart(series, 40, 10, MONO).drawing.plain().split("\n", 1)[1]
    body = line_chart(series, 40, 10, ASCII).drawing.plain().split("\n", 1)[1]
    assert "*" in body


def test_points_have_the_colours_of_their_shades():
    series = Series("neurons", np.array([0.0, 1.0]), np.array([0.0, 1.0]), kind="points", shade=np.array([0, 1.0]))
    styles = {span.style.fg for row in line_chart([series], 40, 12, DARK).drawing.lines for span in row}
    assert {DARK.sequential[3], DARK.sequential[-1]} <= styles


def test_importing_a_chart_does_not_import_plotext():
    code = "import sys, grok_tui.render.charts.chart; sys.exit('plotext' in sys.modules or 'textual' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


X = np.arange(20.0)


def dots_by_colour(series: list[Series]) -> dict[str | None, int]:
    """The number of braille dots in each colour of a chart."""
    count: dict[str | None, int] = {}
    for line in line_chart(series, 40, 10, DARK, y_range=(0.0, 1.0)).drawing.lines:
        for span in line:
            dots = sum((ord(c) - 0x2800).bit_count() for c in span.text if 0x2800 <= ord(c) < 0x2900)
            count[span.style.fg] = count.get(span.style.fg, 0) + dots
    return count


@pytest.mark.parametrize("second", [0.02, 0.0])
def test_curves_that_share_their_cells_are_both_dashed(second: float) -> None:
    curves = [Series("low", X, np.zeros(len(X))), Series("high", X, np.full(len(X), second))]
    alone = dots_by_colour(curves[:1])[DARK.series[0]]
    shared = dots_by_colour(curves)
    assert shared[DARK.series[0]] + shared[DARK.series[1]] == alone
    assert abs(shared[DARK.series[0]] - shared[DARK.series[1]]) <= 2


def test_a_dim_curve_gives_way_in_shared_cells() -> None:
    curves = [Series("low", X, np.zeros(len(X))), Series("other", X, np.zeros(len(X)), dim=True)]
    assert dots_by_colour(curves)[DARK.series[0]] == dots_by_colour(curves[:1])[DARK.series[0]]


def test_a_point_is_marked_in_its_cell() -> None:
    chart = line_chart([Series("", np.array([0.0, 10.0]), np.array([0.0, 1.0]))], 40, 12, MONO, y_range=(0.0, 1.0))
    marked = chart.with_point(0.0, 0.0, "●", PLAIN).with_point(10.0, 1.0, "●", PLAIN).drawing.plain().splitlines()
    assert [index for index, text in enumerate(marked) if "●" in text] == [chart.top, chart.top + chart.rows - 1]
    assert marked[chart.top].index("●") == chart.left + chart.columns - 1
    assert marked[chart.top + chart.rows - 1].index("●") == chart.left
    assert chart.with_point(11.0, 0.5, "●", PLAIN) is chart
    assert chart.with_point(5.0, 1.5, "●", PLAIN) is chart
