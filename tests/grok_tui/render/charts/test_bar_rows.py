"""The scale of bars: all bars fit, and the ticks are at the edges of equally spaced rows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from grok_tui.render.charts.bar_rows import fit_bars


def ends(seed: int) -> tuple[float, float]:
    generator = np.random.default_rng(seed)
    size = 10 ** generator.uniform(-6, 7)
    low = -size * generator.uniform(0, 2) if seed % 3 == 0 else 0.0
    return (low, 0.0) if seed % 12 == 0 else (low, size)


@pytest.mark.parametrize("seed", range(120))
def test_ticks_are_equally_spaced_at_the_edges_of_rows(seed: int):
    low, high = ends(seed)
    for rows in (1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 16, 25, 40):
        count = max(rows // 3, 3)
        scale = fit_bars(low, high, rows, count)
        assert scale.low <= low * (1 - 1e-9)
        assert scale.high >= high * (1 - 1e-9)
        unit = (scale.high - scale.low) / rows
        below = -scale.low / unit
        assert low == 0 or high == 0 or rows < 2 or below == pytest.approx(round(below)), "zero is at an edge"
        assert len(scale.ticks) <= count
        assert len({abs(b - a) for (a, _), (b, _) in pairwise(scale.ticks)}) <= 1
        for row, text in scale.ticks:
            edge = rows - (float(text.replace(",", "")) - scale.low) / unit
            assert abs(row - edge) <= 0.51, (scale, row, text)
        if rows >= 4:
            assert len(scale.ticks) >= 2


def test_three_ticks_are_worth_a_little_room():
    assert fit_bars(0.0, 0.96, 8, 3).ticks == [(8, "0"), (4, "0.5"), (0, "1.0")]


def test_bars_on_both_sides_of_zero_have_one_scale():
    scale = fit_bars(-0.3, 0.9, 12, 4)
    assert scale == (pytest.approx(-0.3), pytest.approx(0.9), [(9, "0"), (4, "0.5")])
