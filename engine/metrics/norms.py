"""Norms of the weights by Fourier component and by parameter, and the Gini coefficient of norms."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.networks.fourier import dft1
from engine.networks.network import NetworkWeights
from engine.networks.overflow import require_finite


def embedding_norms(W_E: Tensor) -> Tensor:
    """`||(B W_E)_i||^2` per Fourier component i. [component]

    `W_E` has a row for each number token: [token, d_model]. The study defines it in two ways: its plot over training
    multiplies by B transposed, which is wrong. This is the definition of its other plot.
    """
    return _energies("The embedding", W_E)


def unembedding_norms(W_U: Tensor) -> Tensor:
    """`||(B W_U^T)_i||^2` per Fourier component i of the answers z. [d_model, z] -> [component]"""
    return _energies("The unembedding", W_U.T)


def _energies(what: str, over_tokens: Tensor) -> Tensor:
    """Squared norm of each component, in float64. [token, d] -> [component]"""
    return require_finite(what, dft1(over_tokens.double()).square().sum(dim=1))


def share_of_frequencies(energy: Tensor, frequencies: Sequence[int]) -> float | None:
    """Share of the energy, without the constant, that some frequencies hold; None if all energy is zero.

    `energy` is by Fourier component: [component].
    """
    total = energy[1:].sum().item()
    held = sum(energy[2 * k - 1 : 2 * k + 1].sum().item() for k in set(frequencies))
    return held / total if total > 0 else None


def gini(values: Tensor) -> float | None:
    """Gini coefficient of non-negative values: 0 if all are equal, near 1 if a few hold everything; None if all are 0.

    >>> gini(torch.tensor([1.0, 1.0])), gini(torch.tensor([0.0, 1.0])), gini(torch.zeros(3))
    (0.0, 0.5, None)
    """
    ordered = values.double().sort().values
    total = ordered.sum().item()
    if total == 0:
        return None
    n = len(ordered)
    rank = torch.arange(1, n + 1, dtype=torch.float64, device=ordered.device)
    return ((2 * rank - n - 1) @ ordered).item() / (n * total)


def component_norms(over_tokens: Tensor) -> Tensor:
    """Norm of each Fourier component of a matrix over tokens, in float64. [token, d] -> [component]"""
    return _energies("A matrix over tokens", over_tokens).sqrt()


def sum_sq_weights(weights: NetworkWeights) -> dict[str, float]:
    """Sum of squares of each parameter by name, and their `total`.

    Summed in the order of the axes, so that a converted run has the same sums, however its tensors lie in memory.
    """
    squares = {name: tensor.double().contiguous().square().sum().item() for name, tensor in weights.items()}
    return {**squares, "total": sum(squares.values())}
