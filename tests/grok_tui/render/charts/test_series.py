"""The axes of a chart contain all visible points of its series, and hidden points are counted."""

import numpy as np
import pytest

from grok_tui.render.charts.axis import Axes, Axis
from grok_tui.render.charts.series import Series, fit_axes, points_of

LOG = Axes(log_x=True, log_y=True)


def series(*y: float) -> Series:
    return Series("loss", np.arange(len(y), dtype=float), np.array(y))


def test_points_off_a_log_axis_are_hidden_and_nan_is_a_gap():
    points = points_of(series(1.0, 0.0, -1.0, np.inf, np.nan), LOG)
    assert points.shown.tolist() == [True, False, False, False, False]
    assert points.hidden == 3
    assert points_of(series(1.0, 0.0, -1.0), Axes()).hidden == 0


def test_unequal_lengths_are_an_error_with_the_name_of_the_series():
    with pytest.raises(ValueError, match="'loss': 2 x values but 3"):
        points_of(Series("loss", np.zeros(2), np.zeros(3)), Axes())


def test_axes_contain_the_points_of_all_series():
    both = [series(5.0, 6.0), series(1.0, 2.0, 9.0)]
    x_axis, y_axis = fit_axes(both, [points_of(s, Axes()) for s in both], Axes(), None)
    assert (x_axis.low, x_axis.high) == (0.0, 2.0)
    assert y_axis.low == 0.0
    assert y_axis.high > 9.0


def test_a_log_x_axis_shows_epoch_zero():
    x_axis, _ = fit_axes([series(1.0, 2.0)], [points_of(series(1.0, 2.0), LOG)], LOG, None)
    assert x_axis.zero


@pytest.mark.parametrize(
    ("y_range", "axes", "applies"), [((0.0, 2.0), Axes(), True), ((2.0, 0.0), Axes(), False), ((0.0, 2.0), LOG, False)]
)
def test_a_valid_range_sets_the_y_axis(y_range: tuple[float, float], axes: Axes, applies: bool):
    points = [points_of(series(5.0, 6.0), axes)]
    _, y_axis = fit_axes([series(5.0, 6.0)], points, axes, y_range)
    assert (y_axis == Axis(*y_range, axes.log_y)) is applies
