"""Curves in a cell of a table."""

from __future__ import annotations

import math

from grok_tui.render.palette import ASCII, DARK
from grok_tui.render.sparkline import sparkline


def test_the_lowest_value_is_the_lowest_bar_and_the_highest_the_highest() -> None:
    assert sparkline(range(4), [3.0, 1.0, 2.0, 8.0], 4, DARK) == "▃▁▂█"


def test_on_a_log_scale_equal_factors_are_equal_steps() -> None:
    assert sparkline(range(3), [1e-6, 1e-3, 1.0], 3, DARK, log=True) == "▁▅█"


def test_a_value_holds_until_the_next_one_and_nothing_follows_the_last() -> None:
    assert sparkline([0, 4, 8], [1.0, None, 2.0], 8, DARK) == "▁▁▁▁▁▁▁█"
    assert sparkline([0, 4, 8], [1.0, 2.0, None], 8, DARK) == "▁▁▁▁█"
    assert sparkline([0, 4, 8], [None, 1.0, 2.0], 8, DARK) == "    ▁▁▁█"


def test_what_cannot_be_drawn_is_left_out() -> None:
    assert sparkline([], [], 8, DARK) == ""
    assert sparkline([0, 1], [math.nan, math.inf], 8, DARK) == ""
    assert sparkline([0, 1], [0.0, -1.0], 8, DARK, log=True) == ""
    assert sparkline([5], [2.0], 4, DARK) == "▄"


def test_it_is_ascii_where_the_palette_is() -> None:
    assert sparkline(range(8), list(map(float, range(8))), 8, ASCII) == "_.-:=+*#"
