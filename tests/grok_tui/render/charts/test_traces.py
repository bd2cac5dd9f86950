"""A reduced series draws the same dots as all of its points."""

import numpy as np
import pytest

from grok_tui.render.charts.canvas import Trace
from grok_tui.render.charts.raster import rasterise
from grok_tui.render.charts.traces import reduce_line, reduce_points


def test_each_column_of_dots_keeps_its_minimum_and_maximum():
    x = np.array([0.0, 0.0, 0.0, 1.0, 1.0])
    y = np.array([3.0, 9.0, 1.0, 4.0, 4.0])
    indices, broken = reduce_line(x, y)
    assert {0: {1.0, 9.0}, 1: {4.0}} == {column: set(y[indices][x[indices] == column].tolist()) for column in (0, 1)}
    assert not broken.any()


def test_a_spike_survives():
    y = np.zeros(10_000)
    y[6_180] = 40.0
    indices, _ = reduce_line(np.arange(10_000) // 100, y)
    assert 6_180 in indices
    assert len(indices) <= 200


def test_a_line_is_broken_at_a_gap():
    indices, broken = reduce_line(np.arange(5.0), np.array([1.0, 2.0, np.nan, 4.0, 5.0]))
    assert indices.tolist() == [0, 1, 3, 4]
    assert broken.tolist() == [False, False, True, False]


def test_a_line_whose_x_decreases_keeps_all_its_points():
    indices, _ = reduce_line(np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.0, 1.0, 2.0, 3.0]))
    assert indices.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("seed", range(5))
def test_the_minima_and_maxima_of_a_noisy_line_are_drawn(seed: int):
    y = np.random.default_rng(seed).integers(0, 40, 3_000).astype(float)
    x = np.repeat(np.arange(30.0), 100)
    indices, broken = reduce_line(x, y)
    trace = Trace(x[indices], y[indices], broken, False, "braille")
    every = Trace(x, y, np.zeros(len(x), bool), False, "braille")
    drawn, expected = rasterise([trace], 15, 10).glyphs > ord(" "), rasterise([every], 15, 10).glyphs > ord(" ")
    for column in range(15):
        rows, all_rows = np.flatnonzero(drawn[:, column]), np.flatnonzero(expected[:, column])
        assert (rows[0], rows[-1]) == (all_rows[0], all_rows[-1])


def test_points_keep_one_for_each_dot():
    indices, broken = reduce_points(np.array([0.0, 1.0, 0.0, np.nan]), np.array([2.0, 2.0, 2.0, 2.0]))
    assert indices.tolist() == [0, 1]
    assert broken.tolist() == [False, False]
