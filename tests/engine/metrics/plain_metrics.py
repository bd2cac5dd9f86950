"""The float64 oracle: metrics computed directly from their definitions, over all p^2 pairs, sharing no engine code.

`sign` is 1 for a network that adds and -1 for a network that subtracts.
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


def components(p: int, k: int) -> list[int]:
    """The constant, cos k and sin k; without the sine for k = p/2, where it is 0 at every token."""
    return [0, p - 1] if 2 * k == p else [0, 2 * k - 1, 2 * k]


def block(grid: Tensor, k: int) -> Tensor:
    """The 9 coefficients of frequency k of one grid; 4 for k = p/2. [x, y] -> [3, 3] or [2, 2]"""
    p = len(grid)
    waves = [wave(p, component) for component in components(p, k)]
    return torch.stack([torch.stack([(grid * torch.outer(u, v)).sum() for v in waves]) for u in waves])


def energies(grid: Tensor) -> Tensor:
    """E_k of the centred grid for k = 1 .. K. [x, y] -> [freq]"""
    centred = grid - grid.mean()
    return torch.stack([block(centred, k).square().sum() for k in range(1, len(grid) // 2 + 1)])


def sum_directions(p: int, k: int, sign: int = 1) -> list[Tensor]:
    """Unit vectors cos_k(x+y) and sin_k(x+y), or those of x-y; the cosine alone for k = p/2. [x, y] each"""
    tokens = torch.arange(p, dtype=torch.float64)
    angle = 2 * math.pi * k / p * (tokens[:, None] + sign * tokens)
    waves = [angle.cos()] if 2 * k == p else [angle.cos(), angle.sin()]
    return [wave / wave.norm() for wave in waves]


def on_sum_directions(values: Tensor, keys: Sequence[int], sign: int = 1) -> Tensor:
    """Projection of values over pairs on the sum directions of some frequencies. [x, y, unit]"""
    part = torch.zeros_like(values)
    for k in keys:
        for direction in sum_directions(len(values), k, sign):
            part += direction[..., None] * (values * direction[..., None]).sum(dim=(0, 1))
    return part


def on_block(values: Tensor, k: int) -> Tensor:
    """Projection on the 9 terms of one frequency; 4 for k = p/2. [x, y, unit]"""
    p, part = len(values), torch.zeros_like(values)
    for i in components(p, k):
        for j in components(p, k):
            term = torch.outer(wave(p, i), wave(p, j))[..., None]
            part += term * (values * term).sum(dim=(0, 1))
    return part


def loss_grid(logits: Tensor, sign: int = 1) -> Tensor:
    """Cross-entropy (nats) of each pair: `log1p(sum over wrong z of exp(l_z - l_right))`. [x, y, z] -> [x, y]"""
    tokens = torch.arange(len(logits))
    right = (tokens[:, None] + sign * tokens)[..., None] % len(logits) == tokens  # [x, y, z]
    relative = logits - logits[right].view(*right.shape[:2], 1)
    largest = relative.amax(dim=-1, keepdim=True)
    odds = (relative - largest).exp().where(~right, 0).sum(dim=-1, keepdim=True)
    return (largest + torch.log1p(odds + torch.expm1(-largest)))[..., 0]


def corrected(part: Tensor, original: Tensor) -> Tensor:
    """Bias correction: add the mean over pairs of the removed logits. [x, y, z]"""
    return part + (original - part).mean(dim=(0, 1))


def fraction_on(part: Tensor, values: Tensor) -> float:
    """Variance of a part over variance, mean over units that vary. [x, y, unit]"""
    variance = (values - values.mean(dim=(0, 1))).square().sum(dim=(0, 1))
    return (part.square().sum(dim=(0, 1)) / variance)[variance > 0].mean().item()
