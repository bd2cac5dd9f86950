from __future__ import annotations

import pytest

from engine.errors import WrongUsage
from engine.metrics.llc.settings import LlcSettings, default_nbeta


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"chains": 0}, "--chains must be at least 1; found 0"),
        ({"draws": 0}, "--draws must be"),
        ({"burn_in": -1}, "--burn-in must be at least 0"),
        ({"step_size": 0.0}, "--step-size must be a positive number"),
        ({"step_size": float("nan")}, "--step-size must be"),
        ({"gamma": -1.0}, "--gamma must be a number from 0 on"),
        ({"gamma": float("inf")}, "--gamma must be"),
        ({"nbeta": 0.0}, "--nbeta must be a positive number"),
        ({"seed": -1}, "--seed must be"),
        ({"step_size": 0.1, "gamma": 20.0}, "--step-size times --gamma must be below 2"),
    ],
)
def test_a_value_out_of_range_names_its_option(changes, words) -> None:
    with pytest.raises(WrongUsage, match=f"^{words}"):
        LlcSettings(**changes)


def test_too_few_train_pairs_have_no_default_nbeta() -> None:
    with pytest.raises(WrongUsage, match=r"at least 3 train pairs; found 2\. Pass --nbeta"):
        default_nbeta(2)
    assert default_nbeta(3) == pytest.approx(3 / 1.0986122886681098)


def test_the_free_distance_of_a_flat_loss_grows_as_a_random_walk_without_pull() -> None:
    assert LlcSettings(draws=80, burn_in=20, step_size=0.01, gamma=0.0).free_distance(9) == pytest.approx(3.0)
    held = LlcSettings(draws=5000, burn_in=0, step_size=0.01, gamma=10.0).free_distance(10)
    assert held == pytest.approx((10 / 10 / (1 - 0.01 * 10 / 4)) ** 0.5)  # near sqrt(d / gamma)
