"""Ticks of a vertical axis: in the rows of their values, equally spaced, at every height and for every range."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from grok_tui.render.charts.axis import Axis
from grok_tui.render.charts.tick_rows import fit_rows, row_of

HEIGHTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 21, 27, 33, 50)


def number(text: str) -> float:
    return float(text.replace(",", ""))


def gaps(ticks: list[tuple[int, str]]) -> set[int]:
    return {abs(b - a) for (a, _), (b, _) in pairwise(ticks)}


def random_axis(seed: int) -> Axis:
    generator = np.random.default_rng(seed)
    if seed % 2:
        low = 10 ** generator.uniform(-12, 2)
        return Axis(low, low * 10 ** generator.uniform(0.1, 14), True)
    length = 10 ** generator.uniform(-6, 7)
    low = float(generator.choice([0.0, -length * generator.uniform(0, 1), length * generator.uniform(0, 9)]))
    return Axis(low, low + length, False)


@pytest.mark.parametrize("seed", range(120))
def test_ticks_are_equally_spaced_and_in_the_rows_of_their_values(seed: int):
    axis = random_axis(seed)
    for rows in HEIGHTS:
        count = max(rows // 3, 3)
        fitted, ticks = fit_rows(axis, rows, count)
        slack = 1e-9 * (abs(axis.low) if axis.log else axis.high - axis.low)
        assert fitted.low <= axis.low + slack
        assert fitted.high >= axis.high - max(slack, 1e-9 * axis.high)
        assert len(ticks) <= count
        assert len(gaps(ticks)) <= 1
        assert all(gap >= min(2, rows // 2) for gap in gaps(ticks))
        for row, text in ticks:
            assert row == row_of(fitted, number(text), rows), (fitted, text)


@pytest.mark.parametrize("seed", range(120))
def test_an_axis_of_some_rows_has_two_ticks_and_keeps_its_length(seed: int):
    axis = random_axis(seed)
    for rows in (5, 8, 12, 16, 30):
        fitted, ticks = fit_rows(axis, rows, max(rows // 3, 3))
        wide = axis.high / axis.low > 3 if axis.log else True
        assert len(ticks) >= (2 if wide else 1), (axis, rows, ticks)
        before, after = (np.log10(a.high / a.low) if a.log else a.high - a.low for a in (axis, fitted))
        assert before >= 0.84 * after


def test_a_loss_at_80_columns_has_decades_two_rows_apart():
    axis, ticks = fit_rows(Axis(5e-8, 30.0, True), 5, 3)
    assert ticks == [(4, "1e-8"), (2, "1e-4"), (0, "1e0")] or gaps(ticks) == {2}
    assert axis.low < 1e-7


def test_a_share_begins_at_zero():
    axis, ticks = fit_rows(Axis(0.0, 1.0, False), 9, 3)
    assert (axis.low, ticks) == (0.0, [(8, "0"), (4, "0.5"), (0, "1.0")])


def test_an_axis_within_one_decade_has_its_first_and_last_round_value():
    _, ticks = fit_rows(Axis(2.0, 5.0, True), 12, 4)
    assert [text for _, text in ticks] == ["2", "5"]


def test_an_axis_without_length_has_no_ticks():
    assert fit_rows(Axis(0.0, float("inf"), False), 9, 3) == (Axis(0.0, float("inf"), False), [])
