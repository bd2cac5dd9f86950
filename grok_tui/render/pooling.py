"""Pool a matrix to fewer pixels, and map between values and pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def pool(values: NDArray[np.floating], rows: int, columns: int) -> NDArray[np.floating]:
    """Pool a matrix [row, column], or each of several [..., row, column], to rows x columns.

    Each pixel keeps the signed value of largest magnitude of its block; it is NaN only if the whole block is NaN.
    """
    if values.shape[-2:] == (rows, columns):
        return values
    highest, lowest = _extremes(values, values, rows)
    highest, lowest = _extremes(_transposed(highest), _transposed(lowest), columns)
    return _transposed(np.where(highest >= -lowest, highest, lowest))


def _extremes(
    highest: NDArray[np.floating], lowest: NDArray[np.floating], count: int
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """The highest and lowest values in each of `count` blocks of consecutive rows, column by column.

    Row by row of all blocks at once: `reduceat`, block by block, takes three times as long.
    """
    starts = np.arange(count + 1) * highest.shape[-2] // count
    first, last = starts[:-1], np.maximum(starts[1:] - 1, starts[:-1])
    high, low = highest[..., first, :], lowest[..., first, :]
    for step in range(1, int((last - first).max(initial=0)) + 1):
        rows = np.minimum(first + step, last)
        np.fmax(high, highest[..., rows, :], out=high)
        np.fmin(low, lowest[..., rows, :], out=low)
    return high, low


def _transposed(values: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.ascontiguousarray(values.swapaxes(-1, -2))


def pixel_of(index: int, length: int, pixels: int) -> int:
    """The pixel that shows a value, if `length` values are pooled to `pixels`."""
    return ((index + 1) * pixels - 1) // length


def block_of(first: int, last: int, length: int, pixels: int) -> slice:
    """The values that the pixels first .. last show; at least one value."""
    start = first * length // pixels
    return slice(start, max((last + 1) * length // pixels, start + 1))
