"""The orthogonal gradient against its definition, for each run of a batch on its own."""

from __future__ import annotations

import math

import pytest
import torch

from engine.training.orthogonal_gradient import orthogonalise


def plain(gradient: list[float], weights: list[float]) -> list[float]:
    """g - (w.g / w.w) w, scaled to the norm of g."""
    factor = math.fsum(w * g for w, g in zip(weights, gradient, strict=True)) / math.fsum(w * w for w in weights)
    rest = [g - factor * w for w, g in zip(weights, gradient, strict=True)]
    return [value * math.hypot(*gradient) / math.hypot(*rest) for value in rest]


def test_each_run_has_the_gradient_of_the_definition() -> None:
    generator = torch.Generator().manual_seed(0)
    gradients, weights = torch.randn(2, 3, 2, 4, 5, generator=generator, dtype=torch.float64)
    before = gradients.clone()
    orthogonalise(gradients, weights)
    for run in range(3):
        g, w = gradients[run].flatten(), weights[run].flatten()
        assert g.tolist() == pytest.approx(plain(before[run].flatten().tolist(), w.tolist()), rel=1e-12)
        assert (g @ w).item() == pytest.approx(0, abs=1e-13 * g.norm().item() * w.norm().item())
        assert g.norm().item() == pytest.approx(before[run].norm().item(), rel=1e-14)


def test_a_gradient_of_weights_that_are_zero_stays_as_it_is() -> None:
    """Biases start at zero."""
    gradients = torch.tensor([[0.5, -2.0, 1e-8]])
    before = gradients.clone()
    orthogonalise(gradients, torch.zeros(1, 3))
    torch.testing.assert_close(gradients, before)


def test_a_zero_gradient_stays_zero() -> None:
    gradients = torch.zeros(2, 3)
    orthogonalise(gradients, torch.ones(2, 3))
    assert not gradients.any()
