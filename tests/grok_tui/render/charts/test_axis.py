"""An axis contains its values, and converts them to dots, cells and ticks."""

import math

import numpy as np
import pytest

from grok_tui.render.charts.axis import Axis, fit_axis, tick_cells, to_cell, to_dots

LINEAR, LOG = Axis(0.0, 10.0, False), Axis(0.01, 100.0, True)


def test_fractions_go_from_the_low_end_to_the_high_end():
    assert LINEAR.fraction(np.array([0.0, 5.0, 10.0, 20.0])).tolist() == [0.0, 0.5, 1.0, 2.0]
    assert LOG.fraction(np.array([0.01, 1.0, 100.0])).tolist() == [0.0, 0.5, 1.0]


def test_values_that_an_axis_cannot_show_have_no_fraction():
    assert np.isnan(LINEAR.fraction(np.array([np.nan, np.inf, -np.inf]))).all()
    assert np.isnan(LOG.fraction(np.array([0.0, -1.0]))).all()


def test_a_log_axis_can_show_zero_below_its_lowest_value():
    axis = Axis(100.0, 10_000.0, True, zero=True)
    at_zero, at_low, at_high = axis.fraction(np.array([0.0, 100.0, 10_000.0]))
    assert at_zero == 0.0
    assert 0.0 < at_low < 0.1
    assert at_high == 1.0
    assert axis.ticks(3)[0] == (0.0, "0")


@pytest.mark.parametrize("log", [False, True])
@pytest.mark.parametrize("values", [[], [3.0], [3.0, 3.0], [1.0, 1e300], [1e-300, 1e300]])
def test_an_axis_contains_its_values_and_has_a_length(values: list[float], log: bool):
    axis = fit_axis(np.array(values), log, 0.04, from_zero=False)
    assert axis.low < axis.high
    assert math.isfinite(axis.low)
    assert all(axis.low <= value <= axis.high for value in values)


def test_a_linear_axis_starts_at_a_zero_that_is_close():
    assert fit_axis(np.array([1.0, 10.0]), False, 0.0, from_zero=True).low == 0.0
    assert fit_axis(np.array([9.0, 10.0]), False, 0.0, from_zero=True).low == 9.0
    assert fit_axis(np.array([1.0, 10.0]), False, 0.0, from_zero=False).low == 1.0


def test_dots_round_to_the_nearest_and_cells_are_clipped():
    assert to_dots(np.array([0.0, 0.5, 1.0, 2.0]), 5).tolist() == [0.0, 2.0, 4.0, 8.0]
    assert np.isnan(to_dots(np.array([np.nan]), 5)).all()
    assert [to_cell(fraction, 10, 2) for fraction in (-1.0, 0.0, 0.5, 1.0, 7.0)] == [0, 0, 5, 9, 9]


def test_ticks_are_in_the_cells_of_their_values():
    assert tick_cells(LINEAR, 3, 11) == [(0, "0"), (5, "5"), (10, "10")]
    assert tick_cells(LINEAR, 3, 11, [f"token {i}" for i in range(11)])[1] == (5, "token 5")
