"""The real Fourier basis over the p tokens, and the transforms that all metrics use.

Components are numbered as in the study: 0 is the constant, 2k-1 is `cos w_k` and 2k is `sin w_k`, with
`w_k = 2 pi k / p` and k = 1 .. K = floor(p/2). For even p the last frequency p/2 has a cosine alone, as its sine is 0
at every token. Where cosines and sines are processed in pairs, the absent sine is a row of zeros (`paired_basis`).
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
        angle = 2 * torch.pi / p * (k * token % p)  # reduce mod p first, to stay exact for large k
        rows += [angle.cos() * (2 / p) ** 0.5, angle.sin() * (2 / p) ** 0.5]
    if p % 2 == 0:
        rows.append((1 - 2 * (token % 2)) * p**-0.5)
    return torch.stack(rows).to(dtype=dtype, device=device)


@lru_cache(maxsize=16)
def paired_basis(p: int, dtype: torch.dtype = torch.float64, device: torch.device | str = "cpu") -> Tensor:
    """The basis with both parts of every frequency; for even p its last row, the absent `sin p/2`, is zero.

    [2K + 1, token]
    """
    return _with_absent_sine(fourier_basis(p, dtype, device), dim=0)


def _with_absent_sine(components: Tensor, dim: int) -> Tensor:
    """Append zeros for the sine that an even p lacks, so that 2k-1 and 2k belong to every frequency k."""
    if components.shape[dim] % 2:
        return components
    return torch.cat([components, torch.zeros_like(components.narrow(dim, 0, 1))], dim)


def component_name(component: int) -> str:
    """The label of a component on axes and in tables: `const`, `cos 14`, `sin 14`.

    >>> component_name(27), component_name(28)
    ('cos 14', 'sin 14')
    """
    if component == 0:
        return "const"
    return f"{'cos' if component % 2 else 'sin'} {(component + 1) // 2}"


def dft1(over_tokens: Tensor) -> Tensor:
    """Fourier transform over tokens. [token, ...] -> [component, ...]"""
    basis = fourier_basis(len(over_tokens), over_tokens.dtype, over_tokens.device)
    return einsum(basis, over_tokens, "component token, token ... -> component ...")


def dft2(grid: Tensor) -> Tensor:
    """Fourier transform over x and y: `B A B^T`. [x, y, ...] -> [component_x, component_y, ...]"""
    basis = fourier_basis(len(grid), grid.dtype, grid.device)
    half = einsum(basis, grid, "component_x x, x y ... -> component_x y ...")
    return einsum(basis, half, "component_y y, component_x y ... -> component_x component_y ...")


def block_components(k: int, p: int) -> list[int]:
    """Rows and columns of block k: the constant, `cos k` and `sin k`; for k = p/2 the constant and `cos k`."""
    return [0, 2 * k - 1, 2 * k][: 2 if 2 * k == p else 3]


def block_energies(spectrum: Tensor) -> Tensor:
    """Energy of each frequency's block without the constant, E_k of the centred grid. [cx, cy, ...] -> [freq, ...]"""
    return block_sums(spectrum.square())


def block_sums(energy: Tensor) -> Tensor:
    """The same from squared coefficients. [cx, cy, ...] -> [freq, ...]"""
    energy = _with_absent_sine(_with_absent_sine(energy, dim=0), dim=1)
    cos, sin = slice(1, None, 2), slice(2, None, 2)
    linear = energy[cos, 0] + energy[sin, 0] + energy[0, cos] + energy[0, sin]
    diagonal = [energy[a, b].diagonal().movedim(-1, 0) for a in (cos, sin) for b in (cos, sin)]
    return linear + torch.stack(diagonal).sum(dim=0)


def frequency_energies(components: Tensor) -> Tensor:
    """Energy of `cos k` and `sin k` together, for each frequency. [component, ...] -> [freq, ...]

    >>> wave = fourier_basis(7)[3] + fourier_basis(7)[4]
    >>> [round(energy, 6) for energy in frequency_energies(dft1(wave)).tolist()]
    [0.0, 2.0, 0.0]
    """
    energy = _with_absent_sine(components.square(), dim=0)
    return energy[1::2] + energy[2::2]


def waves_by_frequency(p: int, dtype: torch.dtype = torch.float64, device: torch.device | str = "cpu") -> Tensor:
    """The unit vectors `cos k` and `sin k` over tokens; for k = p/2 the sine is zero. [freq, part (cos, sin), token]"""
    return paired_basis(p, dtype, device)[1:].reshape(p // 2, 2, p)


def sum_waves(p: int, dtype: torch.dtype = torch.float64, device: torch.device | str = "cpu") -> Tensor:
    """The sum directions as functions of the answer s: `cos_k(s)`, `sin_k(s)`. [freq, 2, s]

    Evaluated at s = x + y for all p^2 pairs, they are the unit vectors `(cos_k cos_k - sin_k sin_k) / sqrt 2` and
    `(sin_k cos_k + cos_k sin_k) / sqrt 2`. At s = x - y the sign of the second product is flipped. For k = p/2 there
    is one unit vector, `cos_k cos_k`, and the wave of the absent sine is zero.
    """
    return waves_by_frequency(p, dtype, device) / math.sqrt(p)
