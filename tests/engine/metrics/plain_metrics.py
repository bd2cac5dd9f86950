"""The measures written out plainly, in float64, from their definitions: p^2-long directions, nothing shared.

`sign` is 1 for a model that adds and -1 for one that subtracts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor


def wave(p: int, component: int) -> Tensor:
    """Component 0: constant; 2k-1: cos k; 2k: sin k; unit length. [token]"""
    tokens = torch.arange(p, dtype=torch.float64)
    k = (component + 1) // 2
    shape = torch.cos if component % 2 or component == 0 else torch.sin
    values = shape(2 * math.pi * k * tokens / p)
    return values / values.norm()


def block(grid: Tensor, k: int) -> Tensor:
    """The 9 coefficients of frequency k of one grid. [x, y] -> [3, 3]"""
    p = len(grid)
    waves = [wave(p, component) for component in (0, 2 * k - 1, 2 * k)]
    return torch.stack([torch.stack([(grid * torch.outer(u, v)).sum() for v in waves]) for u in waves])


def energies(grid: Tensor) -> Tensor:
    """E_k of the centred grid for k = 1 .. K. [x, y] -> [freq]"""
    centred = grid - grid.mean()
    return torch.stack([block(centred, k).square().sum() for k in range(1, (len(grid) - 1) // 2 + 1)])


def sum_directions(p: int, k: int, sign: int = 1) -> tuple[Tensor, Tensor]:
    """Unit vectors cos_k(x+y) and sin_k(x+y), or those of x-y. [x, y] each"""
    tokens = torch.arange(p, dtype=torch.float64)
    angle = 2 * math.pi * k / p * (tokens[:, None] + sign * tokens)
    return angle.cos() / angle.cos().norm(), angle.sin() / angle.sin().norm()


def on_sum_directions(values: Tensor, keys: Sequence[int], sign: int = 1) -> Tensor:
    """The part of something over pairs that lies on the sum directions of some frequencies. [x, y, unit]"""
    part = torch.zeros_like(values)
    for k in keys:
        for direction in sum_directions(len(values), k, sign):
            part += direction[..., None] * (values * direction[..., None]).sum(dim=(0, 1))
    return part


def on_block(values: Tensor, k: int) -> Tensor:
    """The part on the 9 terms of one frequency. [x, y, unit]"""
    p, part = len(values), torch.zeros_like(values)
    for i in (0, 2 * k - 1, 2 * k):
        for j in (0, 2 * k - 1, 2 * k):
            term = torch.outer(wave(p, i), wave(p, j))[..., None]
            part += term * (values * term).sum(dim=(0, 1))
    return part


def loss_grid(logits: Tensor, sign: int = 1) -> Tensor:
    """Cross-entropy of every pair. [x, y, z] -> [x, y]"""
    p = len(logits)
    answer = (torch.arange(p)[:, None] + sign * torch.arange(p)) % p
    return torch.nn.functional.cross_entropy(logits.flatten(0, 1), answer.flatten(), reduction="none").view(p, p)


def corrected(kept: Tensor, original: Tensor) -> Tensor:
    """Bias correction: plus the mean over inputs of what was removed. [x, y, z]"""
    return kept + (original - kept).mean(dim=(0, 1))


def fraction_on(part: Tensor, values: Tensor) -> float:
    """Variance of a part over variance, mean over units."""
    variance = (values - values.mean(dim=(0, 1))).square().sum(dim=(0, 1))
    return (part.square().sum(dim=(0, 1)) / variance)[variance > 0].mean().item()
