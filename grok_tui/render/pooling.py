"""A matrix on fewer pixels than it has values, and which pixel shows which value."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pool(values: NDArray[np.floating], rows: int, columns: int) -> NDArray[np.floating]:
    """Shrunk to rows x columns: each block's value of largest magnitude, signed; NaN only where all are."""
    if values.shape == (rows, columns):
        return values
    first = np.arange(rows) * values.shape[0] // rows
    second = np.arange(columns) * values.shape[1] // columns
    highest = np.fmax.reduceat(np.fmax.reduceat(values, first, axis=0), second, axis=1)
    lowest = np.fmin.reduceat(np.fmin.reduceat(values, first, axis=0), second, axis=1)
    chosen: NDArray[np.floating] = np.where(highest >= -lowest, highest, lowest)
    return chosen


def pixel_of(index: int, length: int, pixels: int) -> int:
    return ((index + 1) * pixels - 1) // length


def block_of(first: int, last: int, length: int, pixels: int) -> slice:
    """The values that the pixels first .. last show; at least one."""
    start = first * length // pixels
    return slice(start, max((last + 1) * length // pixels, start + 1))
