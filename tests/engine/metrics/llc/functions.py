"""Functions whose local learning coefficient at 0 is known, as batch losses, and its posterior mean by quadrature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine.metrics.llc.sampler import BatchLoss

Function = Callable[[Tensor], Tensor]  # [row, parameter] -> [row]


@dataclass(frozen=True)
class Known:
    """`coefficient` and `multiplicity`: exp(-free energy) falls as nbeta^-coefficient (ln nbeta)^(multiplicity - 1)."""

    function: Function
    n_parameters: int
    coefficient: float
    multiplicity: int = 1


KNOWN = {
    "regular": Known(lambda w: (w**2).sum(dim=1) / 2, 20, 10.0),
    "w^4": Known(lambda w: w[:, 0] ** 4, 1, 1 / 4),
    "one of two": Known(lambda w: w[:, 0] ** 2, 2, 1 / 2),
    "w1^2 w2^2": Known(lambda w: w[:, 0] ** 2 * w[:, 1] ** 2, 2, 1 / 2, 2),
    "w1^2 w2^4": Known(lambda w: w[:, 0] ** 2 * w[:, 1] ** 4, 2, 1 / 4),
}


def batch_loss(function: Function) -> BatchLoss:
    """The loss with its gradient by automatic differentiation."""

    def loss(w: Tensor) -> tuple[Tensor, Tensor]:
        w = w.detach().requires_grad_()
        with torch.enable_grad():
            values = function(w)
            (gradient,) = torch.autograd.grad(values.sum(), w)
        return values.detach(), gradient

    return loss


def posterior_mean(known: Known, nbeta: float, gamma: float) -> float:
    """nbeta times the mean of the function under exp(-nbeta f(w) - gamma ||w||^2 / 2), over at most 2 parameters."""
    ends = 8 / np.sqrt(gamma)
    points = np.linspace(-40, 40, 2001)
    axis = ends * np.sinh(points) / np.sinh(40)  # dense near 0
    weights = np.gradient(axis)
    if known.n_parameters == 1:
        grid, volume = axis[:, None], weights
    else:
        grid = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
        volume = np.outer(weights, weights).ravel()
    values = known.function(torch.from_numpy(grid)).numpy()
    density = volume * np.exp(-nbeta * values - gamma * (grid**2).sum(axis=1) / 2)
    return float(nbeta * (density * values).sum() / density.sum())
