"""Slabs: blocks of rows of x, so that the values in between stay in the CPU cache and memory stays flat for any p."""

from __future__ import annotations

from collections.abc import Iterator

import torch

# At this size the activations of a slab stay in the CPU cache: 12 rows of the network of the study.
_SLAB_BYTES = 11 << 18
# Thinner slabs make the matrix products slow, so a large p gets larger slabs.
_MIN_ROWS = 8
_FLOAT64_BYTES = 8


def slabs_of(p: int, n_neurons: int, dtype: torch.dtype) -> Iterator[slice]:
    """Slabs that cover all x, small enough that their activations or float64 logits stay in the CPU cache."""
    step = max(_MIN_ROWS, _SLAB_BYTES // _row_bytes(p, n_neurons, dtype))
    for start in range(0, p, step):
        yield slice(start, min(start + step, p))


def slab_bytes(p: int, n_neurons: int, dtype: torch.dtype) -> int:
    """Size of the activations or the float64 logits of a slab, whichever is larger, in bytes."""
    return max(_SLAB_BYTES, _MIN_ROWS * _row_bytes(p, n_neurons, dtype))


def _row_bytes(p: int, n_neurons: int, dtype: torch.dtype) -> int:
    """The same for one row of x."""
    return p * max(n_neurons * dtype.itemsize, p * _FLOAT64_BYTES)
