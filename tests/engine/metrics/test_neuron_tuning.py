"""Quadratic fraction, phases and blocks, against the oracle and on a network with known phases."""

import math

import numpy as np
import pytest
import torch

from engine.metrics.neuron_clusters import describe_neurons, membership
from engine.metrics.neuron_spectra import compute_spectra
from engine.metrics.neuron_tuning import NeuronPhases, neuron_block, neuron_phases, phase_agreement, quadratic_fraction
from engine.networks.config import ModelConfig
from engine.networks.folded import fold
from tests.engine.known_network import ALWAYS_ON, DEAD, known_network
from tests.engine.metrics import plain_metrics as plain


def angles_between(found, expected) -> np.ndarray:
    """Differences of angles, from -pi to pi."""
    difference = np.asarray(found) - np.asarray(expected)
    return np.arctan2(np.sin(difference), np.cos(difference))


@pytest.mark.parametrize("stage", ["pre", "post"])
def test_quadratic_fraction_is_the_energy_of_products_over_all_energy(model, stage) -> None:
    folded, expected = model
    K = folded.config.n_frequencies
    cluster_of = np.array([1, 2, 3, 0, 0, 1, 2, 3, 0, 1])
    found = quadratic_fraction(compute_spectra(folded, stage).spectra, cluster_of)
    for neuron, k in enumerate(cluster_of):
        grid = getattr(expected, stage)[..., neuron]
        total = (grid - grid.mean()).square().sum().item()
        frequencies = [k] if k else range(1, K + 1)
        products = sum(plain.block(grid, frequency)[1:, 1:].square().sum().item() for frequency in frequencies)
        if total < 1e-12:
            assert np.isnan(found[neuron])
            continue
        assert found[neuron] == pytest.approx(products / total)


def test_phases_of_activations_and_outputs_match_the_oracle(model) -> None:
    folded, expected = model
    p, last = folded.config.p, folded.config.n_frequencies
    frequency = np.array([1, 2, 3, 1, 2, last, 1, 2, 0, last])
    found = neuron_phases(folded, compute_spectra(folded).spectra, frequency)
    x, z = torch.arange(p, dtype=torch.float64), torch.arange(p, dtype=torch.float64)
    for neuron, k in enumerate(frequency.tolist()):
        if not k:
            assert np.isnan(found.phase[neuron])
            assert np.isnan(found.output_amplitude[neuron])
            continue
        w = 2 * math.pi * k / p
        wave = found.amplitude[neuron] * torch.cos(w * (x[:, None] + expected.sign * x) - found.phase[neuron])
        part = plain.on_sum_directions(expected.post[..., neuron : neuron + 1], [k], expected.sign)[..., 0]
        torch.testing.assert_close(wave, part)
        row = folded.W_logit[neuron]
        projected = sum(plain.wave(p, i) * (row @ plain.wave(p, i)) for i in plain.components(p, k)[1:])
        wave = found.output_amplitude[neuron] * torch.cos(w * z - found.output_phase[neuron])
        torch.testing.assert_close(wave, projected)
        if 2 * k == p:
            assert {found.phase[neuron], found.output_phase[neuron]} <= {0, math.pi}


def test_the_nonlinearity_of_a_known_network_creates_the_products() -> None:
    known = known_network(23, (3, 8))
    folded = fold(known.weights, known.config)
    post = compute_spectra(folded).spectra
    cluster_of = membership(describe_neurons(post), (3, 8))
    before = quadratic_fraction(compute_spectra(folded, "pre").spectra, cluster_of)
    after = quadratic_fraction(post, cluster_of)
    assert before[3:] == pytest.approx(np.zeros(46), abs=1e-12)
    integral = (64 / 9 / math.pi**4) / (1 / 2 - 16 / math.pi**4)  # 0.217
    assert after[3:] == pytest.approx(np.full(46, integral), abs=0.01)
    assert after[ALWAYS_ON] == pytest.approx(0, abs=1e-12)
    assert np.isnan(after[DEAD])


@pytest.mark.parametrize("operation", ["add", "subtract"])
@pytest.mark.parametrize("lag", [0.0, 0.7])
def test_phases_of_a_known_network(lag, operation) -> None:
    known = known_network(lag=lag, operation=operation)
    folded = fold(known.weights, known.config)
    spectra = compute_spectra(folded).spectra
    found = neuron_phases(folded, spectra, describe_neurons(spectra).frequency)
    assert angles_between(found.phase[3:], known.phase) == pytest.approx(np.zeros(22), abs=1e-9)
    assert angles_between(found.output_phase[3:], known.phase + lag) == pytest.approx(np.zeros(22), abs=1e-9)
    assert found.output_amplitude[3:] == pytest.approx(np.ones(22))
    assert found.amplitude[3:] == pytest.approx(np.full(22, 8 / 3 / math.pi**2), abs=0.01)
    tuned = np.arange(25) >= 3
    assert phase_agreement(found, tuned) == pytest.approx(math.cos(lag))


def test_agreement_is_the_mean_over_members_with_phases() -> None:
    ones = np.ones(3)
    phases = NeuronPhases(np.array([0.0, 3.0, np.nan]), ones, np.array([2 * math.pi, 3.0 - math.pi, np.nan]), ones)
    assert phase_agreement(phases, np.array([True, True, True])) == pytest.approx(0)
    assert phase_agreement(phases, np.array([False, True, False])) == pytest.approx(-1)
    assert phase_agreement(phases, np.array([False, False, True])) is None


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_constant_neuron_has_no_fraction(random_weights, dtype) -> None:
    config = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=3)
    weights = random_weights(config, dtype=dtype)
    weights.W_in[:, 1] = 0
    weights.b_in[1] = 0.3  # always on, and constant but for rounding
    fraction = quadratic_fraction(compute_spectra(fold(weights, config)).spectra, np.zeros(3, dtype=np.int64))
    assert np.isnan(fraction).tolist() == [False, True, False]


def test_a_block_and_its_energy_on_the_sum_directions_match_the_oracle(model) -> None:
    folded, expected = model
    spectra = compute_spectra(folded).spectra
    for neuron, k in ((0, 1), (3, 2), (7, folded.config.n_frequencies)):
        grid = expected.post[..., neuron]
        block = plain.block(grid, k)
        found = neuron_block(spectra, neuron, k, len(grid), expected.sign)
        torch.testing.assert_close(found.coefficients, block)
        directions = plain.sum_directions(len(grid), k, expected.sign)
        on_directions = [(grid * direction).sum().item() for direction in directions]
        assert [found.cosine, found.sine][: len(directions)] == pytest.approx(on_directions)
        assert (found.sine is None) == (2 * k == len(grid))
        products = block[1:, 1:].square().sum().item()
        energy = block.square().sum().item() - block[0, 0].item() ** 2
        assert found.product_share == pytest.approx(products / energy if energy > 1e-12 else found.product_share)
        if products > 1e-12:
            assert found.sum_share == pytest.approx(sum(value**2 for value in on_directions) / products)
