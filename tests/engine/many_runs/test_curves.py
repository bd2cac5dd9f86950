"""Loss curves of many runs: alignment, and the middle with its band, against plain definitions."""

from __future__ import annotations

from statistics import fmean, geometric_mean, median, quantiles, stdev

import pytest

from engine.many_runs.curves import AlignedCurves, Curve, align_curves, band_of, comparison_epochs, nearest_loss
from engine.many_runs.run_row import LossCurve
from tests.engine.many_runs.rows import row_of

EPOCHS = (0, 100, 200, 300)


def curve(*losses: float, name: str = "run", epochs: tuple[int, ...] = EPOCHS) -> Curve:
    return Curve(name, epochs[: len(losses)], losses)


def by_epoch(*curves: Curve) -> AlignedCurves:
    return AlignedCurves("test", "epoch", curves)


def test_curves_have_the_losses_that_are_present() -> None:
    losses = LossCurve((0, 5, 10), (4.0, 3.0, 2.0), (4.5, None, 4.0))
    rows = [row_of("a", losses=losses), row_of("b")]
    assert align_curves(rows) == AlignedCurves("test", "epoch", (Curve("a", (0, 10), (4.5, 4.0)),), ("b",))
    assert align_curves(rows, "train").curves == (Curve("a", (0, 5, 10), (4.0, 3.0, 2.0)),)


def test_aligned_by_grokking_epochs_count_from_it_and_other_runs_are_left_out() -> None:
    losses = LossCurve((0, 100, 200), (1.0, 1.0, 1.0), (4.0, 1.0, 0.1))
    rows = [row_of("a", grokked=100, losses=losses), row_of("b", losses=losses), row_of("c", keys=(), losses=losses)]
    aligned = align_curves(rows, alignment="grokked")
    assert aligned.curves == (Curve("a", (-100, 0, 100), (4.0, 1.0, 0.1)),)
    assert aligned.left_out == ("b", "c")


def test_the_median_and_its_quartiles() -> None:
    curves = [curve(*(loss * factor for loss in (4.0, 3.0, 2.0, 1.0))) for factor in (1.0, 0.5, 3.0, 0.1, 0.7)]
    band = band_of(by_epoch(*curves))
    assert (band.epochs, band.n, band.largest_distance) == (EPOCHS, (5,) * 4, 0)
    for place in range(4):
        losses = [found.losses[place] for found in curves]
        assert band.middle[place] == pytest.approx(median(losses))
        low, _, high = quantiles(losses, n=4, method="inclusive")
        assert (band.low[place], band.high[place]) == (pytest.approx(low), pytest.approx(high))


def test_the_mean_and_its_standard_deviation() -> None:
    band = band_of(by_epoch(curve(1.0), curve(2.0), curve(6.0)), "mean")
    sd = stdev([1.0, 2.0, 6.0])
    assert band.middle == (pytest.approx(fmean([1.0, 2.0, 6.0])),)
    assert (band.low, band.high) == ((pytest.approx(3 - sd),), (pytest.approx(3 + sd),))


def test_the_geometric_mean_leaves_out_losses_of_zero() -> None:
    band = band_of(by_epoch(curve(1e-8), curve(1e-2), curve(0.0)), "geometric mean")
    assert band.middle == (pytest.approx(geometric_mean([1e-8, 1e-2])),)
    assert band.low[0] is not None
    assert band.low[0] > 0
    assert band_of(by_epoch(curve(0.0)), "geometric mean").epochs == ()


def test_no_curve_is_continued_beyond_its_end_and_one_curve_has_no_band() -> None:
    band = band_of(by_epoch(curve(4.0, 3.0), curve(2.0, 1.0, 1.0, 1.0)))
    assert band.n == (2, 2, 1, 1)
    assert band.low[2:] == band.high[2:] == (None, None)
    assert band.middle[2] == 1.0


def test_other_schedules_count_with_their_nearest_epoch_and_the_distance_is_stated() -> None:
    band = band_of(by_epoch(curve(4.0, 3.0, 2.0), curve(40.0, 30.0, 20.0, epochs=(0, 110, 230))), "mean")
    assert band.epochs == (0, 100, 110, 200, 230)
    assert band.middle == (22.0, 16.5, 16.5, 11.0, 20.0)
    assert band.n == (2, 2, 2, 2, 1)
    assert band.largest_distance == 30
    assert "nearest epochs, at most 30 away" in band.description
    assert "standard deviation" in band.description


def test_of_two_equally_near_epochs_the_earlier_counts() -> None:
    assert nearest_loss(curve(4.0, 3.0), 50) == (4.0, 50)
    assert nearest_loss(curve(4.0, 3.0), 51) == (3.0, 49)
    assert nearest_loss(curve(4.0, 3.0), 101) is None
    assert nearest_loss(curve(4.0), -1) is None


def test_curves_aligned_by_grokking_are_compared_at_round_epochs_around_it() -> None:
    first = curve(4.0, 3.0, 2.0, 1.0, epochs=(-130, -30, 70, 170))
    second = curve(4.0, 3.0, 2.0, 1.0, epochs=(-50, 50, 150, 250))
    epochs = comparison_epochs(AlignedCurves("test", "grokked", (first, second)))
    assert {-130, -100, 0, 100, 200, 250} <= set(epochs)
    assert min(epochs) == -130
    assert max(epochs) == 250
    band = band_of(AlignedCurves("test", "grokked", (first, second)))
    assert band.n[band.epochs.index(0)] == 2
    assert band.n[band.epochs.index(-100)] == 1
    assert 0 < band.largest_distance <= 50


def test_without_curves_there_is_no_band() -> None:
    assert band_of(by_epoch()).epochs == ()
