"""Products with denormal weights: the numbers are those of float64, at ordinary speed."""

from __future__ import annotations

import pytest
import torch

from engine.networks.denormals import flush_denormals, linear, product

X = torch.randn(50, 6, generator=torch.Generator().manual_seed(0))


def weights(*scales: float) -> torch.Tensor:
    """A column of each scale. [6, column]"""
    return torch.randn(6, len(scales), generator=torch.Generator().manual_seed(1)) * torch.tensor(scales)


@pytest.mark.parametrize("bias", [0.0, 1e-40, 1.0])
def test_a_linear_layer_with_neurons_of_tiny_weights(bias) -> None:
    W = weights(1.0, 1e-30, 1e-39, 1e-42, 0.0)
    b = torch.full((5,), bias)
    found, expected = linear(X, W, b), X.double() @ W.double() + b.double()
    rounding = 1e-6 * (X.double().abs() @ W.double().abs() + b.double()) + 2e-45  # and the smallest number of float32
    assert ((found - expected).abs() <= rounding).all()
    assert found.dtype == torch.float32


def test_the_sign_of_a_denormal_sum_is_that_of_float64() -> None:
    """Products of denormals round to multiples of the smallest number, which makes inactive neurons active."""
    W = weights(*(1e-43,) * 200)
    found, expected = linear(X, W, torch.zeros(200)), X.double() @ W.double()
    clear = expected.abs() > 1e-45
    assert torch.equal(found.sign()[clear], expected.sign()[clear].float())
    assert not torch.equal((X @ W).sign()[clear], expected.sign()[clear].float())


def test_denormal_weights_vanish_beside_ordinary_ones() -> None:
    W = weights(1.0, 1.0, 1.0)
    W[2:4] = 1e-40
    assert torch.equal(product(X, W), X @ W)


def test_weights_that_are_all_tiny_are_kept() -> None:
    W = weights(1e-40, 1e-41)
    assert torch.equal(product(X, W), X @ W)
    assert product(X, W).abs().max() > 0


def test_denormals_of_each_dtype_become_zero() -> None:
    for dtype in (torch.float32, torch.float64):
        tiny = torch.finfo(dtype).tiny
        assert flush_denormals(torch.tensor([tiny / 4, tiny, -1.0], dtype=dtype)).tolist() == [0, tiny, -1]
