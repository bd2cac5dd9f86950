"""Products with weights below the normal range, with which a CPU computes up to 30 times slower.

Weight decay leaves such float32 numbers in the weights of neurons that are not used. Other dtypes and devices are left
alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

_SCALE = 2.0**100
# Largest weight of a neuron that is computed at another scale: times `_SCALE` it is still far from overflow.
_SMALL = 2.0**-60
# With a weight of at least this size, denormal ones vanish in the rounding of their sum.
_ORDINARY = 1e-20


def linear(x: Tensor, W: Tensor, b: Tensor) -> Tensor:
    """`x W + b`: columns of tiny weights at a larger scale, a power of two; in other columns denormals count as 0.

    [row, in], [in, out], [out] -> [row, out]
    """
    if not _is_slow(W):
        return torch.addmm(b, x, W)
    largest = torch.maximum(W.abs().amax(dim=0), b.abs())
    scale = torch.where((largest < _SMALL) & (largest > 0), _SCALE, 1.0)
    return torch.addmm(b * scale, x, flush_denormals(W * scale)).div_(scale)


def product(x: Tensor, W: Tensor) -> Tensor:
    """`x W`; denormal weights beside ordinary ones count as 0. [..., in], [in, out] -> [..., out]"""
    if not _is_slow(W) or W.abs().max() < _ORDINARY:
        return x @ W
    return x @ flush_denormals(W)


def flush_denormals(tensor: Tensor) -> Tensor:
    """The tensor with 0 in place of numbers below the normal range of its dtype."""
    return torch.where(tensor.abs() < torch.finfo(tensor.dtype).tiny, 0, tensor)


def _is_slow(W: Tensor) -> bool:
    """Whether there are float32 denormals, on a CPU."""
    if W.dtype != torch.float32 or W.device.type != "cpu":
        return False
    return bool(((W.abs() < torch.finfo(W.dtype).tiny) & (W != 0)).any())


@contextmanager
def flushing_denormals() -> Iterator[None]:
    """Let the CPU count numbers below the normal range as 0 meanwhile, in this thread."""
    before = bool(torch.tensor(2.0**-140) * 1 == 0)
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(before)
