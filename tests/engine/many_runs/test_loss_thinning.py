"""Thinned loss curves."""

from __future__ import annotations

import math
import random
from itertools import pairwise

from engine.many_runs.loss_thinning import thin_losses, thinning_epochs
from engine.many_runs.run_row import LossCurve


def test_a_short_curve_keeps_all_points() -> None:
    assert thin_losses([0, 10, 20], [4.0, 3.0, 2.0], [4.5, None, 4.4]) == LossCurve(
        (0, 10, 20), (4.0, 3.0, 2.0), (4.5, None, 4.4)
    )
    assert thin_losses([], [], []) == LossCurve()


def test_absent_values_are_none_and_epochs_without_any_are_left_out() -> None:
    thinned = thin_losses([0, 1, 2, 3], [math.nan, math.inf, 1.0, None], [None, None, None, 2.0])
    assert thinned == LossCurve((2, 3), (1.0, None), (None, 2.0))


def test_a_long_curve_keeps_a_few_hundred_points_and_every_spike() -> None:
    epochs = range(40_001)
    random.seed(0)
    train = [4.0 * math.exp(-epoch / 3_000) * random.uniform(0.9, 1.1) for epoch in epochs]
    test = [float(4 + epoch % 7) if epoch % 10 == 0 else None for epoch in epochs]
    train[12_345], train[23_456], test[34_560] = 9.0, 1e-9, 30.0
    thinned = thin_losses(epochs, train, test)
    assert 200 < len(thinned.epochs) <= 800
    points = dict(zip(thinned.epochs, zip(thinned.train, thinned.test, strict=True), strict=True))
    assert all(values == (train[epoch], test[epoch]) for epoch, values in points.items())
    assert {0, 12_345, 23_456, 34_560, 40_000} <= set(points)
    for start, end in zip(range(5_000, 40_000, 500), range(5_500, 40_001, 500), strict=True):  # each cell of a chart
        kept = [value for epoch, (value, _) in points.items() if start <= epoch <= end and value is not None]
        assert (min(kept), max(kept)) == (min(train[start : end + 1]), max(train[start : end + 1]))


def test_a_steep_fall_keeps_more_points() -> None:
    epochs = range(0, 40_001, 10)
    test = [1e-6 + 2.0 - 2.0 * math.tanh((epoch - 9_800) / 80) for epoch in epochs]
    kept = [epoch for epoch in thin_losses(epochs, [None] * len(test), test).epochs if 9_500 < epoch < 10_500]
    assert len(kept) > 20


def test_runs_of_one_schedule_have_epochs_in_common() -> None:
    assert set(thinning_epochs(40_000)) <= set(thinning_epochs(10_000)) | set(range(10_001, 40_001))
    assert all(set(thinning_epochs(last)) <= {last, *thinning_epochs(last - 1)} for last in range(1, 3_000))
    random.seed(1)
    curves = [thin_losses(range(3_001), [random.random() for _ in range(3_001)], [None] * 3_001) for _ in range(4)]
    assert all(set(thinning_epochs(3_000)) <= set(curve.epochs) for curve in curves)


def test_small_epochs_are_close_together_for_a_logarithmic_axis() -> None:
    epochs = thinning_epochs(1_000_000)
    assert len(epochs) < 300
    assert all(later - earlier <= max(1, later / 5) for earlier, later in pairwise(epochs))
