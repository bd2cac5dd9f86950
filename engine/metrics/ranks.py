"""How many directions a matrix uses: two counts of its singular values that need no threshold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.networks.network import Network, NetworkWeights
from engine.networks.overflow import require_finite


@dataclass(frozen=True)
class Ranks:
    """Two counts of the singular values s of a matrix; None for a matrix of zeros."""

    effective_rank: float | None  # exp of the entropy of s / sum s (Roy and Vetterli 2007)
    participation_ratio: float | None  # (sum s^2)^2 / sum s^4


@torch.no_grad()
def ranks(weights: NetworkWeights, network: Network) -> dict[str, Ranks]:
    """The ranks of every matrix of a network, of each head of those by head, and of W_logit if the tail is linear."""
    return {name: ranks_of(values) for name, values in singular_values(weights, network).items()}


def singular_values(weights: NetworkWeights, network: Network) -> dict[str, Tensor]:
    """The singular values of the same matrices by name, descending, in float64: `W_in`, `W_Q[0]`, `W_logit`."""
    found: dict[str, Tensor] = {}
    for name, tensor in _matrices(weights, network):
        values = _singular_values(name, tensor)
        found.update({name: values} if tensor.ndim == 2 else {f"{name}[{head}]": v for head, v in enumerate(values)})
    return found


def _matrices(weights: NetworkWeights, network: Network) -> Iterator[tuple[str, Tensor]]:
    """Matrices, and stacks of matrices by head; not those with a single row or column."""
    if "W_logit" in network.parts:
        yield "W_logit", network.W_logit
    for name, tensor in weights.items():
        is_bias = name.rpartition(".")[2].startswith("b")  # those of heads are stored as matrices
        if tensor.ndim in (2, 3) and min(tensor.shape[-2:]) > 1 and not is_bias:
            yield name, tensor


def _singular_values(name: str, matrices: Tensor) -> Tensor:
    """From the eigenvalues of the smaller product of the matrix with itself. [..., m, n] -> [..., min(m, n)]"""
    M = matrices.cpu().double()  # where small eigenvalue problems are fastest
    M = (M if M.shape[-2] <= M.shape[-1] else M.mT).contiguous()
    product = require_finite(f"The square of {name}", M @ M.mT)
    values: Tensor = torch.linalg.eigvalsh(product).flip(-1).clamp_min(0).sqrt()
    return values


def ranks_of(s: Tensor) -> Ranks:
    """The two counts of some singular values.

    >>> ranks_of(torch.tensor([2.0, 2.0, 2.0, 0.0]))
    Ranks(effective_rank=3.0, participation_ratio=3.0)
    """
    values = s.numpy(force=True)  # whose small operations take a fraction of the time
    total = values.sum()
    if total == 0:
        return Ranks(None, None)
    share = values[values > 0] / total
    square = share**2
    return Ranks(float(np.exp(-(share * np.log(share)).sum())), float(square.sum() ** 2 / (square**2).sum()))
