"""The metrics of the literature on a hand-built pure clock and pure pizza, whose numbers are known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from engine.metrics.report import CheckpointMetrics, compute_metrics
from engine.networks.folded import Folded
from engine.networks.named_weights import NamedWeights
from tests.engine.clock_and_pizza import amplitude, clock, pizza

KEYS = (2, 5)
POWERS = np.array([amplitude(index) ** 2 for index in range(len(KEYS))])  # a^2 of each circle
every_p = pytest.mark.parametrize("p", [11, 12])


def metrics(network: Folded) -> CheckpointMetrics:
    """Without key frequencies: no quadratic neuron has a share of more than 0.8."""
    return compute_metrics(NamedWeights({"W_logit": network.W_logit}, {}), network, (), None)


def logits(p: int, of_pair: bool) -> np.ndarray:
    """sum_k a^2 cos w_k(x + y - z); with `of_pair`, a pizza's, each times 4 cos^2(w_k(x - y) / 2). [x, y, z]"""
    x, y, z = np.ogrid[:p, :p, :p]
    w = [2 * math.pi * k / p for k in KEYS]
    parts = [(4 * np.cos(k * (x - y) / 2) ** 2 if of_pair else 1.0) * np.cos(k * (x + y - z)) for k in w]
    return sum(power * part for power, part in zip(POWERS, parts, strict=True))


@every_p
@pytest.mark.parametrize(("build", "of_pair"), [(clock, False), (pizza, True)], ids=["clock", "pizza"])
def test_accuracy_margin_collapse_and_commutativity(p, build, of_pair) -> None:
    found, grid = metrics(build(p, KEYS)), logits(p, of_pair)
    x, y = np.ogrid[:p, :p]
    right = np.take_along_axis(grid, ((x + y) % p)[..., None], axis=2)[..., 0]
    wrong = grid.copy()
    np.put_along_axis(wrong, ((x + y) % p)[..., None], -np.inf, axis=2)
    margin = (right - wrong.max(axis=2)).min()
    if margin > 1e-9:  # a pizza with two frequencies cannot answer pairs far from each other for every p
        assert found.accuracy.all == 1
        assert found.right.all()
    assert found.collapse.smallest_margin.all == pytest.approx(margin, abs=1e-5)
    assert found.collapse.softmax_collapse.all == found.collapse.zero_loss.all == 0
    assert found.commutativity == pytest.approx(0, abs=1e-12)


@every_p
def test_a_clock_uses_four_equal_directions_and_a_pizza_four_unequal_ones(p) -> None:
    """In the plane of cos and sin, the rows of a clock have the singular values 1/2, 1/2, of a pizza sqrt 2, sqrt 3."""
    of_clock, of_pizza = (metrics(build(p, KEYS)).ranks["W_logit"] for build in (clock, pizza))
    assert (of_clock.effective_rank, of_clock.participation_ratio) == (pytest.approx(4), pytest.approx(4))
    s = np.sqrt([2.0, 2.0, 3.0, 3.0])
    share = s / s.sum()
    assert of_pizza.effective_rank == pytest.approx(math.exp(-(share * np.log(share)).sum()))
    assert of_pizza.participation_ratio == pytest.approx((s**2).sum() ** 2 / (s**4).sum())


@every_p
@pytest.mark.parametrize("build", [clock, pizza])
def test_each_neuron_has_one_frequency(p, build) -> None:
    """Of its weights; its square has a share of 0.8 at it, so that it commits, and is not tuned."""
    found = metrics(build(p, KEYS))
    assert (found.inverse_participation.input, found.inverse_participation.output) == (
        pytest.approx(1),
        pytest.approx(1),
    )
    assert found.neurons.share == pytest.approx(np.full(len(found.neurons.share), 0.8))
    assert found.neurons.committed().all()
    assert not found.neurons.tuned().any()


@every_p
def test_the_phases_of_their_neurons(p) -> None:
    """A clock's neurons read cosines and sines and vote for z = x + y; a pizza's lag by pi/4, -pi/4 and 0."""
    of_clock, of_pizza = (metrics(build(p, KEYS)).phases for build in (clock, pizza))
    assert of_clock is not None
    assert of_pizza is not None
    assert tuple(of_clock) == tuple(of_pizza) == KEYS
    for k in KEYS:
        assert of_clock[k].alignment == pytest.approx(1)
        assert of_clock[k].resultant == pytest.approx(math.sqrt(0.5))
        assert of_pizza[k].alignment == pytest.approx((1 + math.sqrt(2)) / 3)
        assert of_pizza[k].resultant == pytest.approx((1 + math.sqrt(2)) / 3)


@every_p
@pytest.mark.parametrize(("build", "on_sums"), [(clock, 1.0), (pizza, 2 / 3)], ids=["clock", "pizza"])
def test_the_frequencies_of_the_energy_rules(p, build, on_sums) -> None:
    """A pizza has a third of its logits on waves of x and z, or of y and z. Frequency 2 has 1/5 of W_E, below 2/K."""
    found = metrics(build(p, KEYS))
    assert found.logit_frequencies is not None
    assert {each.frequency: each.energy for each in found.logit_frequencies} == {
        k: pytest.approx(on_sums * power**2 / (POWERS**2).sum()) for k, power in zip(KEYS, POWERS, strict=True)
    }
    assert found.embedding_frequencies is not None
    assert {each.frequency: each.energy for each in found.embedding_frequencies} == {5: pytest.approx(0.8)}


def test_the_numbers_of_the_algorithm_tell_them_apart() -> None:
    """Distance irrelevance and gradient symmetricity; more of them are in `test_algorithm`."""
    bias = 0.1 * torch.randn(11, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    of_clock, of_pizza = metrics(clock(11, KEYS, bias)).algorithm, metrics(pizza(11, KEYS)).algorithm
    assert (of_clock.distance_irrelevance, of_pizza.distance_irrelevance) == (
        pytest.approx(1),
        pytest.approx(0, abs=1e-12),
    )
    assert of_clock.gradient_symmetricity_right_answers == pytest.approx(0, abs=1e-12)
    assert of_pizza.gradient_symmetricity_right_answers == pytest.approx(1)
