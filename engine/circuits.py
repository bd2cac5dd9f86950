"""What the weights and the attention do by themselves: norms, sparsity, mean attention."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from einops import reduce
from torch import Tensor

from engine.folded import Folded
from engine.fourier import dft1
from engine.sweep import NeuronSpectra
from engine.weights import Weights


def mean_attention(folded: Folded) -> Tensor:
    """Attention of the last position, mean over all inputs. [head, position]"""
    return reduce(folded.pattern, "x y head position -> head position", "mean")


def embedding_norms(weights: Weights, p: int) -> Tensor:
    """`||(B W_E[:p])_i||^2` per Fourier component i. [component]

    The study's plot over training multiplies by B transposed, which is wrong; this is its other plot's definition.
    """
    return dft1(weights.W_E[:p]).square().sum(dim=1)


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
    """Norm of each Fourier component of a matrix over tokens. [token, ...] -> [component]"""
    norms: Tensor = torch.linalg.vector_norm(dft1(over_tokens).flatten(1), dim=1)
    return norms


def sum_sq_weights(weights: Weights) -> dict[str, float]:
    """Sum of squares of every parameter, and their `total`."""
    squares = {name: tensor.double().square().sum().item() for name, tensor in weights.items()}
    return {**squares, "total": sum(squares.values())}


def trig_fraction_of_neurons(spectra: NeuronSpectra, keys: Sequence[int]) -> float | None:
    """Variance of the neurons on the sum directions of the key frequencies, over their variance, mean over neurons.

    Neurons without variance have no fraction and are left out; None if all are.
    """
    blocks = spectra.blocks[[k - 1 for k in keys]].double()  # [key, 3, 3, neuron]
    cosine = (blocks[:, 1, 1] - blocks[:, 2, 2]) / 2**0.5
    sine = (blocks[:, 2, 1] + blocks[:, 1, 2]) / 2**0.5
    explained = (cosine.square() + sine.square()).sum(dim=0)
    alive = spectra.energy > 0
    if not bool(alive.any()):
        return None
    return (explained / spectra.energy.double())[alive].mean().item()
