"""Attention, effective weight matrices and tuning against the oracle."""

from __future__ import annotations

import math

import pytest
import torch

from engine.errors import UnknownQuery
from engine.metrics.circuits import (
    attention_map,
    attention_spread,
    mean_spectrum,
    ov_circuit,
    qk_circuit,
    tuning_of_lines,
)
from engine.networks.config import ModelConfig, Prompt
from engine.networks.folded import fold
from tests.engine.known_network import known_network
from tests.engine.metrics import plain_metrics as plain
from tests.engine.networks.plain_model import plain_forward


@pytest.fixture(params=[(7, "x y ="), (8, "y = x"), (8, "x y")])
def model(request, random_weights):
    """A random network: folded, and its plain forward pass."""
    p, prompt = request.param
    config = ModelConfig(p, 8, 2, 4, 10, Prompt.parse(prompt, p), d_vocab=p + 1, d_vocab_out=p + 1)
    weights = random_weights(config, seed=p, dtype=torch.float64)
    return fold(weights, config), plain_forward(weights, config)


@pytest.mark.parametrize("head", [0, 1])
def test_attention_map_matches_the_oracle(model, head) -> None:
    folded, expected = model
    grid = expected.pattern[..., head, folded.config.prompt.x_position]
    found = attention_map(folded, head)
    torch.testing.assert_close(found.grid, grid)
    energy = plain.energies(grid)
    torch.testing.assert_close(found.energy, energy)
    assert found.frequency == energy.argmax().item() + 1
    assert found.share == pytest.approx((energy.max() / energy.sum()).item())
    p = len(grid)
    at = (grid - grid.mean()) * torch.outer(plain.wave(p, 3), plain.wave(p, p - 1))
    assert found.spectrum[3, p - 1].item() == pytest.approx(at.sum().item())


def test_constant_attention_has_no_frequency(random_weights) -> None:
    config = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=10)
    weights = random_weights(config)
    weights.W_Q.zero_()
    weights.b_Q.zero_()
    found = attention_map(fold(weights, config), 1)
    assert found.frequency is None
    assert found.share is None
    torch.testing.assert_close(found.grid, torch.full((7, 7), 1 / 3, dtype=torch.float64))


def test_attention_spread_is_over_all_pairs(model) -> None:
    folded, expected = model
    pattern = expected.pattern.reshape(-1, 2, folded.config.prompt.n_ctx)
    found = attention_spread(folded)
    torch.testing.assert_close(found.mean, pattern.mean(0))
    torch.testing.assert_close(found.deviation, (pattern - pattern.mean(0)).square().mean(0).sqrt())
    torch.testing.assert_close(found.low, pattern.min(0).values)
    torch.testing.assert_close(found.high, pattern.max(0).values)


@pytest.mark.parametrize("p", [7, 8])
def test_lines_are_tuned_to_the_frequency_with_the_most_energy(p) -> None:
    t = torch.arange(p, dtype=torch.float64)
    two_waves = 5 + 3 * torch.cos(2 * math.pi * 2 * t / p + 0.4) + torch.sin(2 * math.pi * t / p)
    constant, alternating = torch.full((p,), 0.1), torch.cos(math.pi * t)
    first, second, third = tuning_of_lines(torch.stack([two_waves, constant.double(), alternating], dim=1))
    assert first.frequency == 2
    assert first.share == pytest.approx(9 / 10)
    assert (second.frequency, second.share) == (None, None)
    assert third.frequency == p // 2
    assert (third.share == 1) == (p == 8)  # for odd p no frequency alternates


def test_a_small_variation_around_a_large_mean_has_a_frequency() -> None:
    t = torch.arange(113, dtype=torch.float64)
    line = 1 + 1e-4 * torch.cos(2 * math.pi * 14 * t / 113)
    (found,) = tuning_of_lines(line.float()[:, None])
    assert found.frequency == 14
    assert found.share == pytest.approx(1, abs=1e-4)


@pytest.fixture(params=[(7, "x y ="), (8, "y = x"), (8, "x y"), (8, "x y 8")])
def weights_and_config(request, random_weights):
    p, prompt = request.param
    config = ModelConfig(p, 8, 2, 4, 10, Prompt.parse(prompt, p), d_vocab=p + 1, d_vocab_out=p + 1)
    return random_weights(config, seed=p, dtype=torch.float64), config


@pytest.mark.parametrize("neurons", [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [3, 7], [5]])
def test_mean_spectrum_is_the_mean_of_squared_coefficients(model, neurons) -> None:
    folded, expected = model
    p = folded.config.p
    found = mean_spectrum(folded, torch.tensor(neurons))
    waves = torch.stack([plain.wave(p, component) for component in range(p)])
    for i in range(p):
        for j in range(p):
            term = torch.outer(waves[i], waves[j])
            grids = [expected.post[..., n] - expected.post[..., n].mean() for n in neurons]
            mean = sum((grid * term).sum().item() ** 2 for grid in grids) / len(neurons)
            assert found[i, j].item() == pytest.approx(mean, abs=1e-12)


def test_mean_spectrum_of_more_neurons_than_one_chunk(random_weights) -> None:
    config = ModelConfig.standard(p=7, d_model=8, n_heads=2, d_mlp=150)  # more than one chunk
    folded = fold(random_weights(config, dtype=torch.float64), config)
    one_by_one = torch.stack([mean_spectrum(folded, torch.tensor([n])) for n in range(150)])
    torch.testing.assert_close(mean_spectrum(folded, torch.arange(150)), one_by_one.mean(dim=0))


def test_the_mean_spectrum_of_a_known_cluster_lies_in_its_block() -> None:
    known = known_network(23, (3, 8))
    spectrum = mean_spectrum(fold(known.weights, known.config), torch.arange(3, 26))
    block = [0, 5, 6]
    inside = spectrum[block][:, block].sum() / spectrum.sum()
    assert inside.item() == pytest.approx(0.962, abs=0.01)
    # Over all shifts m, cos w(x+y-2m) turns from one product to another, and cos w(x-y) stays: (1 + cos)^2 to sin^2.
    assert spectrum[0, 5].item() == pytest.approx(spectrum[6, 0].item())
    assert spectrum[5, 5].item() == pytest.approx(3 * spectrum[5, 6].item())
    assert spectrum[6, 6].item() == pytest.approx(3 * spectrum[6, 5].item())


def test_ov_circuit_is_w_e_through_a_head_into_a_neuron(weights_and_config) -> None:
    weights, config = weights_and_config
    found = ov_circuit(weights, config, 4)
    for head in range(2):
        for token in range(config.p):
            output = weights.W_E[token] @ weights.W_V[head] @ weights.W_O[head]
            assert found[head, token].item() == pytest.approx((output @ weights.W_in[:, 4]).item())


def test_qk_circuit_is_the_score_of_each_embedding_for_the_last_token(weights_and_config) -> None:
    weights, config = weights_and_config
    last = config.prompt.slots[-1]
    if isinstance(last, str):
        with pytest.raises(UnknownQuery, match=f"ends in {last}"):
            qk_circuit(weights, config)
        return
    found = qk_circuit(weights, config)
    assert found.shape == (2, config.p)
    for head in range(2):
        query = (weights.W_E[last] + weights.W_pos[-1]) @ weights.W_Q[head]
        for token in range(config.p):
            score = query @ (weights.W_E[token] @ weights.W_K[head]) / math.sqrt(config.d_head)
            assert found[head, token].item() == pytest.approx(score.item())
