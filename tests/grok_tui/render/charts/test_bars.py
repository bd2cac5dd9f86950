"""Bars show the largest values; their readouts, ticks and pointers name the right bar."""

import numpy as np
import pytest

from grok_tui.render.charts.bars import bar_chart
from grok_tui.render.palette import ASCII, DARK, LIGHT, MONO, Palette
from tests.grok_tui.render.readout_text import all_texts

SIZES = [(0, 0), (1, 1), (3, 3), (10, 4), (12, 5), (20, 6), (60, 20), (101, 31)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("palette", [DARK, LIGHT, MONO, ASCII], ids=lambda palette: palette.name)
@pytest.mark.parametrize("values", [[], [1.0, -2.0, np.nan], [0.0]], ids=["none", "some", "zero"])
def test_a_bar_chart_has_exactly_the_requested_size(size: tuple[int, int], palette: Palette, values: list[float]):
    bars = bar_chart(np.array(values), *size, palette, x_label="frequency", highlight=(1,))
    assert (bars.width, bars.height) == size
    if palette.ascii:
        assert bars.plain().isascii()


def test_bars_grow_in_eighths_and_highlights_have_a_pointer():
    lines = bar_chart(np.array([8.0, 4.0, 1.0]), 30, 11, DARK, first=14, highlight=(15,)).plain().split("\n")
    assert "█" in lines[0]
    assert sum("▲" in row for row in lines) == 1
    assert {"14", "15", "16"} <= set(lines[-1].split())


def test_negative_bars_hang_below_zero():
    lines = bar_chart(np.array([1.0, -1.0]), 8, 4, DARK).plain().split("\n")
    top, bottom = lines[0], lines[-1]
    assert top.index("█") < bottom.index("█")


def test_the_tallest_of_many_bars_is_shown():
    values = np.zeros(1000)
    values[617] = 1.0
    top = bar_chart(values, 40, 10, DARK).plain().split("\n")[0]
    assert top.count("█") == 1


def test_a_common_scale_includes_zero():
    low, high = (bar_chart(np.array([v]), 20, 10, DARK, y_range=(4.0, 8.0)).plain().count("█") for v in (4.0, 8.0))
    assert 0 < low < high


def test_readouts_have_the_name_and_value_of_their_bar():
    names = ["constant", "cos 1", "sin 1"]
    drawing = bar_chart(np.array([1.0, 2_500.5, np.nan]), 40, 10, DARK, first=0, names=names)
    assert set(all_texts(drawing).values()) == {"constant: 1", "cos 1: 2,500", "sin 1: none"}
    assert "k 12: 1" in all_texts(bar_chart(np.ones(12), 40, 10, DARK, x_label="k")).values()


def test_the_readout_of_pooled_bars_is_that_of_the_largest():
    values = np.zeros(1000)
    values[617] = -1.0
    assert "k 618: -1" in all_texts(bar_chart(values, 40, 10, DARK, x_label="k")).values()
