"""The real Fourier basis over the p tokens, and the few transforms that everything here is measured with.

Components are numbered as in the study: 0 is the constant, 2k-1 is `cos w_k`, 2k is `sin w_k` with
`w_k = 2 pi k / p`, k = 1 .. K = (p-1)//2; an even p has one more, `cos w_(p/2)`, last.
"""

from __future__ import annotations

import math
from functools import lru_cache

import torch
from einops import einsum
from torch import Tensor


@lru_cache(maxsize=16)
def fourier_basis(p: int, dtype: torch.dtype = torch.float64, device: torch.device | str = "cpu") -> Tensor:
    """The orthonormal basis B, computed in float64. [component, token]

    >>> B = fourier_basis(5)
    >>> bool(torch.allclose(B @ B.T, torch.eye(5, dtype=torch.float64)))
    True
    """
    token = torch.arange(p, dtype=torch.float64)
    rows = [torch.full((p,), p**-0.5, dtype=torch.float64)]
    for k in range(1, (p - 1) // 2 + 1):
        angle = 2 * torch.pi / p * (k * token % p)  # reduced first: exact to the last bit for large k
        rows += [angle.cos() * (2 / p) ** 0.5, angle.sin() * (2 / p) ** 0.5]
    if p % 2 == 0:
        rows.append((1 - 2 * (token % 2)) * p**-0.5)
    return torch.stack(rows).to(dtype=dtype, device=device)


def component_name(component: int) -> str:
    """`const`, `cos 14`, `sin 14`, ..., as axes and tables name component number `component`."""
    if component == 0:
        return "const"
    return f"{'cos' if component % 2 else 'sin'} {(component + 1) // 2}"


def dft1(over_tokens: Tensor) -> Tensor:
    """Components of something over tokens. [token, ...] -> [component, ...]"""
    basis = fourier_basis(len(over_tokens), over_tokens.dtype, over_tokens.device)
    return einsum(basis, over_tokens, "component token, token ... -> component ...")


def dft2(grid: Tensor) -> Tensor:
    """`B A B^T` of a grid over (x, y). [x, y, ...] -> [component_x, component_y, ...]"""
    basis = fourier_basis(len(grid), grid.dtype, grid.device)
    half = einsum(basis, grid, "component_x x, x y ... -> component_x y ...")
    return einsum(basis, half, "component_y y, component_x y ... -> component_x component_y ...")


def block_components(k: int) -> list[int]:
    """Block k is the 9 coefficients at these rows and columns: constant, `cos k`, `sin k`."""
    return [0, 2 * k - 1, 2 * k]


def block_energies(spectrum: Tensor) -> Tensor:
    """Energy of each frequency's block, its constant left out (the grid centred). [cx, cy, ...] -> [freq, ...]"""
    return block_sums(spectrum.square())


def block_sums(energy: Tensor) -> Tensor:
    """The same of coefficients that are squared already. [cx, cy, ...] -> [freq, ...]"""
    cos, sin = slice(1, _last(energy), 2), slice(2, _last(energy) + 1, 2)
    linear = energy[cos, 0] + energy[sin, 0] + energy[0, cos] + energy[0, sin]
    diagonal = [energy[a, b].diagonal().movedim(-1, 0) for a in (cos, sin) for b in (cos, sin)]
    return linear + torch.stack(diagonal).sum(dim=0)


def frequency_energies(components: Tensor) -> Tensor:
    """Energy of each frequency, `cos k` and `sin k` together. [component, ...] -> [freq, ...]

    As with blocks, the constant and the `cos p/2` of an even p belong to no frequency.

    >>> wave = fourier_basis(7)[3] + fourier_basis(7)[4]
    >>> [round(energy, 6) for energy in frequency_energies(dft1(wave)).tolist()]
    [0.0, 2.0, 0.0]
    """
    energy = components.square()
    return energy[1 : _last(components) : 2] + energy[2 : _last(components) + 1 : 2]


def _last(spectrum: Tensor) -> int:
    return (len(spectrum) - 1) // 2 * 2


def sum_waves(p: int, dtype: torch.dtype = torch.float64, device: torch.device | str = "cpu") -> Tensor:
    """The sum directions as functions of s, the answer to a pair: `cos_k(s)`, `sin_k(s)`. [freq, 2, s]

    Laid over the p^2 pairs with s = x + y each is the unit vector `(cos_k cos_k - sin_k sin_k) / sqrt 2`, or
    `(sin_k cos_k + cos_k sin_k) / sqrt 2`; with s = x - y the sign before the second product is the other.
    """
    k = (p - 1) // 2
    return fourier_basis(p, dtype, device)[1 : 2 * k + 1].reshape(k, 2, p) / math.sqrt(p)
