"""The inverse participation ratio of neurons, against its definition and on waves."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from engine.metrics.inverse_participation import InverseParticipation, inverse_participation
from engine.metrics.neuron_spectra import compute_spectra
from engine.networks.config import ModelConfig
from engine.networks.folded import fold
from engine.networks.mlp import fold_mlp
from engine.networks.mlp_weights import mlp_shapes
from engine.networks.named_weights import NamedWeights
from engine.networks.network import Network
from tests.engine.bare_network import BareConfig, bare_network
from tests.engine.waves_mlp import waves_mlp


def found_of(network: Network) -> InverseParticipation:
    """By both ways, which agree."""
    found = inverse_participation(network)
    of_spectra = inverse_participation(network, compute_spectra(network, with_pre=True).pre)
    assert found.input == pytest.approx(of_spectra.input)
    assert found.output == of_spectra.output
    return found


def plain_ratio(weights: Tensor) -> float:
    """Of the weights of one neuron over tokens."""
    p, values = len(weights), weights.tolist()
    squares = []
    for k in range(1, p // 2 + 1):
        angles = [2 * math.pi * k * t / p for t in range(p)]
        cosine = sum(math.cos(a) * v for a, v in zip(angles, values, strict=True))
        sine = sum(math.sin(a) * v for a, v in zip(angles, values, strict=True))
        # The unit vector of k = p/2 is sqrt 2 times longer: it has no sine.
        squares.append((cosine**2 + sine**2) * (1 if 2 * k == p else 2) / p)
    return sum(square**2 for square in squares) / sum(squares) ** 2


@pytest.mark.parametrize("p", [7, 8])
def test_it_is_its_definition(p, random_weights) -> None:
    config = ModelConfig.standard(p=p, d_model=8, n_heads=2, d_mlp=6)
    weights = random_weights(config, dtype=torch.float64)
    network = fold(weights, config)
    pre = torch.stack([network.pre(neuron) for neuron in range(6)], dim=-1)
    inputs = [plain_ratio(pre[..., n].mean(dim=axis)) for n in range(6) for axis in (0, 1)]
    outputs = [plain_ratio((weights.W_out @ weights.W_U[:, :p])[n]) for n in range(6)]
    found = found_of(network)
    assert found.input == pytest.approx(sum(inputs) / 12, rel=1e-9)
    assert found.output == pytest.approx(sum(outputs) / 6, rel=1e-9)


def test_waves_of_one_frequency_have_1_and_of_two_one_half() -> None:
    weights, config, _ = waves_mlp("relu")
    network = fold_mlp(weights, config, torch.float64)
    assert (found_of(network).input, found_of(network).output) == pytest.approx((1, 1))
    token = torch.arange(config.p, dtype=torch.float64)
    wave = torch.cos(2 * math.pi * 3 * token / config.p) + torch.sin(2 * math.pi * 5 * token / config.p)
    two = {"layers.0.W_x": wave[:, None].expand(-1, 13), "unembed.W": wave.expand(13, -1)}
    tensors = {name: two.get(name, tensor) for name, tensor in weights.items()}
    changed = fold_mlp(NamedWeights.of(tensors, mlp_shapes(config), "two waves"), config, torch.float64)
    # x has two frequencies, y has one.
    assert (found_of(changed).input, found_of(changed).output) == pytest.approx(((0.5 + 1) / 2, 0.5))


def test_without_a_readout_there_are_no_output_weights_and_constants_have_no_ratio(random_weights) -> None:
    assert found_of(bare_network(BareConfig())).output is None
    config = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=3)
    weights = random_weights(config, dtype=torch.float32)
    weights.W_in[:] = 0
    weights.b_in[:] = 0.3
    weights.W_out[:] = 0
    assert found_of(fold(weights, config)) == InverseParticipation(None, None)
