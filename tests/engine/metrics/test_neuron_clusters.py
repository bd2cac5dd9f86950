"""Frequencies, shares, key frequencies and clusters, against the oracle and on a network with known frequencies."""

from __future__ import annotations

import json

import numpy as np
import pytest

from engine import Explorer, open_run
from engine.metrics.neuron_clusters import (
    FrequencyCount,
    Neurons,
    clusters,
    count_by_frequency,
    describe_neurons,
    key_frequencies,
)
from engine.metrics.neuron_spectra import compute_spectra
from engine.networks.folded import fold
from tests.engine.known_network import ALWAYS_ON, DEAD, MIXED, known_network
from tests.engine.metrics import plain_metrics as plain


def test_frequency_share_and_variance_explained_match_the_oracle(model) -> None:
    folded, expected = model
    neurons = describe_neurons(compute_spectra(folded).spectra)
    for neuron in range(folded.config.d_mlp):
        grid = expected.post[..., neuron]
        energy = plain.energies(grid)
        if energy.sum() < 1e-9:
            assert neurons.frequency[neuron] == 0
            assert np.isnan(neurons.share[neuron])
            continue
        assert neurons.frequency[neuron] == energy.argmax().item() + 1
        assert neurons.share[neuron] == pytest.approx((energy.max() / energy.sum()).item())
        total = (grid - grid.mean()).square().sum()
        assert neurons.variance_explained[neuron] == pytest.approx((energy.max() / total).item())
        assert neurons.variance_explained[neuron] <= neurons.share[neuron] + 1e-12


@pytest.mark.parametrize(("p", "keys"), [(11, (2, 5)), (23, (3, 8))])
def test_frequencies_and_clusters_of_a_known_network(p, keys) -> None:
    known = known_network(p, keys)
    neurons = describe_neurons(compute_spectra(fold(known.weights, known.config)).spectra)
    assert neurons.frequency[3:].tolist() == known.frequency.tolist()
    assert neurons.frequency[DEAD] == 0
    assert np.isnan(neurons.share[DEAD])
    assert neurons.fraction_active[DEAD] == 0
    assert neurons.frequency[ALWAYS_ON] == keys[0]
    assert neurons.share[ALWAYS_ON] == pytest.approx(1)
    assert neurons.fraction_active[ALWAYS_ON] == 1
    assert neurons.share[MIXED] == pytest.approx(0.5)
    # Of ReLU(cos u + cos v) the 8 varying terms of its own frequency hold 96.2% (the integral).
    assert neurons.share[3:] == pytest.approx(np.full(2 * p, 0.962), abs=0.02)
    assert key_frequencies(neurons) == keys
    first, second, rest = clusters(neurons, keys)
    assert first.neurons.tolist() == [ALWAYS_ON, *range(3, 3 + p)]
    assert second.neurons.tolist() == list(range(3 + p, 3 + 2 * p))
    assert rest.neurons.tolist() == [DEAD, MIXED]


def test_neurons_tuned_to_half_of_p_form_a_cluster() -> None:
    known = known_network(12, (5, 6))
    neurons = describe_neurons(compute_spectra(fold(known.weights, known.config)).spectra)
    assert key_frequencies(neurons) == (5, 6)
    assert clusters(neurons, (5, 6))[1].neurons.tolist() == list(range(3 + 12, 3 + 24))
    # ReLU(a + b) of two signs is (1 + a)(1 + b) / 2: all that varies is in the block.
    assert neurons.share[3 + 12 :] == pytest.approx(np.ones(12))
    assert neurons.variance_explained[3 + 12 :] == pytest.approx(np.ones(12))


def test_a_trained_network_of_even_p_has_a_cluster_at_half_of_p(case) -> None:
    path = case("A09/p24.pt")
    explained = json.loads(path.with_name("truth.json").read_text())["neurons_at_frequency_12"]
    explorer = Explorer(open_run(path))
    neurons = explorer.summary(explorer.epochs[-1]).neurons
    cluster = clusters(neurons, key_frequencies(neurons))[-2]
    assert cluster.frequency == 12
    assert {str(neuron) for neuron in cluster.neurons} == set(explained)
    for neuron, expected in explained.items():
        assert neurons.variance_explained[int(neuron)] == pytest.approx(expected, abs=1e-4)


def neurons_with(frequencies: list[int], shares: list[float]) -> Neurons:
    values = np.array(shares)
    return Neurons(np.array(frequencies), values, values, np.full(len(values), 0.5))


def test_a_key_frequency_needs_two_tuned_neurons_and_one_percent() -> None:
    few = neurons_with([3, 3, 5, 7, 7], [0.9, 0.85, 0.99, 0.9, 0.84])
    assert key_frequencies(few) == (3,)
    many = neurons_with([3] * 4 + [5] * 5 + [9] * 391, [0.9] * 9 + [0.1] * 391)
    assert key_frequencies(many) == (3, 5)
    more = neurons_with([3] * 4 + [5] * 5 + [9] * 441, [0.9] * 9 + [0.1] * 441)
    assert key_frequencies(more) == (5,)


def test_every_neuron_is_in_one_cluster_and_dead_ones_are_in_the_rest() -> None:
    neurons = neurons_with([3, 5, 3, 0], [0.9, 0.9, 0.5, np.nan])
    three, rest = clusters(neurons, (3,))
    assert three.neurons.tolist() == [0]
    assert rest.neurons.tolist() == [1, 2, 3]
    assert rest.frequency is None
    assert rest.share_mean == pytest.approx(0.7)
    empty = clusters(neurons, (7,))[0]
    assert empty.share_mean is None


def test_neurons_are_counted_by_frequency() -> None:
    """Those with a share of at least 0.85 and of at least 0.70; a dead neuron has none."""
    share = np.array([0.85, 0.84, 0.70, 0.69, np.nan, 0.9])
    neurons = Neurons(np.array([2, 2, 5, 5, 0, 2]), share, share, share)
    assert count_by_frequency(neurons) == (FrequencyCount(2, 2, 3), FrequencyCount(5, 0, 1))
