"""Phases of input weights, against their definition and on networks with known phases."""

import math

import numpy as np
import pytest
import torch

from engine.metrics.neuron_clusters import describe_neurons
from engine.metrics.neuron_spectra import compute_spectra
from engine.metrics.neuron_tuning import neuron_phases
from engine.metrics.phase_alignment import (
    ClusterPhases,
    InputPhases,
    cluster_phases,
    input_phases,
    input_phases_of,
    phase_alignment,
    resultant_length,
)
from engine.networks.config import ModelConfig
from engine.networks.folded import fold
from engine.networks.mlp import fold_mlp
from tests.engine.known_network import ALWAYS_ON, known_network
from tests.engine.waves_mlp import K, N, waves_mlp


@pytest.mark.parametrize("act_fn", ["quadratic", "relu"])
@pytest.mark.parametrize("lag", [0.0, 0.8])
@pytest.mark.parametrize("y_shift", [0.0, 0.3])
def test_a_network_of_known_phases(act_fn, lag, y_shift) -> None:
    weights, config, phi = waves_mlp(act_fn, lag, y_shift)
    network = fold_mlp(weights, config, torch.float64)
    spectra = compute_spectra(network).spectra
    frequency = describe_neurons(spectra).frequency  # not `membership`: quadratic neurons have a share of 0.8
    assert (frequency == K).all()
    found = input_phases(network, frequency)
    assert np.exp(1j * found.x) == pytest.approx(np.exp(1j * phi.numpy()))
    assert np.exp(1j * found.y) == pytest.approx(np.exp(1j * (phi.numpy() + y_shift)))
    written = neuron_phases(network, spectra, frequency).output_phase
    assert phase_alignment(found, written, 1) == pytest.approx(np.full(N, -lag), abs=1e-9)
    assert resultant_length(found.x) == pytest.approx(0, abs=1e-12)
    # The phase of the activation is that of its input weights, doubled; a ReLU has harmonics, which 13 tokens alias.
    phase = neuron_phases(network, spectra, frequency).phase
    assert np.exp(1j * phase) == pytest.approx(np.exp(1j * (2 * phi.numpy() + y_shift)), abs=0.01)


@pytest.mark.parametrize("operation", ["add", "subtract"])
def test_a_transformer_of_known_phases(operation) -> None:
    known = known_network(lag=0.7, operation=operation)
    network = fold(known.weights, known.config)
    spectra = compute_spectra(network).spectra
    frequency = describe_neurons(spectra).frequency
    found = phase_alignment(
        input_phases(network, frequency), neuron_phases(network, spectra, frequency).output_phase, network.task.sign
    )
    assert found[3:] == pytest.approx(np.full(len(found) - 3, -0.7), abs=1e-9)
    assert not np.isnan(input_phases(network, frequency).x[ALWAYS_ON])


def test_input_phases_match_the_definition(random_weights) -> None:
    for p in (7, 8):
        config = ModelConfig.standard(p=p, d_model=8, n_heads=2, d_mlp=6)
        network = fold(random_weights(config, dtype=torch.float64), config)
        frequency = np.array([1, 2, 3, 0, p // 2, 1])
        found = input_phases(network, frequency)
        pre = torch.stack([network.pre(neuron) for neuron in range(6)], dim=-1)
        for neuron, k in enumerate(frequency.tolist()):
            for phases, tokens in ((found.x, pre.mean(dim=1)), (found.y, pre.mean(dim=0))):
                if not k:
                    assert np.isnan(phases[neuron])
                    continue
                # cos(w t - phase) has the transform e^(-i phase) at frequency k.
                turn = sum(complex(tokens[t, neuron].item()) * np.exp(-2j * math.pi * k * t / p) for t in range(p))
                assert np.exp(1j * phases[neuron]) == pytest.approx(np.exp(-1j * np.angle(turn)), abs=1e-9)


def test_a_neuron_without_input_has_no_phase() -> None:
    weights, config, _ = waves_mlp("quadratic")
    network = fold_mlp(weights, config, torch.float64)
    at_other_frequency = np.full(N, K + 1, dtype=np.int64)
    assert np.isnan(input_phases(network, at_other_frequency).x).all()
    assert np.isnan(input_phases(network, np.zeros(N, dtype=np.int64)).y).all()


def test_alignment_is_wrapped_to_one_turn_with_pi_included() -> None:
    x = np.array([3.0, -3.0, math.pi, 0.0, np.nan])
    inputs = InputPhases(x, np.array([3.0, -3.0, 0.0, 0.0, 0.0]))
    found = phase_alignment(inputs, np.array([0.0, 0.0, 0.0, math.pi, 0.0]), 1)
    assert found[:4] == pytest.approx([6 - 2 * math.pi, 2 * math.pi - 6, math.pi, math.pi])
    assert np.isnan(found[4])
    assert phase_alignment(InputPhases(np.ones(1), np.ones(1)), np.zeros(1), -1) == pytest.approx(np.zeros(1))


def test_resultant_length() -> None:
    assert resultant_length(np.array([1.0, 1.0, np.nan])) == pytest.approx(1)
    assert resultant_length(np.array([0.0, math.pi / 2])) == pytest.approx(math.sqrt(0.5))
    assert resultant_length(np.array([np.nan])) is None


@pytest.mark.parametrize("p", [7, 8])
def test_phases_from_spectra_are_those_of_a_pass_over_all_pairs(random_weights, p) -> None:
    config = ModelConfig.standard(p=p, d_model=8, n_heads=2, d_mlp=6)
    network = fold(random_weights(config, dtype=torch.float64), config)
    frequency = np.array([1, 2, 3, 0, p // 2, 1])
    pre = compute_spectra(network, with_pre=True).pre
    assert pre is not None
    from_blocks, expected = input_phases_of(pre, frequency), input_phases(network, frequency)
    for side in ("x", "y"):
        found = getattr(from_blocks, side)
        assert np.isnan(found[3])
        assert np.exp(1j * found) == pytest.approx(np.exp(1j * getattr(expected, side)), nan_ok=True)


@pytest.mark.parametrize("act_fn", ["quadratic", "relu"])
def test_the_clusters_of_a_network_of_known_phases(act_fn) -> None:
    """Each neuron lags by 0.8, and the phases of the cluster cover the circle; quadratic neurons need no key."""
    weights, config, _ = waves_mlp(act_fn, 0.8, 0.0)
    network = fold_mlp(weights, config, torch.float64)
    keys = () if act_fn == "quadratic" else (K,)
    computed = compute_spectra(network, with_pre=bool(keys))
    (found,) = cluster_phases(network, computed, describe_neurons(computed.spectra), keys).items()
    assert found[0] == K
    assert found[1].alignment == pytest.approx(math.cos(0.8))
    assert found[1].resultant == pytest.approx(0, abs=1e-12)


def test_a_cluster_without_neurons_has_no_numbers() -> None:
    weights, config, _ = waves_mlp("relu", 0.0, 0.0)
    network = fold_mlp(weights, config, torch.float64)
    computed = compute_spectra(network, with_pre=True)
    other = K % 3 + 1
    assert other != K
    assert cluster_phases(network, computed, describe_neurons(computed.spectra), (other,)) == {
        other: ClusterPhases(None, None)
    }
