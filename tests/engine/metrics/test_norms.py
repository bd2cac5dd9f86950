"""Norms by Fourier component, shares of frequencies and the Gini coefficient against their definitions."""

from __future__ import annotations

import pytest
import torch

from engine.metrics.norms import embedding_norms, gini, share_of_frequencies, sum_sq_weights, unembedding_norms
from engine.networks.config import ModelConfig
from engine.networks.fourier import dft1, frequency_energies
from engine.networks.named_weights import NamedWeights
from tests.engine.metrics import plain_metrics as plain


@pytest.fixture(params=[7, 8])
def weights_and_config(request, random_weights):
    p = request.param
    config = ModelConfig.standard(p=p, d_model=8, n_heads=2, d_mlp=10)
    return random_weights(config, seed=p, dtype=torch.float64), config


def test_norms_of_embedding_and_unembedding_by_component(weights_and_config) -> None:
    weights, config = weights_and_config
    p = config.p
    for found, over_tokens in (
        (embedding_norms(weights.W_E[:p]), weights.W_E[:p]),
        (unembedding_norms(weights.W_U[:, :p]), weights.W_U[:, :p].T),
    ):
        for component in range(p):
            wave = plain.wave(p, component)
            expected = sum((wave @ over_tokens[:, d]).item() ** 2 for d in range(config.d_model))
            assert found[component].item() == pytest.approx(expected)


@pytest.mark.parametrize("p", [7, 8])
def test_energy_and_share_of_frequencies(p) -> None:
    values = torch.randn(p, generator=torch.Generator().manual_seed(p), dtype=torch.float64)
    energy = [
        sum((values @ plain.wave(p, component)).item() ** 2 for component in plain.components(p, k)[1:])
        for k in range(1, p // 2 + 1)
    ]
    assert frequency_energies(dft1(values)).tolist() == pytest.approx(energy)
    total = (values - values.mean()).square().sum().item()
    share = share_of_frequencies(dft1(values).square(), [1, p // 2])
    assert share == pytest.approx((energy[0] + energy[-1]) / total)
    assert share_of_frequencies(torch.zeros(p), [1]) is None


def test_gini_is_zero_for_equal_values_and_near_one_for_a_single_one() -> None:
    assert gini(torch.ones(10)) == pytest.approx(0.0)
    assert gini(torch.tensor([0.0] * 9 + [1.0])) == pytest.approx(0.9)
    assert gini(torch.tensor([1.0, 2.0, 3.0])) == pytest.approx(2 / 9)
    assert gini(torch.zeros(4)) is None


def test_sums_of_squares_are_the_same_however_a_matrix_lies_in_memory() -> None:
    """A file may hold matrices transposed; converted, they are stored in the order of their axes."""
    generator = torch.Generator().manual_seed(0)
    stored = {f"W{i}": torch.randn(512, 128, generator=generator) for i in range(12)}  # most sums differ by rounding
    transposed = {name: W.T.contiguous().T for name, W in stored.items()}
    found, of_copy = (sum_sq_weights(NamedWeights(tensors, {})) for tensors in (transposed, stored))
    assert found == of_copy
    expected = {name: (W.double() ** 2).sum().item() for name, W in stored.items()}
    assert found == pytest.approx({**expected, "total": sum(expected.values())}, rel=1e-12)
