"""Sums of a grid over its diagonals x + y = s and y - x = d, and the Fourier blocks that follow from them.

The cosines and sines of x + y and y - x are sums of the products in a block:

    cos(x + y) = cos cos - sin sin        sin(x + y) = sin cos + cos sin        (of w_k x, then of w_k y)
    cos(y - x) = cos cos + sin sin        sin(y - x) = cos sin - sin cos

So the four products of a block are 1-D transforms of the sums over diagonals. That takes a few additions for each pair,
where the 2-D transform takes p multiplications.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from einops import einsum
from torch import Tensor

from engine.networks.fourier import sum_waves
from engine.networks.scratch import Scratch

# Sums of values whose squares could be below the normal range of float32; weight decay leaves such neurons.
_TINY = 1e-15


class PaddedSlab:
    """Rows of a grid with zeros beside them, in one buffer, so that the diagonals are the columns of a strided view.

    The values [x, y, ...] of the slab are written into `values`. Row x is the x-th of the slab, n_rows in all.
    """

    def __init__(self, n_rows: int, p: int, n_neurons: int, like: Tensor, scratch: Scratch) -> None:
        self._n_padding = n_rows - 1  # before the first row, between two rows and after the last
        self._n_rows, self._width = n_rows, p + self._n_padding
        shape = (self._n_padding + n_rows * self._width, n_neurons)
        self._buffer = scratch.empty("padded", shape, like.dtype, like.device).zero_()
        padded_rows = self._buffer[self._n_padding :].view(n_rows, self._width, n_neurons)
        self.values = padded_rows[:, :p]  # [x, y, neuron]
        self._over_x = scratch.empty("over_x", (p, n_neurons), like.dtype, like.device)

    def over_sums(self) -> Tensor:
        """Sums over the pairs with x + y = s, for s = 0 .. p + n_rows - 2. [s, neuron]"""
        return self._skewed(self._width - 1, self._n_padding).sum(dim=0)

    def over_differences(self) -> Tensor:
        """Sums over the pairs with y - x = d, for d = -(n_rows - 1) .. p - 1. [d, neuron]"""
        return self._skewed(self._width + 1, 0).sum(dim=0)

    def squares(self, tiny: Tensor) -> Tensor:
        """Sum over all pairs of the squares, in float64. [neuron]

        Those of the neurons `tiny` (indices) are squared in float64, as they would underflow.
        """
        first, *others = self.values.unbind()
        over_x = torch.square(first, out=self._over_x)
        for row in others:  # a row of the result stays in the cache, where the squares of all rows would not
            over_x.addcmul_(row, row)
        squares = over_x.sum(dim=0).double()
        if len(tiny):
            squares.index_copy_(0, tiny, self.values[..., tiny].double().square_().sum(dim=(0, 1)))
        return squares

    def _skewed(self, row_stride: int, offset: int) -> Tensor:
        """A view whose row x begins `row_stride` values after row x - 1. [x, s or d, neuron]"""
        n_neurons = self._buffer.shape[1]
        return self._buffer.as_strided(
            (self._n_rows, self._width, n_neurons), (row_stride * n_neurons, n_neurons, 1), offset * n_neurons
        )


class PaddedSlabs:
    """The `PaddedSlab` for slabs of any number of rows, one at a time in the same memory."""

    def __init__(self, p: int, n_neurons: int, like: Tensor) -> None:
        self.p, self.n_neurons, self.like = p, n_neurons, like
        self._scratch = Scratch()
        self._slab: tuple[int, PaddedSlab] | None = None

    def of(self, n_rows: int) -> PaddedSlab:
        """The slab for this number of rows; one of another number is no longer valid."""
        if self._slab is None or self._slab[0] != n_rows:
            self._slab = n_rows, PaddedSlab(n_rows, self.p, self.n_neurons, self.like, self._scratch)
        return self._slab[1]


class DiagonalSums:
    """Sums of a grid over its rows, columns and diagonals, and its energy, accumulated over slabs.

    Before it is summed, a constant of each neuron is subtracted, a mean of some of its values: next to a large mean,
    digits would be lost.

    Args:
        slabs: memory for one slab. Sums over the same slabs can share it, as each uses it for the time of one `add`.
        signs: the diagonals to sum over: x + y for 1, y - x for -1.
    """

    def __init__(self, slabs: PaddedSlabs, signs: Sequence[int] = (1, -1)) -> None:
        self._slabs, self._like = slabs, slabs.like
        p, n_neurons, like = slabs.p, slabs.n_neurons, slabs.like
        self.p = p
        self.over_y, self.over_x = like.new_zeros(p, n_neurons), like.new_zeros(p, n_neurons)  # [x, ...], [y, ...]
        self._over_sums = like.new_zeros(2 * p - 1, n_neurons) if 1 in signs else None  # [x + y, neuron]
        self._over_differences = like.new_zeros(2 * p - 1, n_neurons) if -1 in signs else None  # [y - x + p - 1, ...]
        self._squares = like.new_zeros(n_neurons, dtype=torch.float64)
        self.shift: Tensor | None = None  # [neuron]: the constant

    def add(self, x: slice, grid: Tensor) -> None:
        """Add a slab of x. [x, y, neuron]"""
        p, n_rows = self.p, len(grid)
        if self.shift is None:
            self.shift = grid.mean(dim=(0, 1))
        slab = self._slabs.of(n_rows)
        torch.sub(grid, self.shift, out=slab.values)
        over_y = slab.values.sum(dim=1)
        self.over_y[x] = over_y
        self.over_x.add_(slab.values.sum(dim=0))
        length = p + n_rows - 1
        first_difference = p - x.start - n_rows  # its index: that of y = 0 and the last x
        if self._over_sums is not None:
            self._over_sums.narrow(0, x.start, length).add_(slab.over_sums())
        if self._over_differences is not None:
            self._over_differences.narrow(0, first_difference, length).add_(slab.over_differences())
        self._squares.add_(slab.squares(_tiny(over_y)))

    @property
    def total(self) -> Tensor:
        """The sum over all pairs. [neuron]"""
        return self.over_y.sum(dim=0)

    @property
    def energy(self) -> Tensor:
        """The energy of the centred grid, in float64. [neuron]"""
        return (self._squares - (self.total.double() / self.p).square()).clamp_min(0)

    def on_sums(self) -> Tensor:
        """Coefficients on the unit vectors `cos_k(x + y)` and `sin_k(x + y)`. [part, freq, neuron]"""
        assert self._over_sums is not None
        over_sums = self._over_sums[: self.p].clone()  # [s mod p, neuron]
        over_sums[:-1] += self._over_sums[self.p :]
        return self._on_waves(over_sums)

    def on_differences(self) -> Tensor:
        """Coefficients on the unit vectors `cos_k(y - x)` and `sin_k(y - x)`. [part, freq, neuron]"""
        assert self._over_differences is not None
        over_differences = self._over_differences[self.p - 1 :].clone()  # [d mod p, neuron]
        over_differences[1:] += self._over_differences[: self.p - 1]
        return self._on_waves(over_differences)

    def _on_waves(self, over_diagonals: Tensor) -> Tensor:
        waves = sum_waves(self.p, self._like.dtype, self._like.device)  # [freq, part, s]
        return einsum(waves, over_diagonals, "freq part s, s neuron -> part freq neuron")

    def products(self) -> Tensor:
        """Coefficients on the products of cos k and sin k of x with those of y. [freq, 2 (of x), 2 (of y), neuron]

        For k = p/2, the products with the absent sine are zero.
        """
        p = self.p
        (cos_sum, sin_sum), (cos_difference, sin_difference) = self.on_sums(), self.on_differences()
        rows_of_cos = torch.stack([cos_difference + cos_sum, sin_sum + sin_difference], dim=1)
        rows_of_sin = torch.stack([sin_sum - sin_difference, cos_difference - cos_sum], dim=1)
        products = torch.stack([rows_of_cos, rows_of_sin], dim=1) / 2**0.5  # unit vectors, as the sum directions are
        if p % 2 == 0:
            products[-1] /= 2**0.5  # the two directions of k = p/2 are the same unit vector, `cos_k cos_k`
            products[-1, 1, 1] = 0
        return products


def _tiny(over_y: Tensor) -> Tensor:
    """The neurons of a float32 slab that are not zero but so small that their squares underflow. [x, neuron] -> [tiny]

    Found by their sums over y, which are few: to read all values again would take as long as to add them.
    """
    if over_y.dtype != torch.float32:
        return over_y.new_empty(0, dtype=torch.int64)
    largest = over_y.abs().amax(dim=0)
    is_tiny = largest < _TINY
    if not bool(is_tiny.any()):  # nearly always
        return over_y.new_empty(0, dtype=torch.int64)
    return torch.nonzero(is_tiny & (largest > 0))[:, 0]
