"""Pool a matrix to fewer pixels, and map between values and pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pool(values: NDArray[np.floating], rows: int, columns: int) -> NDArray[np.floating]:
    """Pool a matrix [row, column] to rows x columns.

    Each pixel keeps the signed value of largest magnitude of its block; it is NaN only if the whole block is NaN.
    """
    if values.shape == (rows, columns):
        return values
    row_starts = np.arange(rows) * values.shape[0] // rows
    column_starts = np.arange(columns) * values.shape[1] // columns
    highest = np.fmax.reduceat(np.fmax.reduceat(values, row_starts, axis=0), column_starts, axis=1)
    lowest = np.fmin.reduceat(np.fmin.reduceat(values, row_starts, axis=0), column_starts, axis=1)
    pooled: NDArray[np.floating] = np.where(highest >= -lowest, highest, lowest)
    return pooled


def pixel_of(index: int, length: int, pixels: int) -> int:
    """The pixel that shows a value, if `length` values are pooled to `pixels`."""
    return ((index + 1) * pixels - 1) // length


def block_of(first: int, last: int, length: int, pixels: int) -> slice:
    """The values that the pixels first .. last show; at least one value."""
    start = first * length // pixels
    return slice(start, max((last + 1) * length // pixels, start + 1))
