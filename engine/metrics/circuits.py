"""Attention patterns and effective weight matrices (OV, QK), and the frequencies that they are tuned to."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from einops import einsum, reduce
from torch import Tensor

from engine.errors import UnknownQuery
from engine.networks.config import ModelConfig
from engine.networks.fourier import block_energies, dft1, dft2, fourier_basis, frequency_energies
from engine.networks.network import Network
from engine.networks.overflow import require_finite
from engine.networks.weights import Weights

# Byte limit of the grids of neurons that are transformed at once.
_GRIDS_BYTES = 4 << 20


@dataclass(frozen=True, eq=False)
class AttentionSpread:
    """Attention of the last position over all pairs. A mean of 50/50 can hide a head that attends to either."""

    mean: Tensor  # [head, position]
    deviation: Tensor  # [head, position]: standard deviation over pairs
    low: Tensor  # [head, position]
    high: Tensor  # [head, position]


def attention_spread(network: Network) -> AttentionSpread:
    """Mean, spread and range of the attention of the last position (the study's section "Using the input space")."""
    pattern = network.pattern.double().flatten(0, 1)  # [pair, head, position]
    return AttentionSpread(
        pattern.mean(dim=0), pattern.std(dim=0, correction=0), pattern.amin(dim=0), pattern.amax(dim=0)
    )


def mean_attention(network: Network) -> Tensor:
    """Mean over all pairs of the attention of the last position. [head, position]"""
    return reduce(network.pattern, "x y head position -> head position", "mean")


@dataclass(frozen=True, eq=False)
class AttentionMap:
    """One head's attention from the last position to the position of x, over all pairs, and its frequency."""

    grid: Tensor  # [x, y]
    spectrum: Tensor  # [component_x, component_y], of the centred grid
    energy: Tensor  # [freq], E_1 .. E_K
    frequency: int | None  # argmax E_k; None for a constant grid
    share: float | None  # max E_k / sum of E_k


def attention_map(network: Network, head: int) -> AttentionMap:
    """A head's attention to x over all pairs and its 2-D spectrum, in float64 (figures of the study's input space).

    Frequency and share are defined as for a neuron: the grid is centred, and E_k is the energy of block k.
    """
    pattern = network.pattern[:, :, head, network.positions.index("x")]
    grid = pattern.double()
    spectrum = dft2(grid - grid.mean())
    energy = block_energies(spectrum)
    frequency, share = _strongest(energy, grid, pattern.dtype)
    return AttentionMap(grid, spectrum, energy, frequency, share)


@dataclass(frozen=True, eq=False)
class Tuning:
    """The strongest frequency of a function of one token; both None if the function is constant."""

    frequency: int | None  # argmax over k of E_k = coefficient of cos k squared + coefficient of sin k squared
    share: float | None  # max E_k / sum of E_k


def tuning_of_lines(over_tokens: Tensor) -> list[Tuning]:
    """The tuning of each column of a table over tokens. [token, line]

    >>> t = torch.arange(7)
    >>> tuning_of_lines(torch.cos(2 * torch.pi * 2 * t / 7)[:, None])[0].frequency
    2
    """
    energy = frequency_energies(dft1(over_tokens.double()))
    return [
        Tuning(*_strongest(energy[:, line], over_tokens[:, line].double(), over_tokens.dtype))
        for line in range(over_tokens.shape[1])
    ]


def _strongest(energy: Tensor, values: Tensor, computed_in: torch.dtype) -> tuple[int | None, float | None]:
    """argmax and share of the energies [freq]; None if the energy is within the rounding error of the values."""
    total = energy.sum().item()
    noise = (8 * torch.finfo(computed_in).eps) ** 2 * values.square().sum().item()
    if not total > noise:
        return None, None
    return int(energy.argmax()) + 1, energy.max().item() / total


def ov_circuit(weights: Weights, config: ModelConfig, neuron: int) -> Tensor:
    """The study's W_neur for one neuron: `W_E W_V W_O W_in`, without attention, W_pos and biases. [head, token]"""
    read = einsum(weights.W_O, weights.W_in[:, neuron], "head e d, d -> head e")
    return require_finite(
        "The OV circuit", einsum(weights.W_E[: config.p], weights.W_V, read, "token d, head d e, head e -> head token")
    )


def qk_circuit(weights: Weights, config: ModelConfig) -> Tensor:
    """The study's W_attn, `(W_E[=] + W_pos[last]) W_Q W_K^T W_E^T / sqrt(d_head)`. [head, token]

    As in the study, without W_pos of the keys and without biases.

    Raises:
        UnknownQuery: the last token of the prompt is x or y, so the query is not constant.
    """
    last = config.prompt.slots[-1]
    if isinstance(last, str):
        raise UnknownQuery(
            f"The prompt {config.prompt.describe(config.p)!r} ends in {last}, so its query depends on {last}; "
            "W_attn needs a prompt that ends in a constant token."
        )
    query = einsum(weights.W_E[last] + weights.W_pos[-1], weights.W_Q, "d, head d e -> head e")
    scores = einsum(query, weights.W_K, weights.W_E[: config.p], "head e, head d e, token d -> head token")
    return require_finite("The QK circuit", scores / math.sqrt(config.d_head))


def mean_spectrum(network: Network, neurons: Tensor) -> Tensor:
    """Mean over some neurons (at least one) of the squared 2-D spectrum of their centred activations.

    [component_x, component_y]
    """
    p = network.task.p
    basis = fourier_basis(p, network.dtype, network.device)
    total = torch.zeros(p, p, dtype=network.dtype, device=network.device)
    for chunk in neurons.split(max(1, _GRIDS_BYTES // total.nbytes)):
        grid = network.post_rows(slice(None), chunk)
        half = einsum(basis, grid - grid.mean(dim=(0, 1)), "component_x x, x y neuron -> component_x y neuron")
        total += torch.matmul(basis, half).square().sum(dim=-1)
    return require_finite("The spectrum of the neurons", total / len(neurons))
