"""How large the weights are: by Fourier component, by parameter, and how few components hold most of them."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from engine.networks.fourier import dft1
from engine.networks.overflow import require_finite
from engine.networks.weights import Weights


def embedding_norms(weights: Weights, p: int) -> Tensor:
    """`||(B W_E[:p])_i||^2` per Fourier component i. [component]

    The study's plot over training multiplies by B transposed, which is wrong; this is its other plot's definition.
    """
    return _energies("The embedding", weights.W_E[:p])


def unembedding_norms(weights: Weights, p: int) -> Tensor:
    """The same for W_U over the answers z: `||(B W_U^T)_i||^2`. [component]"""
    return _energies("The unembedding", weights.W_U[:, :p].T)


def _energies(what: str, over_tokens: Tensor) -> Tensor:
    """Squared norm of each component, in float64. [token, d] -> [component]"""
    return require_finite(what, dft1(over_tokens.double()).square().sum(dim=1))


def share_of_frequencies(energy: Tensor, frequencies: Sequence[int]) -> float | None:
    """The part of energies per component that some frequencies hold, the constant left out; None if all are zero.

    [component]
    """
    total = energy[1:].sum().item()
    held = sum(energy[2 * k - 1 : 2 * k + 1].sum().item() for k in set(frequencies))
    return held / total if total > 0 else None


def gini(values: Tensor) -> float | None:
    """Gini coefficient of non-negative values: 0 all equal, towards 1 when few hold everything; None if all zero."""
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


def sum_sq_weights(weights: Weights) -> dict[str, float]:
    """Sum of squares of every parameter, and their `total`."""
    squares = {name: tensor.double().square().sum().item() for name, tensor in weights.items()}
    return {**squares, "total": sum(squares.values())}
