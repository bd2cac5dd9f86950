"""The coefficient, its error and its remarks, from given traces."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from engine.metrics.llc.estimate import Llc
from engine.metrics.llc.sampler import Traces
from engine.metrics.llc.settings import LlcSettings

SETTINGS = LlcSettings(chains=3, draws=4, burn_in=2, step_size=0.01, gamma=1.0, nbeta=10.0)


def estimate(loss: np.ndarray, start: float = 1.0, distance: float | np.ndarray = 0.1) -> Llc:
    rest = np.full_like(loss, 0.5)
    traces = Traces(start, 0.1, loss, np.broadcast_to(distance, loss.shape).copy(), rest, rest)
    return Llc(SETTINGS, 10.0, 20, 5, traces)


@pytest.fixture
def losses() -> np.ndarray:
    """Above 1 in all draws. [chain, step]"""
    return 1 + np.random.default_rng(0).random((3, 6))


def test_the_coefficient_and_its_error_are_their_definitions(losses) -> None:
    found = estimate(losses)
    by_chain = [10 * sum(losses[chain, step] - 1 for step in range(2, 6)) / 4 for chain in range(3)]
    mean = sum(by_chain) / 3
    assert found.by_chain == pytest.approx(by_chain)
    assert found.value == pytest.approx(mean)
    spread = sqrt(sum((value - mean) ** 2 for value in by_chain) / 2)
    assert found.standard_error == pytest.approx(spread / sqrt(3))
    assert found.notes == []


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_chain_with_a_loss_that_is_not_finite_is_named_and_left_out(losses, value) -> None:
    losses[1, 4:] = value
    found = estimate(losses)
    assert found.notes == ["chain 1 diverged and is left out: its loss is not finite at step 5"]
    assert found.value == pytest.approx(estimate(losses[[0, 2]].repeat(2, axis=0)[[0, 2, 0]][:3]).kept[:2].mean())
    assert np.isnan(found.by_chain[1])
    assert len(found.kept) == 2


def test_a_chain_that_leaves_the_neighbourhood_is_named_and_left_out(losses) -> None:
    a = (1 - 0.01 / 2) ** 2
    alone = sqrt(5 * 0.01 * sum(a**step for step in range(6)))
    distance = np.full((3, 6), 9.9 * alone)
    assert estimate(losses, distance=distance).notes == []
    distance[2, 3] = 10.1 * alone
    (note,) = estimate(losses, distance=distance).notes
    assert note.startswith(
        f"chain 2 diverged and is left out: at step 4 it is {10.1 * alone:.3g} from w*, more than 10 "
    )
    assert f"({alone:.3g})" in note


def test_one_chain_has_no_standard_error(losses) -> None:
    losses[:2, 0] = np.nan
    found = estimate(losses)
    assert found.value == pytest.approx(found.by_chain[2])
    assert found.standard_error is None


def test_a_start_that_is_not_a_minimum_is_said(losses) -> None:
    losses[0, 3] = losses[1, 5] = 0.9
    found = estimate(losses)
    assert found.lower_share == pytest.approx(2 / 12)
    assert found.notes == ["w* is not a minimum of the train loss: 17% of the draws have a smaller one"]
    below = estimate(losses, start=2.5)
    assert below.value < 0
    assert below.notes[0].startswith("the estimate is negative: w* is not a minimum")


def test_losses_of_the_burn_in_do_not_count(losses) -> None:
    before = estimate(losses).value
    losses[:, :2] = 0.0
    assert estimate(losses).value == before
